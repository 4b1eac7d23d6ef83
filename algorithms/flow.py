"""The material flow of one tenant: acts, the links told between them, and the pools of one lot at one place.

Rules are those of reference/model.md section 5. Carried out: F1 (told links), F2 (departure to arrival, `algorithms.matching`), F3 (by lot),
F4 (by logistic unit, `algorithms.units`), F6 (implied moves of a take), F7 (dates contradict) and F8 (unread lots). Shipments whose source
tells all links (`closed`) get no derived ones. Shared places (F5), moves implied by a presence, items of a lot and SAME_AS are not carried out yet.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from algorithms.matching import matches
from algorithms.units import EARLY, LATE, Contents


class Told(Protocol):
    """A thing as the FoodGraph folds it."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def values(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def links(self) -> list[list[Any]]: ...  # noqa: D102


class Way(NamedTuple):
    """A link between two acts (numbers into `Flow.acts`)."""

    start: int
    end: int
    rule: str
    method: str
    confidence: float
    scope: str
    quantity: Any = None


class Portion(NamedTuple):
    """Food of one lot that an act put into a place or took from it."""

    act: int
    lot: str
    place: str
    earliest: str
    latest: str
    quantity: Any
    by_unit: bool = False


@dataclass
class Pool:
    """The food of one lot at one place: puts by earliest time, takes by latest; a put feeds the takes from an offset on."""

    puts: list[Portion] = field(default_factory=list)
    takes: list[Portion] = field(default_factory=list)
    earliest: list[str] = field(default_factory=list)
    latest: list[str] = field(default_factory=list)

    def order(self) -> None:
        """Sort both sides, once all are there."""
        self.puts.sort(key=lambda put: (put.earliest, put.act))
        self.takes.sort(key=lambda take: (take.latest, take.act))
        self.earliest = [put.earliest for put in self.puts]
        self.latest = [take.latest for take in self.takes]

    def after(self, put: Portion) -> list[Portion]:
        """The takes that a put may have fed: earliest(put) <= latest(take)."""
        return self.takes[bisect_left(self.latest, put.earliest) :]

    def before(self, take: Portion) -> list[Portion]:
        """The puts that may have fed a take."""
        return self.puts[: bisect_right(self.earliest, take.latest)]


