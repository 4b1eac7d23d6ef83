"""Food put into places and taken from them: what each act does to the pools of one lot at one place (reference/model.md sections 1 and 3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from algorithms.rows import Act, Amounts, Good, Place
from algorithms.units import EARLY, LATE, Contents

CERTAIN = 0.9
"""From this confidence on the match of a departure and an arrival is certain (rule F2)."""


class Portion(NamedTuple):
    """Food of one lot (or of a unit with unknown contents) that an act put into a place or took from it, and how sure that is.

    `at` is the earliest instant of a put and the latest of a take, seconds since 1970. What a put is less sure of (the match of a shipment's
    ends, an act that is only assumed) counts for every link that leads on from it.
    """

    act: int
    good: str
    place: str | None
    at: float
    amounts: Amounts
    sure: float = 1.0
    by_unit: bool = False
    closed: bool = False
    probable: bool = False


class Arrived(NamedTuple):
    """The other end of a shipment that two records tell: its act, and the confidence of the match."""

    act: Act
    confidence: float


class Sides:
    """All puts and all takes of the acts, in the order of the acts."""

    def __init__(self, contents: Contents, lots: Mapping[str, str]) -> None:
        self._contents, self._lots = contents, lots
        self.puts: list[Portion] = []
        self.takes: list[Portion] = []
        self.unknown_units: dict[int, str] = {}

    def process(self, number: int, act: Act) -> None:
        """What a process took and gave at each of its places."""
        earliest, latest = _earliest(act.first[1]), _latest(act.last[2])
        for place in act.places or (None,):
            for good in act.goods:
                if good.relation == "MADE":
                    self.puts.extend(self._portions(number, good, place, earliest, (latest, earliest), act.closed, act.confidence))
                else:
                    self.takes.extend(self._portions(number, good, place, latest, (latest, earliest), act.closed))

    def shipment(self, number: int, act: Act, arrived: Arrived | None, sends: bool, lands: bool) -> None:
        """What a shipment took from one place and put into another; `sends` and `lands` say which of the two its record tells."""
        last = arrived.act.last if arrived else act.last if act.side != "departure" else (None, act.first[1], None)
        moments = (_latest(act.first[2]), _earliest(act.first[1]))
        goal = (arrived.act.goal or act.goal) if arrived else act.goal
        for good in act.goods:
            if sends and (act.start or act.side == "arrival"):
                self.takes.extend(self._portions(number, good, act.start, _latest(act.first[2]), moments, act.closed))
            if lands and goal:
                sure = act.confidence * (arrived.confidence if arrived else 1.0)
                landed = next((other for other in arrived.act.goods if other.key == good.key), good) if arrived else good
                self.puts.extend(self._portions(number, landed, goal, _earliest(last[1]), moments, act.closed, sure))

    def presence(self, number: int, good: Good, place: str, at: float) -> None:
        """Food seen at a place: it came there, and it may go on from there."""
        lot = self._lots.get(good.key, good.key)
        self.takes.append(Portion(number, lot, place, at, good.amounts))
        self.puts.append(Portion(number, lot, place, at, good.amounts))

    def _portions(
        self, number: int, good: Good, place: str | None, at: float, moments: tuple[float, float], closed: bool, sure: float = 1.0
    ) -> Iterable[Portion]:
        if good.kind == "Lot":
            return (Portion(number, self._lots.get(good.key, good.key), place, at, good.amounts, sure, False, closed, sure < CERTAIN),)
        return self._inside(number, good, place, at, moments, closed, sure)

    def _inside(
        self, number: int, good: Good, place: str | None, at: float, moments: tuple[float, float], closed: bool, sure: float
    ) -> Iterator[Portion]:
        inside = self._contents.lots(good.key, moments[0]) or self._contents.lots(good.key, moments[1])
        for lot, amounts, surely in inside:
            yield Portion(number, self._lots.get(lot, lot), place, at, amounts, sure * surely, True, closed, sure < CERTAIN)
        if not inside:
            self.unknown_units[number] = good.key
            yield Portion(number, good.key, place, at, good.amounts, sure, True, closed, sure < CERTAIN)


class Nesting:
    """Which place lies in which."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._within = {key: place.within for key, place in places.items() if place.within}

    def __bool__(self) -> bool:
        return bool(self._within)

    def above(self, place: str) -> list[str]:
        """A place and the places it lies in, inmost first; cycles end."""
        above: list[str] = []
        waiting: str | None = place
        while waiting and waiting not in above:
            above.append(waiting)
            waiting = self._within.get(waiting)
        return above

    def nested(self, one: str, other: str) -> bool:
        """Whether two places are one, or one lies in the other."""
        return one == other or (bool(self._within) and (other in self.above(one) or one in self.above(other)))

    def at_the_finest_both_know(self, portions: list[Portion], named: Mapping[str, set[str]]) -> list[Portion]:
        """Portions with a zone replaced by its site where another record of the same lot names the site (model section 3)."""
        if not self._within:
            return portions
        moved = []
        for portion in portions:
            if portion.place is not None and portion.place in self._within:
                known = [place for place in self.above(portion.place) if place in named[portion.good]]
                portion = portion._replace(place=known[-1] if known else portion.place)
            moved.append(portion)
        return moved


def named_places(portions: Iterable[Portion]) -> dict[str, set[str]]:
    """The places that records name for each lot."""
    named: dict[str, set[str]] = defaultdict(set)
    for portion in portions:
        if portion.place is not None:
            named[portion.good].add(portion.place)
    return named


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Which lot stands for each lot that SAME_AS joins with others: the lowest key of the group."""
    stands: dict[str, str] = {}

    def root(one: str) -> str:
        while stands.get(one, one) != one:
            one = stands[one]
        return one

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        stands[high] = low
        stands.setdefault(low, low)
    return {one: root(one) for one in stands}


def _earliest(at: float | None) -> float:
    return EARLY if at is None else at


def _latest(at: float | None) -> float:
    return LATE if at is None else at
