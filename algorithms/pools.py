"""Pools as flat arrays: the food of one lot at one place, puts by earliest time, takes by latest; which put may feed which take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from algorithms.portions import Portions

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


@dataclass
class Laid:
    """Portions of one side by their number as told, with the number of their pool, before they are sorted."""

    portions: Portions
    pool: Ints
    told: Ints

    def add(self, pool: Ints, told: Ints) -> None:
        """Portions in one pool more."""
        self.pool, self.told = np.concatenate([self.pool, pool]), np.concatenate([self.told, told])

    def sorted(self) -> Side:
        """The side in the order of pool and time."""
        held, told = self.portions.columns, self.told
        act, at = held["act"][told], held["at"][told]
        order = np.lexsort((act, at, self.pool))
        told = told[order]
        return Side(act[order], self.pool[order], at[order], held["sure"][told], held["by_unit"][told], held["probable"][told], told)


class Numbered:
    """Pools by lot and place, numbered in the order in which portions name them."""

    def __init__(self, puts: Portions, takes: Portions, keys: int) -> None:
        """Every portion in the pool of its lot and place; closed ones and those without a place are in none."""
        self._keys = keys
        told = [np.flatnonzero((side.place >= 0) & ~side.closed) for side in (puts, takes)]
        codes = np.concatenate([side.good[mine] * keys + side.place[mine] for side, mine in zip((puts, takes), told, strict=True)])
        self._codes, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        self._numbers = np.empty(len(first), np.int64)
        self._numbers[np.argsort(first)] = np.arange(len(first))
        pool = self._numbers[inverse]
        self.sides = Laid(puts, pool[: len(told[0])], told[0]), Laid(takes, pool[len(told[0]) :], told[1])

    def __len__(self) -> int:
        return len(self._codes)

    def of(self, good: Ints, place: Ints) -> Ints:
        """The pool of each lot and place; -1 where there is none."""
        if not len(self._codes):
            return np.full(len(good), -1, np.int64)
        codes = good * self._keys + place
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        found: Ints = np.where((self._codes[at] == codes) & (place >= 0), self._numbers[at], -1)
        return found


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
    both, owner = spread(low, high)
    both = order[both]
    mine = both >= after[owner]
    own_after += np.bincount(owner[mine], minlength=put.size)
    own_before += np.bincount(both[mine], minlength=take.size)
    return own_after, own_before


def spread(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """The numbers of all ranges [low, high), one after the other, and for each the number of its range."""
    sizes = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(low)), sizes)
    starts = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - starts[owner] + low[owner], owner
