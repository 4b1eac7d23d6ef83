"""The network that scores run over, out of a tenant's material flow: its acts are the deliveries, its places the stations."""

from functools import partial
from typing import NamedTuple

import numpy as np

from algorithms.acts import main
from algorithms.amounts import shipped_between
from algorithms.columns import CARRIES, PROCESS, SCOPES, USED
from algorithms.flow import Flow
from algorithms.laid import stand
from algorithms.outbreak import Network
from algorithms.pools import BY_LOT, Bools, Floats, Ints
from algorithms.walk import scopes


class Chart(NamedTuple):
    """A network, and whose numbers its own are.

    Deliveries are the acts of the flow by number, then nodes that join them; stations are the places by the number of their key, sorted, then one for
    what happened nowhere that is told; lots are those that acts carry or use, by the number of the lot that stands for them. `*_cross` and `*_kill`
    are what records say of stations and acts; `visited` are the stations that an act names.
    """

    network: Network
    acts: int
    places: Ints
    lots: Ints
    station_cross: Bools
    station_kill: Bools
    delivery_cross: Bools
    delivery_kill: Bools
    visited: Bools


def chart(flow: Flow, scope: str) -> Chart:
    """The network of the links up to a scope (certain, probable, conceivable), but for those of shared places: scores make these of their flags.

    A process comes to, and leaves, the place where it happens. Where one of two dates is told it stands for both.
    """
    return flow.once(_CHARTS[scope])


def _chart(flow: Flow, scope: int) -> Chart:
    start, goal = _ends(flow)
    places = np.unique(np.concatenate([start[start >= 0], goal[goal >= 0], flow.others["Place"]["key"]]))
    nowhere, acts = len(places), len(start)
    before, after, nodes = _links(flow, scope, acts)
    start, goal = (np.append(np.where(end >= 0, np.searchsorted(places, end), nowhere), np.full(nodes, nowhere)) for end in (start, goal))
    carrier, lot = _lots(flow)
    lots = np.unique(lot)
    arrives, departs = _days(flow)
    open_ = np.full(nodes, np.inf)
    network = Network(
        nowhere + 1, start, goal, np.searchsorted(lots, lot), before, after,
        np.concatenate([arrives, -open_]), np.concatenate([departs, open_]), carrier,
    )  # fmt: skip
    held, told = flow.others["Place"], flow.columns.parts["set"]
    place: Ints = held["key"]
    of_place = np.searchsorted(places, place)
    of_act = main(flow, told["act"])
    flags = [np.zeros(size, np.bool_) for size in (nowhere + 1, nowhere + 1, acts + nodes, acts + nodes)]
    flags[0][of_place[held["shared"]]] = True
    flags[1][of_place[held["safe"]]] = True
    flags[2][of_act[~told["kill"] & (of_act >= 0)]] = True
    flags[3][of_act[told["kill"] & (of_act >= 0)]] = True
    visited = np.zeros(nowhere + 1, np.bool_)
    visited[start[:acts]] = visited[goal[:acts]] = True
    return Chart(network, acts, places, lots, flags[0], flags[1], flags[2], flags[3], visited)


_CHARTS = {name: partial(_chart, scope=number) for number, name in enumerate(SCOPES)}


def _ends(flow: Flow) -> tuple[Ints, Ints]:
    """Where each act left and arrived, as its one or two records tell; both are the first place of a process."""
    own, places = flow.columns.own, flow.columns.parts["places"]
    start, goal = shipped_between(flow)
    first = np.flatnonzero((places["nth"] == 0) & (own["kind"][places["act"]] == PROCESS))
    number = main(flow, places["act"][first])
    for end in (start, goal):
        end[number[number >= 0]] = places["key"][first[number >= 0]]
    seen = np.array([flow.keys.find(act.places[0]) for _, act in flow.present], np.int64)
    return np.concatenate([start, seen]), np.concatenate([goal, seen])


def _days(flow: Flow) -> tuple[Floats, Floats]:
    """The earliest possible arrival and the latest possible departure of each act, in seconds since 1970."""
    own, told = flow.columns.own, len(flow.entry)
    entry = np.where(flow.arrived_entry >= 0, flow.arrived_entry, flow.entry)
    return np.append(own["last_low"][entry], flow.earliest[told:]), np.append(own["first_high"][flow.entry], flow.latest[told:])


def _links(flow: Flow, scope: int, acts: int) -> tuple[Ints, Ints, int]:
    """What became what, and how many nodes join puts and takes: one for each take of a pool, which leads to it and to the next one."""
    pools, ways = flow.pools, flow.way_scope <= scope
    puts, takes = ((pools.base[side.pool] == BY_LOT) & (scopes(side, pools.base) <= scope) for side in (pools.puts, pools.takes))
    node = acts + np.arange(pools.takes.size)
    last = pools.last_take[pools.takes.pool]
    onward = np.flatnonzero(node - acts + 1 < last)
    enters = np.flatnonzero(puts & (pools.after < pools.last_take[pools.puts.pool]))
    leaves = np.flatnonzero(takes)
    before = [flow.way_start[ways], pools.puts.act[enters], node[onward], node[leaves]]
    after = [flow.way_end[ways], acts + pools.after[enters], node[onward] + 1, pools.takes.act[leaves]]
    return np.concatenate(before), np.concatenate(after), len(node)


def _lots(flow: Flow) -> tuple[Ints, Ints]:
    """The act and the lot of each portion that was carried or used."""
    goods = flow.columns.parts["goods"]
    act = main(flow, goods["act"])
    mine = (act >= 0) & goods["lot"] & ((goods["relation"] == CARRIES) | (goods["relation"] == USED))
    return act[mine], stand(flow)[goods["key"][mine]]
