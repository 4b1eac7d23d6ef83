"""FoodChain-Lab files written: JSON and all-in-one workbooks of stations, deliveries and which became which, as streams."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingest.fcl import cells, tables
from ingest.fcl.tables import Row
from ingest.json_stream import Record
from ingest.sheets.writing import xlsx_of
from ontology.errors import Refused

VERSION = "1.2.1"
MOST_ROWS = 1_048_576
"""Rows of a sheet."""
STATION = {"ID": "string", "Name": "string", "Address": "string", "Country": "string", "type of business": "string"}
DELIVERY = {
    "ID": "string", "from": "string", "to": "string", "Name": "string", "Lot Number": "string", "Date Delivery": "string",
    "Date Delivery Arrival": "string", "Amount": "string",
}  # fmt: skip
RELATION = {"from": "string", "to": "string"}
_STATION_HEADS = ("Company_ID", "Name", "Address", "Country", "Type of business")
_MOVED = "DeliveryID;Station;Product Name;Lot Number;Delivery Date Departure;;;Delivery Date Arrival;;;Unit weigt/vol./pck.;;Recipient"
_PARTS = ["", "", "", "", *("Day", "Month", "Year") * 2, "Quantity", "Type / Unit", ""]
_READ_OTHERWISE = re.compile(
    r"(Company_ID|Name|Street|Street Number|Postal|Postal Code|City|District|State|Additional Fields ->|DeliveryID|Station|Product Name|Recipient"
    r"|Delivery Date .*|Unit weig.*|Lot size .*)$"
)
PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?$")
"""A year, a month or a day of ISO 8601."""
_TYPES = {bool: "boolean", int: "int", float: "double"}
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Tables:
    """Stations, deliveries and relations as rows of named columns, to be gone through as often as it takes; what is hidden; what to tell beside; and
    whether the order of dates counts.

    Flags stand in the columns of `cells.FLAGS`. A delivery has `from` and `to`, so has a relation.
    """

    stations: Callable[[], Iterable[Row]]
    deliveries: Callable[[], Iterable[Row]]
    relations: Callable[[], Iterable[Row]]
    hidden: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    in_order: bool = True


def json_of(told: Tables) -> Iterator[bytes]:
    """A file in the exchange format, version 1. Columns stand behind the rows, for only then all of them are known."""
    flags: dict[str, Any] = {"enforceTemporalOrder": told.in_order, "station": [], "delivery": []}
    columns = {sort: _listed(known) for sort, known in (("station", STATION), ("delivery", DELIVERY), ("relation", RELATION))}
    rows = {
        "station": (columns["station"], _records(told.stations(), columns["station"], flags["station"])),
        "delivery": (columns["delivery"], _records(told.deliveries(), columns["delivery"], flags["delivery"])),
        "relation": (columns["relation"], _records(told.relations(), columns["relation"], [])),
    }
    edge, node = ({name: told.hidden.get(sort, [])} for sort, name in (("delivery", "invisibleEdges"), ("station", "invisibleNodes")))
    more = {"settings": {"version": VERSION, "metaNodes": [], "view": {"edge": edge, "node": node}}, "notes": list(told.notes)}
    yield from blocks(tables.file_of(VERSION, True, rows, flags, more))


def _listed(known: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": name, "type": sort} for name, sort in known.items()]


def _records(rows: Iterable[Row], columns: list[dict[str, str]], flags: list[Any]) -> Iterator[Record]:
    """Rows as lists of cells; columns that are met for the first time are listed, and what is flagged is taken out."""
    known = {column["id"] for column in columns}
    for row in rows:
        set_on = cells.tracing(row)
        if set_on:
            flags.append({"id": row["ID"], **set_on})
        told = {name: value for name, value in row.items() if value is not None and not cells.is_flag(name, value)}
        for name, value in told.items():
            if name not in known:
                known.add(name)
                columns.append({"id": name, "type": _TYPES.get(type(value), "string")})
        yield Record([{"id": name, "value": _scalar(value)} for name, value in told.items()])


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else orjson.dumps(value).decode()


def blocks(pieces: Iterable[bytes], size: int = _BLOCK) -> Iterator[bytes]:
    """Small pieces put together, so that a stream is not handed on line by line."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def workbook_of(told: Tables) -> Iterator[bytes]:
    """An all-in-one workbook. It is gone through twice: columns beyond those of the form stand in its head.

    What is hidden, and whether dates count, has no place in it. Raises Refused where a sheet would be too long.
    """
    further = {
        sort: _further(sort, rows()) for sort, rows in (("station", told.stations), ("delivery", told.deliveries), ("relation", told.relations))
    }
    notes = [("Notes", [[note] for note in told.notes])] if told.notes else []
    yield from all_in_one(told.stations(), told.deliveries(), told.relations(), further, notes)


