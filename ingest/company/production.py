"""Orders on the lines: mixed, baked or cooked, packed; what is lost, thrown away and worked in again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ingest.company.books import Amount, Books, Held, at, kilograms, on
from ingest.company.catalogue import OWNER, REWORK, WASTE, Ingredient, Recipe
from ingest.company.deliveries import received, sent
from ingest.company.quality import tested
from ontology.acts import Process
from ontology.food import Lot
from ontology.language import Fact, Link, Ref
from ontology.relations import MADE, OF_PRODUCT, TOOK_PLACE_AT, USED

_REWORK, _SAME_DAY, _WASTE = 0.03, 0.02, 0.12
_USUAL: Amount = 4_000
"""The usual size of an order."""


@dataclass(frozen=True)
class Order:
    """A production order: its number, where and when it runs, and what it makes."""

    number: int
    plant: int
    line: int
    day: date
    slot: int
    recipe: Recipe

    @property
    def code(self) -> str:
        """The lot code that its packs carry: plant, line, day of the year, turn."""
        return f"{'NS'[self.plant]}{self.line + 1}{self.day:%y%j}{self.slot}"

    @property
    def hour(self) -> int:
        """When it begins."""
        return 4 + 6 * min(self.slot, 2)


Portions = list[tuple[Ref[Lot], Amount]]


def made(books: Books, order: Order) -> Iterator[Fact]:
    """Everything that one order brings about, from the ingredients that it calls in to the customers of what it made."""
    used: Portions = []
    size = 10 * books.chance.randrange(200, 601)
    for ingredient, share in order.recipe.shares:
        yield from _taken(books, order, ingredient, round(size * share), used)
    waiting = books.rework.pop((order.plant, order.line), None)
    if waiting:
        used.append((waiting.lot, waiting.left))
    again = _rework(books, order, size)
    same_day = again is not None and books.happens(_SAME_DAY / (_REWORK + _SAME_DAY))
    if again and same_day:
        used.append((again.lot, again.left))
    mixed = Lot(product=order.recipe.mixed, code=f"M{order.code}").ref
    amount = sum(part for _, part in used)
    yield _step(books, order, "mixing", used, [(mixed, amount)], (0, 5 if same_day else 2))
    bulk = mixed
    if order.recipe.baked:
        bulk = Lot(product=order.recipe.bulk, code=f"B{order.code}").ref
        yield _step(books, order, "baking", [(mixed, amount)], [(bulk, amount - amount // 10)], (2, 4))
        amount -= amount // 10
    yield from _packed(books, order, bulk, amount, again)
    if again and not same_day:
        books.rework[(order.plant, order.line)] = again


def _taken(books: Books, order: Order, ingredient: Ingredient, need: Amount, used: Portions) -> Iterator[Fact]:
    """What an order takes of an ingredient: first in, first out; more is called in when the stock is used up."""
    stock = books.stock[(order.plant, ingredient.number)]
    while need:
        if not stock:
            share = next(share for one, share in order.recipe.shares if one == ingredient)
            amount = round(_USUAL * share * ingredient.lasts * books.chance.uniform(0.7, 1.15))
            yield from received(books, order.plant, ingredient, order.day, max(amount, 10))
        held = stock[0]
        part = min(need, held.left)
        used.append((held.lot, part))
        held.left -= part
        need -= part
        if not held.left:
            stock.popleft()


def _rework(books: Books, order: Order, size: Amount) -> Held | None:
    """Broken packs that are mixed in again: in the next order of the line, or in the one still running, which closes a circle."""
    if not books.happens(_REWORK + _SAME_DAY):
        return None
    return Held(Lot(product=REWORK.ref, code=f"R{order.code}").ref, size // 30)


def _packed(books: Books, order: Order, bulk: Ref[Lot], amount: Amount, again: Held | None) -> Iterator[Fact]:
    codes = [
        Lot(product=pack, code=f"{order.code}{letter}", best_before=on(order.day, order.recipe.days))
        for pack, letter in zip(order.recipe.packed, "AB", strict=True)
    ]
    for lot in codes:
        yield Fact(lot, books.source(f"MO{order.number:06}/{lot.code}"))
    lost = amount // 40 if books.happens(_WASTE) else 0
    good = amount - lost - (again.left if again else 0)
    first = good * books.chance.randrange(40, 61) // 100
    packs = [(codes[0].ref, first), (codes[1].ref, good - first)]
    links = []
    if lost:
        waste = Lot(line=f"MO{order.number:06}/waste", code_known=False)
        yield Fact(waste, books.source(f"MO{order.number:06}/waste"), (OF_PRODUCT(WASTE),))
        links.append(MADE(waste, quantity=kilograms(lost), use="waste"))
    if again:
        links.append(MADE(again.lot, quantity=kilograms(again.left)))
    yield _step(books, order, "packing", [(bulk, amount)], packs, (4, 5), links)
    yield from tested(books, order.number, order.day, [lot for lot, _ in packs])
    yield from sent(books, order.plant, order.day, packs)


def _step(books: Books, order: Order, step: str, used: Portions, made: Portions, hours: tuple[int, int], more: "list[Link] | None" = None) -> Fact:
    record = f"MO{order.number:06}/{step}"
    told = Process(owner=OWNER, order=record, step=step, started=at(order.day, order.hour + hours[0]), ended=at(order.day, order.hour + hours[1]))
    links = [USED(lot, quantity=kilograms(part)) for lot, part in _joined(used)]
    links += [MADE(lot, quantity=kilograms(part)) for lot, part in made]
    return Fact(told, books.source(record), (*links, *(more or ()), TOOK_PLACE_AT(books.network.line(order.plant, order.line))))


def _joined(portions: Portions) -> Portions:
    """Portions with those of one lot added up: a relation is told once."""
    joined: dict[Ref[Lot], Amount] = {}
    for lot, part in portions:
        joined[lot] = joined.get(lot, 0) + part
    return list(joined.items())
