"""A tenant's material flow as stations, deliveries and relations of FoodChain-Lab: the graph of an outbreak as other tools open it.

Shipments are deliveries: a departure and its arrivals are one. Processes are none: what they used became what they made, over however many of them.
Only a process that bears evidence is a delivery within its place, so that its evidence counts. Links are those of a chart, so of a scope and those
surer; shared places are flags of stations, as they are in the chart. What has no place in the form is counted, and told in `notes`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from algorithms.acts import Index, index, main
from algorithms.charted import chart
from algorithms.columns import ARRIVAL, CARRIES, DEPARTURE, SCOPES, SHIPMENT
from algorithms.flow import Flow
from algorithms.investigated import Assumed, Evidence, assumed
from algorithms.named import Ids, own_id
from algorithms.names import good_name, thing_name
from algorithms.pools import Bools
from algorithms.rows import Act, Key, Told
from ingest.fcl.cells import FLAGS
from ingest.fcl.written import DELIVERY, STATION, Tables, amounts, day

Row = dict[str, Any]
Read = Callable[[str, list[str]], Mapping[str, Told]]
"""Things of a kind by key, as the graph holds them; those that are not there are absent."""
_BATCH = 2_000
_NONE = Evidence.of((), ())
_POINT = ("Latitude", "Longitude")


class Size(NamedTuple):
    """How much an export holds, and how many links it cannot: those that join no deliveries which meet at one station."""

    stations: int
    deliveries: int
    relations: int
    apart: int


class Exported:
    """The flow as tables; with evidence of an investigation its marks stand in the place of those that records set."""

    def __init__(self, flow: Flow, read: Read, evidence: Evidence | None = None, scope: str = SCOPES[0], *, dates: bool = True) -> None:
        """`read` is asked for things in batches while rows are gone through. Links are those of the scope (certain, ...) and surer; `dates` says
        whether the order of dates is to count.
        """
        self.flow, self._read, self._investigated, self.scope = flow, read, evidence is not None, scope
        self._dates = dates
        self._chart = chart(flow, scope)
        self._set: Assumed = assumed(flow, self._chart, evidence or _NONE)
        network = self._chart.network
        self._kept = self._deliveries_of()
        shut = self._set.kill[0] | self._set.hidden[0]
        self._shut: Bools = self._set.kill[1] | self._set.hidden[1] | shut[network.start]
        self._next: Index = index(network.before, len(network.start))
        self._after = network.after
        self._numbers = np.flatnonzero(self._kept)
        self._stand()
        self._ids = Ids((self._key(number) for number in self._numbers.tolist()), own_id)
        self._station_ids = Ids(self._stations, own_id)

    def ids_of_deliveries(self) -> Iterator[tuple[Key, str]]:
        """The acts that are deliveries, with their ids in the file."""
        return ((key, self._ids.of(key)) for key in map(self._key, self._numbers.tolist()))

    def ids_of_stations(self) -> Iterator[tuple[Key, str]]:
        """Places, parties and unknown ends that are stations, with their ids in the file."""
        return ((key, self._station_ids.of(key)) for key in self._stations)

    def _deliveries_of(self) -> Bools:
        """Which nodes of the chart are deliveries: all shipments but arrivals that a departure stands for, and processes that bear evidence."""
        own, flow = self.flow.columns.own, self.flow
        kept = np.zeros(len(self._chart.network.start), np.bool_)
        kept[: len(flow.entry)] = own["kind"][flow.entry] == SHIPMENT
        side = np.zeros(len(kept), np.int8)
        side[: len(flow.entry)] = own["side"][flow.entry]
        told, source = flow.columns.parts["told"]["fed"], flow.ways.source
        matched = np.array([flow.ways.others[-1 - at].rule == "F2" if at < 0 else not told[at] for at in source.tolist()], np.bool_)
        mine = matched & (flow.way_scope <= SCOPES.index(self.scope)) & (side[flow.way_start] == DEPARTURE) & (side[flow.way_end] == ARRIVAL)
        kept[flow.way_end[mine]] = False
        weighs = self._set.weights[1] != 0
        kept[: len(flow.entry)] |= weighs[: len(flow.entry)]
        return kept

    def _stand(self) -> None:
        """The stations, and from which to which each delivery went: places, else parties, else a station of its own where nothing is told."""
        network, places = self._chart.network, self._chart.places
        self._stations: list[Key] = [("Place", self.flow.keys[number]) for number in places.tolist()]
        numbers: dict[Key, int] = {}
        self._start, self._goal = network.start.copy(), network.goal.copy()
        self.parties = self.nowhere = 0
        for number in self._numbers[(network.start[self._numbers] == len(places)) | (network.goal[self._numbers] == len(places))].tolist():
            for side, ends in enumerate((self._start, self._goal)):
                if ends[number] == len(places):
                    station = self._party(number, side) or ("sender" if side == 0 else "recipient", self._key(number)[1])
                    if station not in numbers:
                        numbers[station] = len(self._stations)
                        self._stations.append(station)
                        self.parties += station[0] == "Party"
                        self.nowhere += station[0] != "Party"
                    ends[number] = numbers[station]

    def _party(self, number: int, side: int) -> Key | None:
        arrived = self.flow.arrived.get(number)
        told = (self.flow.told[number].parties[side], arrived.act.parties[side] if arrived else None)
        party = next((one for one in told if one), None)
        return ("Party", party) if party else None

    def _key(self, number: int) -> Key:
        return self.flow.acts[number]

    def tables(self) -> Tables:
        """The tables to be written, with what is hidden and the notes."""
        deliveries, stations = np.flatnonzero(self._set.hidden[1] & self._kept), np.flatnonzero(self._set.hidden[0])
        hidden = {
            "delivery": [self._ids.of(self._key(number)) for number in deliveries.tolist()],
            "station": [self._station_ids.of(self._stations[number]) for number in stations.tolist()],
        }
        return Tables(self.stations, self.deliveries, self.relations, hidden, tuple(self.notes()), self._dates)

    def stations(self) -> Iterator[Row]:
        """Every place, the parties that stand for places which are not told, and stations of unknown senders and recipients."""
        numbers = iter(range(len(self._stations)))
        while batch := list(islice(numbers, _BATCH)):
            listed = [self._stations[number] for number in batch]
            held = {kind: self._read(kind, [key for of, key in listed if of == kind]) for kind in ("Place", "Party")}
            for number, station in zip(batch, listed, strict=True):
                node = held[station[0]].get(station[1]) if station[0] in held else None
                yield self._station(number, station, node)

    def _station(self, number: int, station: Key, node: Told | None) -> Row:
        values, (kind, key) = node.values if node else {}, station
        name = thing_name(self.flow, kind, key) if kind in ("Place", "Party") else f"Unknown {kind} of {key}"
        row: Row = {"ID": self._station_ids.of(station), "Name": values.get("name") or (None if node else name)}
        row |= {"Address": values.get("address"), "Country": values.get("country"), "type of business": values.get("sort") or values.get("business")}
        row |= dict(zip(_POINT, values.get("at") or (None, None), strict=True))
        row |= {"GLN": values.get("gln")}
        places = len(self._chart.places)
        flags = self._flags(0, number, values) if number < places else {}
        return _told(row | flags, STATION, values.get("extra"))

    def _flags(self, side: int, number: int, values: Mapping[str, Any]) -> Row:
        """What is set on a station (side 0) or delivery (1); what is not, and never was told, is left out."""
        weight = float(self._set.weights[side][number]) if self._investigated else values.get("weight")
        told = (weight, bool(self._set.cross[side][number]), bool(self._set.kill[side][number]), values.get("observed"))
        return {column: value if value or values.get(field) is not None else None for (column, field), value in zip(FLAGS.items(), told, strict=True)}

    def deliveries(self) -> Iterator[Row]:
        """Every delivery in the order of the flow."""
        numbers = iter(self._numbers.tolist())
        while batch := list(islice(numbers, _BATCH)):
            ends = {number: [self._key(number), *self._arrived(number)] for number in batch}
            wanted = [key for keys in ends.values() for key in keys]
            held = {kind: self._read(kind, [key for of, key in wanted if of == kind]) for kind in ("Shipment", "Process")}
            for number, keys in ends.items():
                yield self._delivery(number, [node for kind, key in keys if (node := held[kind].get(key))])

    def _arrived(self, number: int) -> list[Key]:
        """The record of the arrival of a shipment that two records tell."""
        entry = int(self.flow.arrived_entry[number])
        return [("Shipment", self.flow.keys[int(self.flow.columns.own["key"][entry])])] if entry >= 0 else []

    def _delivery(self, number: int, nodes: Sequence[Told]) -> Row:
        act, values = self.flow.told[number], _both(nodes)
        start, goal = (self._station_ids.of(self._stations[int(ends[number])]) for ends in (self._start, self._goal))
        quantities = [one for good in act.goods[:1] for one in good.amounts]
        amount, more = amounts(quantities)
        row: Row = {"ID": self._ids.of(self._key(number)), "from": start, "to": goal, **self._food(act, start, self._ids.of(self._key(number)))}
        row |= {
            "Date Delivery": day(values.get("departed") or values.get("started")),
            "Date Delivery Arrival": day(values.get("arrived") or values.get("ended")),
        }
        row |= {"Amount": amount, "Further amounts": more} | self._flags(1, number, values)
        return _told(row, DELIVERY, values.get("extra"))

    def _food(self, act: Act, start: str, delivery: str) -> Row:
        """Product and lot; the id of a lot is its sender, product and code, as FoodChain-Lab understands a lot."""
        good = next((one for one in reversed(act.goods) if one.kind == "Lot"), None) or next(iter(act.goods), None)
        if good is None or good.kind != "Lot":
            return {"Name": good_name(self.flow, good.kind, good.key) if good else "unnamed", "Lot ID": f"lot of {delivery}", "Lot Number": None}
        lot = self.flow.row("Lot", good.key)
        name = thing_name(self.flow, "Product", lot.product if lot else None) or "unnamed"
        code = lot.code if lot else None
        return {"Name": name, "Lot ID": f"{start}|{name}|{code}" if code else f"lot of {delivery}", "Lot Number": code}

    def relations(self) -> Iterator[Row]:
        """Which delivery became which, where the one ends at the station that the other begins at."""
        for before, after in self._links():
            if self._goal[before] == self._start[after]:
                yield {"from": self._ids.of(self._key(before)), "to": self._ids.of(self._key(after))}

    def _links(self) -> Iterator[tuple[int, int]]:
        """Deliveries that food went on with, over whatever of the chart is none; nothing goes on from what is safe or hidden."""
        starts, order, after, kept, shut = self._next.starts, self._next.order, self._after, self._kept, self._shut
        for start in self._numbers.tolist():
            seen, way = {start}, [start]
            while way:
                node = way.pop()
                for onward in after[order[starts[node] : starts[node + 1]]].tolist():
                    if onward in seen:
                        continue
                    seen.add(onward)
                    if kept[onward]:
                        yield start, onward
                    elif not shut[onward]:
                        way.append(onward)

    @cached_property
    def size(self) -> Size:
        """How much of each there is."""
        met = apart = 0
        for before, after in self._links():
            if self._goal[before] == self._start[after]:
                met += 1
            else:
                apart += 1
        return Size(len(self._stations), len(self._numbers), met, apart)

    def notes(self) -> Iterator[str]:
        """What has no place in the form, in words, each with how many there are."""
        size, flow, goods = self.size, self.flow, self.flow.columns.parts["goods"]
        acts = len(flow.entry)
        mine = main(flow, goods["act"])
        carried = (mine >= 0) & self._kept[np.maximum(mine, 0)]
        lots = np.setdiff1d(self._chart.lots, goods["key"][carried])
        units = np.unique(mine[carried & ~goods["lot"]])
        several = np.bincount(mine[carried & (goods["relation"] == CARRIES)], minlength=acts) > 1
        lost = len(self._set.unknown) + int((self._set.weights[1][: len(self._kept)][~self._kept] != 0).sum()) + self._unreached()
        for count, words in (
            (size.apart, "links left out: they join deliveries that do not meet at one station, which the format demands"),
            (int((flow.way_scope > SCOPES.index(self.scope)).sum()), f"links left out: they are less sure than {self.scope}"),
            (int((~self._kept[:acts]).sum()), "processes and further arrivals folded: what went into them became what came out of them"),
            (self.parties, "stations that are firms, for no record tells the place"),
            (self.nowhere, "stations that stand for an unknown sender or recipient"),
            (self._jumps(), "links of processes to food elsewhere: no delivery tells how it came there"),
            (len(lots), "lots left out: no delivery carries them"),
            (len(units), "deliveries of a pallet or container, whose lots are not told"),
            (int(several.sum()), "deliveries of several lots, of which the last is told"),
            (lost, "marks left out: no delivery bears them, or comes to the place that does"),
        ):
            if count:
                yield f"{count:,} {words}."

    def _jumps(self) -> int:
        """Links to or from a process that happened elsewhere than the food was."""
        network, nowhere = self._chart.network, len(self._chart.places)
        left, came = network.goal[network.before], network.start[network.after]
        folded = ~(self._kept[network.before] & self._kept[network.after])
        return int(((left != came) & (left != nowhere) & (came != nowhere) & folded).sum())

    def _unreached(self) -> int:
        """Marked places where something happened, but to which no delivery goes: in the chart the food came there, in the file it does not."""
        network, set_on = self._chart.network, self._set
        marked = (set_on.weights[0] != 0) | set_on.cross[0]
        marked[network.goal[self._kept]] = False
        marked[-1] = False
        return int(marked[np.unique(network.goal[~self._kept])].sum())


def _both(nodes: Sequence[Told]) -> dict[str, Any]:
    """The values of one or two records of a delivery: those of the departure first."""
    values: dict[str, Any] = {}
    for node in nodes:
        values |= {name: value for name, value in node.values.items() if values.get(name) is None}
    return values


def _told(row: Row, known: Mapping[str, str], extra: Mapping[str, Any] | None) -> Row:
    """A row with the columns that its source had beside ours, without those that hold nothing."""
    others = {name: value for name, value in (extra or {}).items() if name not in known and row.get(name) is None}
    return {name: value for name, value in (row | others).items() if value is not None}
