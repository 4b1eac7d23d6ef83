"""FoodChain-Lab workbooks as the rows of its tables: the all-in-one workbook, and the trace requests that inspectors fill in.

A trace request is about one station in focus: what it sent (Products Out), from which lots, and what went into these lots. Which delivery became
which is told by the lots alone: every ingredient of a lot became every delivery of it.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ingest.connector import Document
from ingest.fcl.cells import typed
from ingest.fcl.tables import Line, Row
from ingest.json_stream import Record
from ingest.sheets.cells import Cell, Fault, Sheet, Unreadable, shown
from ingest.sheets.cells import Row as SheetRow
from ingest.sheets.workbook import book

FOCUS = "Station in Focus"
_STATION = {"Company_ID": "ID", "Name": "Name", "Country": "Country", "Type of business": "type of business"}
_STREET, _TOWN = ("Street", "Street Number"), ("Postal", "Postal Code", "City")
_REGION = ("District", "State")
_DAY = ("Day", "Month", "Year")
_MOST_ROWS = 100_000
"""Rows of a trace request, which is held whole."""


class Sheets:
    """The sheets of a workbook that speak of stations, deliveries and relations, found by what stands at their top. Raises Unreadable."""

    def __init__(self, document: Document) -> None:
        self.stations: Sheet | None = None
        self.deliveries: Sheet | None = None
        self.relations: Sheet | None = None
        self.request: Sheet | None = None
        self.further: Sheet | None = None
        for sheet in book(document).sheets:
            self._sort(sheet)

    def _sort(self, sheet: Sheet) -> None:
        top = list(islice(sheet.rows(), 8))
        first = [shown(cell) for cell in top[0].cells[:3]] if top else []
        if first[:1] == ["Company_ID"]:
            self.stations = sheet
        elif first[:1] == ["DeliveryID"]:
            self.deliveries = sheet
        elif first[:2] == ["From DeliveryID", "Into DeliveryID"]:
            self.relations = sheet
        elif first[:2] == ["Lot Number", "Delivery Date Departure"]:
            self.further = sheet
        elif any(shown(row.cells[0] if row.cells else None).startswith(FOCUS) for row in top):
            self.request = sheet

    @property
    def are_ours(self) -> bool:
        """Whether they make a workbook of FoodChain-Lab."""
        return self.stations is not None and (self.deliveries is not None or self.request is not None)


def lines(document: Document, wanted: set[str]) -> Iterator[Line]:
    """The rows of the wanted sorts (station, delivery, relation), as `ingest.fcl.tables.lines` tells them of a JSON file."""
    sheets = Sheets(document)
    if not sheets.are_ours:
        raise Unreadable("it has no sheet of stations with one of deliveries or a trace request", "Take the FoodChain-Lab template again.")
    if "station" in wanted and sheets.stations:
        yield from _lines("station", sheets.stations, _station, 1)
    if "delivery" in wanted and sheets.deliveries:
        yield from _lines("delivery", sheets.deliveries, _delivery, 2)
    if "relation" in wanted and sheets.relations:
        yield from _lines("relation", sheets.relations, _relation, 1)
    if sheets.request and wanted & {"delivery", "relation"}:
        request = Request(sheets.request, sheets.further)
        yield from request.deliveries() if "delivery" in wanted else ()
        yield from request.relations() if "relation" in wanted else ()


def _lines(sort: str, sheet: Sheet, read: Callable[[Row], Row], heads: int) -> Iterator[Line]:
    headings: list[str] = []
    for row in sheet.rows():
        if row.number <= heads:
            headings = _joined(headings, row.cells)
        elif not row.is_blank():
            told = typed(read(_row(headings, row.cells)))
            if told.get("ID", told.get("from")):
                yield Line(sort, row.number, Record(told, row.problem or _fault(row)), sort, False)


def _joined(above: list[str], cells: list[Cell]) -> list[str]:
    """Headings of one row or two: what stands above goes on to the right over the parts of its group."""
    joined, left = [], ""
    for at, cell in enumerate(cells):
        upper = above[at] if at < len(above) else ""
        left = upper or left
        told = shown(cell)
        joined.append(f"{left} {told}".strip() if told and told != upper else upper)
    return joined + above[len(cells) :]


def _row(headings: list[str], cells: list[Cell]) -> Row:
    return {heading: shown(cell) for heading, cell in zip(headings, cells, strict=False) if heading and cell is not None and shown(cell)}


def _fault(row: SheetRow) -> str | None:
    return next((cell.said for cell in row.cells if isinstance(cell, Fault)), None)


def _station(told: Row) -> Row:
    row = {ours: told.pop(theirs) for theirs, ours in _STATION.items() if theirs in told}
    parts = (" ".join(told.pop(name) for name in group if name in told) for group in (_STREET, _TOWN, _REGION))
    address = ", ".join(part for part in parts if part)
    told.pop("Additional Fields ->", None)
    return row | ({"Address": address} if address else {}) | told


def _delivery(told: Row) -> Row:
    row: Row = {"Lot Number": told.pop("Lot Number", None)}
    for theirs, ours in (("DeliveryID", "ID"), ("Station", "from"), ("Recipient", "to"), ("Product Name", "Name")):
        row[ours] = told.pop(theirs, None)
    for theirs, ours in (("Delivery Date Departure", "Date Delivery"), ("Delivery Date Arrival", "Date Delivery Arrival")):
        row[ours] = day_of(*(told.pop(f"{theirs} {part}", "") for part in _DAY))
    amount, unit = _popped(told, "Unit weig", "Quantity"), _popped(told, "Unit weig", "Type / Unit")
    row["Amount"] = f"{amount} {unit}".strip() if amount else None
    size, of = _popped(told, "Lot size", "Quantity"), _popped(told, "Lot size", "Type / Unit")
    if size:
        row["Lot size"] = f"{size} {of}".strip()
    return {name: value for name, value in (row | told).items() if value is not None or name == "Lot Number"}


def _popped(told: Row, begins: str, ends: str) -> str:
    name = next((name for name in told if name.startswith(begins) and name.endswith(ends)), "")
    return str(told.pop(name, "")) if name else ""


def _relation(told: Row) -> Row:
    return {"from": told.get("From DeliveryID"), "to": told.get("Into DeliveryID")}


def day_of(day: str, month: str, year: str) -> str | None:
    """A day, month or year of three cells, as ISO 8601 where it is one, else as told."""
    if not (day or month or year):
        return None
    if all(part.isdecimal() for part in (day, month, year) if part) and year and (month or not day):
        return "-".join(filter(None, (year.zfill(4), month.zfill(2) if month else "", day.zfill(2) if day else "")))
    return ".".join(filter(None, (day, month, year)))


class Request:
    """A trace request as it was filled in: the station in focus, its lots by number, what it sent of them and what went into them."""

    def __init__(self, sheet: Sheet, further: Sheet | None) -> None:
        self.focus = ""
        self._lots: dict[str, str] = {}
        self._rows: dict[str, list[tuple[int, list[str]]]] = {"out": [], "in": []}
        self._read(sheet)
        for row in islice(further.rows(), 2, _MOST_ROWS) if further else ():
            cells = _texts(row)
            if cells[0]:
                self._rows["out"].append((row.number, [cells[0], "", "", *cells[1:9], cells[9], ""]))

    def _read(self, sheet: Sheet) -> None:
        part = ""
        for row in islice(sheet.rows(), _MOST_ROWS):
            cells = _texts(row)
            first = cells[0]
            if first.startswith(FOCUS):
                self.focus = cells[1]
            elif first == "Products Out":
                part = "out"
            elif first.startswith("Ingredients"):
                part = "in"
            elif first == "Lot Information":
                part = "lots"
            elif first and part and first != "Product Lot Number":
                if part == "lots":
                    self._lots[first] = cells[3]
                else:
                    self._rows[part].append((row.number, cells))

    def deliveries(self) -> Iterator[Line]:
        """What the station sent, and what it received to make it."""
        for number, cells in self._rows["out"]:
            yield Line("delivery", number, Record(self._out(cells)), "delivery", False)
        for number, cells in self._rows["in"]:
            yield Line("delivery", number, Record(self._in(cells)), "delivery", False)

    def relations(self) -> Iterator[Line]:
        """Every ingredient of a lot became every delivery of it."""
        sent: dict[str, list[str]] = {}
        for _, cells in self._rows["out"]:
            sent.setdefault(cells[0], []).append(self._out(cells)["ID"])
        for number, cells in self._rows["in"]:
            told = self._in(cells)
            for goal in sent.get(cells[0], ()):
                yield Line("relation", number, Record({"from": told["ID"], "to": goal}), "relation", False)

    def _out(self, cells: list[str]) -> dict[str, Any]:
        return _moved(self.focus, cells[11], self._lots.get(cells[0], ""), cells[0], cells)

    def _in(self, cells: list[str]) -> dict[str, Any]:
        return _moved(cells[11], self.focus, cells[1], cells[2], cells)


def _texts(row: SheetRow) -> list[str]:
    cells = ["" if isinstance(cell, Fault) else shown(cell) for cell in row.cells[:13]]
    return cells + [""] * (13 - len(cells))


def _moved(start: str, goal: str, product: str, lot: str, cells: list[str]) -> dict[str, Any]:
    """A delivery of a request; without an id it is known as FoodChain-Lab names it, by all that is told of it."""
    days, (amount, unit), known = cells[3:9], cells[9:11], cells[12]
    number = f"{float(amount)}" if amount.replace(".", "", 1).isdecimal() else amount
    named = ";".join(one or "null" for one in (start, product, lot, *days, number, unit, goal))
    return {
        "ID": known or named,
        "from": start,
        "to": goal,
        "Name": product,
        "Lot Number": lot or None,
        "Date Delivery": day_of(*days[:3]),
        "Date Delivery Arrival": day_of(*days[3:]),
        "Amount": f"{amount} {unit}".strip() if amount else None,
    }
