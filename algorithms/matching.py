"""Which arrival is which departure: rules M1 to M5 of reference/model.md section 4, computed and never stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from algorithms.rows import Act
from algorithms.units import EARLY, LATE

DAY = 86_400.0
TRANSIT = 14 * DAY
"""The usual transit of rule M3, seconds: our choice."""
_TRAVELS = ("desadv", "bol", "inv")


class End(NamedTuple):
    """One end of a shipment as its record tells it."""

    act: int
    start: str | None
    goal: str | None
    parties: tuple[str | None, str | None]
    earliest: float
    latest: float
    papers: frozenset[str]
    is_unit: bool


class Match(NamedTuple):
    """A departure and its arrival, with method, confidence and the other candidates; `alone` says that neither has another partner."""

    departure: int
    arrival: int
    rule: str
    method: str
    confidence: float
    candidates: tuple[int, ...] = ()
    alone: bool = True


Nested = Callable[[str, str], bool]
Unpacked = Callable[[str, float, float], bool]


def matches(acts: Iterable[tuple[int, Act]], nested: Nested, unpacked: Unpacked) -> list[Match]:
    """At most one match per arrival; a departure serves a second arrival only by a shared document or equal places.

    `nested` says whether two places lie in each other, `unpacked` whether something left a unit between two moments.
    The order of the acts does not matter.
    """
    departures: dict[str, list[End]] = defaultdict(list)
    arrivals: dict[str, list[End]] = defaultdict(list)
    for number, act in acts:
        side = {"departure": departures, "arrival": arrivals}.get(act.side or "")
        if side is not None and not act.void:
            for good in act.goods:
                side[good.key].append(_end(number, act, good.kind == "LogisticUnit"))
    found: list[Match] = []
    for what, listed in sorted(arrivals.items()):
        found.extend(_pairs(what, sorted(departures.get(what, ()), key=_moment), sorted(listed, key=_moment), nested, unpacked))
    return _counted(found)


def _pairs(what: str, departures: list[End], arrivals: list[End], nested: Nested, unpacked: Unpacked) -> list[Match]:
    """Pair the ends of one lot or unit, by time within a rule; the stronger rule first, so that no weaker one takes its partner."""
    found: list[Match] = []
    free, waiting = departures, arrivals
    for may in (_papers, _exact, _any):
        left = []
        for arrival in waiting:
            fit = [one for one in free if may(one, arrival) and _may(one, arrival, nested) and not _opened(what, one, arrival, unpacked)]
            match = _match(arrival, fit)
            if match is None:
                left.append(arrival)
            else:
                found.append(match)
                free = [one for one in free if one.act != match.departure]
        waiting = left
    for arrival in waiting:
        again = [one for one in departures if _may(one, arrival, nested) and (_papers(one, arrival) or _exact(one, arrival))]
        match = _match(arrival, [one for one in again if not _opened(what, one, arrival, unpacked)])
        if match:
            found.append(match)
    return found


def _counted(found: list[Match]) -> list[Match]:
    used: dict[int, int] = defaultdict(int)
    for match in found:
        used[match.departure] += 1
        used[match.arrival] += 1
    return [match._replace(alone=used[match.departure] == used[match.arrival] == 1) for match in found]


def _may(one: End, arrival: End, nested: Nested) -> bool:
    return (
        one.earliest <= arrival.latest + DAY
        and _fits(one.start, arrival.start, nested)
        and _fits(one.goal, arrival.goal, nested)
        and all(a is None or b is None or a == b for a, b in zip(one.parties, arrival.parties, strict=True))
    )


def _match(arrival: End, fit: list[End]) -> Match | None:
    if not fit:
        return None
    nearest = min(fit, key=lambda one: (abs(_moment(arrival)[0] - _moment(one)[0]), one.act))
    shared = [one for one in fit if one.papers & arrival.papers]
    if shared:
        best = min(shared, key=lambda one: (abs(_moment(arrival)[0] - _moment(one)[0]), one.act))
        return Match(best.act, arrival.act, "M1", "reported", 0.99)
    if arrival.is_unit:
        return Match(nearest.act, arrival.act, "M2", "by logistic unit", 0.98)
    exact = [one for one in fit if _exact(one, arrival) and _moment(arrival)[0] - _moment(one)[0] <= TRANSIT]
    if exact:
        best = min(exact, key=lambda one: (abs(_moment(arrival)[0] - _moment(one)[0]), one.act))
        return Match(best.act, arrival.act, "M3", "by lot", 0.95)
    if len(fit) == 1:
        return Match(nearest.act, arrival.act, "M4", "by lot", 0.8)
    others = tuple(one.act for one in fit if one.act != nearest.act)
    return Match(nearest.act, arrival.act, "M5", "by time and place", 0.8 / len(fit), others)


def _papers(one: End, arrival: End) -> bool:
    return bool(one.papers & arrival.papers)


def _any(one: End, arrival: End) -> bool:
    return True


def _opened(what: str, one: End, arrival: End, unpacked: Unpacked) -> bool:
    return one.is_unit and unpacked(what, one.earliest, arrival.earliest)


def _exact(one: End, arrival: End) -> bool:
    return one.start is not None and one.goal is not None and (one.start, one.goal) == (arrival.start, arrival.goal)


def _end(number: int, act: Act, is_unit: bool) -> End:
    papers = frozenset(paper for paper in act.papers if paper.partition(":")[2].partition("/")[0].endswith(_TRAVELS))
    earliest, latest = act.first[1], act.first[2]
    return End(number, act.start, act.goal, act.parties, EARLY if earliest is None else earliest, LATE if latest is None else latest, papers, is_unit)


def _moment(end: End) -> tuple[float, int]:
    known = [at for at in (end.earliest, end.latest) if abs(at) != LATE]
    return (known[0] if known else 0.0), end.act


def _fits(one: str | None, other: str | None, nested: Nested) -> bool:
    return one is None or other is None or one == other or nested(one, other)