@dataclass
class Flow:
    """Acts as nodes; told links both ways; pools by (lot, place)."""

    acts: list[Told] = field(default_factory=list)
    number: dict[tuple[str, str], int] = field(default_factory=dict)
    things: dict[tuple[str, str], Told] = field(default_factory=dict)
    told: dict[int, list[Way]] = field(default_factory=lambda: defaultdict(list))
    told_back: dict[int, list[Way]] = field(default_factory=lambda: defaultdict(list))
    puts: dict[int, list[Portion]] = field(default_factory=lambda: defaultdict(list))
    takes: dict[int, list[Portion]] = field(default_factory=lambda: defaultdict(list))
    pools: dict[tuple[str, str], Pool] = field(default_factory=lambda: defaultdict(Pool))
    by_lot: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_place: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    arrivals: dict[int, int] = field(default_factory=dict)
    departures: set[int] = field(default_factory=set)
    contents: Contents = field(default_factory=lambda: Contents(()))

    @classmethod
    def of(cls, nodes: Iterable[Told]) -> "Flow":
        """The flow of these things; their order does not matter."""
        flow = cls()
        for node in sorted(nodes, key=lambda node: (node.kind, node.key)):
            flow.things[(node.kind, node.key)] = node
            if node.kind in ("Process", "Shipment") and not node.values.get("void"):
                flow.number[(node.kind, node.key)] = len(flow.acts)
                flow.acts.append(node)
        flow.contents = Contents(flow.things.values())
        flow._match()
        for number, act in enumerate(flow.acts):
            flow._enter(number, act)
        for pool in flow.pools.values():
            pool.order()
        flow._moves()
        for node in list(flow.things.values()):
            if node.kind == "LotAssertion":
                flow._doubt(node)
        return flow

    def _match(self) -> None:
        """F2: a departure told by one record and its arrival told by another."""
        for match in matches(enumerate(self.acts), self._nested):
            scope = "certain" if match.confidence >= 0.9 else "probable"
            self._add(Way(match.departure, match.arrival, "F2", match.method, match.confidence, scope))
            self.arrivals[match.arrival] = match.departure
            self.departures.add(match.departure)

    def _nested(self, one: str, other: str) -> bool:
        return other in self._above(one) or one in self._above(other)

    def _above(self, place: str) -> list[str]:
        """A place and the places it lies in."""
        above: list[str] = []
        waiting: str | None = place
        while waiting and waiting not in above:
            above.append(waiting)
            thing = self.things.get(("Place", waiting))
            waiting = next((link[2] for link in thing.links if link[0] == "PART_OF"), None) if thing else None
        return above

    def _moves(self) -> None:
        """F6: food taken where nothing brought it came from where its lot was last, before; F7: made only later."""
        by_lot: dict[str, list[Portion]] = defaultdict(list)
        for listed in self.puts.values():
            for put in listed:
                by_lot[put.lot].append(put)
        for take in [take for listed in self.takes.values() for take in listed]:
            pool = self.pools.get((take.lot, take.place)) if take.place else None
            told = self.acts[take.act].values.get("closed") or take.act in self.arrivals
            if told or (pool and pool.before(take)):
                continue
            others = [put for put in by_lot[take.lot] if put.act != take.act and put.place != take.place]
            before = [put for put in others if put.earliest < take.latest]
            if before:
                last = max(before, key=lambda put: (put.earliest, put.place)).place
                near = [put for put in before if put.place == last]
                for put in near:
                    self._add(Way(put.act, take.act, "F6", "assumed", 0.7 / len(near), "probable", take.quantity))
            else:
                for put in others:
                    if self.acts[put.act].kind == "Process":
                        self._add(Way(put.act, take.act, "F7", "assumed", 0.3, "conceivable", take.quantity))

    def _add(self, way: Way) -> None:
        if way not in self.told[way.start]:
            self.told[way.start].append(way)
            self.told_back[way.end].append(way)

    def _doubt(self, assertion: Told) -> None:
        """F8: what a line may speak of instead: from the puts of each candidate where the act took its food."""
        candidates = assertion.values.get("candidates") or ()
        sure = (assertion.values.get("confidence") or 1.0) / max(len(candidates), 1)
        for act in [self.number[(kind, key)] for _, kind, key, _ in assertion.links if (kind, key) in self.number]:
            known = {take.lot for take in self.takes.get(act, ())}
            for take in list(self.takes.get(act, ())):
                for lot in set(candidates) - known:
                    pool = self.pools.get((lot, take.place))
                    for put in pool.before(take) if pool else ():
                        self._add(Way(put.act, act, "F8", "assumed", sure, "conceivable", take.quantity))

    def _enter(self, number: int, act: Told) -> None:
        ends: dict[str, list[str]] = defaultdict(list)
        goods: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for relation, kind, key, carried in act.links:
            if relation in ("FED", "RECEIVED_AS") and (kind, key) in self.number:
                self._told(number, self.number[(kind, key)], relation, carried)
            elif relation in ("USED", "MADE", "CARRIES"):
                goods[relation].append((key, carried.get("quantity")))
                self.by_lot[key].append(number)
            elif kind == "Place":
                ends[relation].append(key)
                self.by_place[key].append(number)
        if act.kind == "Shipment":
            self._ship(number, act, goods["CARRIES"], ends)
            return
        places = ends["TOOK_PLACE_AT"] or [""]
        started, ended = act.values.get("started") or act.values.get("ended"), act.values.get("ended") or act.values.get("started")
        for place in places:
            for lot, quantity in goods["USED"]:
                self._portion(self.takes, number, lot, place, (started, ended), quantity)
            for lot, quantity in goods["MADE"]:
                self._portion(self.puts, number, lot, place, (started, ended), quantity)

    def _ship(self, number: int, act: Told, goods: list[tuple[str, Any]], ends: dict[str, list[str]]) -> None:
        departed, arrived = act.values.get("departed"), act.values.get("arrived")
        closed = bool(act.values.get("closed"))
        first, last = departed or arrived, arrived or departed
        moment = (last[2] or LATE) if last else LATE
        inside = [(lot, amount, True) for unit, _ in goods for lot, amount in self.contents.lots(unit, moment)]
        for lot, quantity, by_unit in [*((lot, quantity, False) for lot, quantity in goods), *inside]:
            if by_unit:
                self.by_lot[lot].append(number)
            if number not in self.arrivals:
                for place in ends["SHIPPED_FROM"] or ([""] if act.values.get("end") == "arrival" else []):
                    self._portion(self.takes, number, lot, place, (first, last), quantity, closed, by_unit)
            if number not in self.departures:
                for place in ends["SHIPPED_TO"]:
                    self._portion(self.puts, number, lot, place, (last, arrived), quantity, closed, by_unit)

    def _portion(
        self, side: dict[int, list[Portion]], act: int, lot: str, place: str, times: Any, quantity: Any, closed: bool = False, by_unit: bool = False
    ) -> None:
        first, last = times
        earliest, latest = (first[1] or EARLY) if first else EARLY, (last[2] or LATE) if last else LATE
        portion = Portion(act, lot, place, earliest, latest, quantity, by_unit)
        side[act].append(portion)
        if place and not closed:
            pool = self.pools[(lot, place)]
            (pool.puts if side is self.puts else pool.takes).append(portion)

    def _told(self, start: int, end: int, relation: str, carried: dict[str, Any]) -> None:
        sure = carried.get("confidence", 1.0)
        scope = carried.get("scope") or ("certain" if sure >= 0.9 else "probable")
        way = Way(start, end, "F1" if relation == "FED" else "F2", carried.get("method") or "reported", sure, scope, carried.get("quantity"))
        self._add(way)

    def onward(self, act: int) -> list[Way]:
        """Where the food of an act went."""
        ways = list(self.told.get(act, ()))
        for put in self.puts.get(act, ()):
            pool = self.pools.get((put.lot, put.place))
            if pool and put in pool.puts:
                ways.extend(_by_lot(put, take) for take in pool.after(put) if take.act != act)
                ways.extend(_contradiction(put, take) for take in _orphans(pool) if take.act != act)
        return ways

    def backward(self, act: int) -> list[Way]:
        """Where the food of an act came from."""
        ways = list(self.told_back.get(act, ()))
        for take in self.takes.get(act, ()):
            pool = self.pools.get((take.lot, take.place))
            if pool and take in pool.takes:
                fed = [put for put in pool.before(take) if put.act != act]
                ways.extend(_by_lot(put, take) for put in fed)
                if not pool.before(take):
                    ways.extend(_contradiction(put, take) for put in pool.puts if put.act != act)
        return ways


def _orphans(pool: Pool) -> list[Portion]:
    """Takes before every put of their pool: the dates contradict, and never remove the last candidate (F7)."""
    return pool.takes[: bisect_left(pool.latest, pool.earliest[0])] if pool.earliest else []


def _by_lot(put: Portion, take: Portion) -> Way:
    if put.by_unit or take.by_unit:
        return Way(put.act, take.act, "F4", "by logistic unit", 0.95, "certain", take.quantity)
    return Way(put.act, take.act, "F3", "by lot", 0.95, "certain", take.quantity)


def _contradiction(put: Portion, take: Portion) -> Way:
    return Way(put.act, take.act, "F7", "assumed", 0.3, "conceivable", take.quantity)
