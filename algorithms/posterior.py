"""Which lot carried the contamination: the scores joined with what else is known, as probabilities with their reasons (Bayes' rule).

Contamination entered once: with one of the candidate lots, or with none of them, which is as likely beforehand as a lot of an average food. A lot
*carried* it when it entered with that lot, or with one that reaches cases only through it: the lot to stop. The numbers below are our choice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from algorithms.notifications import Rate
from algorithms.outbreak import Outbreak
from algorithms.pools import Bools, Floats, Ints
from algorithms.reach import Words

_CHUNK = 1_024
MOST = 512
"""Lots that are looked at: those with the highest scores."""
OTHER_CAUSE = 0.05
"""Probability that a case has a cause of its own."""
SPARED = 0.1
"""Mean probability that a place which contaminated food reached last would have told of cases.

It is the same for all places of an outbreak and not known: after a beta distribution (1, 9), so that m spared places count 9 / (9 + m), not 0.9 ** m.
"""
CLEARED = 0.5
"""Probability that evidence which clears would have found something, had contaminated food reached it."""
SENSITIVITY, SPECIFICITY = 0.7, 0.98
"""Of a laboratory test of a lot."""


@dataclass(frozen=True)
class Known:
    """What is known beside the network: the rate of the hazard in each lot's food, tests of lots (positive or not), and when cases began.

    `onset` is when each piece of evidence began (NaN = not told), `left` when each lot can have left its maker at the earliest (-inf where not told);
    both in the unit of the days of the network.
    """

    rates: Mapping[int, Rate]
    tests: Sequence[tuple[int, bool]]
    onset: Floats
    left: Floats


class Suspect(NamedTuple):
    """A lot: how likely it carried the contamination to all cases that are explained, how likely the contamination began with it, and why."""

    lot: int
    carried: float
    began: float
    reasons: tuple[str, ...]


class Seen(NamedTuple):
    """What is seen of the candidate lots, by lot and thing: cases it explains, others that began too early for it; evidence that clears, and places
    without cases, that it reached; tests of it, or of what it became part of; lots through which alone it reaches cases, itself included.
    """

    lots: Ints
    explains: Bools
    early: Bools
    cleared: Bools
    spared: Bools
    tested: Bools
    through: Bools


def candidates(scores: Floats) -> Ints:
    """The lots that are looked at, given the score of each."""
    lots = np.flatnonzero(scores > 0)
    found: Ints = lots[np.lexsort((lots, -scores[lots]))][:MOST]
    return found


def leaving(outbreak: Outbreak, departs: Floats) -> Floats:
    """When each lot can have left its maker at the earliest, given that of each delivery; +inf for one that nothing carries."""
    left = np.full(outbreak.lots.count, np.inf)
    np.minimum.at(left, outbreak.network.lot, departs[outbreak.network.carriers])
    return left


def suspects(outbreak: Outbreak, weights: Floats, scores: Floats, known: Known) -> list[Suspect]:
    """All candidate lots, the likeliest first; `weights` of stations, then deliveries, `scores` by lot.

    Guarantees: how likely it began with each lot sums to at most 1 (the rest is "none of these"); a positive test never lowers a lot.
    """
    lots = candidates(scores)
    if not len(lots):
        return []
    seen = _seen(outbreak, lots, weights, known)
    ill = seen.explains.shape[1]
    explained, cleared, spared = (found.sum(axis=1) for found in (seen.explains, seen.cleared, seen.spared))
    log = explained * np.log1p(-OTHER_CAUSE) + (ill - explained) * np.log(OTHER_CAUSE) + cleared * np.log1p(-CLEARED) + np.log(_spared(spared))
    log += np.log(np.array([known.rates[lot].factor if lot in known.rates else 1.0 for lot in lots.tolist()]))
    nothing = ill * np.log(OTHER_CAUSE)
    for at, (_, positive) in enumerate(known.tests):
        log += np.log(np.where(seen.tested[:, at], _likely(positive, contaminated=True), _likely(positive, contaminated=False)))
        nothing += np.log(_likely(positive, contaminated=False))
    most = max(log.max(), nothing)
    began = np.exp(log - most) / (np.exp(log - most).sum() + np.exp(nothing - most))
    carried = began @ seen.through
    found = [Suspect(int(lot), float(carried[at]), float(began[at]), tuple(_reasons(at, seen, known))) for at, lot in enumerate(lots.tolist())]
    return sorted(found, key=lambda one: (-one.carried, -one.began, one.lot))


def _spared(places: Any) -> Any:
    """How likely so many places that were reached tell of no case."""
    return 1 / (1 + places * SPARED / (1 - SPARED))


def _likely(positive: bool, *, contaminated: bool) -> float:
    """How likely a result is."""
    found = SENSITIVITY if contaminated else 1 - SPECIFICITY
    return found if positive else 1 - found


def _reasons(at: int, seen: Seen, known: Known) -> Iterator[str]:
    lot = int(seen.lots[at])
    cases, spared, cleared = (int(found[at].sum()) for found in (seen.explains, seen.spared, seen.cleared))
    each = f", each {1 / OTHER_CAUSE - 1:.0f} times as likely as by a cause of its own" if cases else ""
    yield f"explains {cases} of {seen.explains.shape[1]} cases{each}"
    if early := int(seen.early[at].sum()):
        yield f"{early} of the others began before it can have come there"
    if seen.spared.shape[1]:
        yield f"reached {spared} of {seen.spared.shape[1]} places without cases{_times(_spared(spared)) if spared else ''}"
    if seen.cleared.shape[1]:
        yield f"reached {cleared} of {seen.cleared.shape[1]} pieces of evidence that clears{_times((1 - CLEARED) ** cleared) if cleared else ''}"
    if lot in known.rates:
        yield f"its food makes it {known.rates[lot].factor:.1f} times as likely: {known.rates[lot].said}"
    for test in np.flatnonzero(seen.tested[at]).tolist():
        tested, positive = known.tests[test]
        result = f"{'it' if tested == lot else 'a lot that it became part of'} was {'positive' if positive else 'negative'}"
        yield f"a test of {result}{_times(_likely(positive, contaminated=True) / _likely(positive, contaminated=False))}"
    if others := int(seen.through[:, at].sum()) - 1:
        yield f"{others} of the other lots can have brought it in, and reach cases only through this one"


def _times(factor: float) -> str:
    return f": {factor:.2g} times as likely"


def _seen(outbreak: Outbreak, lots: Ints, weights: Floats, known: Known) -> Seen:
    ill, clears, ends = np.flatnonzero(weights > 0), np.flatnonzero(weights < 0), _ends(outbreak, weights)
    onset = known.onset[ill]
    reached, cleared, spared = (_reached(outbreak, lots, *_where(outbreak, things), len(things)) for things in (ill, clears, ends))
    goals, case = _where(outbreak, ill, onset)
    met = _reached(outbreak, lots, goals, case, len(ill)) if np.isfinite(onset).any() else reached
    explains = met & ~(onset[None, :] < known.left[lots][:, None])
    lot, alone = _alone(outbreak)
    around = _flags(outbreak, lots, outbreak.around(np.unique(goals), *_held(lots, lot, alone), len(lots)), len(lots))
    through = (~around & met.any(axis=1, keepdims=True)) | np.eye(len(lots), dtype=np.bool_)
    tested: Ints = np.array([one for one, _ in known.tests], np.int64)
    became = _reached(outbreak, lots, *_held(tested, lot, alone), len(tested)) | (lots[:, None] == tested[None, :])
    return Seen(lots, explains, reached & ~explains, cleared, spared, became, through)


def _where(outbreak: Outbreak, things: Ints, by: Floats | None = None) -> tuple[Ints, Ints]:
    """Deliveries that are some of these things, or arrive at them (by then, where told), and the place of each thing among them."""
    network, marks = outbreak.network, outbreak.marks
    place = np.full(network.stations + network.deliveries, -1)
    place[things] = np.arange(len(things))
    lands = np.flatnonzero((place[network.goal] >= 0) & ~marks.delivery_kill)
    if by is not None and marks.dates:
        lands = lands[~(network.arrives[lands] > by[place[network.goal[lands]]])]
    own: Ints = np.flatnonzero(place[network.stations :] >= 0)
    return np.concatenate([lands, own]), np.concatenate([place[network.goal[lands]], place[network.stations + own]])


def _alone(outbreak: Outbreak) -> tuple[Ints, Ints]:
    """Lots, sorted, and deliveries that carry nothing else: one that carries several does not tell which of them another lot became part of."""
    network = outbreak.network
    lot, delivery = np.unique(np.stack([network.lot, network.carriers]), axis=1)
    alone = np.flatnonzero(np.bincount(delivery, minlength=network.deliveries)[delivery] == 1)
    return lot[alone], delivery[alone]


def _held(wanted: Ints, lot: Ints, delivery: Ints) -> tuple[Ints, Ints]:
    """The deliveries of wanted ones of these lots, and the place of each lot among the wanted; a lot may be wanted twice."""
    first, last = np.searchsorted(lot, wanted), np.searchsorted(lot, wanted, "right")
    found = [np.arange(*span) for span in zip(first.tolist(), last.tolist(), strict=True)]
    return delivery[np.concatenate([*found, first[:0]])], np.repeat(np.arange(len(wanted)), last - first)


def _reached(outbreak: Outbreak, lots: Ints, deliveries: Ints, place: Ints, count: int) -> Bools:
    """Which of `count` things, that lie on these deliveries, each lot reaches: by lot and thing."""
    columns = [np.zeros((len(lots), 0), np.bool_)]
    for begin in range(0, count, _CHUNK):
        size, mine = min(_CHUNK, count - begin), (place >= begin) & (place < begin + _CHUNK)
        bits = outbreak.carried(outbreak.network.stations + deliveries[mine], place[mine] - begin, size)[1]
        columns.append(_flags(outbreak, lots, bits, size))
    return np.concatenate(columns, axis=1)


def _flags(outbreak: Outbreak, lots: Ints, carried: Words, count: int) -> Bools:
    """The bits that some lots reach, as columns."""
    words = outbreak.lots.joined(carried)[lots]
    flags: Bools = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, :count].astype(np.bool_)
    return flags


def _ends(outbreak: Outbreak, weights: Floats) -> Ints:
    """Stations that food reached last, and that bear no evidence."""
    network = outbreak.network
    got, sent = (np.bincount(ends, minlength=network.stations) > 0 for ends in (network.goal, network.start))
    found: Ints = np.flatnonzero(got & ~sent & (weights[: network.stations] == 0))
    return found
