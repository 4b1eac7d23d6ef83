"""The material flow of one tenant: acts, the links told between them, and the pools of one lot at one place.

Rules are those of reference/model.md section 5. Carried out so far: F1 (told links), F2 where a source tells RECEIVED_AS, F3 (by lot),
F7 (dates contradict) and F8 (unread lots). Shipments whose source tells all links (`closed`) get no derived ones. Units' contents (F4), matching of
departures with arrivals (M1 to M5), shared places (F5) and implied moves (F6) are not carried out yet.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

EARLY, LATE = "", "9999"


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

    @classmethod
    def of(cls, nodes: Iterable[Told]) -> "Flow":
        """The flow of these things; their order does not matter."""
        flow = cls()
        for node in sorted(nodes, key=lambda node: (node.kind, node.key)):
            flow.things[(node.kind, node.key)] = node
            if node.kind in ("Process", "Shipment") and not node.values.get("void"):
                flow.number[(node.kind, node.key)] = len(flow.acts)
                flow.acts.append(node)
        for number, act in enumerate(flow.acts):
            flow._enter(number, act)
        for pool in flow.pools.values():
            pool.order()
        for node in list(flow.things.values()):
            if node.kind == "LotAssertion":
                flow._doubt(node)
        return flow

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
                        way = Way(put.act, act, "F8", "assumed", sure, "conceivable", take.quantity)
                        self.told[put.act].append(way)
                        self.told_back[act].append(way)

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
        for lot, quantity in goods:
            for place in ends["SHIPPED_FROM"]:
                self._portion(self.takes, number, lot, place, (departed, arrived), quantity, closed)
            for place in ends["SHIPPED_TO"]:
                self._portion(self.puts, number, lot, place, (arrived or departed, arrived or None), quantity, closed)

    def _portion(self, side: dict[int, list[Portion]], act: int, lot: str, place: str, times: Any, quantity: Any, closed: bool = False) -> None:
        first, last = times
        portion = Portion(act, lot, place, (first[1] or EARLY) if first else EARLY, (last[2] or LATE) if last else LATE, quantity)
        side[act].append(portion)
        if place and not closed:
            pool = self.pools[(lot, place)]
            (pool.puts if side is self.puts else pool.takes).append(portion)

    def _told(self, start: int, end: int, relation: str, carried: dict[str, Any]) -> None:
        sure = carried.get("confidence", 1.0)
        scope = carried.get("scope") or ("certain" if sure >= 0.9 else "probable")
        way = Way(start, end, "F1" if relation == "FED" else "F2", carried.get("method") or "reported", sure, scope, carried.get("quantity"))
        self.told[start].append(way)
        self.told_back[end].append(way)

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
    return Way(put.act, take.act, "F3", "by lot", 0.95, "certain", take.quantity)


def _contradiction(put: Portion, take: Portion) -> Way:
    return Way(put.act, take.act, "F7", "assumed", 0.3, "conceivable", take.quantity)
