"""The walk over the material flow: any depth, cycles allowed, no recursion, level by level over flat arrays."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from algorithms.columns import SCOPES
from algorithms.flow import Flow
from algorithms.pools import SHARED_PLACE, Bools, Floats, Ints, Side, spread


@dataclass(frozen=True)
class Limits:
    """What bounds a trace: a time window (seconds since 1970), the lowest confidence and the widest scope of a link, most links, most steps."""

    since: float | None = None
    until: float | None = None
    lowest_confidence: float = 0.0
    scope: str = "conceivable"
    most_links: int = 1_000_000
    most_depth: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether time, confidence or scope leave links out."""
        return self.since is not None or self.until is not None or self.lowest_confidence > 0 or self.scope != SCOPES[-1]


@dataclass
class Reach:
    """One direction of a trace: depth of every act (-1 = not reached), the link and act it was first reached by, and how sure
    the way is.
    """

    depth: Ints
    by: Ints
    parent: Ints
    sure: Floats
    scope: Ints
    levels: list[Ints] = field(default_factory=list)
    links: int = 0
    cut: bool = False

    @cached_property
    def acts(self) -> Ints:
        """Acts reached, by depth and then by number; starts are of depth 0."""
        return np.concatenate(self.levels) if self.levels else np.zeros(0, np.int64)


class Step(NamedTuple):
    """Acts one link on, with the links, the acts they start from, their confidence and scope; at most how many links there are."""

    acts: Ints
    links: Ints
    parents: Ints
    sure: Floats
    scope: Ints
    links_at_most: int = 0

    def with_(self, other: "Step", links_at_most: int) -> "Step":
        """Both together."""
        return Step(
            np.concatenate([self.acts, other.acts]),
            np.concatenate([self.links, other.links]),
            np.concatenate([self.parents, other.parents]),
            np.concatenate([self.sure, other.sure]),
            np.concatenate([self.scope, other.scope]),
            links_at_most,
        )

    def only(self, kept: "Bools | Ints") -> "Step":
        """Some of them, in the order asked."""
        return Step(self.acts[kept], self.links[kept], self.parents[kept], self.sure[kept], self.scope[kept])


