"""The tables of a FoodChain-Lab file, row by row, however large the file is and in whatever order the tables stand."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from ingest.connector import Document
from ingest.json_stream import JsonStream, Record
from ontology.errors import Refused

Row = dict[str, Any]
_TABLES = {"stations": "station", "deliveries": "delivery", "deliveryRelations": "relation", "deliveriesRelations": "relation"}
_NAMES = {"station": "stations", "delivery": "deliveries"}


class Line(NamedTuple):
    """A row as it stands: of which sort (station, delivery, relation, column, flag), its number, the table it is of, and the form of its table."""

    sort: str
    number: int
    record: Record
    table: str
    with_cells: bool

    def row(self) -> Row:
        """Its columns by name. Raises Refused for what is no row.

        Version 1 holds cells of {id, value}; version 0 plain objects whose ids carry a letter before the number of `ID`.
        """
        if self.record.problem:
            raise Refused(self.record.problem)
        told = self.record.value
        if not self.with_cells:
            if not isinstance(told, dict):
                raise Refused("a row is an object of columns")
            return told
        if not isinstance(told, list) or not all(isinstance(cell, dict) and isinstance(cell.get("id"), str) for cell in told):
            raise Refused("a row is a list of cells {id, value}")
        row = {cell["id"]: cell.get("value") for cell in told}
        if len(row) < len(told):
            raise Refused("a column stands twice in the row")
        return row


def lines(document: Document, wanted: set[str]) -> Iterator[Line]:
    """The rows of the wanted sorts in the order of the file; a sort may be taken out of `wanted` on the way, and is passed over from then on.

    Raises Broken where the file stops being readable.
    """
    stream = JsonStream(document.open())
    yield from _members(stream, wanted, 0)
    stream.take()


def _members(stream: JsonStream, wanted: set[str], depth: int) -> Iterator[Line]:
    for name in stream.members():
        if name == "data" and depth == 0:
            yield from _members(stream, wanted, 1)
        elif name in _TABLES:
            yield from _table(stream, wanted, _TABLES[name])
        elif name == "tracing" and "flag" in wanted:
            yield from _flags(stream)


def _table(stream: JsonStream, wanted: set[str], sort: str) -> Iterator[Line]:
    if stream.peek() == "start_array":
        yield from _rows(stream, wanted, sort, sort, False)
        return
    for name in stream.members():
        if name == "data":
            yield from _rows(stream, wanted, sort, sort, True)
        elif name == "columnProperties":
            yield from _rows(stream, wanted, "column", sort, False)


def _rows(stream: JsonStream, wanted: set[str], sort: str, table: str, with_cells: bool) -> Iterator[Line]:
    for number in stream.items():
        if sort in wanted:
            yield Line(sort, number, stream.record(), table, with_cells)


def _flags(stream: JsonStream) -> Iterator[Line]:
    for name in stream.members():
        table = {"nodes": "station", "deliveries": "delivery"}.get(name)
        for number in stream.items() if table else ():
            yield Line("flag", number, stream.record(), table or "", False)


def file_of(
    version: str,
    with_cells: bool,
    tables: dict[str, tuple[list[Any], Iterator[Record]]],
    flags: dict[str, Any],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[bytes]:
    """A FoodChain-Lab file of these tables, in the form of version 1 (with cells) or 0: columns and rows by sort, with more members at its end.

    `flags` are those of stations and deliveries, with more members of `tracing`. They and columns may be listed while the rows are gone through: they
    stand behind them.
    """
    relations = "deliveryRelations" if with_cells else "deliveriesRelations"
    yield b'{"version": %s, "data": {\n' % orjson.dumps(version) if with_cells else b"{\n"
    for place, (sort, (columns, records)) in enumerate(tables.items()):
        yield (b",\n" if place else b"") + b'"%s": ' % _NAMES.get(sort, relations).encode() + (b'{"data": [' if with_cells else b"[")
        for number, record in enumerate(records):
            yield (b",\n" if number else b"\n") + record.text().encode()
        yield b'],\n"columnProperties": %s}' % orjson.dumps(columns) if with_cells else b"]"
    tracing = {{"station": "nodes", "delivery": "deliveries"}.get(name, name): value for name, value in flags.items()}
    yield (b"}" if with_cells else b"") + b',\n"tracing": %s' % orjson.dumps(tracing)
    for name, value in more.items():
        yield b",\n%s: %s" % (orjson.dumps(name), orjson.dumps(value))
    yield b"}\n"
