"""UTX files written: the exchange format of European food authorities, of the same tables that FoodChain-Lab files are written of.

A delivery is an activity that turns a traceable unit at its sender into one at its recipient, both of one lot. That it went into others is a further
activity: the unit at the recipient became those that left there. Ids follow from those of the tables, so the same graph gives the same file.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson

from ingest.fcl import cells
from ingest.fcl.tables import Row
from ingest.fcl.written import DELIVERY, PARTIAL, STATION, Tables, blocks

Json = dict[str, Any]
_OURS = bytes.fromhex("3f1c1c526f0c5b0e9a390c4f6c2f5f60")
_COUNTED = re.compile(r"(\d+(?:\.\d+)?) (\S.*)$")
_STAGES = {"Primary producer", "Consolidator", "Processor", "Wholesaler", "Distributor", "Retailer/Cash and Carry", "Caterer", "Consumer"}
_STATION = frozenset({*STATION, "Latitude", "Longitude"})
_DELIVERY = frozenset({*DELIVERY, "Lot ID"})
_IN_MEMORY = 4_000_000
_BLOCK = 1 << 18
_SECTIONS = ("contact", "station", "product", "lot", "tru", "activity")
_MARKS = {
    "Weight": "weight of the evidence", "CrossContamination": "contaminates other food", "Kill Contamination": "contamination ends here",
    "Observed": "marked",
}  # fmt: skip


def utx_of(told: Tables) -> Iterator[bytes]:
    """A UTX file; its sections are held in temporary files while the tables are gone through once. Marks and free columns are comments."""
    yield from blocks(_written(told))


def _written(told: Tables) -> Iterator[bytes]:
    with ExitStack() as held:
        sections = {name: held.enter_context(SpooledTemporaryFile(_IN_MEMORY)) for name in _SECTIONS}
        for name, record in _records(told):
            section = sections[name]
            section.write((b",\n" if section.tell() else b"\n") + orjson.dumps({**record, "informationSources": [_source()]}))
        source = {"id": _source(), "dataInputByInstitution": "FoodFlow OS", "documentTypeCV": "Report", "comments": " ".join(told.notes)}
        yield b'{"utxCore": {\n"informationSource": {"current": [%s]}' % orjson.dumps(_said(source))
        for name, section in sections.items():
            yield b',\n"%s": {"current": [' % name.encode()
            section.seek(0)
            yield from _read(section)
            yield b"]}"
        yield b"}}\n"


def _read(section: IO[bytes]) -> Iterator[bytes]:
    while block := section.read(_BLOCK):
        yield block


def _records(told: Tables) -> Iterator[tuple[str, Json]]:
    """Records with the names of their sections."""
    for row in told.stations():
        yield from _station(row)
    seen: set[int] = set()
    for row in told.deliveries():
        for name, record in _delivery(row):
            number = int(record["id"].replace("-", "")[-15:], 16)
            if name not in ("lot", "product") or number not in seen:
                seen |= {number} if name in ("lot", "product") else set()
                yield name, record
    for before, rows in groupby(told.relations(), lambda one: str(one["from"])):
        yield "activity", _became(before, rows)


def _station(row: Row) -> Iterator[tuple[str, Json]]:
    number, sort = str(row["ID"]), row.get("type of business")
    contact = {"id": _id("contact", number), "name": row.get("Name"), "contactType": "Station"}
    contact |= {"addressOther": row.get("Address"), "addressCountry": row.get("Country")}
    contact |= {"latitude": row.get("Latitude"), "longitude": row.get("Longitude")}
    yield "contact", _said(contact)
    stage = {"stageCV": [sort]} if sort in _STAGES else {"stageFreeText": [sort]} if sort else {}
    told = _comments(f"id {number}", *_further(row, _STATION))
    yield "station", _said({"id": _id("station", number), "stationNameAddress": contact["id"], **stage, "comments": told})


def _delivery(row: Row) -> Iterator[tuple[str, Json]]:
    number, start, goal = (str(row[name]) for name in ("ID", "from", "to"))
    product, lot = _id("product", start, str(row.get("Name"))), _id("lot", start, str(row.get("Lot ID") or number))
    left, came = (_date(row, name) for name in ("Date Delivery", "Date Delivery Arrival"))
    amount, words = _amount(str(row.get("Amount") or ""))
    undated = [f"{name}: {row[name]}" for name in ("Date Delivery", "Date Delivery Arrival") if row.get(name) and not _date(row, name)]
    yield "product", _said({"id": product, "labelName": row.get("Name")})
    yield "lot", _said({"id": lot, "lotIdentifier": row.get("Lot Number"), "productId": product})
    sent, received = _id("sent", number), _id("received", number)
    yield "tru", _said({"id": sent, "lotId": lot, "stationId": _id("station", start), "statusEnd": left, **amount})
    yield "tru", _said({"id": received, "lotId": lot, "stationId": _id("station", goal), "statusStart": came, **amount})
    moved: Json = {"id": _id("delivery", number), "stationId": _id("station", start), "activityPrimaryTypeCV": ["distribute"]}
    moved |= {"activityStart": left, "activityEnd": came, "truInput": [{"truIds": [sent]}], "truOutput": [{"truIds": [received]}]}
    yield "activity", _said(moved | {"comments": _comments(f"delivery {number}", words, *undated, *_further(row, _DELIVERY))})


def _became(before: str, rows: Iterable[Row]) -> Json:
    """What became of a delivery at its recipient."""
    outputs = [{"truIds": [_id("sent", str(row["to"]))]} for row in rows]
    made = {"id": _id("became", before), "activityPrimaryTypeCV": ["process/transform"]}
    return made | {"truInput": [{"truIds": [_id("received", before)]}], "truOutput": outputs}


def _source() -> str:
    return _id("source")


def _id(*names: str) -> str:
    """The id of a thing by what it is and the ids that tell it apart: a name-based UUID (RFC 9562, version 5)."""
    made = bytearray(hashlib.sha1(_OURS + orjson.dumps(names), usedforsecurity=False).digest()[:16])
    made[6], made[8] = made[6] & 0x0F | 0x50, made[8] & 0x3F | 0x80
    told = made.hex()
    return "-".join((told[:8], told[8:12], told[12:16], told[16:20], told[20:]))


def _said(record: Json) -> Json:
    return {name: value for name, value in record.items() if value not in (None, "")}


def _date(row: Row, name: str) -> str | None:
    told = str(row.get(name) or "")
    return told if PARTIAL.match(told) else None


def _amount(told: str) -> tuple[Json, str]:
    """A net amount with its unit where one is told as a number above nothing; the words otherwise."""
    (read,) = cells.amount(told) or (None,)
    counted = _COUNTED.match(told)
    if read and read.value:
        return {"netAmountQuantity": read.value, "netAmountUnit": read.unit}, told
    if counted and float(counted[1]):
        return {"netAmountQuantity": float(counted[1]), "netAmountUnit": counted[2]}, ""
    return {}, f"amount: {told}" if told else ""


def _further(row: Row, known: frozenset[str]) -> list[str]:
    """What is marked, and the columns that have no member of their own."""
    marks = {name for name in _MARKS if cells.is_flag(name, row.get(name))}
    said = [f"{words} {row[name]:g}" if name == "Weight" else words for name, words in _MARKS.items() if name in marks and row[name]]
    return said + [f"{name}: {value}" for name, value in row.items() if name not in known and name not in marks]


def _comments(*told: str) -> str:
    return "; ".join(filter(None, told))
