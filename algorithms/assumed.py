"""What no record tells and tracing must assume: implied moves (F6), contradicting dates (F7) and lots that were not plainly read (F8)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from algorithms.columns import PROCESS
from algorithms.pools import BY_LOT, Bools, Ints
from algorithms.portions import Making, Portion
from algorithms.rows import MOVING, Act, Amounts, Event, Good, Span
from algorithms.units import EARLY, LATE
from algorithms.ways import Way

if TYPE_CHECKING:
    from algorithms.flow import Flow

MOVED, CONTRADICTED = 0.7, 0.3
_MOST = 100
"""How many acts a take is assumed to come from at most: the latest. Without a bound n acts at one place and n takes elsewhere are n x n links."""
_SEEN_OTHERWISE = MOVING | {"destroying", "decommissioning", "retail_selling", "dispensing"}


def presences(flow: "Flow", puts: Making, takes: Making) -> bool:
    """Food seen at a place where nothing had brought it: an act more, to which F6 finds the way (model section 3, other OBSERVE).

    Answers whether there is any.
    """
    seen: list[tuple[float, str, Event, tuple[str, str, str | None, Amounts]]] = []
    for key, event in flow.all("Event").items():
        if event.action == "OBSERVE" and event.type == "ObjectEvent" and event.step not in _SEEN_OTHERWISE and event.place:
            seen.extend((event.happened[2] or LATE, key, event, named) for named in event.named if named[0] in ("Lot", "LogisticUnit"))
    put, found, numbers = _put(flow, {event.place for _, _, event, _ in seen}), False, dict[str, int]()
    for at, key, event, (kind, what, _, amounts) in sorted(seen, key=lambda one: (one[0], one[1], one[3][1])):
        place, lots = str(event.place), [flow.lots.get(what, what)]
        if kind == "LogisticUnit":
            lots = [flow.lots.get(inside.lot, inside.lot) for inside in flow.contents.lots(what, at)] or lots
        for lot in lots:
            if put.get((lot, place), LATE) <= at:
                continue
            good, when = Good("USED", kind, lot, amounts), event.happened[1] or EARLY
            if key not in numbers:
                numbers[key] = flow.add(("Event", key), seen_at(event.step, key, event.happened, place, good))
            for side in (takes, puts):
                side.one(flow.keys, Portion(numbers[key], flow.lots.get(lot, lot), place, when, amounts))
            put[(lot, place)], found = when, True
    return found


def _put(flow: "Flow", places: set[str | None]) -> dict[tuple[str, str], float]:
    """When food of each lot was first put into each of these places."""
    side, put = flow.sides.puts, dict[tuple[str, str], float]()
    mine = np.flatnonzero(np.isin(side.place, [flow.keys.find(place) for place in places]))
    for good, place, at in zip(side.good[mine].tolist(), side.place[mine].tolist(), side.at[mine].tolist(), strict=True):
        name = (flow.keys[good], flow.keys[place])
        put[name] = min(put.get(name, LATE), at)
    return put


def seen_at(step: str | None, record: str, when: Span, place: str, good: Good) -> Act:
    """Food seen at a place, as an act."""
    return Act(step or "observed", record, None, when, when, None, None, (place,), (None, None), (good,), (), (), False, False, None, 1.0, True)


def suppositions(flow: "Flow") -> tuple[list[Way], dict[int, list[str]]]:
    """Links to every take that finds nothing put before it: from where its lot was last (F6), else from what made it later (F7); and F8.

    Also the goods of each act that nothing leads to even so.
    """
    doubts = list(_doubts(flow))
    explained = {doubt.end for doubt in doubts}
    found: list[Way] = []
    unfed: dict[int, list[str]] = defaultdict(list)
    takes, (orphans, put) = flow.sides.takes, _orphans(flow)
    histories = _histories(flow, takes.good[orphans[put]])
    for number, act, good, known in zip(orphans.tolist(), takes.act[orphans].tolist(), takes.good[orphans].tolist(), put.tolist(), strict=True):
        ways = histories[good].assumed(takes[number], int(takes.place[number])) if known else []
        found.extend(ways)
        if not ways and act not in explained:
            unfed[act].append(flow.keys[good])
    return [*found, *doubts], unfed


def _orphans(flow: "Flow") -> tuple[Ints, Bools]:
    """Takes that find nothing put before them, and whether other acts put food of their lot anywhere."""
    puts, takes = flow.sides.puts, flow.sides.takes
    orphan = ~takes.closed
    orphan[_fed(flow)] = False
    orphans = np.flatnonzero(orphan)
    mine = np.flatnonzero(~puts.closed & np.isin(puts.good, takes.good[orphans]))
    goods, at = np.unique(puts.good[mine], return_inverse=True)
    low, high = np.full(len(goods) + 1, np.iinfo(np.int64).max), np.full(len(goods) + 1, -1)
    np.minimum.at(low, at, puts.act[mine])
    np.maximum.at(high, at, puts.act[mine])
    found = np.searchsorted(goods, takes.good[orphans])
    known = np.append(goods, -1)[found] == takes.good[orphans]
    alone = (low[found] == takes.act[orphans]) & (high[found] == takes.act[orphans])
    return orphans, known & ~alone


class _History:
    """Where food of one lot was put, in the order of time; asked once for each take that finds nothing before it."""

    def __init__(self, puts: list[tuple[float, str, int, int]], makers: list[int]) -> None:
        """`puts` are time, key and number of the place, and act."""
        puts.sort()
        self._at = [at for at, _, _, _ in puts]
        self._place = [place for _, _, place, _ in puts]
        self._act = [act for _, _, _, act in puts]
        self._makers = makers
        self._elsewhere = list[int]()
        self._there: dict[int, tuple[list[float], list[int]]] = {}
        for number, (at, _, place, act) in enumerate(puts):
            same = number > 0 and self._place[number - 1] == place
            self._elsewhere.append(self._elsewhere[number - 1] if same else number - 1)
            times, acts = self._there.setdefault(place, ([], []))
            times.append(at)
            acts.append(act)

    def assumed(self, take: Portion, place: int) -> list[Way]:
        """F6 from the lot's latest other place, else F7 from what made it later; of very many acts the latest ones."""
        last = bisect_left(self._at, take.at) - 1
        while last >= 0 and (self._place[last] == place or self._act[last] == take.act):
            last = self._elsewhere[last] if self._place[last] == place else last - 1
        if last < 0:
            makers = [act for act in self._makers if act != take.act][:_MOST]
            return [Way(act, take.act, "F7", "assumed", CONTRADICTED, "conceivable", take.amounts, ()) for act in makers]
        times, acts = self._there[self._place[last]]
        until = bisect_left(times, take.at)
        found = {act for act in acts[max(until - _MOST, 0) : until] if act != take.act}
        sure, near = MOVED / max(len(found), until if until > _MOST else 0), sorted(found)
        rest = [tuple(one for one in near if one != act) for act in near]
        return [Way(a, take.act, "F6", "assumed", sure, "probable", take.amounts, r) for a, r in zip(near, rest, strict=True)]


