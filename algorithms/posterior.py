"""Which lot carried the contamination: the scores joined with what else is known, as probabilities with their reasons (Bayes' rule).

Contamination entered once: with one of the candidate lots, or with none of them. A lot *carried* it when it entered with that lot, or with one that
became part of it and reaches no case but through what this one reaches as well: the lot to stop. The numbers below are our choice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
"""Probability that a place which contaminated food reached last would have told of cases."""
CLEARED = 0.5
"""Probability that evidence which clears would have found something, had contaminated food reached it."""
SENSITIVITY, SPECIFICITY = 0.7, 0.98
"""Of a laboratory test of a lot."""


@dataclass(frozen=True)
class Known:
    """What is known beside the network: the rate of the hazard in each lot's food, tests of lots (positive or not), and when cases began.

    `onset` is when each piece of evidence began (NaN = not told), `left` when each lot can have left its maker at the earliest (-inf where not told),
    both in days or both in seconds.
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


def suspects(outbreak: Outbreak, weights: Floats, scores: Floats, known: Known) -> list[Suspect]:
    """All candidate lots, the likeliest first; `weights` of stations, then deliveries, `scores` by lot.

    Guarantees: how likely it began with each lot sums to less than 1 (the rest is "none of these"); a positive test never lowers a lot.
    """
    lots = np.flatnonzero(scores > 0)
    lots = lots[np.lexsort((lots, -scores[lots]))][:MOST]
    if not len(lots):
        return []
    pieces = np.flatnonzero(weights)
    explains = _reached(outbreak, lots, pieces)
    early = known.onset[pieces][None, :] < known.left[lots][:, None]
    explains &= ~early
    ill, clear = weights[pieces] > 0, weights[pieces] < 0
    spared = _reached(outbreak, lots, _ends(outbreak, weights))
    leads = _leads(outbreak, lots)
    terms = {
        "cases": explains[:, ill].sum(axis=1) * np.log1p(-OTHER_CAUSE) + (~explains[:, ill]).sum(axis=1) * np.log(OTHER_CAUSE),
        "cleared": explains[:, clear].sum(axis=1) * np.log1p(-CLEARED),
        "spared": spared.sum(axis=1) * np.log1p(-SPARED),
        "food": np.log(np.array([known.rates[lot].factor if lot in known.rates else 1.0 for lot in lots.tolist()])),
        "tests": _tested(lots, leads, known.tests),
    }
    log = np.sum(list(terms.values()), axis=0)
    nothing = ill.sum() * np.log(OTHER_CAUSE) + sum(_likely(positive, contaminated=False) for lot, positive in known.tests if lot in lots)
    most = max(log.max(), nothing)
    began = np.exp(log - most) / (np.exp(log - most).sum() + np.exp(nothing - most))
    held = explains[:, ill].astype(np.float32)
    through = leads & ~(held @ (1 - held).T > 0)
    carried = began @ through
    seen = Seen(lots, explains[:, ill], early[:, ill], spared, through, np.exp(terms["food"]))
    found = [Suspect(int(lot), float(carried[at]), float(began[at]), tuple(_reasons(at, seen, known))) for at, lot in enumerate(lots.tolist())]
    return sorted(found, key=lambda one: (-one.carried, -one.began, one.lot))


class Seen(NamedTuple):
    """What reasons are told of: the lots; by lot which cases it explains and which began too early, which places it reached that told of none, which
    lots it carried all of the contamination of; by how much its food is likelier than others.
    """

    lots: Ints
    explains: Bools
    early: Bools
    spared: Bools
    through: Bools
    food: Floats


def _reasons(at: int, seen: Seen, known: Known) -> Iterator[str]:
    lot = int(seen.lots[at])
    yield f"explains {seen.explains[at].sum()} of {seen.explains.shape[1]} cases"
    if early := int(seen.early[at].sum()):
        yield f"{early} of them began before it can have left its maker"
    if seen.spared.shape[1]:
        yield f"reached {seen.spared[at].sum()} of {seen.spared.shape[1]} places without cases"
    if lot in known.rates:
        yield f"its food makes it {seen.food[at]:.1f} times as likely: {known.rates[lot].said}"
    for tested, positive in known.tests:
        if tested == lot:
            yield f"a test of it was {'positive' if positive else 'negative'}"
    if others := int(seen.through[:, at].sum()) - 1:
        yield f"{others} of the other lots can have brought it in, and explain no case but through this one"


def _reached(outbreak: Outbreak, lots: Ints, things: Ints) -> Bools:
    """Which of some things (stations, then deliveries) each lot reaches: by lot and thing."""
    columns = [np.zeros((len(lots), 0), np.bool_)]
    for begin in range(0, len(things), _CHUNK):
        some = things[begin : begin + _CHUNK]
        columns.append(_seen(outbreak, lots, outbreak.carried(some, np.arange(len(some)), len(some))[1], len(some)))
    return np.concatenate(columns, axis=1)


def _leads(outbreak: Outbreak, lots: Ints) -> Bools:
    """Which of the lots each of them became part of, itself included: by lot and lot."""
    network = outbreak.network
    place = np.full(outbreak.lots.count, -1)
    place[lots] = np.arange(len(lots))
    mine = np.flatnonzero(place[network.lot] >= 0)
    marked = network.stations + network.carriers[mine]
    return _seen(outbreak, lots, outbreak.carried(marked, place[network.lot[mine]], len(lots))[1], len(lots))


def _seen(outbreak: Outbreak, lots: Ints, carried: Words, count: int) -> Bools:
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


def _tested(lots: Ints, leads: Bools, tests: Sequence[tuple[int, bool]]) -> Floats:
    """How likely the results of tests are, if the contamination began with each lot: a tested lot is contaminated that it became part of."""
    found = np.zeros(len(lots))
    for tested, positive in tests:
        for at in np.flatnonzero(lots == tested).tolist():
            found += np.where(leads[:, at], _likely(positive, contaminated=True), _likely(positive, contaminated=False))
    return found


def _likely(positive: bool, *, contaminated: bool) -> float:
    """The logarithm of how likely a result is."""
    found = SENSITIVITY if contaminated else 1 - SPECIFICITY
    return float(np.log(found if positive else 1 - found))