class Walk:
    """The links of a flow that the limits allow, walked in one direction.

    A link is a number: a told or assumed way as it stands in `Flow.ways`, or ways + put x takes + take for a link through a pool.
    """

    def __init__(self, flow: Flow, limits: Limits) -> None:
        self.flow, self.limits = flow, limits
        self.way_sure, self.way_scope = flow.way_sure, flow.way_scope
        self.sure, self.put_scope, self.take_scope, free = flow.once(_links)
        self.act_ok, self.way_ok, self.put_ok, self.take_ok = free
        if limits.since is not None or limits.until is not None:
            self.act_ok = _in_time(flow, limits)
        if limits.lowest_confidence > 0 or limits.scope != SCOPES[-1]:
            self._bound(SCOPES.index(limits.scope), limits.lowest_confidence)

    def _bound(self, widest: int, lowest: float) -> None:
        pools = self.flow.pools
        self.way_ok = (self.way_scope <= widest) & (self.way_sure >= lowest)
        self.put_ok = (self.put_scope <= widest) & (self.sure[0] >= lowest)
        self.take_ok = (self.take_scope <= widest) & (pools.base[pools.takes.pool] * self.sure[1] >= lowest)

    def reach(self, starts: Iterable[int], forward: bool) -> Reach:
        """Every act reached from the starts, level by level; linear in acts, portions and told links reached."""
        flow, count = self.flow, len(self.flow.acts)
        begin = np.unique(np.fromiter(starts, np.int64))
        depth = np.full(count, -1, np.int64)
        reach = Reach(depth, np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count), np.empty(count, np.int64), [begin])
        reach.depth[begin], reach.by[begin], reach.sure[begin], reach.scope[begin] = 0, -1, 1.0, 0
        pools = flow.pools
        done = pools.last_take.copy() if forward else pools.first_put.copy()
        level = begin
        while level.size:
            if self.limits.most_depth is not None and len(reach.levels) > self.limits.most_depth:
                reach.cut = bool((reach.depth[self._step(level, forward, done.copy()).acts] < 0).any())
                break
            step = self._step(level, forward, done)
            reach.links += step.links_at_most
            if reach.links > self.limits.most_links:
                reach.cut = True
                break
            step = step.only(reach.depth[step.acts] < 0)
            sure, scope = step.sure * reach.sure[step.parents], np.maximum(step.scope, reach.scope[step.parents])
            step = Step(step.acts, step.links, step.parents, sure, scope)
            if step.acts.size > 1:
                order = np.lexsort((step.links, -sure, scope, step.acts))
                step = step.only(order[np.unique(step.acts[order], return_index=True)[1]])
            level = step.acts
            if level.size:
                reach.depth[level], reach.by[level], reach.parent[level] = len(reach.levels), step.links, step.parents
                reach.sure[level], reach.scope[level] = step.sure, step.scope
                reach.levels.append(level)
        return reach

    def _step(self, level: Ints, forward: bool, done: Ints) -> "Step":
        """One link on from a level; a portion of a pool is passed over once, however many portions lead to it."""
        flow, pools = self.flow, self.flow.pools
        ways = (flow.onward if forward else flow.backward).of(level)
        mine = (flow.puts_of if forward else flow.takes_of).of(level)
        most = len(ways)
        far, near = (flow.way_end, flow.way_start) if forward else (flow.way_start, flow.way_end)
        ways = ways[self.way_ok[ways] & self.act_ok[far[ways]]]
        told = Step(far[ways], ways, near[ways], self.way_sure[ways], self.way_scope[ways], most)
        if not mine.size:
            return told
        pool = (pools.puts if forward else pools.takes).pool[mine]
        wide = pools.last_take[pool] - pools.after[mine] if forward else pools.before[mine] - pools.first_put[pool]
        return told.with_(self._through_pools(mine, forward, done), most + int(wide.sum()))

    def _through_pools(self, mine: Ints, forward: bool, done: Ints) -> "Step":
        pools = self.flow.pools
        side, other = (pools.puts, pools.takes) if forward else (pools.takes, pools.puts)
        mine = mine[(self.put_ok if forward else self.take_ok)[mine]]
        edge = pools.after[mine] if forward else pools.before[mine]
        order = np.lexsort((edge if forward else -edge, side.pool[mine]))
        mine, edge = mine[order], edge[order]
        pool, first = np.unique(side.pool[mine], return_index=True)
        mine, edge = mine[first], edge[first]
        low, high = (edge, done[pool]) if forward else (done[pool], edge)
        theirs, owner = spread(low, high)
        done[pool] = np.minimum(done[pool], edge) if forward else np.maximum(done[pool], edge)
        kept = (self.take_ok if forward else self.put_ok)[theirs] & self.act_ok[other.act[theirs]]
        theirs, owner = theirs[kept], owner[kept]
        put, take = (mine[owner], theirs) if forward else (theirs, mine[owner])
        sure, scope = self.sure[0][put] * self.sure[1][take], np.maximum(self.put_scope[put], self.take_scope[take])
        return Step(other.act[theirs], self.number(put, take), side.act[mine[owner]], sure, scope)

    def number(self, put: Ints, take: Ints) -> Ints:
        """The number of a link through a pool."""
        return len(self.flow.ways) + put * max(self.flow.pools.takes.size, 1) + take

    def apart(self, links: Ints) -> tuple[Bools, Ints, Ints]:
        """Which links lead through a pool, and by which put and take (of the others: the way, and nothing)."""
        through = links >= len(self.flow.ways)
        put, take = np.divmod(np.where(through, links - len(self.flow.ways), 0), max(self.flow.pools.takes.size, 1))
        return through, np.where(through, put, links), take

    def confidence(self, links: Ints) -> Floats:
        """The confidence of each link."""
        through, one, take = self.apart(links)
        sure = np.ones(len(links))
        sure[~through] = self.way_sure[one[~through]]
        sure[through] = self.sure[0][one[through]] * self.sure[1][take[through]]
        return sure

    def scope(self, links: Ints) -> Ints:
        """The scope of each link, as a position in SCOPES."""
        through, one, take = self.apart(links)
        scope = np.zeros(len(links), np.int64)
        scope[~through] = self.way_scope[one[~through]]
        scope[through] = np.maximum(self.put_scope[one[through]], self.take_scope[take[through]])
        return scope

    def ends(self, links: Ints) -> tuple[Ints, Ints]:
        """The acts that each link leads from and to."""
        through, one, take = self.apart(links)
        start, end = np.zeros(len(links), np.int64), np.zeros(len(links), np.int64)
        start[~through], end[~through] = self.flow.way_start[one[~through]], self.flow.way_end[one[~through]]
        start[through], end[through] = self.flow.pools.puts.act[one[through]], self.flow.pools.takes.act[take[through]]
        return start, end

    def links(self, acts: Ints, forward: bool) -> Ints:
        """All links that leave these acts, in their order, as numbers."""
        flow, pools = self.flow, self.flow.pools
        ways = (flow.onward if forward else flow.backward).of(acts)
        far = flow.way_end if forward else flow.way_start
        ways = ways[self.way_ok[ways] & self.act_ok[far[ways]]]
        mine = (flow.puts_of if forward else flow.takes_of).of(acts)
        mine = mine[(self.put_ok if forward else self.take_ok)[mine]]
        if forward:
            theirs, owner = spread(pools.after[mine], pools.last_take[pools.puts.pool[mine]])
            kept = self.take_ok[theirs] & self.act_ok[pools.takes.act[theirs]] & (pools.takes.act[theirs] != pools.puts.act[mine[owner]])
            return np.concatenate([ways, self.number(mine[owner], theirs)[kept]])
        theirs, owner = spread(pools.first_put[pools.takes.pool[mine]], pools.before[mine])
        kept = self.put_ok[theirs] & self.act_ok[pools.puts.act[theirs]] & (pools.puts.act[theirs] != pools.takes.act[mine[owner]])
        return np.concatenate([ways, self.number(theirs, mine[owner])[kept]])