def _histories(flow: "Flow", goods: Ints) -> dict[int, _History]:
    """The history of each of these lots."""
    puts = flow.sides.puts
    told: dict[int, list[tuple[float, str, int, int]]] = defaultdict(list)
    makers: dict[int, set[int]] = defaultdict(set)
    mine = np.flatnonzero(np.isin(puts.good, goods) & ~puts.closed)
    kinds = flow.columns.own["kind"][flow.entry] == PROCESS
    columns = (puts.good, puts.at, puts.place, puts.act)
    for good, at, place, act in zip(*(column[mine].tolist() for column in columns), strict=True):
        told[good].append((at, flow.keys[place] if place >= 0 else "", place, act))
        if act < len(kinds) and kinds[act]:
            makers[good].add(act)
    return {good: _History(listed, sorted(makers[good])) for good, listed in told.items()}


def _fed(flow: "Flow") -> Ints:
    """The takes, by their number as told, that puts of other acts may have fed from a pool of their own lot."""
    laid = flow.pools
    first = laid.first_put[laid.takes.pool] + laid.own_before
    fed: Ints = laid.takes.told[(laid.base[laid.takes.pool] == BY_LOT) & (first < laid.before)]
    return fed


def _doubts(flow: "Flow") -> Iterator[Way]:
    """F8: from the puts of each candidate lot where the act took its food."""
    takes: dict[int, list[Portion]] = defaultdict(list)
    puts: dict[tuple[str, str | None], list[Portion]] = defaultdict(list)
    doubted = list(candidates_of(flow))
    if not doubted:
        return
    lots = {lot for _, candidates, _ in doubted for lot in candidates}
    for number in np.flatnonzero(np.isin(flow.sides.takes.act, [act for act, _, _ in doubted])).tolist():
        take = flow.sides.takes[number]
        takes[take.act].append(take)
    for number in np.flatnonzero(np.isin(flow.sides.puts.good, [flow.keys.find(lot) for lot in lots])).tolist():
        put = flow.sides.puts[number]
        puts[(put.good, put.place)].append(put)
    for act, candidates, sure in doubted:
        known = {take.good for take in takes[act]}
        for take in takes[act]:
            for lot in sorted(set(candidates) - known):
                for put in puts[(lot, take.place)]:
                    if put.at <= take.at and put.act != act:
                        yield Way(put.act, act, "F8", "assumed", sure, "conceivable", take.amounts, ())


def candidates_of(flow: "Flow") -> Iterator[tuple[int, tuple[str, ...], float]]:
    """Acts with the lots that they may speak of: from lot assertions, and for goods of which only the product is known."""
    for doubt in flow.all("LotAssertion").values():
        for key in doubt.acts:
            lots = tuple(flow.lots.get(lot, lot) for lot in doubt.candidates)
            if key in flow.number and lots:
                yield flow.number[key], lots, (doubt.confidence or 1.0) / len(lots)
    held = flow.others["Lot"]
    class_ = held["class"] & (held["product"] >= 0)
    for key, product in zip(held["key"][class_].tolist(), held["product"][class_].tolist(), strict=True):
        of_product = held["key"][(held["product"] == product) & ~held["class"]].tolist()
        lots = tuple(sorted(flow.keys[one] for one in of_product))
        for act in flow.acts_with(flow.keys[key]) if lots else ():
            yield act, lots, 1.0 / len(lots)
