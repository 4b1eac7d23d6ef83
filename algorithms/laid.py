"""What the acts of a flow put into places and took from them, laid out column by column (reference/model.md sections 1 and 3)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.acts import main
from algorithms.columns import ARRIVAL, DEPARTURE, MADE, PROCESS
from algorithms.pools import Bools, Ints, Numbered, spread
from algorithms.portions import CERTAIN, Making, Portions, Sides, joined

if TYPE_CHECKING:
    from algorithms.flow import Flow

_STEP = 1 << 20
"""More than an act has goods: the order of its portions is by place, then by good."""


def joined_lots(flow: "Flow") -> dict[str, str]:
    """Lots joined as stated, or by equal code, a known cross-reference of their products and a shipment (model section 2)."""
    return joined(_same(flow))


def _same(flow: "Flow") -> Iterator[tuple[str, str]]:
    lots, held = flow.all("Lot"), flow.others["Lot"]
    for key in (flow.keys[number] for number in held["key"][held["same"]].tolist()):
        yield from ((key, other) for other in lots[key].same)
    same = flow.others["Product"]
    products = joined(
        (key, other) for key in map(flow.keys.__getitem__, same["key"][same["same"]].tolist()) for other in flow.row("Product", key).same
    )
    if not products:
        return
    known = np.array([flow.keys.find(product) for product in products], np.int64)
    by_code: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in map(flow.keys.__getitem__, held["key"][np.isin(held["product"], known)].tolist()):
        if lots[key].code:
            by_code[(products[lots[key].product], lots[key].code)].append(key)
    goods, kind = flow.columns.parts["goods"], flow.columns.own["kind"]
    shipped = set(goods["key"][kind[goods["act"]] != PROCESS].tolist())
    for group in by_code.values():
        if len(group) > 1 and any(flow.keys.find(key) in shipped for key in group):
            yield from ((group[0], other) for other in group[1:])


def portions(flow: "Flow", sent: set[int], landed: set[int]) -> tuple[Making, Making, dict[int, str]]:
    """All puts and takes of the numbered acts, and units with unknown contents by act.

    `sent` and `landed` are acts whose other end another record tells.
    """
    puts, takes = Making(), Making()
    goods = flow.columns.parts["goods"]
    apart = np.zeros(len(flow.entry), np.bool_)
    number = main(flow, goods["act"])
    apart[number[(number >= 0) & ~goods["lot"]]] = True
    apart |= flow.arrived_entry >= 0
    plain = np.flatnonzero((number >= 0) & ~apart[number]) if len(apart) else number[:0]
    process = flow.columns.own["kind"][goods["act"][plain]] == PROCESS
    lots = stand(flow)
    _processes(flow, plain[process], number, lots, puts, takes)
    _shipments(flow, plain[~process], number, lots, sent, landed, puts, takes)
    sides = Sides(flow.contents, flow.lots)
    for one in np.flatnonzero(apart).tolist():
        act = flow.told[one]
        if flow.acts[one][0] == "Process":
            sides.process(one, act)
        else:
            sides.shipment(one, act, flow.arrived.get(one), one not in landed, one not in sent)
    for making, listed in ((puts, sides.puts), (takes, sides.takes)):
        for portion in listed:
            making.one(flow.keys, portion)
    return puts, takes, sides.unknown_units


def stand(flow: "Flow") -> Ints:
    """The number of the lot that stands for each lot."""
    stand = np.arange(len(flow.keys))
    for one, other in flow.lots.items():
        number = flow.keys.find(one)
        if number >= 0:
            stand[number] = flow.keys.number(other)
    return stand


def _plain(flow: "Flow", rows: Ints) -> tuple[Any, Ints]:
    """The one plain value of each row of goods with its unit's number; -1 where it has none, or several."""
    goods, amounts = flow.columns.parts["goods"], flow.columns.parts["amounts"]
    told = np.flatnonzero(amounts["plain"] & amounts["alone"])
    name, known = goods["act"] * _STEP + goods["nth"], amounts["act"][told] * _STEP + amounts["nth"][told]
    value, unit = np.zeros(len(name)), np.full(len(name), -1, np.int64)
    at = np.searchsorted(name, known)
    value[at], unit[at] = amounts["value"][told], amounts["unit"][told]
    return value[rows], unit[rows]


