"""Outbreak scores: a network in layers, a hub, and single edits; beside them the plain way, sets of bits node by node in Python."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from algorithms.outbreak import Marks, Network, Outbreak, Scored
from bench.machine import Row

_LAYERS, _A_STATION, _LINKS, _CASES, _TIMES = 7, 10, 1.67, 100, 5


def layered(deliveries: int) -> Network:
    """Stations in seven layers, some ten deliveries each, and 1.67 links a delivery."""
    chance = np.random.default_rng(2026)
    a_layer = max(deliveries // _A_STATION // _LAYERS, 1)
    layer = np.sort(chance.integers(0, _LAYERS - 1, deliveries))
    start, goal = (layer_ * a_layer + chance.integers(0, a_layer, deliveries) for layer_ in (layer, layer + 1))
    order = np.argsort(start, kind="stable")
    before = chance.integers(0, deliveries, int(deliveries * _LINKS * 1.2))
    low, high = (np.searchsorted(start[order], goal[before], side=side) for side in ("left", "right"))
    leads = high > low
    picked = low[leads] + (chance.random(int(leads.sum())) * (high - low)[leads]).astype(np.int64)
    open_ = np.full(deliveries, np.inf)
    return Network(_LAYERS * a_layer, start, goal, np.arange(deliveries), before[leads], order[picked], -open_, open_)


def hub(ends: int) -> Network:
    """A station where so many deliveries meet so many, each on a day of a year, no link reported."""
    chance, number, none = np.random.default_rng(2026), np.arange(ends), np.zeros(0, np.int64)
    middle, open_ = np.full(ends, 2 * ends), np.full(ends, np.inf)
    start, goal = np.concatenate([number, middle]), np.concatenate([middle, ends + number])
    arrives, departs = (chance.integers(0, 365, ends).astype(np.float64) for _ in range(2))
    return Network(2 * ends + 1, start, goal, np.arange(2 * ends), none, none, np.append(arrives, -open_), np.append(open_, departs))


def marked(network: Network, stations: Any) -> Marks:
    """Cases at these stations."""
    marks = Marks.none(network)
    marks.station_weight[stations] = 1
    return marks


def plain(network: Network, marks: Marks) -> list[int]:
    """The reference: the stations with cases that each delivery reaches, as the bits of one number, from the last layer on."""
    bits = {station: 1 << number for number, station in enumerate(np.flatnonzero(marks.station_weight).tolist())}
    onward: list[list[int]] = [[] for _ in range(network.deliveries)]
    for before, after in zip(network.before.tolist(), network.after.tolist(), strict=True):
        onward[before].append(after)
    reached = [bits.get(goal, 0) for goal in network.goal.tolist()]
    for one in range(network.deliveries - 1, -1, -1):  # deliveries stand in the order of their layers
        for after in onward[one]:
            reached[one] |= reached[after]
    return reached


def cpu(work: Callable[[], Any]) -> float:
    """Milliseconds of CPU: the least of some times."""
    times = []
    for _ in range(_TIMES):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return min(times)


def rows(deliveries: int) -> list[Row]:
    """Rows of the table: layered networks of so many deliveries and of ten times as many, single edits, and a hub."""
    return [*_layered(deliveries, "50 ms", with_edits=True), *_layered(deliveries * 10, "1,000 ms", with_edits=False), *_hub(max(deliveries // 5, 1))]


def _layered(size: int, target: str, *, with_edits: bool) -> list[Row]:
    network = layered(size)
    cases = min(_CASES, network.stations)
    marks = marked(network, np.random.default_rng(1).choice(network.stations, cases, replace=False))
    outbreak = Outbreak(network, marks)
    reference = cpu(lambda: plain(network, marks))
    assert [one.bit_count() / marks.station_weight.sum() for one in plain(network, marks)] == outbreak.scored().deliveries.score.tolist()
    found = [
        _row(f"{cases} cases over {size:,} deliveries, {len(network.before):,} links", cpu(lambda: _all(outbreak.scored())), reference, target),
        _row("the same network laid out, once", cpu(lambda: Outbreak(network, marks)), reference, "-"),
    ]
    return [*found, *_edits(network, marks, outbreak, reference)] if with_edits else found


def _hub(ends: int) -> list[Row]:
    network = hub(ends)
    marks = replace(marked(network, ends + np.arange(min(50, ends))), station_cross=np.arange(network.stations) == 2 * ends)
    outbreak = Outbreak(network, marks)
    return [
        _row(f"50 cases behind a hub of {ends:,} x {ends:,}", cpu(lambda: _all(outbreak.scored())), None, "10 ms"),
        _row("the same hub laid out, once", cpu(lambda: Outbreak(network, marks)), None, "-"),
    ]


def _edits(network: Network, marks: Marks, outbreak: Outbreak, reference: float) -> list[Row]:
    scored = outbreak.scored()
    killed = replace(marks, station_kill=np.arange(network.stations) == network.stations // 2)
    next_to_first = int(np.flatnonzero(network.start == network.goal[0])[0])
    late = replace(network, before=np.append(network.before, 0), after=np.append(network.after, next_to_first))
    return [
        _row("a case more, scored again", cpu(lambda: _all(scored.with_weights({0: 1.0}, {}))), reference, "50 ms"),
        _row("a station cleared, scored again", cpu(lambda: _all(Outbreak(network, killed).scored())), reference, "50 ms"),
        _row("a late document: a link more, scored again", cpu(lambda: _all(Outbreak(late, marks).scored())), reference, "50 ms"),
    ]


def _all(scored: Scored) -> None:
    scored.stations, scored.deliveries  # noqa: B018 - worked out when they are asked for


def _row(what: str, ours: float, reference: float | None, target: str) -> Row:
    told = "-" if reference is None else f"{reference:.0f} ms sets of bits in Python"
    return what, f"{ours:.1f} ms CPU", told, "-" if reference is None else f"{ours / reference:.3f}", target
