"""FoodChain-Lab JSON, versions 0 and 1: stations, deliveries and which delivery became which, as investigators drew them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from ingest.connector import Connector, Document, Told
from ontology.acts import Shipment
from ontology.errors import Refused
from ontology.food import Lot, Product
from ontology.language import Fact, Refusal, Source
from ontology.places import Place
from ontology.relations import CARRIES, FED, OF_PRODUCT, SHIPPED_FROM, SHIPPED_TO
from ontology.values import Coordinates, Quantity, Time

Row = dict[str, Any]
_LARGEST = 400_000_000
_AMOUNT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(kg|g|t|l)\.?\s*$", re.IGNORECASE)
_PACKETS = re.compile(r"\s*(\d+)\s*(?:x\s*)?(\d+(?:[.,]\d+)?)\s*(kg|g|t|l)\b", re.IGNORECASE)
_UNITS = {"kg": "KGM", "g": "GRM", "t": "TNE", "l": "LTR"}
_PLACE = {"ID", "Name", "Address", "Country", "type of business"}
_POINT = ({"lat", "lon"}, {"Latitude", "Longitude"}, {"GeocodingLatitude", "GeocodingLongitude"})
_FLAGS = {"Weight", "CrossContamination", "Kill Contamination", "Observed"}
_DELIVERY = {"ID", "from", "to", "Name", "Lot Number", "Lot ID", "Date Delivery", "Date Delivery Arrival", "Amount"}
_DRAWN = {"id", "name", "lot", "date", "source", "target", "Position", "positionRelative"}
_TRACING = {"weight": "Weight", "crossContamination": "CrossContamination", "killContamination": "Kill Contamination", "observed": "Observed"}

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
        return (
            head.lstrip()[:1] == b"{" and b'"stations"' in head and (b'"deliveries"' in head or b'"columnProperties"' in head or b'"source"' in head)
        )

    def facts(self, document: Document) -> Iterator[Told]:
        """Places, shipments with their lots, and the links between shipments."""
        if document.size > _LARGEST:
            yield Refusal(document.name, f"it has {document.size} bytes", f"FoodChain-Lab files are read up to {_LARGEST // 1_000_000} MB: split it.")
            return
        try:
            whole = orjson.loads(document.open().read())
        except orjson.JSONDecodeError as error:
            yield Refusal(
                f"{document.name} line {error.lineno} column {error.colno}", f"it is no JSON: {error.msg}", "Export it again, whole, as UTF-8."
            )
            return
        yield from _Reading(document, whole).facts()


class _Reading:
    """One file being read: its rows by id, and what was refused."""

    def __init__(self, document: Document, whole: Any) -> None:
        self.name, self.dataset = document.name, document.dataset
        tables = whole.get("data", whole) if isinstance(whole, dict) else {}
        tables = tables if isinstance(tables, dict) else {}
        self.stations = _rows(tables.get("stations"))
        self.deliveries = _rows(tables.get("deliveries"))
        self.relations = _rows(tables.get("deliveryRelations", tables.get("deliveriesRelations")))
        self.flags = _flags(whole.get("tracing") if isinstance(whole, dict) else None)
        self.has_numbers = any("Lot Number" in row for row in self.deliveries)
        self.shipments: dict[str, Shipment] = {}
        self.recipients: dict[str, str] = {}
        self.senders: dict[str, str] = {}

    def facts(self) -> Iterator[Told]:
        places: dict[str, Row] = {}
        for line, row in enumerate(self.stations, 1):
            yield from self._once(places, row, "station", line, self._station)
        seen: dict[str, Row] = {}
        for line, row in enumerate(self.deliveries, 1):
            yield from self._once(seen, row, "delivery", line, lambda r, n: self._delivery(r, n, places))
        yield from self._links()

    def _once(self, seen: dict[str, Row], row: Row, what: str, line: int, tell: Any) -> Iterator[Told]:
        where = f"{self.name} {what} row {line}"
        number = _text(row.get("ID", row.get("id")))
        if not number:
            yield Refusal(where, f"the {what} has no ID", "Give it one.", str(row)[:200])
        elif number in seen and seen[number] != row:
            yield Refusal(where, f"the {what} {number} stands here twice with other content", "Keep one of the rows.", str(row)[:200])
        elif number not in seen:
            seen[number] = row
            yield from tell(row, line)

    def _station(self, row: Row, line: int) -> Iterator[Told]:
        number = _text(row.get("ID", row.get("id")))
        row = row | self.flags.get(number, {})
        point, named = _point(row)
        finding = point.problem() if point else None
        thing = Place(
            owner=f"fcl:{self.dataset}",
            code=number,
            name=_text(row.get("Name", row.get("name"))) or None,
            address=_text(row.get("Address")) or None,
            country=_text(row.get("Country")) or None,
            sort=_text(row.get("type of business")) or None,
            at=None if finding else point,
            weight=_number(row.get("Weight")),
            cross_contamination=_flag(row.get("CrossContamination")),
            kill_contamination=_flag(row.get("Kill Contamination")),
            observed=_flag(row.get("Observed")),
            extra=_rest(row, _PLACE | _FLAGS | _DRAWN | named),
        )
        yield Fact(thing, self._source(f"station/{number}", line), findings=(finding,) if finding else ())

    def _delivery(self, row: Row, line: int, places: dict[str, Row]) -> Iterator[Told]:
        number = _text(row.get("ID", row.get("id")))
        ends = (_text(row.get("from", row.get("source"))), _text(row.get("to", row.get("target"))))
        unknown = [end for end in ends if end not in places]
        if unknown:
            rule = f"delivery {number} names station {unknown[0]!r}, which the file does not have"
            yield Refusal(f"{self.name} delivery row {line}", rule, "Add the station or mend the name.", str(row)[:200])
            return
        row = row | self.flags.get(number, {})
        record = f"fcl:{self.dataset}/delivery/{number}"
        product = Product(owner=f"fcl:{self.dataset}/station/{ends[0]}", name=_text(row.get("Name", row.get("name"))) or "unnamed")
        lot, lot_links = self._lot(row, record, product)
        (departed, arrived), findings = _times(row)
        shipment = Shipment(
            record=record,
            end="both",
            closed=True,
            lot=lot.ref,
            departed=departed,
            arrived=arrived,
            weight=_number(row.get("Weight")),
            cross_contamination=_flag(row.get("CrossContamination")),
            kill_contamination=_flag(row.get("Kill Contamination")),
            observed=_flag(row.get("Observed")),
            extra=_rest(row, _DELIVERY | _FLAGS | _DRAWN),
        )
        self.shipments[number], self.senders[number], self.recipients[number] = shipment, ends[0], ends[1]
        sender, recipient = (Place(owner=f"fcl:{self.dataset}", code=end) for end in ends)
        links = (CARRIES(lot, quantity=_amount(row)), SHIPPED_FROM(sender), SHIPPED_TO(recipient))
        yield Fact(shipment, self._source(f"delivery/{number}", line), links=links, findings=findings)
        yield Fact(lot, self._source(f"delivery/{number}", line), links=lot_links)

    def _lot(self, row: Row, record: str, product: Product) -> tuple[Lot, tuple[Any, ...]]:
        code = _text(row.get("Lot Number") if self.has_numbers else row.get("Lot ID", row.get("lot")))
        if not code or re.fullmatch(r"[\[(<].*[\])>]", code):
            return Lot(line=record, code_known=False, note=product.name), (OF_PRODUCT(product),)
        return Lot(product=product.ref, code=code), ()

    def _links(self) -> Iterator[Told]:
        told: set[tuple[str, str]] = set()
        for line, row in enumerate(self.relations, 1):
            pair = (_text(row.get("from", row.get("source"))), _text(row.get("to", row.get("target"))))
            if pair in told:
                continue
            told.add(pair)
            where, wrong = f"{self.name} relation row {line}", next((end for end in pair if self._shipment(end) is None), None)
            if wrong is not None:
                yield Refusal(where, f"the relation names delivery {wrong!r}, which the file does not have", "Add the delivery or mend the name.")
                continue
            one, other = (self._known(end) for end in pair)
            if self.recipients[one] != self.senders[other]:
                rule = f"delivery {one} arrives at station {self.recipients[one]}, but {other} leaves from {self.senders[other]}"
                yield Refusal(where, rule, "A delivery can only become one that leaves where it arrived.")
                continue
            link = FED(self.shipments[one], self.shipments[other], method="reported", confidence=1.0, scope="certain")
            yield Fact(link, self._source(f"relation/{one}->{other}", line))

    def _known(self, end: str) -> str:
        return end if end in self.shipments else end[1:]

    def _shipment(self, end: str) -> Shipment | None:
        return self.shipments.get(self._known(end))

    def _source(self, row: str, line: int) -> Source:
        return Source("fcl", f"fcl:{self.dataset}/{row}", self.name, line)


def _rows(table: Any) -> list[Row]:
    """Version 1 holds cells of {id, value}; version 0 plain objects whose ids carry a letter before the number of `ID`."""
    if isinstance(table, dict):
        cells = table.get("data", [])
        return [{cell["id"]: cell.get("value") for cell in row if isinstance(cell, dict) and "id" in cell} for row in cells if isinstance(row, list)]
    return [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []


def _flags(tracing: Any) -> dict[str, Row]:
    held: dict[str, Row] = {}
    for part in ("nodes", "deliveries") if isinstance(tracing, dict) else ():
        for row in tracing.get(part, []):
            held[_text(row.get("id"))] = {column: row[name] for name, column in _TRACING.items() if row.get(name) is not None}
    return held


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _point(row: Row) -> tuple[Coordinates | None, set[str]]:
    for named in _POINT:
        latitude, longitude = (_number(row.get(name)) for name in sorted(named, key=lambda name: not name.lower().endswith(("lat", "latitude"))))
        if latitude is not None and longitude is not None:
            return Coordinates(latitude, longitude), named
    return None, set()


def _rest(row: Row, known: set[str]) -> Row | None:
    return {name: value for name, value in row.items() if name not in known and value is not None} or None


def _amount(row: Row) -> tuple[Quantity, ...] | None:
    text = _text(row.get("Amount"))
    plain, packets = _AMOUNT.match(text), _PACKETS.match(text)
    if plain:
        return (Quantity(_float(plain[1]), _UNITS[plain[2].lower()], text=text),)
    if packets:
        return (Quantity(int(packets[1]) * _float(packets[2]), _UNITS[packets[3].lower()], text=text),)
    return (Quantity(text=text),) if text else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _times(row: Row) -> tuple[list[Time | None], tuple[str, ...]]:
    """Departure and arrival; one that cannot be read is a finding and stays in the row's words."""
    times: list[Time | None] = []
    findings = []
    for column in ("Date Delivery", "Date Delivery Arrival"):
        text = _text(row.get(column))
        try:
            times.append(_day(text) if text else None)
        except Refused:
            times.append(Time(text))
            findings.append(f"{column} {text!r} cannot be read as a date")
    return times, tuple(findings)


def _day(text: str) -> Time:
    """ISO, or day.month.year as the older files write it."""
    for pattern in ("%d.%m.%Y", "%d/%m/%Y"):
        try:
            read = Time.told(datetime.strptime(text, pattern).date().isoformat())
        except ValueError:
            continue
        return Time(text, read.earliest, read.latest)
    return Time.told(text)
