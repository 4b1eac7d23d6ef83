"""Amounts that acts move and change, as arrays: what a place received and sent, and quantities that cannot be."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from algorithms.answer import Amount
from algorithms.flow import Flow
from algorithms.names import ends, lot_name, place_name, thing_name
from algorithms.pools import Bools
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
    came: dict[tuple[str, str], list[Portion]] = defaultdict(list)
    left: dict[tuple[str, str], list[Portion]] = defaultdict(list)
    for held, side in ((came, flow.sides.puts), (left, flow.sides.takes)):
        for portion in side:
            if portion.place is not None and not portion.by_unit and not portion.closed:
                held[(portion.good, portion.place)].append(portion)
    found = []
    for (good, place), puts in came.items():
        takes = left.get((good, place))
        if takes and (total := _total(puts)) and (used := _total(takes)) and used[0] == total[0] and used[1] > total[1] * (1 + _SLACK):
            acts = tuple(sorted({portion.act for portion in (*puts, *takes)}))
            found.append(Excess(good, place, total[0], total[1], used[1], acts))
    return found


def _total(portions: list[Portion]) -> tuple[str, float] | None:
    """The one unit and the sum of portions; None where one has no plain value, or units differ."""
    units: set[str] = set()
    total = 0.0
    seen: set[int] = set()
    for portion in portions:
        value = next((amount for amount in portion.amounts if amount.get("value") is not None), None)
        if value is None or len(portion.amounts) != 1:
            return None
        if portion.act not in seen or portion.amounts:
            seen.add(portion.act)
            units.add(value.get("unit") or PIECES)
            total += value["value"]
    return (units.pop(), total) if len(units) == 1 else None


def excess_words(flow: Flow, one: Excess) -> str:
    """An excess in words."""
    return (
        f"impossible quantity: {one.left:g} {one.unit} of {lot_name(flow, one.good)} left {place_name(flow, one.place)}, "
        f"but only {one.came:g} {one.unit} came there"
    )
