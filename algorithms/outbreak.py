"""Where an outbreak came from: how much of the evidence each station and delivery can have caused (reference/tracing.md sections 1 and 2).

The published algorithm of FoodChain-Lab in both variants, written from its specification: links are reported ones and those of
cross-contamination, a kill step ends them, and a score is the share of the evidence that is reached forward.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from algorithms.pools import Bools, Floats, Ints
from algorithms.reach import Groups, Reach, Words

_WORDS = 16
"""How many words of 64 pieces of evidence are carried at once."""


@dataclass(frozen=True)
class Network:
    """Stations and deliveries by number, and the reported links between deliveries.

    `start` and `goal` are the stations of each delivery, `lot` its lot; `before[i]` became (part of) `after[i]`, which leaves where it arrived. Where
    deliveries have several lots, or none, `carrier` tells the delivery of each of `lot`.
    `arrives` is the earliest possible day of arrival, `departs` the latest possible day of departure (days, -inf and +inf where not told).
    """

    stations: int
    start: Ints
    goal: Ints
    lot: Ints
    before: Ints
    after: Ints
    arrives: Floats
    departs: Floats
    carrier: Ints | None = None

    @property
    def deliveries(self) -> int:
        """How many there are."""
        return len(self.start)

    @property
    def carriers(self) -> Ints:
        """The delivery that each of `lot` is a lot of."""
        return np.arange(self.deliveries) if self.carrier is None else self.carrier


@dataclass(frozen=True)
class Marks:
    """What investigators set: evidence by weight (negative clears), where food contaminates other food, and what ends contamination.

    Columns by station and by delivery. With `dates`, contamination leads only to what leaves no earlier than the other arrived.
    """

    station_weight: Floats
    delivery_weight: Floats
    station_cross: Bools
    delivery_cross: Bools
    station_kill: Bools
    delivery_kill: Bools
    dates: bool = True

    @classmethod
    def none(cls, network: Network, *, dates: bool = True) -> "Marks":
        """Nothing set."""
        stations, deliveries = network.stations, network.deliveries
        unmarked = [np.zeros(size, np.bool_) for size in (stations, deliveries) * 2]
        return cls(np.zeros(stations), np.zeros(deliveries), unmarked[0], unmarked[1], unmarked[2], unmarked[3], dates)


class Scores(NamedTuple):
    """Scores of one sort of thing: the sums of the weights reached over all of them, positive ones, negative ones, both; 0 where there are none."""

    score: Floats
    positive: Floats
    negative: Floats

    @property
    def normalised(self) -> Floats:
        """The score as a share of the largest."""
        most = np.abs(self.score).max(initial=0)
        found: Floats = self.score / most if most else self.score
        return found


class Traced(NamedTuple):
    """Which stations and deliveries an observed one leads to, or comes from."""

    stations: Bools
    deliveries: Bools


class Outbreak:
    """A network with its cross-contamination and kill steps, laid out once; evidence may change as often as wanted."""

    def __init__(self, network: Network, marks: Marks) -> None:
        self.network, self.marks = network, marks
        links = _links(network, marks)
        self._count = links.nodes
        self._reach = Reach(links.nodes, links.start, links.end)
        sends = np.flatnonzero(~marks.station_kill[network.start])
        self._sent = Groups(sends, network.start[sends], network.stations)

    def scored(self) -> "Scored":
        """Scores of all stations, deliveries and lots with the weights of the marks."""
        return Scored(self, np.concatenate([self.marks.station_weight, self.marks.delivery_weight]))

    @cached_property
    def lots(self) -> Groups:
        """Deliveries by their lot."""
        network = self.network
        return Groups(network.carriers, network.lot, int(network.lot.max(initial=-1)) + 1)

    def forward(self, stations: Ints, deliveries: Ints) -> Traced:
        """All that these stations and deliveries lead to, themselves included."""
        sent = np.flatnonzero(np.isin(self.network.start, stations) & ~self.marks.station_kill[self.network.start])
        reached = self._reach.reached(np.union1d(deliveries, sent))[: self.network.deliveries]
        there = np.zeros(self.network.stations, np.bool_)
        there[self.network.goal[reached & ~self.marks.delivery_kill]] = True
        there[stations] = True
        return Traced(there, reached)

    def backward(self, stations: Ints, deliveries: Ints) -> Traced:
        """All that leads to these stations and deliveries, themselves included: the mirror of `forward`."""
        came = np.flatnonzero(np.isin(self.network.goal, stations) & ~self.marks.delivery_kill)
        reached = self._reach.reached(np.union1d(deliveries, came), backward=True)[: self.network.deliveries]
        there = np.zeros(self.network.stations, np.bool_)
        there[self.network.start[reached]] = True
        there &= ~self.marks.station_kill
        there[stations] = True
        return Traced(there, reached)

    def _carried(self, marked: Ints) -> tuple[Words, Words]:
        """Which of the marked things (stations, then deliveries, by number) each station and delivery reaches: a bit each."""
        return self.carried(marked, np.arange(len(marked)), len(marked))

    def carried(self, marked: Ints, place: Ints, count: int) -> tuple[Words, Words]:
        """Which of `count` bits each station and delivery reaches, where bit `place[i]` lies on the thing `marked[i]` (stations, then deliveries)."""
        network, marks = self.network, self.marks
        bits = np.zeros((network.stations + network.deliveries, -(-count // 64)), np.uint64)
        word, bit = _bits(place)
        np.bitwise_or.at(bits, (marked, word), bit)
        station = bits[: network.stations]
        own = np.zeros((self._count, bits.shape[1]), np.uint64)
        own[: network.deliveries] = bits[network.stations :]
        lands = np.flatnonzero(~marks.delivery_kill)
        own[lands] |= station[network.goal[lands]]
        delivery = self._reach.carried(own)[: network.deliveries]
        return station | self._sent.joined(delivery), delivery

    def around(self, goals: Ints, stops: Ints, place: Ints, count: int) -> Words:
        """Which of `count` bits each delivery can leave out on its way to one of some deliveries; bit `place[i]` lies on the delivery `stops[i]`.

        Deliveries that lead to each other pass for ways around what lies on some of them only.
        """
        own = np.zeros((self._count, -(-count // 64)), np.uint64)
        held = np.zeros_like(own)
        own[goals] = ~np.uint64(0)
        word, bit = _bits(place)
        np.bitwise_or.at(held, (stops, word), bit)
        found: Words = self._reach.carried(own, held)[: self.network.deliveries]
        return found


class Scored:
    """Scores with one set of evidence."""

    def __init__(self, outbreak: Outbreak, weights: Floats, before: "Scored | None" = None) -> None:
        """`weights` of all stations, then of all deliveries; of those that weighed the same `before` nothing is worked out again."""
        network = outbreak.network
        self.outbreak, self.weights = outbreak, weights
        known = before.weights if before else np.zeros(len(weights))
        self._sums: list[Floats] = [np.zeros((2, size)) for size in (network.stations, network.deliveries)]
        if before:
            self._sums = [held.copy() for held in before._sums]
        for some in _some(np.flatnonzero(weights != known)):
            for held, carried in zip(self._sums, outbreak._carried(some), strict=True):
                held += _weighed(carried, weights[some]) - _weighed(carried, known[some])

    def with_weights(self, stations: Mapping[int, float], deliveries: Mapping[int, float]) -> "Scored":
        """The scores after the weights of some stations and deliveries changed: as fast as few of them are."""
        weights = self.weights.copy()
        weights[list(stations)] = list(stations.values())
        weights[[self.outbreak.network.stations + number for number in deliveries]] = list(deliveries.values())
        return Scored(self.outbreak, weights, self)

    @cached_property
    def stations(self) -> Scores:
        """Of each station."""
        return self._shares(self._sums[0])

    @cached_property
    def deliveries(self) -> Scores:
        """Of each delivery."""
        return self._shares(self._sums[1])

    @cached_property
    def lots(self) -> Scores:
        """Of each lot: of the union of what its deliveries reach."""
        sums = np.zeros((2, self.outbreak.lots.count))
        for some in _some(np.flatnonzero(self.weights)):
            sums += _weighed(self.outbreak.lots.joined(self.outbreak._carried(some)[1]), self.weights[some])
        return self._shares(sums)

    @cached_property
    def max_lot(self) -> Floats:
        """The largest lot score of each station, -inf for one that sends nothing."""
        network = self.outbreak.network
        found: Floats = np.full(network.stations, -np.inf)
        np.maximum.at(found, network.start[network.carriers], self.lots.score[network.lot])
        return found

    def _shares(self, sums: Floats) -> Scores:
        plus, minus = sums
        positive, negative = self.weights[self.weights > 0].sum(), -self.weights[self.weights < 0].sum()
        most = max(positive, negative)
        shares = (part / whole if whole else np.zeros(len(part)) for part, whole in ((plus - minus, most), (plus, positive), (minus, negative)))
        return Scores(*shares)


def _some(marked: Ints) -> Iterator[Ints]:
    """Marked things by so many as are carried at once."""
    return (marked[begin : begin + _WORDS * 64] for begin in range(0, len(marked), _WORDS * 64))


def _bits(places: Ints) -> tuple[Ints, Words]:
    """The word of each place and its bit in it."""
    return places // 64, np.uint64(1) << (places % 64).astype(np.uint64)


def _weighed(carried: Words, weights: Floats) -> Floats:
    """Sums of the positive weights and of the negative ones (as positive numbers) whose bits are set."""
    sums = np.zeros((2, len(carried)))
    for sign, held in enumerate((np.maximum(weights, 0), np.maximum(-weights, 0))):
        for weight in np.unique(held[held > 0]).tolist():
            mask = np.zeros(carried.shape[1], np.uint64)
            np.bitwise_or.at(mask, *_bits(np.flatnonzero(held == weight)))
            sums[sign] += weight * np.bitwise_count(carried & mask).sum(axis=1)
    return sums


class _Links(NamedTuple):
    """Deliveries and the nodes between them, with all links along which contamination goes."""

    nodes: int
    start: Ints
    end: Ints


def _links(network: Network, marks: Marks) -> _Links:
    passes = ~marks.delivery_kill & ~marks.station_kill[network.goal]
    told = passes[network.before]
    before, after = network.before[told], network.after[told]
    shared = marks.station_cross & ~marks.station_kill
    meeting = [(shared[network.goal] & passes, np.flatnonzero(shared[network.start]))]
    if marks.delivery_cross.any():
        marked = marks.delivery_cross & passes
        meeting.append((marked, np.unique(after[marked[before]])))
    nodes, links = network.deliveries, [(before, after)]
    for comes, leaves in meeting:
        more = _chains(network, marks.dates, np.flatnonzero(comes), leaves, nodes)
        nodes = more.nodes
        links.append((more.start, more.end))
    return _Links(nodes, *(np.concatenate([one[at] for one in links]) for at in (0, 1)))


def _chains(network: Network, dates: bool, comes: Ints, leaves: Ints, nodes: int) -> _Links:
    """Links from what comes to a station to what leaves it no earlier, through one chain of nodes a station: n log n instead of n x n.

    A node (from number `nodes` on) stands for a last day of leaving; it leads to what leaves then, and to the node of the next day (section 2 of
    the reference).
    """
    day = network.departs[leaves] if dates else np.zeros(len(leaves))
    came = network.arrives[comes] if dates else np.zeros(len(comes))
    order = np.lexsort((day, network.start[leaves]))
    leaves, day = leaves[order], day[order]
    place = network.start[leaves]
    new = np.ones(len(leaves), np.bool_)
    new[1:] = (place[1:] != place[:-1]) | (day[1:] != day[:-1])
    node = np.cumsum(new) - 1
    at, when = place[new], day[new]
    onward = np.flatnonzero(at[1:] == at[:-1])
    first = _first_no_earlier(at, when, network.goal[comes], came)
    enters = np.flatnonzero(first >= 0)
    pairs = [(nodes + node, leaves), (nodes + onward, nodes + onward + 1), (comes[enters], nodes + first[enters])]
    return _Links(nodes + len(at), *(np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)))


def _first_no_earlier(place: Ints, day: Floats, there: Ints, came: Floats) -> Ints:
    """The first of (place, day), sorted, at a place and on a day or later; -1 where there is none."""
    days = np.unique(np.concatenate([day, came]))
    width = len(days) + 1
    found = np.searchsorted(place * width + np.searchsorted(days, day), there * width + np.searchsorted(days, came))
    known = np.append(place, -1)[found] == there
    first: Ints = np.where(known, found, -1)
    return first
