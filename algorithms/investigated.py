"""What an investigation makes of a tenant's material flow: its cases and assumptions as marks, and the scores that follow (reference/tracing.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from algorithms.charted import Chart, chart
from algorithms.columns import ACT_KINDS
from algorithms.flow import Flow
from algorithms.names import lot_name
from algorithms.notifications import rate
from algorithms.outbreak import Marks, Network, Outbreak, Scored, Scores
from algorithms.pools import Bools, Floats, Ints
from algorithms.posterior import Known, Suspect, candidates, leaving, suspects
from algorithms.rows import Key

CONTAMINATES, CLEAR, WEIGHS, HIDDEN = "contaminates", "clear", "weighs", "hidden"
_ALL = 1 - 1e-12
"""A share of the evidence that is all of it, but for rounding."""


class Case(NamedTuple):
    """People who fell ill, as evidence: at which places, after which acts, how much it weighs; by when it began (seconds, NaN = not told)."""

    key: Key
    things: tuple[Key, ...]
    weight: float
    onset: float = np.nan


class Assumption(NamedTuple):
    """What an investigator assumes of some things: that they contaminate, are clear, weigh so much, are hidden; or the contrary."""

    change: str
    things: tuple[Key, ...]
    holds: bool = True
    weight: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """What holds after all assumptions, the later before the earlier: weights of places and acts, what is switched on or off of each thing, by when
    the first case began there; under which other names a place stands in the records.
    """

    weights: Mapping[Key, float]
    switched: Mapping[str, Mapping[Key, bool]]
    onsets: Mapping[Key, float] = field(default_factory=dict)
    same: Mapping[Key, Sequence[Key]] = field(default_factory=dict)
    tests: Sequence[tuple[Key, bool]] = ()

    @classmethod
    def of(
        cls,
        cases: Iterable[Case],
        assumptions: Sequence[Assumption],
        same: Mapping[Key, Sequence[Key]] | None = None,
        tests: Sequence[tuple[Key, bool]] = (),
    ) -> "Evidence":
        """Cases and what is assumed of them and of things; where several cases are at one place their weights add up. `same` are the other names of
        places, `tests` what laboratories found in lots (true = positive).
        """
        given = {key: one.weight for one in assumptions if one.change == WEIGHS for key in one.things}
        weights: dict[Key, float] = {}
        onsets: dict[Key, float] = {}
        for case in cases:
            for thing in case.things:
                weights[thing] = weights.get(thing, 0.0) + given.get(case.key, case.weight)
                onsets[thing] = float(np.fmin(onsets.get(thing, np.nan), case.onset))
        weights |= {key: weight for key, weight in given.items() if key[0] != "Case"}
        switched: dict[str, dict[Key, bool]] = {CONTAMINATES: {}, CLEAR: {}, HIDDEN: {}}
        for one in assumptions:
            if one.change != WEIGHS:
                switched[one.change] |= dict.fromkeys(one.things, one.holds)
        return cls(weights, switched, onsets, same or {}, tests)


class Assumed(NamedTuple):
    """What evidence sets on the stations (first) and deliveries (second) of a chart, and the things that no act names."""

    weights: tuple[Floats, Floats]
    cross: tuple[Bools, Bools]
    kill: tuple[Bools, Bools]
    hidden: tuple[Bools, Bools]
    unknown: list[Key]


def assumed(flow: Flow, charted: Chart, evidence: Evidence) -> Assumed:
    """What records say of stations and deliveries, as evidence overrules it; weights are those of the evidence alone."""
    network = charted.network

    def switched(change: str, stations: Bools, deliveries: Bools) -> tuple[Bools, Bools]:
        sides = stations.copy(), deliveries.copy()
        for key, on in evidence.switched[change].items():
            side, number = _side(flow, charted, evidence, key)
            if number >= 0:
                sides[side][number] = on
        return sides

    weights: tuple[Floats, Floats] = np.zeros(network.stations), np.zeros(network.deliveries)
    unknown = []
    for key, weight in evidence.weights.items():
        side, number = _side(flow, charted, evidence, key)
        if number >= 0:
            weights[side][number] += weight
        if number < 0 or (side == 0 and not charted.visited[number]):
            unknown.append(key)
    cross = switched(CONTAMINATES, charted.station_cross, charted.delivery_cross)
    kill = switched(CLEAR, charted.station_kill, charted.delivery_kill)
    hidden = switched(HIDDEN, np.zeros(network.stations, np.bool_), np.zeros(network.deliveries, np.bool_))
    return Assumed(weights, cross, kill, hidden, unknown)


def _side(flow: Flow, charted: Chart, evidence: Evidence, key: Key) -> tuple[int, int]:
    """Whether a thing is a station (0) or a delivery (1), and its number; -1 for one that the flow does not know.

    A place that no act names is the one that it is the same as, where an act names that.
    """
    if key[0] in ACT_KINDS:
        return 1, flow.number.get(key, -1)
    names = [_at(charted.places, flow.keys.find(one[1])) for one in (key, *evidence.same.get(key, ()))]
    return 0, next((number for number in names if number >= 0 and charted.visited[number]), names[0])


class Row(NamedTuple):
    """A place, lot or act with its score: `negative` is the share of what clears; `common` says that all evidence leads to it."""

    number: int
    score: float
    positive: float
    negative: float
    common: bool


class Investigated:
    """The scores of a flow with some evidence."""

    def __init__(self, flow: Flow, evidence: Evidence, scope: str, *, dates: bool = True) -> None:
        """`scope` is that of the links that count; without `dates` food that met at a contaminated place may have gone back in time."""
        self.flow, self.evidence, self.scope, self.chart = flow, evidence, scope, chart(flow, scope)
        network, self.marks = self._marked(dates)
        self.outbreak = Outbreak(network, self.marks)
        self.scored: Scored = self.outbreak.scored()

    def _marked(self, dates: bool) -> tuple[Network, Marks]:
        network, found = self.chart.network, assumed(self.flow, self.chart, self.evidence)
        stations, deliveries = found.hidden
        deliveries |= stations[network.start] | stations[network.goal]
        weights = found.weights
        weights[0][stations], weights[1][deliveries] = 0, 0
        self.unknown = found.unknown
        marks = Marks(*weights, found.cross[0], found.cross[1], found.kill[0], found.kill[1], dates)
        return (_without(network, deliveries) if deliveries.any() else network), marks

    def _place(self, key: Key) -> tuple[int, int]:
        return _side(self.flow, self.chart, self.evidence, key)

    @property
    def acts(self) -> Scores:
        """Of each act of the flow."""
        return Scores(*(column[: self.chart.acts] for column in self.scored.deliveries))

    @property
    def places(self) -> Scores:
        """Of each place of the chart."""
        return Scores(*(column[: len(self.chart.places)] for column in self.scored.stations))

    @property
    def lots(self) -> Scores:
        """Of each lot of the chart."""
        return self.scored.lots

    def suspects(self, hazard: str | None) -> list[Suspect]:
        """Lots by all that is known, the likeliest first; their numbers are those of the chart. `hazard` is one of those that were counted."""
        flow, network, scores = self.flow, self.outbreak.network, self.lots
        lots = candidates(scores.score).tolist() if hazard else []
        rates = {lot: rate(str(hazard), lot_name(flow, flow.keys[int(self.chart.lots[lot])])) for lot in lots}
        onset = np.full(network.stations + network.deliveries, np.nan)
        for key, when in self.evidence.onsets.items():
            side, number = self._place(key)
            if number >= 0:
                onset[number + side * network.stations] = when
        return suspects(self.outbreak, self.scored.weights, scores.score, Known(rates, self._tests(), onset, leaving(self.outbreak, flow.earliest)))

    def _tests(self) -> list[tuple[int, bool]]:
        """What was found in lots of the chart."""
        flow = self.flow
        found = [(_at(self.chart.lots, flow.keys.find(flow.lots.get(key, key))), positive) for (_, key), positive in self.evidence.tests]
        return [one for one in found if one[0] >= 0]

    def one(self, key: Key) -> tuple[Scores, int]:
        """The scores of all of a sort, and the number of a place, lot or act among them; -1 for what the flow does not know."""
        if key[0] == "Lot":
            return self.lots, _at(self.chart.lots, self.flow.keys.find(self.flow.lots.get(key[1], key[1])))
        side, number = self._place(key)
        return (self.places, self.acts)[side], number if key[0] in ("Place", *ACT_KINDS) else -1

    def flags(self, key: Key) -> Mapping[str, bool]:
        """Whether food of others is contaminated at a place or by a shipment, and whether contamination ends there, as told or assumed."""
        side, number = self._place(key)
        flags = ((self.marks.station_cross, self.marks.station_kill), (self.marks.delivery_cross, self.marks.delivery_kill))[side]
        return {name: bool(held[number]) and number >= 0 for name, held in zip((CONTAMINATES, CLEAR), flags, strict=True)}


def ranked(scores: Scores, first: int, before: Scores | None = None, offset: int = 0, *, every: bool = False) -> list[Row]:
    """The highest scores, or where others are given those that differ most from them; nothing that scores 0 in both, unless `every` one is wanted."""
    weight = np.abs(scores.score - before.score) if before is not None else scores.score
    listed = np.arange(len(weight)) if every else _scoring(scores) if before is None else np.flatnonzero(weight > 0)
    order = listed[np.lexsort((listed, -weight[listed]))][offset : offset + first]
    return [row(scores, number) for number in order.tolist()]


def scoring(scores: Scores) -> int:
    """How many of them any of the evidence leads to."""
    return len(_scoring(scores))


def _scoring(scores: Scores) -> Ints:
    return np.flatnonzero((scores.positive > 0) | (scores.negative > 0))


class Way(NamedTuple):
    """All shipments from one place to another: how many, and the highest score among them."""

    start: int
    goal: int
    shipments: int
    score: float


class Drawn(NamedTuple):
    """Places of the chart by score, the ways between them, and how many places that bear evidence or score were left out."""

    places: list[int]
    ways: list[Way]
    left: int


def drawn(found: Investigated, most: int) -> Drawn:
    """The places that bear evidence or that evidence leads to, the highest scores first, and what was shipped between them."""
    network, weights, scores = found.chart.network, found.scored.weights, found.places
    told = np.flatnonzero((weights[: len(scores.score)] != 0) | (scores.positive > 0) | (scores.negative > 0))
    chosen = told[np.lexsort((told, -np.abs(scores.score[told])))][:most]
    seen = np.zeros(network.stations, np.bool_)
    seen[chosen] = True
    start, goal = network.start[: found.chart.acts], network.goal[: found.chart.acts]
    mine = np.flatnonzero(seen[start] & seen[goal] & (start != goal))
    pairs, way, count = np.unique(start[mine] * network.stations + goal[mine], return_inverse=True, return_counts=True)
    best = np.full(len(pairs), -np.inf)
    np.maximum.at(best, way, found.acts.score[mine])
    ways = [
        Way(pair // network.stations, pair % network.stations, *more)
        for pair, *more in zip(pairs.tolist(), count.tolist(), best.tolist(), strict=True)
    ]
    return Drawn(chosen.tolist(), ways, len(told) - len(chosen))


def common(scores: Scores) -> int:
    """How many of them all of the evidence leads to."""
    return int((scores.positive >= _ALL).sum())


def row(scores: Scores, number: int) -> Row:
    """The scores of one."""
    score, positive, negative = (float(column[number]) for column in scores)
    return Row(number, score, positive, negative, positive >= _ALL)


def _at(numbers: Ints, wanted: int) -> int:
    """Where a number stands among sorted ones; -1 where it does not."""
    place = int(np.searchsorted(numbers, wanted))
    return place if wanted >= 0 and place < len(numbers) and numbers[place] == wanted else -1


def _without(network: Network, hidden: Bools) -> Network:
    """The network as if these deliveries were not there: they come from and lead to nowhere."""
    nowhere = network.stations - 1
    start, goal = (np.where(hidden, nowhere, end) for end in (network.start, network.goal))
    seen = ~(hidden[network.before] | hidden[network.after])
    return replace(network, start=start, goal=goal, before=network.before[seen], after=network.after[seen])