def _in_time(flow: Flow, limits: Limits) -> Bools:
    ok: Bools = np.ones(len(flow.acts), np.bool_)
    if limits.until is not None:
        ok &= flow.earliest <= limits.until
    if limits.since is not None:
        ok &= flow.latest >= limits.since
    return ok


def _links(flow: Flow) -> tuple[tuple[Floats, Floats], Ints, Ints, tuple[Bools, Bools, Bools, Bools]]:
    """How sure links through pools are by put and take, their scopes, and masks that allow everything."""
    pools = flow.pools
    sure = pools.base[pools.puts.pool] * pools.puts.sure, pools.takes.sure
    put_ok, take_ok = np.ones(pools.puts.size, np.bool_), np.ones(pools.takes.size, np.bool_)
    free = np.ones(len(flow.acts), np.bool_), np.ones(len(flow.ways), np.bool_), put_ok, take_ok
    return sure, scopes(pools.puts, pools.base), scopes(pools.takes, pools.base), free


def scopes(side: Side, base: Floats) -> Ints:
    """Certain through a pool, probable through a shared place (F5) or after a doubtful match of a shipment's two ends."""
    return np.where((base[side.pool] == SHARED_PLACE) | side.probable, 1, 0).astype(np.int64)


def until(limits: Limits, moment: float | None) -> Limits:
    """The same limits, ending no later than a moment."""
    if moment is None:
        return limits
    return replace(limits, until=moment if limits.until is None else min(limits.until, moment))
