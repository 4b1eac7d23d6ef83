"""Amounts that acts move and change, as arrays: what a place received and sent, and quantities that cannot be."""

from typing import NamedTuple

import numpy as np

from algorithms.acts import main
from algorithms.answer import Amount
from algorithms.columns import SHIPMENT
from algorithms.flow import Flow
from algorithms.names import lot_name, place_name, thing_name
from algorithms.pools import SHARED_PLACE, Bools, Floats, Ints, Side
from algorithms.portions import Portions

_SLACK = 1e-6
_STEP = 1 << 20


class Excess(NamedTuple):
    """More of a lot left a place than came there, in one unit: the acts, and how much."""

    good: str
    place: str
    unit: str
    came: float
    left: float
    acts: tuple[int, ...]


class Ledger:
    """Received and sent amounts of every shipment, one line per end and unit."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        own, goods, amounts = flow.columns.own, flow.columns.parts["goods"], flow.columns.parts["amounts"]
        at = told_of(flow)
        acts = main(flow, amounts["act"])
        told = np.flatnonzero((acts >= 0) & (own["kind"][amounts["act"]] == SHIPMENT))
        acts, at = acts[told], at[told]
        product = np.where(goods["lot"][at], products(flow)[goods["key"][at]], -1)
        starts, goals = shipped_between(flow)
        place = np.concatenate([starts[acts], goals[acts]])
        mine = np.flatnonzero(place >= 0)
        count = len(flow.keys) + 1
        pairs, pair = np.unique(place[mine] * count + np.tile(product, 2)[mine] + 1, return_inverse=True)
        units, unit = np.unique(np.tile(amounts["unit"][told], 2)[mine], return_inverse=True)
        lines, self._lines = np.unique(pair * max(len(units), 1) + unit, return_inverse=True)
        self._names = [_line(int(line), pairs, units, count) for line in lines]
        self._acts, self._values = np.tile(acts, 2)[mine], np.tile(amounts["value"][told], 2)[mine]
        self._sent = np.repeat([True, False], len(acts))[mine]

    def of(self, reached: Bools) -> list[Amount]:
        """Received and sent per place, product and unit over the acts reached; units are never added together."""
        mine = reached[self._acts] if len(self._acts) else np.zeros(0, np.bool_)
        lines, values, sent = self._lines[mine], self._values[mine], self._sent[mine]
        used, position = np.unique(lines, return_inverse=True)
        came = np.bincount(position[~sent], values[~sent], len(used))
        left = np.bincount(position[sent], values[sent], len(used))
        listed = [self._amount(line, float(a), float(b)) for line, a, b in zip(used.tolist(), came, left, strict=True)]
        return sorted(listed, key=lambda one: (one.place_name, one.product_name, one.unit, one.place or (), one.product or ()))

    def _amount(self, line: int, came: float, left: float) -> Amount:
        place, product, unit = (self._flow.keys[number] if number >= 0 else None for number in self._names[line])
        called = place_name(self._flow, place), thing_name(self._flow, "Product", product) or "contents of units"
        told = ("Place", place) if place else None, ("Product", product) if product else None
        return Amount(told[0], called[0], told[1], called[1], str(unit), round(came, 6), round(left, 6))


def _line(line: int, pairs: Ints, units: Ints, count: int) -> tuple[int, int, int]:
    """The numbers of place, product (-1 = none) and unit of a line."""
    pair, unit = divmod(line, len(units))
    place, product = divmod(int(pairs[pair]), count)
    return place, product - 1, int(units[unit])


def told_of(flow: Flow) -> Ints:
    """The row of goods that each row of amounts tells of."""
    goods, amounts = flow.columns.parts["goods"], flow.columns.parts["amounts"]
    found: Ints = np.searchsorted(goods["act"] * _STEP + goods["nth"], amounts["act"] * _STEP + amounts["nth"])
    return found


def products(flow: Flow) -> Ints:
    """The product of each lot, both by the numbers of their keys; -1 for none, and at the place of any other key."""
    found = np.full(len(flow.keys) + 1, -1, np.int64)
    found[flow.others["Lot"]["key"]] = flow.others["Lot"]["product"]
    return found


def shipped_between(flow: Flow) -> tuple[Ints, Ints]:
    """Where each act left and where it arrived (numbers of places, -1 = not told), as its one or two records tell."""
    own, other = flow.columns.own, flow.arrived_entry
    start, goal = own["start"][flow.entry], own["goal"][flow.entry]
    two = other >= 0
    start[two & (start < 0)] = own["start"][other[two & (start < 0)]]
    told = two & (np.where(two, own["goal"][np.where(two, other, 0)], -1) >= 0) if two.any() else two
    goal[told] = own["goal"][other[told]]
    return start, goal


def excesses(flow: Flow) -> list[Excess]:
    """Where more of a lot left a place than came there; only where every portion tells its quantity in the one unit."""
    laid = flow.pools
    came, left = (_totals(side, portions, laid.count) for side, portions in ((laid.puts, flow.sides.puts), (laid.takes, flow.sides.takes)))
    odd = (came.unit >= 0) & (came.unit == left.unit) & (left.total > came.total * (1 + _SLACK)) & (laid.base != SHARED_PLACE)
    return [_excess(flow, pool, flow.keys[int(came.unit[pool])], came, left) for pool in np.flatnonzero(odd).tolist()]


class Totals(NamedTuple):
    """Sum and unit (-1 = none, or not one) of each pool's portions on one side."""

    total: Floats
    unit: Ints


def _totals(side: Side, portions: Portions, count: int) -> Totals:
    value, unit = portions.value[side.told], portions.unit[side.told]
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(low, side.pool, unit)
    np.maximum.at(high, side.pool, unit)
    return Totals(np.bincount(side.pool, value, count).astype(np.float64), np.where(low == high, low, -1))


def _excess(flow: Flow, pool: int, unit: str, came: Totals, left: Totals) -> Excess:
    laid = flow.pools
    acts = sorted({*laid.puts.act[laid.puts.pool == pool].tolist(), *laid.takes.act[laid.takes.pool == pool].tolist()})
    portion = flow.sides.takes[int(laid.takes.told[np.searchsorted(laid.takes.pool, pool)])]
    return Excess(portion.good, str(portion.place), unit, float(came.total[pool]), float(left.total[pool]), tuple(acts))


def excess_words(flow: Flow, one: Excess) -> str:
    """An excess in words."""
    return (
        f"impossible quantity: {one.left:g} {one.unit} of {lot_name(flow, one.good)} left {place_name(flow, one.place)}, "
        f"but only {one.came:g} {one.unit} came there"
    )
