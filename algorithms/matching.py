"""Which arrival is which departure: rules M1 to M5 of reference/model.md section 4, computed and never stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

_TOLERANCE = timedelta(days=1)
_TRANSIT = timedelta(days=14)
"""The usual transit of rule M3: our choice."""


class End(NamedTuple):
    """One end of a shipment as its record tells it."""

    act: int
    start: str | None
    goal: str | None
    earliest: datetime | None
    latest: datetime | None
    papers: frozenset[str]
    is_unit: bool


class Match(NamedTuple):
    """A departure and its arrival, with rule, method, confidence and the other candidates."""

    departure: int
    arrival: int
    rule: str
    method: str
    confidence: float
    candidates: tuple[int, ...] = ()


Nested = Callable[[str, str], bool]


def matches(acts: Iterable[tuple[int, Any]], nested: Nested) -> list[Match]:
    """One match per arrival that has a candidate; `nested` says whether two places are one or lie in each other."""
    departures: dict[str, list[End]] = defaultdict(list)
    arrivals: dict[str, list[End]] = defaultdict(list)
    for number, act in acts:
        side = {"departure": departures, "arrival": arrivals}.get(act.values.get("end"))
        if side is not None and act.kind == "Shipment":
            goods = next((link for link in act.links if link[0] == "CARRIES"), None)
            if goods:
                side[goods[2]].append(_end(number, act, goods[1] == "LogisticUnit"))
    found = []
    for what, listed in sorted(arrivals.items()):
        free = sorted(departures.get(what, ()), key=_moment)
        for arrival in sorted(listed, key=_moment):
            match = _match(arrival, free, nested)
            if match:
                found.append(match)
                free = [one for one in free if one.act != match.departure]
    return found


def _match(arrival: End, free: list[End], nested: Nested) -> Match | None:
    fit = [
        one for one in free if _in_time(one, arrival) and all(_fits(a, b, nested) for a, b in ((one.start, arrival.start), (one.goal, arrival.goal)))
    ]
    if not fit:
        return None
    nearest = min(fit, key=lambda one: (abs((_moment(arrival) - _moment(one)).total_seconds()), one.act))
    shared = [one for one in fit if one.papers & arrival.papers]
    if shared:
        return Match(shared[0].act, arrival.act, "M1", "reported", 0.99)
    if arrival.is_unit:
        return Match(nearest.act, arrival.act, "M2", "by logistic unit", 0.98)
    exact = [one for one in fit if (one.start, one.goal) == (arrival.start, arrival.goal) and one.start and one.goal]
    if exact and _moment(arrival) - _moment(exact[-1]) <= _TRANSIT:
        return Match(exact[-1].act, arrival.act, "M3", "by lot", 0.95)
    if len(fit) == 1:
        return Match(nearest.act, arrival.act, "M4", "by lot", 0.8)
    others = tuple(one.act for one in fit if one.act != nearest.act)
    return Match(nearest.act, arrival.act, "M5", "by time and place", 0.8 / len(fit), others)


def _end(number: int, act: Any, is_unit: bool) -> End:
    places = {link[0]: link[2] for link in act.links if link[0].startswith("SHIPPED")}
    papers = frozenset(link[2] for link in act.links if link[0] == "DOCUMENTED_BY" and link[2].partition("/")[0].endswith(("desadv", "bol", "inv")))
    time = act.values.get("departed") or act.values.get("arrived") or [None, None, None]
    earliest, latest = (datetime.fromisoformat(text) if text else None for text in time[1:3])
    return End(number, places.get("SHIPPED_FROM"), places.get("SHIPPED_TO"), earliest, latest, papers, is_unit)


def _moment(end: End) -> datetime:
    return end.earliest or end.latest or datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _in_time(departure: End, arrival: End) -> bool:
    return departure.earliest is None or arrival.latest is None or departure.earliest <= arrival.latest + _TOLERANCE


def _fits(one: str | None, other: str | None, nested: Nested) -> bool:
    return one is None or other is None or one == other or nested(one, other)
