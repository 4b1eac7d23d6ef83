"""FoodChain-Lab JSON, versions 0 and 1, and its workbooks: stations, deliveries and which delivery became which, as investigators drew them."""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.connector import Connector, Document, Told, rows
from ingest.fcl import cells, rejected, workbook
from ingest.fcl.tables import Line, file_of, lines
from ingest.fcl.telling import Telling, column_names
from ingest.json_stream import Broken, Record
from ingest.said import Said
from ingest.sheets import writing
from ingest.sheets.cells import Unreadable
from ingest.sheets.package import is_package
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


WORKBOOK = """Stations
Company_ID,Name,City,Country,Type of business
S1,Mill,Milltown,DE,Producer
S2,Bakery,Milltown,DE,Producer
Deliveries
DeliveryID,Station,Product Name,Lot Number,Delivery Date Departure,,,Unit weight/vol./pck.,,Recipient
,,,,Day,Month,Year,Quantity,Type / Unit,
D1,S1,Flour,L42,1,3,2025,20,kg,S2
D2,S2,Bread,B7,3,3,2025,40,kg,S1
Deliveries2Deliveries
From DeliveryID,Into DeliveryID
D1,D2
"""


class Workbook(Connector):
    """The workbooks of FoodChain-Lab: all in one, start of a tracing, backward and forward trace requests as inspectors fill them in."""

    name = "fcl-workbook"
    sample = WORKBOOK

    def sample_document(self) -> bytes:
        """The sheets of the sample as a workbook."""
        sheets: list[tuple[str, list[list[str]]]] = []
        for line in self.sample.splitlines():
            if "," in line:
                sheets[-1][1].append(line.split(","))
            else:
                sheets.append((line, []))
        return b"".join(writing.xlsx_of(sheets))

    def recognises(self, document: Document) -> bool:
        """A workbook with a sheet of stations, and one of deliveries or a trace request."""
        try:
            return is_package(document.open().read(8)) and workbook.Sheets(document).are_ours
        except Unreadable:
            return False

    def facts(self, document: Document) -> Iterator[Told]:
        """Places, shipments with their lots, and the links between shipments."""
        try:
            with Said() as said:
                yield from Telling(document, said, workbook.lines).facts()
        except Unreadable as error:
            yield Refusal(f"{document.name} {error.place}".strip(), str(error), error.remedy)

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The refused rows with the deliveries and stations that they need, as an all-in-one workbook, which says why beside each."""
        refused = list(refusals)
        yield from rejected.all_in_one(document, refused)


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
        yield from file_of("1.0.0", with_cells, tables, flags)

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
