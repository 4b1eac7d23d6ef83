"""The facts of a FoodChain-Lab file: stations, deliveries with their lots, and which became which (keys: reference/model.md section 7)."""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from ingest.connector import Document, Told
from ingest.fcl import cells
from ingest.fcl.tables import Line, Row, lines
from ingest.json_stream import Broken
from ingest.said import Said
from ontology.acts import Shipment
from ontology.errors import FoodFlowError, Refused
from ontology.food import Lot, Product
from ontology.language import Fact, Link, Refusal, Source
from ontology.places import Place
from ontology.relations import CARRIES, FED, OF_PRODUCT, SHIPPED_FROM, SHIPPED_TO

_DRAWN = {"id", "name", "lot", "date", "source", "target", "Position", "positionRelative"}
_STATION = {"ID", "Name", "Address", "Country", "type of business"} | _DRAWN
_DELIVERY = {"ID", "from", "to", "Name", "Lot Number", "Lot ID", "Date Delivery", "Date Delivery Arrival", "Amount"} | _DRAWN
_RELATION = {"ID", "from", "to"} | _DRAWN
_MOST_COLUMNS = 1_000
_NUMBERLESS = "its lot number is missing; ask for it, or say which lot it is where one is proposed (broken links)"


class Telling:
    """One reading of a file: a look at its columns and flags first, then one pass for each of its tables."""

    def __init__(self, document: Document, said: Said, read: Callable[[Document, set[str]], Iterator[Line]] = lines) -> None:
        self.document, self.said, self._read = document, said, read
        self.owner = f"fcl:{document.dataset}"
        self.has_numbers = self.listed = False
        self.broken: Broken | None = None
        self._columns: set[tuple[str, str]] = set()
        self._has_flags = False

    def facts(self) -> Iterator[Told]:
        """The facts of all tables; what stands before a break is told."""
        self._survey()
        for sort, tell in (("station", self._station), ("delivery", self._delivery), ("relation", self._relation)):
            for line in self._lines({sort}):
                yield from self._told(line, tell)
        if self.broken:
            yield Refusal(f"{self.document.name} {self.broken.place}", str(self.broken), "Export it again, whole, as UTF-8.")
        elif not self.listed:
            yield Refusal(self.document.name, "it holds no stations and no deliveries", "Export it again, or fill it in.")

    def _survey(self) -> None:
        """Whether deliveries have the column `Lot Number`, and what `tracing` sets on stations and deliveries."""
        wanted = {"column", "flag", "delivery"}
        for line in self._lines(wanted):
            told = line.record.value
            if line.sort == "flag":
                if isinstance(told, dict) and isinstance(told.get("id"), str | int):
                    self._has_flags = True
                    self.said.put(f"flags of {line.table}", str(told["id"]).strip(), orjson.dumps(told).decode())
            elif line.table == "delivery":
                names = column_names(line)
                if "Lot Number" in names:
                    self.has_numbers = True
                    wanted.discard("delivery")

    def _lines(self, wanted: set[str]) -> Iterator[Line]:
        try:
            for line in self._read(self.document, wanted):
                self.listed = True
                yield line
        except Broken as error:
            self.broken = error

    def _told(self, line: Line, tell: Callable[[Row, Line], Iterator[Told]]) -> Iterator[Told]:
        try:
            told = list(tell(line.row(), line))
        except (FoodFlowError, TypeError, ValueError) as error:
            told = [Refusal(f"{self.document.name} {line.sort} row {line.number}", str(error), "Mend the row and send it again.", line.record.text())]
        yield from told

    def _once(self, row: Row, line: Line) -> str:
        """The id of a row that was not told before; empty for one that stands here doubled. Raises Refused for an id with two contents."""
        number = cells.text(row, "ID", "id")
        if not number:
            raise Refused(f"the {line.sort} has no ID")
        content = hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()
        before = self.said.first(f"content of {line.sort}", number, content)
        if before is not None and before != content:
            raise Refused(f"the {line.sort} {number} stands here twice with other content")
        return "" if before is not None else number

    def _station(self, row: Row, line: Line) -> Iterator[Told]:
        number = self._once(row, line)
        if not number:
            return
        row = self._flagged(row, "station", number)
        at, named = cells.point(row)
        problem = at.problem() if at else None
        values, unread = cells.flags(row)
        extra, findings = self._rest(row, _STATION | named | (set(cells.FLAGS) - set(unread)), "station")
        thing = Place(
            owner=self.owner,
            code=number,
            name=cells.text(row, "Name", "name") or None,
            address=cells.text(row, "Address") or None,
            country=cells.text(row, "Country") or None,
            sort=cells.text(row, "type of business") or None,
            at=None if problem else at,
            extra=extra,
            **values,
        )
        self.said.put("station", number)
        findings += [f"{column} {row[column]!r} cannot be read" for column in unread] + ([problem] if problem else [])
        yield Fact(thing, self._source(f"station/{number}", line), findings=tuple(findings))

    def _delivery(self, row: Row, line: Line) -> Iterator[Told]:
        number = self._once(row, line)
        if not number:
            return
        start, goal = (self._end("station", cells.text(row, *columns)) for columns in (("from", "source"), ("to", "target")))
        for end, told in ((start, cells.text(row, "from", "source")), (goal, cells.text(row, "to", "target"))):
            if end is None:
                raise Refused(f"delivery {number} names station {told!r}, which the file does not have")
        row = self._flagged(row, "delivery", number)
        lot, of_product = self._lot(row, number, Product(owner=f"{self.owner}/station/{start}", name=cells.text(row, "Name", "name") or "unnamed"))
        (departed, arrived), findings = cells.times(row)
        values, unread = cells.flags(row)
        extra, unknown = self._rest(row, _DELIVERY | (set(cells.FLAGS) - set(unread)), "delivery")
        shipment = Shipment(
            record=self._record(number), end="both", closed=True, lot=lot.ref, departed=departed, arrived=arrived, extra=extra, **values
        )
        findings += [*unknown, *(f"{column} {row[column]!r} cannot be read" for column in unread)]
        findings += [f"{lot.note}: {_NUMBERLESS}"] if lot.code_known is False and self.has_numbers else []
        carried = CARRIES(lot, quantity=cells.amount(cells.text(row, "Amount")))
        ends = (relation(Place(owner=self.owner, code=end)) for relation, end in ((SHIPPED_FROM, start), (SHIPPED_TO, goal)))
        self.said.put("delivery", number, orjson.dumps([start, goal]).decode())
        yield Fact(shipment, self._source(f"delivery/{number}", line), links=(carried, *ends), findings=tuple(findings))
        yield Fact(lot, self._source(f"delivery/{number}", line), links=of_product)

    def _lot(self, row: Row, number: str, product: Product) -> tuple[Lot, tuple[Link, ...]]:
        code = cells.text(row, "Lot Number") if self.has_numbers else cells.text(row, "Lot ID", "lot")
        if not code or re.fullmatch(r"[\[(<].*[\])>]", code):
            return Lot(line=self._record(number), code_known=False, note=product.name), (OF_PRODUCT(product),)
        return Lot(product=product.ref, code=code), ()

    def _relation(self, row: Row, line: Line) -> Iterator[Told]:
        told = (cells.text(row, "from", "source"), cells.text(row, "to", "target"))
        one, other = (self._end("delivery", end) for end in told)
        for end, name in ((one, told[0]), (other, told[1])):
            if end is None:
                raise Refused(f"the relation names delivery {name!r}, which the file does not have")
        assert one is not None and other is not None
        if self.said.first("relation", f"{one}->{other}") is not None:
            return
        arrives, leaves = self._stations(one)[1], self._stations(other)[0]
        if arrives != leaves:
            raise Refused(f"delivery {one} arrives at station {arrives}, but {other} leaves from {leaves}")
        if one == other:
            raise Refused(f"delivery {one} cannot become itself")
        _, unknown = self._rest(row, _RELATION, "relation")
        before, after = (Shipment(record=self._record(end), end="both") for end in (one, other))
        link = FED(before, after, method="reported", confidence=1.0, scope="certain")
        yield Fact(link, self._source(f"relation/{one}->{other}", line), findings=tuple(unknown))

    def _stations(self, delivery: str) -> tuple[str, str]:
        start, goal = orjson.loads(self.said.get("delivery", delivery) or "[]")
        return start, goal

    def _end(self, sort: str, told: str) -> str | None:
        """The id that a row names, with or without the letter of version 0."""
        return next((number for number in (told, told[1:]) if number and self.said.get(sort, number) is not None), None)

    def _flagged(self, row: Row, sort: str, number: str) -> Row:
        kept = self.said.get(f"flags of {sort}", number) if self._has_flags else None
        return row | cells.set_by(orjson.loads(kept)) if kept else row

    def _rest(self, row: Row, known: set[str], sort: str) -> tuple[Row | None, list[str]]:
        """The columns that have no field here, and a finding for each that is met for the first time."""
        rest = {name: value for name, value in row.items() if name not in known and value is not None}
        where = "is not kept" if sort == "relation" else "is kept in `extra`"
        new = [name for name in rest if name not in cells.FLAGS and (sort, name) not in self._columns and len(self._columns) < _MOST_COLUMNS]
        self._columns.update((sort, name) for name in new)
        return rest or None, [f"column {name!r} of a {sort} has no field here and {where}" for name in new]

    def _record(self, delivery: str) -> str:
        return f"{self.owner}/delivery/{delivery}"

    def _source(self, row: str, line: Line) -> Source:
        return Source("fcl", f"{self.owner}/{row}", self.document.name, line.number)


def column_names(line: Line) -> set[Any]:
    """The columns that a row has, or that a column's declaration names."""
    told = line.record.value
    if line.sort == "column":
        return {told.get("id")} if isinstance(told, dict) and isinstance(told.get("id"), str) else set()
    try:
        return set(line.row())
    except Refused:
        return set()
