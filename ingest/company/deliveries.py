"""Food that comes in from suppliers and goes out to distribution centres and customers, with the flaws that real records have."""

from collections.abc import Iterator
from datetime import date, timedelta

from ingest.company.books import Amount, Books, Held, Leg, at, kilograms, month, on, shipped
from ingest.company.catalogue import IN_BOTH_PLANTS, TRADES, Ingredient
from ingest.company.numbers import sscc
from ontology.acts import Document, Process
from ontology.food import LogisticUnit, Lot
from ontology.language import Fact, Ref
from ontology.relations import CONTAINS, MADE, OF_PRODUCT, TLC_SOURCE, TOOK_PLACE_AT
from ontology.values import Time

_NO_CODE, _CODE_AGAIN, _MONTH_ONLY, _SLIPPED_COMMA = 0.01, 0.004, 0.01, 0.0008
_TOLD_TWICE, _BOTH_PLANTS, _PALLET, _MIXED = 0.15, 0.08, 0.35, 0.3


def received(books: Books, plant: int, ingredient: Ingredient, day: date, amount: Amount) -> Iterator[Fact]:
    """A lot of an ingredient comes in and lies in the plant's stock; now and then part of it goes to the other plant."""
    offers = books.network.offers(ingredient)
    supplier = offers[0] if books.happens(0.6) else offers[books.chance.randrange(len(offers))]
    number = books.number("receipt")
    record = f"GR{number:07}"
    lot, again = _lot(books, ingredient, supplier, number, day)
    links = (TLC_SOURCE(books.network.supplier(supplier), stated=True),) if again else ()
    if lot.code_known is False:
        links = (*links, OF_PRODUCT(ingredient.product))
    yield Fact(lot, books.source(record), links)
    plants = (plant, 1 - plant) if ingredient.number in IN_BOTH_PLANTS and books.happens(_BOTH_PLANTS) else (plant,)
    if ingredient.farmed:
        yield _harvest(books, lot.ref, supplier, number, day, amount * len(plants))
    for part, goal in enumerate(plants):
        yield from _inbound(books, f"{record}-{part + 1}", lot.ref, (supplier, goal), day, amount)
        books.stock[(goal, ingredient.number)].append(Held(lot.ref, amount))


def _lot(books: Books, ingredient: Ingredient, supplier: int, number: int, day: date) -> tuple[Lot, bool]:
    """The lot, and whether its code is one that two suppliers used."""
    before = on(day, 40 + 20 * (ingredient.number % 12))
    if books.happens(_NO_CODE):
        return Lot(line=f"GR{number:07}", code_known=False, best_before=before), False
    known = books.used_again.get(ingredient.number)
    if known and known[1] != supplier:
        del books.used_again[ingredient.number]
        return Lot(product=ingredient.product, code=known[0], best_before=before), True
    code = f"{TRADES[supplier % len(TRADES)][:1].upper()}{supplier}-{day:%y%j}-{number}"
    again = books.happens(_CODE_AGAIN)
    if again:
        books.used_again[ingredient.number] = (code, supplier)
    return Lot(product=ingredient.product, code=code, best_before=before), again


def _harvest(books: Books, lot: Ref[Lot], supplier: int, number: int, day: date, amount: Amount) -> Fact:
    grower = f"Growers {supplier // len(TRADES) + 1}"
    told = Process(owner=grower, order=f"H{number}", step="harvesting", started=on(day, -4))
    links = (MADE(lot, quantity=kilograms(amount)), TOOK_PLACE_AT(books.network.field(supplier)))
    return Fact(told, books.source(f"H{number}", grower), links)


def _inbound(books: Books, record: str, lot: Ref[Lot], way: tuple[int, int], day: date, amount: Amount) -> Iterator[Fact]:
    supplier, plant = way
    twice = books.happens(_TOLD_TWICE)
    paper = Document(type="desadv", number=f"{supplier}-{record}").ref if twice else None
    departed = month(day - timedelta(3)) if books.happens(_MONTH_ONLY) else at(day, 14, -3)
    leg = Leg(books.network.supplier(supplier), books.network.plant(plant), departed, at(day, 9, -1 - books.chance.randrange(2)), amount, paper)
    yield from shipped(books, record, lot, leg, "two" if twice else "both", f"Supplier {supplier}")


def sent(books: Books, plant: int, day: date, packed: list[tuple[Ref[Lot], Amount]]) -> Iterator[Fact]:
    """Finished lots go to one or two distribution centres, on pallets or loose, and from there to customers."""
    first = books.chance.randrange(books.network.centres())
    goals = (first, first + 1) if books.happens(0.3) else (first,)
    for goal in goals:
        portions = [(lot, amount // len(goals)) for lot, amount in packed]
        yield from _transferred(books, plant, goal, day, portions)
        for lot, amount in portions:
            yield from _sold(books, goal, day, lot, amount)


def _transferred(books: Books, plant: int, goal: int, day: date, portions: list[tuple[Ref[Lot], Amount]]) -> Iterator[Fact]:
    number = books.number("transfer")
    twice = books.happens(_TOLD_TWICE / 2)
    paper = Document(type="desadv", number=f"T{number:07}").ref if twice or books.happens(0.15) else None
    ends = "two" if twice else "both"
    loads = [portions] if books.happens(_PALLET * _MIXED) else [[portion] for portion in portions]
    for place, load in enumerate(loads, 1):
        total = sum(amount for _, amount in load)
        leg = Leg(books.network.plant(plant), books.network.centre(goal), at(day, 22), at(day, 4, 1), total, paper)
        if len(load) > 1 or books.happens(_PALLET):
            pallet = LogisticUnit(sscc=sscc(books.number("pallet")))
            held = tuple(CONTAINS(lot, seen="opened", at=at(day, 21), quantity=kilograms(amount)) for lot, amount in load)
            yield Fact(pallet, books.source(f"P{number:07}-{place}"), held)
            yield from shipped(books, f"T{number:07}-{place}", pallet.ref, leg, ends)
        else:
            yield from shipped(books, f"T{number:07}-{place}", load[0][0], leg, ends)


def _sold(books: Books, centre: int, day: date, lot: Ref[Lot], amount: Amount) -> Iterator[Fact]:
    customers = books.chance.choice((1, 1, 2, 2, 2, 3))
    left = amount
    for turn in range(customers):
        part = left // (customers - turn)
        left -= part
        gone = 1 + turn + books.chance.randrange(3)
        told = part * 1_000 if books.happens(_SLIPPED_COMMA) else part
        departed: Time = month(day) if books.happens(_MONTH_ONLY) else at(day, 5, gone)
        chosen = centre % books.network.centres() + books.network.centres() * books.chance.randrange(books.network.customers)
        leg = Leg(books.network.centre(centre), books.network.customer(chosen % books.network.customers), departed, at(day, 11, gone), told)
        ends = "both" if books.happens(0.92) else "departure" if books.happens(0.8) else "two"
        yield from shipped(books, f"D{books.number('delivery'):07}", lot, leg, ends)
