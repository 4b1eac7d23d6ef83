"""What every node of a graph reaches, as bits: carried from the sinks on, level by level, without recursion.

Cycles are condensed first (their members reach the same). For n nodes, e links and b bits a graph is laid out in O(n + e) and answered in
O((n + e) * b / 64); a graph that is deep and narrow, such as a chain, goes node by node in the order of its levels instead.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from algorithms.acts import Index, index
from algorithms.pools import Bools, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Words = npt.NDArray[np.uint64]
_NARROW = 64
"""Nodes a level below which, in the mean, a graph goes node by node."""
_TRIED = 256
"""How many levels are laid out before that is asked."""


class Groups:
    """Members by the group (a number below `count`) that each is in."""

    def __init__(self, members: Ints, group: Ints, count: int) -> None:
        held = index(group, count)
        self.count, self._members = count, members[held.order]
        self._rows = np.flatnonzero(np.diff(held.starts))
        self._first = held.starts[self._rows]

    def joined(self, values: Any, join: np.ufunc = np.bitwise_or) -> Any:
        """The values of the members of each group as one; zero for a group that has none."""
        found = np.zeros((self.count, *values.shape[1:]), values.dtype)
        if len(self._rows):
            found[self._rows] = join.reduceat(values[self._members], self._first, axis=0)
        return found


class Reach:
    """A graph of `count` nodes with links from `start` to `end` (node numbers), laid out once; what it reaches is asked again and again."""

    def __init__(self, count: int, start: Ints, end: Ints) -> None:
        self.count, self.start, self.end = count, start, end
        self._parts, self._part = count, np.arange(count)
        laid = _levels(count, start, end)
        if laid is None:
            from scipy.sparse.csgraph import connected_components  # a server that scores nothing starts without it

            parts, part = connected_components(_matrix(count, start, end), directed=True, connection="strong")
            self._parts, self._part = int(parts), part.astype(np.int64)
            between = self._part[start] != self._part[end]
            start, end = self._part[start[between]], self._part[end[between]]
            laid = _levels(self._parts, start, end)
        assert laid is not None, "what is condensed has no cycles"
        self._lay_out(start, end, *laid)

    def _lay_out(self, one: Ints, other: Ints, level: Ints, is_deep: bool) -> None:
        """Number the parts by level, sinks first, with the links of a level side by side."""
        self._is_deep = is_deep
        number = np.empty(self._parts, np.int64)
        order = np.argsort(level.astype(np.min_scalar_type(int(level.max(initial=0)))), kind="stable")
        number[order] = np.arange(self._parts)
        self._part = number[self._part]
        self._members = Groups(np.arange(self.count), self._part, self._parts) if self._parts < self.count else None
        self._order = np.empty_like(self._part)
        self._order[self._part] = np.arange(self.count)
        links = index(number[one], self._parts)
        self._next = number[other[links.order]]
        self._rows = np.flatnonzero(np.diff(links.starts))
        self._starts = links.starts
        highest = level[order][self._rows]
        self._bounds = self._rows[:0] if is_deep else np.searchsorted(highest, np.arange(1, int(highest.max(initial=0)) + 2))

    def carried(self, own: Words, stops: Words | None = None) -> Words:
        """The bits of each node and of all that it reaches, given its own; all of shape (count, words).

        Bits that a node `stops` are neither its own nor go further through it; where nodes lead to each other, only bits that all of them stop.
        """
        found: Words = self._carried(own, np.bitwise_or, None if stops is None else self._by_part(~stops, np.bitwise_or))
        return found

    def most(self, own: Floats) -> Floats:
        """The largest value of each node and of all that it reaches, given its own; both of shape (count,)."""
        found: Floats = self._carried(own, np.maximum)
        return found

    def _by_part(self, own: Any, join: np.ufunc) -> Any:
        return self._members.joined(own, join) if self._members else own[self._order]

    def _carried(self, own: Any, join: np.ufunc, passes: Words | None = None) -> Any:
        if not self.count:
            return own
        held = self._by_part(own, join)
        if passes is not None:
            held &= passes
        if self._is_deep:
            self._node_by_node(held, passes)
        else:
            for low, high in zip(self._bounds[:-1].tolist(), self._bounds[1:].tolist(), strict=True):
                rows = self._rows[low:high]
                begin, end = self._starts[rows[0]], self._starts[rows[-1] + 1]
                held[rows] = join(held[rows], join.reduceat(held[self._next[begin:end]], self._starts[rows] - begin, axis=0))
                if passes is not None:
                    held[rows] &= passes[rows]
        return held[self._part]

    def _node_by_node(self, held: Any, passes: Words | None) -> None:
        """The same for a deep graph: parts are numbered so that every link leads to a lower number."""
        links = zip(np.repeat(np.arange(self._parts), np.diff(self._starts)).tolist(), self._next.tolist(), strict=True)
        if held.ndim == 1:
            values = held.tolist()
            for one, other in links:
                values[one] = max(values[one], values[other])
            held[:] = values
            return
        size, bits = held.shape[1] * 8, _numbers(held)
        if passes is None:
            for one, other in links:
                bits[one] |= bits[other]
        else:
            through = _numbers(passes)
            for one, other in links:
                bits[one] |= bits[other] & through[one]
        held[:] = np.frombuffer(b"".join(one.to_bytes(size, "little") for one in bits), np.uint64).reshape(held.shape)

    def reached(self, seeds: Ints, backward: bool = False) -> Bools:
        """Which nodes are reached from these, themselves included; backward: which reach one of them."""
        from scipy.sparse.csgraph import breadth_first_order

        found = np.zeros(self.count, np.bool_)
        if not len(seeds):
            return found
        one, other = (self.end, self.start) if backward else (self.start, self.end)
        rows, columns = np.concatenate([one, np.full(len(seeds), self.count)]), np.concatenate([other, seeds])
        order = breadth_first_order(_matrix(self.count + 1, rows, columns), self.count, return_predecessors=False)
        found[order[1:]] = True
        return found


def _numbers(words: Words) -> list[int]:
    """The bits of each node as one number."""
    size, text = words.shape[1] * 8, words.tobytes()
    return [int.from_bytes(text[at : at + size], "little") for at in range(0, len(text), size)]


def _matrix(count: int, start: Ints, end: Ints) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(start), np.bool_), (start, end)), shape=(count, count))


def _levels(count: int, start: Ints, end: Ints) -> tuple[Ints, bool] | None:
    """The level of each node, such that every link leads to a lower one, and whether there are so many of them that each stands for one node.

    None for a graph with a cycle.
    """
    waiting = np.bincount(start, minlength=count)
    arriving = index(end, count)
    level, now, done, number = np.zeros(count, np.int64), np.flatnonzero(waiting == 0), 0, 0
    while len(now):
        level[now] = number
        done, number = done + len(now), number + 1
        if number == _TRIED and done < _NARROW * number:
            place = _one_by_one(count, start, arriving)
            return None if place is None else (place, True)
        before, times = np.unique(start[arriving.of(now)], return_counts=True)
        waiting[before] -= times
        now = before[waiting[before] == 0]
    return (level, False) if done == count else None


def _one_by_one(count: int, start: Ints, arriving: Index) -> Ints | None:
    """The place of each node in an order in which links lead to lower places; None where a cycle leads."""
    waiting = np.bincount(start, minlength=count).tolist()
    sources, bounds = start[arriving.order].tolist(), arriving.starts.tolist()
    order = [node for node in range(count) if not waiting[node]]
    for node in order:  # grows while it is gone through
        for source in sources[bounds[node] : bounds[node + 1]]:
            waiting[source] -= 1
            if not waiting[source]:
                order.append(source)
    if len(order) < count:
        return None
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    return place
