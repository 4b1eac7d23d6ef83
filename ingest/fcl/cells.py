"""The cells of a FoodChain-Lab row as values of ours: texts, numbers, flags, points, amounts and days."""

import math
import re
from datetime import datetime
from typing import Any

from ontology.errors import Refused
from ontology.values import Coordinates, Quantity, Time

Row = dict[str, Any]
FLAGS = {"Weight": "weight", "CrossContamination": "cross_contamination", "Kill Contamination": "kill_contamination", "Observed": "observed"}
_TRACING = {"weight": "Weight", "crossContamination": "CrossContamination", "killContamination": "Kill Contamination", "observed": "Observed"}
_AMOUNT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(kg|g|t|l)\.?\s*$", re.IGNORECASE)
_PACKETS = re.compile(r"\s*(\d+)\s*(?:x\s*)?(\d+(?:[.,]\d+)?)\s*(kg|g|t|l)\b", re.IGNORECASE)
_UNITS = {"kg": "KGM", "g": "GRM", "t": "TNE", "l": "LTR"}
_SIGNS = {code: sign for sign, code in _UNITS.items()}
_POINT = (("lat", "lon"), ("Latitude", "Longitude"), ("GeocodingLatitude", "GeocodingLongitude"))
_LONGEST = 10_000


def text(row: Row, *columns: str) -> str:
    """The text of the first of these columns that the row has; empty where none is told. Raises Refused for a list or object."""
    for column in columns:
        told = row.get(column)
        if isinstance(told, dict | list):
            raise Refused(f"column {column!r} holds {'an object' if isinstance(told, dict) else 'a list'} where a text is due")
        if told is not None:
            read = str(told).strip()
            if len(read) > _LONGEST:
                raise Refused(f"column {column!r} holds a text of {len(read)} characters; {_LONGEST} are allowed")
            return read
    return ""


def flags(row: Row) -> tuple[dict[str, Any], list[str]]:
    """What an investigator set on a row, by our fields; and the columns that could not be read."""
    values: dict[str, Any] = {}
    unread = []
    for column, field in FLAGS.items():
        told = row.get(column)
        read = number(told) if column == "Weight" else told if isinstance(told, bool) else None
        if read is not None:
            values[field] = read
        elif told is not None:
            unread.append(column)
    return values, unread


def set_by(tracing: Row) -> Row:
    """What `tracing` of a JSON file sets on a thing, under the names of the columns."""
    return {column: tracing[name] for name, column in _TRACING.items() if tracing.get(name) is not None}


def tracing(row: Row) -> Row:
    """What is set on a row under the names that `tracing` of a JSON file has for it."""
    return {name: row[column] for name, column in _TRACING.items() if is_flag(column, row.get(column))}


def is_flag(column: str, value: Any) -> bool:
    """Whether a cell is a flag that can be read; an unread one is kept as a column like others."""
    return column in FLAGS and (isinstance(value, bool) if column != "Weight" else number(value) is not None)


def typed(row: Row) -> Row:
    """A row of texts with its flags, and the numbers of its point, read as what they are."""
    read = {name: _typed(row[name], name in FLAGS and name != "Weight") for name in (*FLAGS, *sum(_POINT, ())) if isinstance(row.get(name), str)}
    return row | read


def _typed(told: str, is_truth: bool) -> Any:
    if is_truth:
        return {"true": True, "false": False, "1": True, "0": False}.get(told.strip().lower(), told)
    try:
        read = float(told)
    except ValueError:
        return told
    return read if math.isfinite(read) else told


def unit_of(code: str | None) -> str:
    """The sign of a unit by its code: kg for KGM; pieces where none is told."""
    return _SIGNS.get(code, code) if code else "pieces"


def number(told: Any) -> float | None:
    """A number, or nothing."""
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def point(row: Row) -> tuple[Coordinates | None, set[str]]:
    """Where a station lies, and the columns that say so."""
    for columns in _POINT:
        latitude, longitude = (number(row.get(column)) for column in columns)
        if latitude is not None and longitude is not None:
            return Coordinates(latitude, longitude), set(columns)
    return None, set()


def amount(told: str) -> tuple[Quantity, ...] | None:
    """An amount with its words; "7 750g Packets" are 7 x 750 g."""
    plain, packets = _AMOUNT.match(told), _PACKETS.match(told)
    if plain:
        return (Quantity(_float(plain[1]), _UNITS[plain[2].lower()], text=told),)
    if packets:
        return (Quantity(int(packets[1]) * _float(packets[2]), _UNITS[packets[3].lower()], text=told),)
    return (Quantity(text=told),) if told else None


def _float(told: str) -> float:
    return float(told.replace(",", "."))


def times(row: Row) -> tuple[list[Time | None], list[str]]:
    """Departure and arrival; one that cannot be read is a finding and stays in the row's words."""
    read: list[Time | None] = []
    findings = []
    for column in ("Date Delivery", "Date Delivery Arrival"):
        told = text(row, column)
        try:
            read.append(_day(told) if told else None)
        except Refused:
            read.append(Time(told))
            findings.append(f"{column} {told!r} cannot be read as a date")
    return read, findings


def _day(told: str) -> Time:
    """ISO, or day.month.year as the older files write it."""
    for pattern in ("%d.%m.%Y", "%d/%m/%Y"):
        try:
            read = Time.told(datetime.strptime(told, pattern).date().isoformat())
        except ValueError:
            continue
        return Time(told, read.earliest, read.latest)
    return Time.told(told)
