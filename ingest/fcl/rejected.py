"""What was refused of a FoodChain-Lab workbook, as an all-in-one workbook to be mended: the rows, and the rows that they need."""

from collections.abc import Iterator

from ingest.connector import Document, rows
from ingest.fcl import workbook
from ingest.fcl.tables import Row
from ingest.sheets.cells import Unreadable
from ingest.sheets.writing import xlsx_of
from ontology.language import Refusal

WHY = "Why refused"
_STATIONS = ("ID", "Name", "Address", "Country", "type of business")
_STATION_HEADS = ("Company_ID", "Name", "Address", "Country", "Type of business")
_MOVED = "DeliveryID;Station;Product Name;Lot Number;Delivery Date Departure;;;Delivery Date Arrival;;;Unit weigt/vol./pck.;;Recipient"
_DELIVERY_HEADS = (_MOVED.split(";"), ["", "", "", "", *("Day", "Month", "Year") * 2, "Quantity", "Type / Unit", ""])
Texts = list[str]


def all_in_one(document: Document, refusals: list[Refusal]) -> Iterator[bytes]:
    """The workbook; a refused row says why in its last column, which reading passes over."""
    why = {place: one.rule for one in refusals for place in rows([one])}
    chosen: dict[str, list[tuple[Row, str]]] = {"relation": [], "delivery": [], "station": []}
    needed: dict[str, set[str]] = {"relation": set(), "delivery": set(), "station": set()}
    try:
        for sort, under in (("relation", "delivery"), ("delivery", "station"), ("station", "station")):
            for line in workbook.lines(document, {sort}):
                told, refused = line.record.value, why.get((sort, line.number), "")
                if refused or told.get("ID") in needed[sort]:
                    chosen[sort].append((told, refused))
                    needed[under] |= {str(told[end]) for end in ("from", "to") if told.get(end) and sort != "station"}
    except Unreadable:
        pass
    yield from xlsx_of(
        [
            ("Stations", [[*_STATION_HEADS, WHY], *([*(_text(one, name) for name in _STATIONS), said] for one, said in chosen["station"])]),
            ("Deliveries", [[*_DELIVERY_HEADS[0], WHY], _DELIVERY_HEADS[1], *([*_delivery(one), said] for one, said in chosen["delivery"])]),
            (
                "Deliveries2Deliveries",
                [["From DeliveryID", "Into DeliveryID", WHY], *([_text(one, "from"), _text(one, "to"), said] for one, said in chosen["relation"])],
            ),
        ]
    )


def _text(told: Row, name: str) -> str:
    return str(told.get(name) or "")


def _delivery(told: Row) -> Texts:
    days = [part for name in ("Date Delivery", "Date Delivery Arrival") for part in _day(_text(told, name))]
    amount, _, unit = _text(told, "Amount").partition(" ")
    return [*(_text(told, name) for name in ("ID", "from", "Name", "Lot Number")), *days, amount, unit, _text(told, "to")]


def _day(told: str) -> Texts:
    if told[:4].isdecimal():
        year, month, day = [*told.split("-"), "", ""][:3]
        return [day, month, year]
    return [*told.split("."), "", "", ""][:3]
