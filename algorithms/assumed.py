"""What no record tells and tracing must assume: implied moves (F6), contradicting dates (F7) and lots that were not plainly read (F8)."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from algorithms.pools import BY_LOT
from algorithms.portions import Portion, Sides
from algorithms.rows import MOVING, Act, Amounts, Event, Good, Span
from algorithms.units import EARLY, LATE

if TYPE_CHECKING:
    from algorithms.flow import Flow

MOVED, CONTRADICTED = 0.7, 0.3
_SEEN_OTHERWISE = MOVING | {"destroying", "decommissioning", "retail_selling", "dispensing"}


class Supposed(NamedTuple):
    """A link that is assumed; the fields of `algorithms.flow.Way`."""

    start: int
    end: int
    rule: str
    method: str
    confidence: float
    scope: str
    amounts: Amounts
    candidates: tuple[int, ...]


def presences(flow: "Flow", sides: Sides) -> None:
    """Food seen at a place where nothing had brought it: an act more, to which F6 finds the way (model section 3, other OBSERVE)."""
    put: dict[tuple[str, str], float] = {}
    for portion in sides.puts:
        if portion.place is not None:
            name = (portion.good, portion.place)
            put[name] = min(put.get(name, LATE), portion.at)
    seen: list[tuple[float, str, Event, tuple[str, str, str | None, Amounts]]] = []
    for key, event in flow.all("Event").items():
        if event.action == "OBSERVE" and event.type == "ObjectEvent" and event.step not in _SEEN_OTHERWISE and event.place:
            seen.extend((event.happened[2] or LATE, key, event, named) for named in event.named if named[0] in ("Lot", "LogisticUnit"))
    for at, key, event, (kind, what, _, amounts) in sorted(seen, key=lambda one: (one[0], one[1], one[3][1])):
        place, lots = str(event.place), [flow.lots.get(what, what)]
        if kind == "LogisticUnit":
            lots = [flow.lots.get(inside.lot, inside.lot) for inside in flow.contents.lots(what, at)] or lots
        for lot in lots:
            if put.get((lot, place), LATE) <= at:
                continue
            good = Good("USED", kind, lot, amounts)
            act = seen_at(event.step, key, event.happened, place, good)
            number = flow.number.get(("Event", key))
            sides.presence(flow.add(("Event", key), act) if number is None else number, good, place, event.happened[1] or EARLY)
            put[(lot, place)] = event.happened[1] or EARLY


def seen_at(step: str | None, record: str, when: Span, place: str, good: Good) -> Act:
    """Food seen at a place, as an act."""
    return Act(step or "observed", record, None, when, when, None, None, (place,), (None, None), (good,), (), (), False, False, None, 1.0, True)


def suppositions(flow: "Flow") -> tuple[list[Supposed], dict[int, list[str]]]:
    """Links to every take that finds nothing put before it: from where its lot was last (F6), else from what made it later (F7); and F8.

    Also the goods of each act that nothing leads to even so.
    """
    doubts = list(_doubts(flow))
    explained = {doubt.end for doubt in doubts}
    found: list[Supposed] = []
    unfed: dict[int, list[str]] = defaultdict(list)
    for take, ways in _moves(flow):
        found.extend(ways)
        if not ways and take.act not in explained:
            unfed[take.act].append(take.good)
    return [*found, *doubts], unfed


def _moves(flow: "Flow") -> Iterator[tuple[Portion, list[Supposed]]]:
    """Takes that find nothing put before them, each with the ways that are assumed for it."""
    fed = {told for told, low, high in _fed(flow) if low < high}
    orphans = [take for number, take in enumerate(flow.sides.takes) if number not in fed and not take.closed]
    wanted = {take.good for take in orphans}
    by_lot: dict[str, list[Portion]] = defaultdict(list)
    for put in flow.sides.puts:
        if put.good in wanted and not put.closed:
            by_lot[put.good].append(put)
    for take in orphans:
        yield take, _assumed(flow, take, [put for put in by_lot[take.good] if put.act != take.act])


def _assumed(flow: "Flow", take: Portion, others: list[Portion]) -> list[Supposed]:
    before = [put for put in others if put.place != take.place and put.at < take.at]
    if before:
        last = max(before, key=lambda put: (put.at, put.place or "")).place
        near = sorted({put.act for put in before if put.place == last})
        rest = [tuple(one for one in near if one != act) for act in near]
        return [Supposed(a, take.act, "F6", "assumed", MOVED / len(near), "probable", take.amounts, r) for a, r in zip(near, rest, strict=True)]
    makers = sorted({put.act for put in others if flow.acts[put.act][0] == "Process"})
    return [Supposed(act, take.act, "F7", "assumed", CONTRADICTED, "conceivable", take.amounts, ()) for act in makers]


def _fed(flow: "Flow") -> Iterator[tuple[int, int, int]]:
    """For each take of a pool of its own lot: its number as told, and the range of puts of other acts that may have fed it."""
    laid = flow.pools
    own = laid.base[laid.takes.pool] == BY_LOT
    first = laid.first_put[laid.takes.pool] + laid.own_before
    return zip(laid.takes.told[own].tolist(), first[own].tolist(), laid.before[own].tolist(), strict=True)


def _doubts(flow: "Flow") -> Iterator[Supposed]:
    """F8: from the puts of each candidate lot where the act took its food."""
    takes: dict[int, list[Portion]] = defaultdict(list)
    puts: dict[tuple[str, str | None], list[Portion]] = defaultdict(list)
    doubted = list(_candidates(flow))
    if not doubted:
        return
    acts, lots = {act for act, _, _ in doubted}, {lot for _, candidates, _ in doubted for lot in candidates}
    for take in flow.sides.takes:
        if take.act in acts:
            takes[take.act].append(take)
    for put in flow.sides.puts:
        if put.good in lots:
            puts[(put.good, put.place)].append(put)
    for act, candidates, sure in doubted:
        known = {take.good for take in takes[act]}
        for take in takes[act]:
            for lot in sorted(set(candidates) - known):
                for put in puts[(lot, take.place)]:
                    if put.at <= take.at and put.act != act:
                        yield Supposed(put.act, act, "F8", "assumed", sure, "conceivable", take.amounts, ())


def _candidates(flow: "Flow") -> Iterator[tuple[int, tuple[str, ...], float]]:
    """Acts with the lots that they may speak of: from lot assertions, and for goods of which only the product is known."""
    for doubt in flow.all("LotAssertion").values():
        for key in doubt.acts:
            lots = tuple(flow.lots.get(lot, lot) for lot in doubt.candidates)
            if key in flow.number and lots:
                yield flow.number[key], lots, (doubt.confidence or 1.0) / len(lots)
    of_product: dict[str, list[str]] = defaultdict(list)
    classes = {}
    for key, lot in flow.all("Lot").items():
        if lot.product and lot.grain == "product":
            classes[key] = lot.product
    if not classes:
        return
    wanted = set(classes.values())
    for key, lot in flow.all("Lot").items():
        if lot.product in wanted and lot.grain != "product":
            of_product[lot.product].append(key)
    for key, product in classes.items():
        lots = tuple(of_product[product])
        for act in flow.by_good.get(key, ()) if lots else ():
            yield act, lots, 1.0 / len(lots)