def _further(sort: str, rows: Iterable[Row]) -> list[str]:
    """The columns that a sheet has beyond those of the form."""
    known = {"station": STATION, "delivery": DELIVERY, "relation": RELATION}[sort]
    found: dict[str, None] = {}
    for number, row in enumerate(rows, 3):
        if number > MOST_ROWS:
            raise Refused(f"A sheet has at most {MOST_ROWS:,} rows, and there are more of the sort {sort}: write JSON.")
        found.update(dict.fromkeys(name for name in row if name not in known))
    return list(found)


def all_in_one(
    stations: Iterable[Row],
    deliveries: Iterable[Row],
    relations: Iterable[Row],
    further: dict[str, list[str]],
    more: Iterable[tuple[str, Iterable[Iterable[str]]]] = (),
) -> Iterator[bytes]:
    """The workbook of these rows, each gone through once, with further columns by sort (station, delivery, relation) and more sheets."""
    heads = {sort: [f"_{name}" if _READ_OTHERWISE.match(name) else name for name in names] for sort, names in further.items()}
    yield from xlsx_of(
        [
            ("Stations", _sheet([[*_STATION_HEADS, *heads["station"]]], stations, _station, further["station"])),
            ("Deliveries", _sheet([[*_MOVED.split(";"), *heads["delivery"]], _PARTS], deliveries, _delivery, further["delivery"])),
            (
                "Deliveries2Deliveries",
                _sheet([["From DeliveryID", "Into DeliveryID", *heads["relation"]]], relations, _relation, further["relation"]),
            ),
            *more,
        ]
    )


def _sheet(heads: list[list[str]], rows: Iterable[Row], shown: Callable[[Row], list[str]], further: list[str]) -> Iterator[list[str]]:
    yield from heads
    for row in rows:
        yield [*shown(row), *(_text(row, name) for name in further)]


def _text(told: Row, name: str) -> str:
    value = told.get(name)
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def _station(told: Row) -> list[str]:
    return [_text(told, name) for name in STATION]


def _delivery(told: Row) -> list[str]:
    days = [part for name in ("Date Delivery", "Date Delivery Arrival") for part in _parts(_text(told, name))]
    amount, _, unit = _text(told, "Amount").partition(" ")
    return [*(_text(told, name) for name in ("ID", "from", "Name", "Lot Number")), *days, amount, unit, _text(told, "to")]


def _relation(told: Row) -> list[str]:
    return [_text(told, "from"), _text(told, "to")]


def _parts(told: str) -> list[str]:
    """Day, month and year."""
    if told[:4].isdecimal():
        year, month, day = [*told.split("-"), "", ""][:3]
        return [day, month, year]
    return [*told.split("."), "", "", ""][:3]


def day(told: list[str | None] | None) -> str | None:
    """A time in wire form as a day, a month or a year: the part that its earliest and latest day share; its words where they share none."""
    if not told:
        return None
    text, earliest, latest = told[0] or "", told[1] or "", told[2] or ""
    if PARTIAL.match(text):
        return text
    if PARTIAL.match(text[:10]) and text[10:11] == "T":
        return text[:10]
    return next((earliest[:size] for size in (10, 7, 4) if earliest and earliest[:size] == latest[:size]), text) or None


def amounts(told: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """Quantities in wire form in words: the first one, and those beside it."""
    said = [words for one in told if (words := _amount(one))]
    return (said[0] if said else None), "; ".join(said[1:]) or None


def _amount(one: dict[str, Any]) -> str:
    if one.get("text"):
        return str(one["text"])
    unit = cells.unit_of(one.get("unit"))
    for name, word in (("value", ""), ("about", "about "), ("low", "over "), ("high", "up to ")):
        if one.get(name) is not None:
            return f"{word}{one[name]:.15g} {unit}"
    return ""
