"""Pools as flat arrays: the food of one lot at one place, puts by earliest time, takes by latest; which put may feed which take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from algorithms.portions import Portion

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BY_LOT, SHARED_PLACE = 0.95, 0.5
"""Confidence of a link by lot or by unit (rules F3, F4), and through a place where all food meets (F5; our choice, fixed by test)."""


@dataclass
class Side:
    """One side of all pools, sorted by pool and time: whose portion it is, how sure, whether by unit, whether only
    probable, and its number as it was told.
    """

    act: Ints
    pool: Ints
    at: Floats
    sure: Floats
    by_unit: Bools
    probable: Bools
    told: Ints

    @property
    def size(self) -> int:
        """How many portions."""
        return len(self.act)


@dataclass
class Pools:
    """Puts and takes of every pool. Put i feeds takes[after[i]:last_take[pool]]; take j is fed by puts[first_put[pool]:before[j]].

    n puts and m takes cost n log n + m log m to lay out and n + m to walk, though they stand for up to n x m links.
    """

    puts: Side
    takes: Side
    after: Ints
    before: Ints
    first_put: Ints
    last_take: Ints
    base: Floats
    own_after: Ints
    """How many of the takes that a put may feed belong to its own act: no link leads from an act to itself."""
    own_before: Ints

    @property
    def count(self) -> int:
        """How many pools there are."""
        return len(self.base)


Pool = tuple[str, str | None]
"""A lot and a place."""


@dataclass
class Laid:
    """Portions of one side with the number of their pool, before they are sorted."""

    portions: Sequence[Portion]
    pool: list[int]
    told: list[int]

    @classmethod
    def of(cls, portions: Sequence[Portion], numbers: dict[Pool, int]) -> "Laid":
        """Every portion in the pool of its lot and place; closed ones and those without a place are in none."""
        laid = cls(portions, [], [])
        for told, (_, good, place, _, _, _, _, closed, _) in enumerate(portions):
            if place is not None and not closed:
                laid.add(numbers.setdefault((good, place), len(numbers)), told)
        return laid

    def add(self, pool: int, told: int) -> None:
        """A portion in one pool more."""
        self.pool.append(pool)
        self.told.append(told)

    def sorted(self) -> Side:
        """The side in the order of pool and time."""
        columns = list(zip(*self.portions, strict=True)) or [()] * len(Portion._fields)
        told = np.array(self.told, np.int64)
        act, at = np.array(columns[0], np.int64)[told], np.array(columns[3], np.float64)[told]
        pool = np.array(self.pool, np.int64)
        order = np.lexsort((act, at, pool))
        sure = np.array(columns[5], np.float64)[told][order]
        by_unit, probable = (np.array(columns[n], np.bool_)[told][order] for n in (6, 8))
        return Side(act[order], pool[order], at[order], sure, by_unit, probable, told[order])


def pools(puts: Laid, takes: Laid, base: Sequence[float]) -> Pools:
    """Lay out all pools as arrays; `base` is the confidence of a link in each."""
    put, take = puts.sorted(), takes.sorted()
    ranks = np.unique(np.concatenate([put.at, take.at]))
    width = len(ranks) + 1
    put_rank, take_rank = np.searchsorted(ranks, put.at), np.searchsorted(ranks, take.at)
    count = len(base)
    last_take = np.searchsorted(take.pool, np.arange(count), side="right")
    first_put = np.searchsorted(put.pool, np.arange(count), side="left")
    after = np.searchsorted(take.pool * width + take_rank, put.pool * width + put_rank, side="left")
    before = np.searchsorted(put.pool * width + put_rank, take.pool * width + take_rank, side="right")
    own_after, own_before = _own(put, take, after, before)
    return Pools(put, take, after, before, first_put, last_take, np.asarray(base, dtype=np.float64), own_after, own_before)


def _own(put: Side, take: Side, after: Ints, before: Ints) -> tuple[Ints, Ints]:
    """Pairs of a put and a take of one act in one pool, counted on both sides."""
    own_after, own_before = np.zeros(put.size, np.int64), np.zeros(take.size, np.int64)
    if not (put.size and take.size):
        return own_after, own_before
    acts = int(max(put.act.max(), take.act.max())) + 1
    put_name, take_name = put.pool * acts + put.act, take.pool * acts + take.act
    order = np.argsort(take_name, kind="stable")
    low = np.searchsorted(take_name[order], put_name, side="left")
    high = np.searchsorted(take_name[order], put_name, side="right")
    for i in np.flatnonzero(high > low):
        for j in order[low[i] : high[i]]:
            if j >= after[i]:
                own_after[i] += 1
                own_before[j] += 1
    return own_after, own_before


def spread(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """The numbers of all ranges [low, high), one after the other, and for each the number of its range."""
    sizes = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(low)), sizes)
    starts = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - starts[owner] + low[owner], owner
