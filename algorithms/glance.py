"""The whole material flow at a glance: from when to when it reaches, and what is missing or odd in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import numpy as np

from algorithms import gaps
from algorithms.answer import Gap
from algorithms.columns import SHIPMENT
from algorithms.flow import Flow
from algorithms.names import ends
from algorithms.pools import Bools
from algorithms.trace import Odd

KEPT = 20
"""Gaps of a sort that are put into words."""


@dataclass
class Sort:
    """Gaps of one sort: how many, and the first ones."""

    count: int = 0
    first: list[Gap] = field(default_factory=list)


def missing(flow: Flow) -> dict[str, Sort]:
    """Gaps by sort, most first: those that traces of the flow tell, each counted once, and lots without a code.

    Guarantees: linear in acts and portions, whatever the pools multiply to; what is counted does not depend on the order of the records.
    """
    sorts: dict[str, Sort] = {}
    seen: set[Gap] = set()

    def count(sort: str, made: Iterable[Callable[[], Gap]]) -> None:
        one = sorts.setdefault(sort, Sort())
        for make in made:
            one.count += 1
            if len(one.first) < KEPT:
                one.first.append(make())

    unfed, unfollowed = _open(flow)
    shipped = np.ones(len(flow.acts), np.bool_)
    shipped[: len(flow.entry)] = flow.columns.own["kind"][flow.entry] == SHIPMENT
    count("unknown origin", (partial(gaps.origin, flow, one) for one in np.flatnonzero(unfed & shipped).tolist() if one not in flow.unfed))
    count("unknown origin", (partial(gaps.origin_of_good, flow, one, good) for one, goods in flow.unfed.items() for good in goods))
    lost = (one for one in np.flatnonzero(unfollowed & shipped).tolist() if ends(flow, one)[1] is None)
    count("unknown destination", (partial(gaps.destination, flow, one) for one in lost))
    count("dates contradict", (partial(gaps.contradiction, flow, way) for way in flow.ways.others if way.rule == "F7"))
    count("unknown contents", (partial(gaps.contents, flow, *one) for one in flow.sides.unknown_units.items()))
    count("unknown lot code", (partial(gaps.lot_code, flow, key) for key, lot in flow.all("Lot").items() if not (lot.code or lot.part_of)))
    for odd in flow.once(Odd.of).gaps.values():
        for gap in odd:
            if gap not in seen:
                seen.add(gap)
                count(gap.sort, [partial(_same, gap)])
    return {sort: one for sort, one in sorted(sorts.items(), key=lambda item: -item[1].count) if one.count}


def _same(gap: Gap) -> Gap:
    return gap


def _open(flow: Flow) -> tuple[Bools, Bools]:
    """Acts that no link leads to, and acts that none leads on from."""
    pools, (puts, takes) = flow.pools, (flow.pools.puts, flow.pools.takes)
    unfed, unfollowed = np.ones(len(flow.acts), np.bool_), np.ones(len(flow.acts), np.bool_)
    unfed[flow.way_end], unfollowed[flow.way_start] = False, False
    fed = pools.before - pools.first_put[takes.pool] > pools.own_before  # what an act itself put there feeds it not
    followed = pools.last_take[puts.pool] - pools.after > pools.own_after
    unfed[takes.act[fed]], unfollowed[puts.act[followed]] = False, False
    return unfed, unfollowed


def days(flow: Flow) -> tuple[str, ...]:
    """The first and last day (UTC, ISO) of which an act is recorded; nothing where none has a date."""
    low, high = flow.earliest[np.isfinite(flow.earliest)], flow.latest[np.isfinite(flow.latest)]
    ends = [float(edge) for side, edge in ((low, low.min), (high, high.max)) for edge in ([edge()] if side.size else [])]
    return tuple(datetime.fromtimestamp(one, UTC).date().isoformat() for one in (min(ends), max(ends))) if ends else ()
