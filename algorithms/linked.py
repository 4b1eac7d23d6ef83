"""Links between acts: all of a flow, whoever asks, and what each of them tells."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from algorithms.answer import TracedLink
from algorithms.columns import SCOPES
from algorithms.flow import Flow
from algorithms.pools import BY_LOT, SHARED_PLACE, Floats, Ints
from algorithms.walk import Limits, Walk

MOST = 1_000_000
"""Links of a flow that are listed: counting ends there."""
_AT_ONCE = 500_000


class Linked(NamedTuple):
    """The links of a flow up to a scope: the walk that knows them by number, their numbers, and the acts that each leads from and to."""

    walk: Walk
    numbers: Ints
    starts: Ints
    ends: Ints

    def ranked(self, scores: Floats) -> Ints:
        """Their numbers, those first that most of the evidence leads through, given the score of each act."""
        order = np.lexsort((np.arange(len(self.numbers)), -scores[self.starts], -scores[self.ends]))
        return self.numbers[order]


def linked(flow: Flow, scope: str) -> Linked:
    """All links up to a scope (certain, probable, conceivable) but for those of shared places, at most `MOST`; worked out once for a flow."""
    return flow.once(_LINKED[scope])


def _linked(flow: Flow, scope: str) -> Linked:
    walk = Walk(flow, Limits(scope=scope))
    walk.put_ok = walk.put_ok & (flow.pools.base[flow.pools.puts.pool] == BY_LOT)
    found, count = [np.zeros(0, np.int64)], 0
    for acts in _portions(flow):
        found.append(walk.links(acts, forward=True))
        count += len(found[-1])
        if count >= MOST:
            break
    numbers = np.concatenate(found)[:MOST]
    return Linked(walk, numbers, *walk.ends(numbers))


_LINKED = {name: partial(_linked, scope=name) for name in SCOPES}


def _portions(flow: Flow) -> Iterator[Ints]:
    """The acts, as many at once as have a bounded number of links; an act with very many stands alone."""
    pools, acts = flow.pools, len(flow.acts)
    wide = np.bincount(pools.puts.act, pools.last_take[pools.puts.pool] - pools.after, minlength=acts) + np.bincount(flow.way_start, minlength=acts)
    block = (np.cumsum(wide) // _AT_ONCE).astype(np.int64)
    yield from np.split(np.arange(acts), np.flatnonzero(np.diff(block)) + 1)


def told(walk: Walk, links: Ints) -> list[TracedLink]:
    """What these links, by their numbers, tell."""
    parts = (*walk.apart(links), walk.confidence(links).round(6), walk.scope(links))
    return [_link(walk.flow, *one) for one in zip(*(part.tolist() for part in parts), strict=True)]


def _link(flow: Flow, through: bool, one: int, take: int, sure: float, scope: int) -> TracedLink:
    acts = flow.acts
    if not through:
        way = flow.ways[one]
        others = tuple(acts[other] for other in way.candidates)
        return TracedLink(acts[way.start], acts[way.end], way.rule, way.method, sure, way.scope, way.amounts, others)
    pools = flow.pools
    shared = pools.base[pools.puts.pool[one]] == SHARED_PLACE
    by_unit = bool(pools.puts.by_unit[one] or pools.takes.by_unit[take])
    rule, method = ("F5", "by time and place") if shared else ("F4", "by logistic unit") if by_unit else ("F3", "by lot")
    amounts = flow.sides.takes[int(pools.takes.told[take])].amounts
    start, end = acts[int(pools.puts.act[one])], acts[int(pools.takes.act[take])]
    return TracedLink(start, end, rule, method, sure, SCOPES[scope], amounts)
