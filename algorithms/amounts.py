"""Amounts that acts move and change, as arrays: what a place received and sent, and quantities that cannot be."""

from typing import NamedTuple

import numpy as np

from algorithms.answer import Amount
from algorithms.flow import Flow
from algorithms.names import ends, lot_name, place_name, thing_name
from algorithms.pools import SHARED_PLACE, Bools, Floats, Ints, Side
from algorithms.portions import Portion

_SLACK = 1e-6
PIECES = "pieces"


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
        names: dict[tuple[str | None, str | None, str], int] = {}
        acts, lines, values, sent = [], [], [], []
        for number, act in enumerate(flow.told):
            if flow.acts[number][0] != "Shipment":
                continue
            start, goal = ends(flow, number)
            for good in act.goods:
                lot = flow.row("Lot", good.key) if good.kind == "Lot" else None
                for amount in good.amounts:
                    value = amount.get("value", amount.get("about", amount.get("low")))
                    for place, leaves in ((start, True), (goal, False)):
                        if place and value is not None:
                            name = (place, lot.product if lot else None, amount.get("unit") or PIECES)
                            acts.append(number)
                            lines.append(names.setdefault(name, len(names)))
                            values.append(float(value))
                            sent.append(leaves)
        self._names = list(names)
        self._acts, self._lines = np.asarray(acts, np.int64), np.asarray(lines, np.int64)
        self._values, self._sent = np.asarray(values, np.float64), np.asarray(sent, np.bool_)

    def of(self, reached: Bools) -> list[Amount]:
        """Received and sent per place, product and unit over the acts reached; units are never added together."""
        mine = reached[self._acts] if len(self._acts) else np.zeros(0, np.bool_)
        lines, values, sent = self._lines[mine], self._values[mine], self._sent[mine]
        used, position = np.unique(lines, return_inverse=True)
        came = np.bincount(position[~sent], values[~sent], len(used))
        left = np.bincount(position[sent], values[sent], len(used))
        listed = [self._amount(line, float(a), float(b)) for line, a, b in zip(used.tolist(), came, left, strict=True)]
        return sorted(listed, key=lambda one: (one.place_name, one.product_name, one.unit))

    def _amount(self, line: int, came: float, left: float) -> Amount:
        place, product, unit = self._names[line]
        called = place_name(self._flow, place), thing_name(self._flow, "Product", product) or "contents of units"
        told = ("Place", place) if place else None, ("Product", product) if product else None
        return Amount(told[0], called[0], told[1], called[1], unit, round(came, 6), round(left, 6))


def excesses(flow: Flow) -> list[Excess]:
    """Where more of a lot left a place than came there; only where every portion tells its quantity in the one unit."""
    laid, units = flow.pools, {PIECES: 0}
    came, left = (_totals(side, portions, laid.count, units) for side, portions in ((laid.puts, flow.sides.puts), (laid.takes, flow.sides.takes)))
    odd = (came.unit >= 0) & (came.unit == left.unit) & (left.total > came.total * (1 + _SLACK)) & (laid.base != SHARED_PLACE)
    names = list(units)
    return [_excess(flow, pool, names[int(came.unit[pool])], came, left) for pool in np.flatnonzero(odd).tolist()]


class Totals(NamedTuple):
    """Sum and unit (-1 = none, or not one) of each pool's portions on one side."""

    total: Floats
    unit: Ints


def _totals(side: Side, portions: list[Portion], count: int, units: dict[str, int]) -> Totals:
    told = [_plain(portion, units) for portion in portions]
    value = np.fromiter((one[0] for one in told), np.float64, len(told))[side.told]
    unit = np.fromiter((one[1] for one in told), np.int64, len(told))[side.told]
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(low, side.pool, unit)
    np.maximum.at(high, side.pool, unit)
    return Totals(np.bincount(side.pool, value, count).astype(np.float64), np.where(low == high, low, -1))


def _plain(portion: Portion, units: dict[str, int]) -> tuple[float, int]:
    """The one plain value of a portion with its unit's number; -1 where it has none, or is told by a unit's contents."""
    if len(portion.amounts) != 1 or portion.by_unit or portion.amounts[0].get("value") is None:
        return 0.0, -1
    return portion.amounts[0]["value"], units.setdefault(portion.amounts[0].get("unit") or PIECES, len(units))


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