def _processes(flow: "Flow", rows: Ints, number: Ints, lots: Ints, puts: Making, takes: Making) -> None:
    """What processes took and gave at each of their places."""
    own, goods, places = flow.columns.own, flow.columns.parts["goods"], flow.columns.parts["places"]
    entry = goods["act"][rows]
    low, high = (np.searchsorted(places["act"], entry, side=side) for side in ("left", "right"))
    none = np.flatnonzero(high == low)
    at, owner = spread(low, high)
    rows, place = np.concatenate([rows[owner], rows[none]]), np.concatenate([places["key"][at], np.full(len(none), -1, np.int64)])
    nth = np.concatenate([places["nth"][at], np.zeros(len(none), np.int64)]) * _STEP + goods["nth"][rows]
    entry, made = goods["act"][rows], goods["relation"][rows] == MADE
    value, unit = _plain(flow, rows)
    for making, mine, time in ((puts, made, "first_low"), (takes, ~made, "last_high")):
        sure = own["sure"][entry[mine]] if making is puts else np.ones(int(mine.sum()))
        making.many(
            act=number[rows[mine]], nth=nth[mine], good=lots[goods["key"][rows[mine]]], place=place[mine], at=own[time][entry[mine]], sure=sure,
            by_unit=False, closed=own["closed"][entry[mine]], probable=sure < CERTAIN, good_row=rows[mine], value=value[mine], unit=unit[mine],
        )  # fmt: skip


def _shipments(flow: "Flow", rows: Ints, number: Ints, lots: Ints, sent: set[int], landed: set[int], puts: Making, takes: Making) -> None:
    """What shipments took from one place and put into another."""
    own, goods = flow.columns.own, flow.columns.parts["goods"]
    entry, act = goods["act"][rows], number[rows]
    sends, lands = (~np.isin(act, np.array(list(other), np.int64)) for other in (landed, sent))
    side, start, goal = own["side"][entry], own["start"][entry], own["goal"][entry]
    arrives = np.where(side == DEPARTURE, own["first_low"][entry], own["last_low"][entry])
    value, unit = _plain(flow, rows)
    told = (
        (takes, sends & ((start >= 0) | (side == ARRIVAL)), start, own["first_high"][entry], np.ones(len(rows))),
        (puts, lands & (goal >= 0), goal, arrives, own["sure"][entry]),
    )
    for making, mine, place, at, sure in told:
        making.many(
            act=act[mine], nth=goods["nth"][rows[mine]], good=lots[goods["key"][rows[mine]]], place=place[mine], at=at[mine],
            sure=sure[mine], by_unit=False, closed=own["closed"][entry[mine]], probable=(sure < CERTAIN)[mine], good_row=rows[mine],
            value=value[mine], unit=unit[mine],
        )  # fmt: skip


def cleanings(flow: "Flow", told: tuple[Portions, Portions], numbered: Numbered) -> int:
    """Put portions of shared places into the pool of the time between two validated cleanings too (F5); answers how many such pools there are."""
    ended = _cleaned(flow)
    segments: dict[str, int] = {}
    shared = np.array([flow.keys.find(place) for place in ended], np.int64)
    for laid, side in zip(numbered.sides, told, strict=True) if ended else ():
        mine = np.flatnonzero(np.isin(side.place, shared))
        pool = []
        for place, at in zip(side.place[mine].tolist(), side.at[mine].tolist(), strict=True):
            name = flow.keys[place]
            segment = f"{name}/{bisect_right(ended[name], at)}"
            pool.append(len(numbered) + segments.setdefault(segment, len(segments)))
        laid.add(np.array(pool, np.int64), mine)
    return len(segments)


def _cleaned(flow: "Flow") -> dict[str, list[float]]:
    """When validated cleanings of each shared place ended, in order."""
    held = flow.others["Place"]
    ended: dict[str, list[float]] = {flow.keys[place]: [] for place in held["key"][held["shared"]].tolist()}
    for mark in flow.all("Cleaning").values() if ended else ():
        for place in mark.places:
            if mark.validated and mark.when[2] is not None and place in ended:
                ended[place].append(mark.when[2])
    for times in ended.values():
        times.sort()
    return ended


def items(flow: "Flow", numbered: Numbered) -> None:
    """An item that nobody put where it was taken came from its lot there: its take hangs in the lot's pool too."""
    held, (puts, takes) = flow.others["Lot"], (flow.sides.puts, flow.sides.takes)
    item = held["part_of"] >= 0
    if not item.any():
        return
    whole = np.full(len(flow.keys), -1, np.int64)
    whole[held["key"][item]] = stand(flow)[held["part_of"][item]]
    told = np.flatnonzero((whole[takes.good] >= 0) & ~takes.closed & (takes.place >= 0))
    count = len(flow.keys)
    put: Bools = np.isin(takes.good[told] * count + takes.place[told], puts.good * count + puts.place)
    told = told[~put]
    pool = numbered.of(whole[takes.good[told]], takes.place[told])
    numbered.sides[1].add(pool[pool >= 0], told[pool >= 0])
