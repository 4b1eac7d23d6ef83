"""FoodChain-Lab JSON, versions 0 and 1: stations, deliveries and which delivery became which, as investigators drew them."""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.connector import Connector, Document, Told, rows
from ingest.fcl import cells
from ingest.fcl.tables import Line, lines, written
from ingest.fcl.telling import Telling, column_names
from ingest.json_stream import Broken, Record
from ingest.said import Said
from ontology.errors import Refused
from ontology.language import Refusal

SAMPLE = """{"version": "1.0.0", "data": {
 "stations": {"columnProperties": [{"id": "ID", "type": "string"}, {"id": "Name", "type": "string"}],
  "data": [[{"id": "ID", "value": "S1"}, {"id": "Name", "value": "Mill"}], [{"id": "ID", "value": "S2"}, {"id": "Name", "value": "Bakery"}],
   [{"id": "ID", "value": "S3"}, {"id": "Name", "value": "Shop"}]]},
 "deliveries": {"columnProperties": [{"id": "ID", "type": "string"}, {"id": "Lot Number", "type": "string"}],
  "data": [[{"id": "ID", "value": "D1"}, {"id": "from", "value": "S1"}, {"id": "to", "value": "S2"}, {"id": "Name", "value": "Flour"},
    {"id": "Lot Number", "value": "L42"}, {"id": "Date Delivery", "value": "2025-03-01"}, {"id": "Amount", "value": "20 kg"}],
   [{"id": "ID", "value": "D2"}, {"id": "from", "value": "S2"}, {"id": "to", "value": "S3"}, {"id": "Name", "value": "Bread"},
    {"id": "Lot Number", "value": "B7"}, {"id": "Date Delivery", "value": "2025-03-03"}, {"id": "Amount", "value": "40 loaves"}]]},
 "deliveryRelations": {"columnProperties": [], "data": [[{"id": "from", "value": "D1"}, {"id": "to", "value": "D2"}]]}}}"""


class FoodChainLab(Connector):
    """The exchange format of FoodChain-Lab. A file's stations and deliveries belong to its data set; all its links are told."""

    name = "fcl"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A JSON object that speaks of stations and deliveries."""
        head = document.head(2_000_000)
        if head.lstrip()[:1] != b"{" or (b'"stations"' not in head and b'"deliveries"' not in head):
            return False
        return b'"columnProperties"' in head or b'"deliveries"' in head or b'"ID"' in head

    def facts(self, document: Document) -> Iterator[Told]:
        """Places, shipments with their lots, and the links between shipments."""
        with Said() as said:
            yield from Telling(document, said).facts()

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The refused rows, the deliveries that refused relations name, and the stations of all of these, with their flags."""
        refused = list(refusals)
        choice = _Choice(document, rows(refused), {refusal.record for refusal in refused if refusal.record})
        yield from choice.written()


class _Choice:
    """The rows of a file that are refused, or needed by those that are: relations need deliveries, deliveries need stations."""

    def __init__(self, document: Document, places: set[tuple[str, int]], records: set[str]) -> None:
        self.document, self.places, self.records = document, places, records
        self.needed: dict[str, set[str]] = {"relation": set(), "delivery": set(), "station": set()}
        for sort, under in (("relation", "delivery"), ("delivery", "station"), ("station", "station")):
            for line in self._chosen(sort):
                named = (_cell(line, end) for end in (("ID", "id") if sort == "station" else ("from", "source", "to", "target")))
                self.needed[under] |= {name for end in named for name in (end, end[1:]) if name}

    def written(self) -> Iterator[bytes]:
        """The file of these rows."""
        columns: dict[str, list[Any]] = {"station": [], "delivery": [], "relation": []}
        flags: dict[str, list[Any]] = {"station": [], "delivery": []}
        with_cells = has_numbers = False
        wanted = {"column", "flag", "station", "delivery"}
        for line in _readable(self.document, wanted):
            with_cells = with_cells or line.with_cells
            if line.sort == "column":
                columns[line.table].append(line.record.value)
            elif line.sort == "flag":
                flags[line.table] += [line.record.value] if _cell(line, "id") in self.needed[line.table] else []
            elif line.sort == "station" or (has_numbers := "Lot Number" in column_names(line)):
                wanted.discard(line.sort)
        tables = {sort: (columns[sort], self._records(sort, has_numbers and not with_cells)) for sort in columns}
        yield from written("1.0.0", with_cells, tables, flags)

    def _records(self, sort: str, has_numbers: bool) -> Iterator[Record]:
        for line in self._chosen(sort):
            if sort == "delivery" and has_numbers and isinstance(line.record.value, dict):
                line.record.value.setdefault("Lot Number", None)  # the column decides what a lot code is
            yield line.record

    def _chosen(self, sort: str) -> Iterator[Line]:
        for line in _readable(self.document, {sort}):
            number = _cell(line, "ID") or _cell(line, "id")
            if (sort, line.number) in self.places or number in self.needed[sort] or self._recorded(line, number):
                yield line

    def _recorded(self, line: Line, number: str) -> bool:
        named = f"{line.sort}/{number}" if line.sort != "relation" else f"relation/{_cell(line, 'from')}->{_cell(line, 'to')}"
        return f"fcl:{self.document.dataset}/{named}" in self.records


def _readable(document: Document, wanted: set[str]) -> Iterator[Line]:
    try:
        yield from lines(document, wanted)
    except Broken:
        return


def _cell(line: Line, column: str) -> str:
    try:
        return cells.text(line.row(), column)
    except Refused:
        return ""
