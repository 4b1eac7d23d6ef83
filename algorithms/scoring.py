"""Scores of the stations and deliveries of a file, with what investigators set in it, or with settings in its place."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np

from algorithms.collapsed import RULES, collapsed
from algorithms.notifications import HAZARDS, rate
from algorithms.outbreak import Marks, Network, Outbreak, Scored, Scores, Traced
from algorithms.pools import Bools, Floats, Ints
from algorithms.posterior import Known, Suspect, candidates, leaving, suspects
from algorithms.reported import Reported
from ingest.fcl.drawn import Drawn, Set
from ontology.errors import Refused
from ontology.values import Time

Json = dict[str, Any]
_MODES = ("explicit", "inferred", "none")
_OBSERVED = ("full", "forward", "backward")
_RESULTS = ("positive", "negative")
_SORTS = ("stations", "deliveries")
_EXAMPLE = '{"outbreaks": {"stations": ["S3"], "deliveries": []}, "contaminate": ["S2"], "dates": "explicit"}'


@dataclass(frozen=True)
class Settings:
    """What is set in place of what a file says; None = as the file says. Members are those of the documented JSON.

    `groups` are stations by the id of the station that stands for them, `collapse` names rules that make groups; `invisible` stations and deliveries
    are as if they were not there. `hazard`, `tests` of deliveries and `onsets` (when cases at stations began) are evidence beside the network.
    """

    outbreaks: Mapping[str, list[str]] | None = None
    weights: Mapping[str, float] | None = None
    contaminate: list[str] | None = None
    contaminateDeliveries: list[str] | None = None  # noqa: N815 - the name in the JSON
    clear: Mapping[str, list[str]] | None = None
    dates: str | None = None
    observe: Mapping[str, str] | None = None
    groups: Mapping[str, list[str]] | None = None
    collapse: list[str] | None = None
    invisible: list[str] | None = None
    hazard: str | None = None
    tests: list[Mapping[str, str]] | None = None
    onsets: Mapping[str, str] | None = None

    @property
    def weighs_lots(self) -> bool:
        """Whether they tell more than the network does, so that lots are weighed by all that is known."""
        return bool(self.hazard or self.tests or self.onsets)

    @classmethod
    def read(cls, told: Any) -> "Settings":
        """Settings from JSON. Raises Refused that names the member, the rule and an example."""
        if not isinstance(told, dict):
            raise Refused(f"Settings are an object: {_EXAMPLE}")
        for name, value in told.items():
            if name not in _SHAPES:
                near = get_close_matches(name, _SHAPES, 1)
                raise Refused(f"Settings have no member {name!r}{f': do you mean {near[0]!r}?' if near else ''} They have {', '.join(_SHAPES)}.")
            fits, wanted = _SHAPES[name]
            if not fits(value):
                raise Refused(f"{name} is {value!r:.80}; it takes {wanted}.")
        return cls(**told)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _by_sort(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(_SORTS) and all(map(_names, value.values()))


def _numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, int | float) and not isinstance(one, bool) and np.isfinite(one) for one in value.values())


def _tests(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and set(one) == {"delivery", "result"} and isinstance(one["delivery"], str) and one["result"] in _RESULTS
        for one in value
    )


def _onsets(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) and _day(one) is not None for one in value.values())


def _day(told: str) -> float | None:
    """The last day that a date can mean, in days since 1970; None for a text that is no date."""
    try:
        latest = Time.told(told).latest
    except Refused:
        return None
    return float(latest.timestamp() // 86_400) if latest else None


def _observe(value: Any) -> bool:
    known = isinstance(value, dict) and set(value) <= {"station", "delivery", "mode"} and value.get("mode", "full") in _OBSERVED
    return known and all(isinstance(one, str) for one in value.values()) and ("station" in value) != ("delivery" in value)


_SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "outbreaks": (_by_sort, '{"stations": [ids], "deliveries": [ids]}'),
    "weights": (_numbers, "an object of ids with a number each"),
    "contaminate": (_names, "a list of ids of stations"),
    "contaminateDeliveries": (_names, "a list of ids of deliveries"),
    "clear": (_by_sort, '{"stations": [ids], "deliveries": [ids]}'),
    "dates": (lambda value: value in _MODES, "explicit, inferred or none"),
    "observe": (_observe, '{"station": id, "mode": "full", "forward" or "backward"}, or "delivery" in the place of "station"'),
    "groups": (lambda value: isinstance(value, dict) and all(map(_names, value.values())), "an object of ids with a list of ids of stations each"),
    "collapse": (lambda value: _names(value) and set(value) <= set(RULES), f"a list of {', '.join(RULES)}"),
    "invisible": (_names, "a list of ids of stations and deliveries"),
    "hazard": (lambda value: value in HAZARDS, f"one of {', '.join(HAZARDS)}"),
    "tests": (_tests, 'a list of {"delivery": id, "result": "positive" or "negative"}'),
    "onsets": (_onsets, 'an object of ids of stations with a date each, such as {"S3": "2012-09-20"}'),
}
assert set(_SHAPES) == {one.name for one in fields(Settings)}


NOTHING = Drawn({}, {}, [], None)


def _completed(settings: Settings, drawn: Drawn, reported: Reported) -> Settings:
    """Settings with what they leave to the file; what the file keeps of things that it does not have is left out."""
    stations, known = reported.stations.numbers, {*reported.stations.numbers, *reported.deliveries.numbers, *drawn.groups}
    members = {group: [one for one in listed if one in stations] for group, listed in drawn.groups.items()}
    return replace(
        settings,
        dates=settings.dates or ("none" if drawn.in_order is False else "explicit"),
        groups={group: listed for group, listed in members.items() if listed} if settings.groups is None else settings.groups,
        invisible=[one for one in drawn.hidden if one in known] if settings.invisible is None else settings.invisible,
    )


class Scoring:
    """The network of a file as settings see it: stations in groups, what is invisible left out, dates as wanted."""

    def __init__(self, reported: Reported, settings: Settings, *, weighted: bool = False, drawn: Drawn = NOTHING) -> None:
        self._reported, self._drawn = reported, drawn
        self.settings, self.weighted = _completed(settings, drawn, reported), weighted
        self._group()
        self._see()
        days = reported.days.one_for_both() if weighted else reported.days
        self.implausible = list[str]()
        if self.settings.dates == "inferred":
            days, departures, arrivals = days.inferred(reported.before, reported.after)
            self.implausible = [name for name, number in reported.deliveries.numbers.items() if departures[number] or arrivals[number]]
        kept, position = np.flatnonzero(self._seen), np.cumsum(self._seen) - 1
        linked = self._seen[reported.before] & self._seen[reported.after]
        network = Network(
            len(self.stations), self._of[reported.start[kept]], self._of[reported.goal[kept]], reported.lot[kept],
            position[reported.before[linked]], position[reported.after[linked]], days.arrives_low[kept], days.departs_high[kept],
        )  # fmt: skip
        self._kept = kept
        weight, cross, kill = self._weights(), self._flags("cross"), self._flags("kill")
        marks = Marks(weight[0], weight[1][kept], cross[0], cross[1][kept], kill[0], kill[1][kept], dates=self.settings.dates != "none")
        self.outbreak = Outbreak(network, marks)

    def _group(self) -> None:
        """Which station each station of the file counts as."""
        names = list(self._reported.stations.numbers)
        stands: dict[str, str] = {}
        for group, members in (self.settings.groups or {}).items():
            if group in self._reported.stations.numbers and group not in members:
                raise Refused(f"groups: {group} is a station of the file and no member of the group of that name; give the group another id.")
            for member in members:
                _found("groups", member, self._reported.stations.numbers)
                if stands.setdefault(member, group) != group:
                    raise Refused(f"groups: station {member} is in {stands[member]} and in {group}; a station is in one group.")
        called = dict(zip(names, self._reported.stations.names, strict=True))
        for rule, together in self._collapsed(names, stands):
            first, more = names[together[0]], f"and {len(together) - 1} more"
            group = f"{rule}: {first} {more}"
            called[group] = f"{rule}: {called[first]} {more}"
            stands |= {names[one]: group for one in together}
        self.stations = {name: number for number, name in enumerate(dict.fromkeys(stands.get(name, name) for name in names))}
        self.station_names = [called.get(name, name) for name in self.stations]
        self.lot_names = self._reported.lots
        self._of: Ints = np.array([self.stations[stands.get(name, name)] for name in names], np.int64)
        self._named = {**{name: self.stations[stands.get(name, name)] for name in names}, **self.stations}

    def _collapsed(self, names: list[str], stands: Mapping[str, str]) -> list[tuple[str, list[int]]]:
        """The rules of settings with the stations that each puts together, of those that are in no group."""
        if not self.settings.collapse:
            return []
        told, reported = self.settings, self._reported
        named = {*(told.weights or {}), *(told.outbreaks or {}).get("stations", ())}
        as_told = told.weights is None and told.outbreaks is None
        weighted = np.array(reported.stations.weight) != 0 if as_told else np.array([name in named for name in names], np.bool_)
        hidden = set(told.invisible or ())
        apart = np.array([name in stands or name in hidden for name in names], np.bool_)
        return collapsed(reported.start, reported.goal, weighted, apart, self.settings.collapse)

    def _see(self) -> None:
        hidden = np.zeros(len(self.stations), np.bool_)
        seen = np.ones(len(self._reported.deliveries), np.bool_)
        for name in self.settings.invisible or ():
            if name in self._named:
                hidden[self._named[name]] = True
            else:
                seen[self._delivery("invisible", name)] = False
        ends = (self._of[end] for end in (self._reported.start, self._reported.goal))
        self._hidden = hidden
        self._seen: Bools = seen & ~np.logical_or(*(hidden[end] for end in ends))

    def _numbers(self, member: str, told: Mapping[str, list[str]]) -> tuple[list[int], list[int]]:
        stations = [_found(member, name, self._named) for name in told.get("stations", ())]
        return stations, [self._delivery(member, name) for name in told.get("deliveries", ())]

    def _delivery(self, member: str, name: str) -> int:
        return _found(member, name, self._reported.deliveries.numbers, self._named)

    def _weights(self) -> tuple[Floats, Floats]:
        """Weights by station and delivery; without weighing everything that weighs more than nothing is an outbreak alike."""
        settings, reported = self.settings, self._reported
        stations, deliveries = np.zeros(len(self.stations)), np.zeros(len(reported.deliveries))
        if settings.outbreaks is None and settings.weights is None:
            np.add.at(stations, self._of, reported.stations.weight)
            for number, told in self._on_groups():
                stations[number] += told.weight
            deliveries[:] = reported.deliveries.weight
        _, struck = self._numbers("outbreaks", settings.outbreaks or {})
        deliveries[struck] = 1
        on_stations = dict.fromkeys((settings.outbreaks or {}).get("stations", ()), 1.0)
        for name, weight in (settings.weights or {}).items():
            if name in self._named and name in reported.deliveries.numbers:
                raise Refused(f"weights: {name} is a station and a delivery of the file; mark it in outbreaks, which tells them apart.")
            if name in self._named:
                on_stations[name] = weight
            else:
                deliveries[self._delivery("weights", name)] = weight
        for name, weight in on_stations.items():
            stations[self._named[name]] += weight
        stations[self._hidden], deliveries[~self._seen] = 0, 0
        return (stations, deliveries) if self.weighted else ((stations > 0).astype(np.float64), (deliveries > 0).astype(np.float64))

    def _on_groups(self) -> Iterator[tuple[int, Set]]:
        """What the file sets on the groups that stand."""
        return ((self.stations[group], told) for group, told in self._drawn.flags.items() if group in self.stations)

    def _flags(self, which: str) -> tuple[Bools, Bools]:
        """Where food contaminates other food, or is made safe, by station and delivery."""
        settings, reported = self.settings, self._reported
        told: list[list[bool]] = [getattr(reported.stations, which), getattr(reported.deliveries, which)]
        flags = np.zeros(len(self.stations), np.bool_), np.array(told[1], np.bool_)
        np.logical_or.at(flags[0], self._of, told[0])
        for number, on in self._on_groups():
            flags[0][number] |= on.cross_contamination if which == "cross" else on.kill_contamination
        if which == "kill":
            given: tuple[Any, Any] = settings.clear, settings.clear
            numbers = self._numbers("clear", settings.clear or {})
        else:
            given = settings.contaminate, settings.contaminateDeliveries
            numbers = self._numbers("contaminate", {"stations": given[0] or [], "deliveries": given[1] or []})
        for held, said, mine in zip(flags, given, numbers, strict=True):
            if said is not None:
                held[:] = False
                held[mine] = True
        return flags

    def _observed(self) -> tuple[Traced, Traced]:
        """What the observed ones lead to and come from, themselves apart."""
        reported, observe = self._reported, self.settings.observe
        groups = [number for number, told in self._on_groups() if told.observed]
        stations = np.union1d(self._of[np.flatnonzero(reported.stations.observed)], np.array(groups, np.int64))
        deliveries = np.flatnonzero(reported.deliveries.observed)
        mode = observe.get("mode", "full") if observe else "full"
        if observe:
            of = {"stations": [observe["station"]]} if "station" in observe else {"deliveries": [observe["delivery"]]}
            stations, deliveries = (np.array(numbers, np.int64) for numbers in self._numbers("observe", of))
        seeds = stations[~self._hidden[stations]], np.searchsorted(self._kept, deliveries[self._seen[deliveries]])
        found = []
        for way, trace in (("forward", self.outbreak.forward), ("backward", self.outbreak.backward)):
            traced = trace(*seeds) if mode in ("full", way) else trace(seeds[0][:0], seeds[1][:0])
            for flags, mine in zip(traced, seeds, strict=True):
                flags[mine] = False
            found.append(traced)
        return found[0], found[1]

    def suspects(self) -> list[Suspect]:
        """Lots by all that is known, the likeliest first."""
        settings, network, scored = self.settings, self.outbreak.network, self.outbreak.scored()
        lots = candidates(scored.lots.score).tolist() if settings.hazard else []
        rates = {lot: rate(str(settings.hazard), self.lot_names[lot].partition(", lot ")[0]) for lot in lots}
        tests = [(int(self._reported.lot[self._delivery("tests", one["delivery"])]), one["result"] == "positive") for one in settings.tests or ()]
        onset = np.full(network.stations + network.deliveries, np.nan)
        for name, told in (settings.onsets or {}).items():
            onset[_found("onsets", name, self._named)] = _day(told)
        left = leaving(self.outbreak, self._reported.days.departs_low[self._kept])
        return suspects(self.outbreak, scored.weights, scored.lots.score, Known(rates, tests, onset, left))

    def answer(self) -> Json:
        """The scores and flags of all stations and deliveries by id; a group stands for its stations, and what is invisible scores 0."""
        scored, (forward, backward) = self.outbreak.scored(), self._observed()
        columns = self._weighted(scored) if self.weighted else [_shares_of(scores) for scores in (scored.stations, scored.deliveries)]
        for held, *traced in zip(columns, forward, backward, strict=True):
            held.update(zip(("forward", "backward"), traced, strict=True))
        deliveries = {name: np.zeros(len(self._seen), values.dtype) for name, values in columns[1].items()}
        for name, values in columns[1].items():
            deliveries[name][self._kept] = values
        found: Json = {"stations": _rows(self.stations, columns[0]), "deliveries": _rows(self._reported.deliveries.numbers, deliveries)}
        return found | ({"lots": self._lots(scored)} if self.settings.weighs_lots else {})

    def _lots(self, scored: Scored) -> list[Json]:
        carries: dict[int, list[str]] = defaultdict(list)
        for name, number in self._reported.deliveries.numbers.items():
            carries[int(self._reported.lot[number])].append(name)
        return [
            {
                "lot": self.lot_names[one.lot],
                "deliveries": carries[one.lot],
                "posterior": one.carried,
                "began": one.began,
                "score": float(scored.lots.score[one.lot]),
                "reasons": list(one.reasons),
            }
            for one in self.suspects()
        ]

    def _weighted(self, scored: Scored) -> list[dict[str, Any]]:
        most = max(float(np.abs(scores.score).max(initial=0)) for scores in (scored.stations, scored.deliveries))
        lots = {"maxLotScore": np.where(np.isfinite(scored.max_lot), scored.max_lot, 0)}, {"lotScore": scored.lots.score[self.outbreak.network.lot]}
        return [
            {
                "score": scores.score,
                "normalizedScore": scores.score / (most or 1),
                "positiveScore": scores.positive,
                "negativeScore": scores.negative,
                **lot,
            }
            for scores, lot in zip((scored.stations, scored.deliveries), lots, strict=True)
        ]


def _shares_of(scores: Scores) -> dict[str, Any]:
    return {"score": scores.score, "commonLink": scores.score == 1}


def _rows(names: Mapping[str, int], columns: Mapping[str, Any]) -> dict[str, Json]:
    told = {name: values.tolist() for name, values in columns.items()}
    return {name: {column: values[number] for column, values in told.items()} for name, number in names.items()}


def _found(member: str, name: str, numbers: Mapping[str, int], others: Mapping[str, int] = MappingProxyType({})) -> int:
    """The number of a name. Raises Refused with the nearest of these names, or of others that stand in the same place."""
    if name in numbers:
        return numbers[name]
    near = get_close_matches(name, [*numbers, *others], 1)
    raise Refused(f"{member}: the file has no {name}{f'; do you mean {near[0]}?' if near else '.'}")
