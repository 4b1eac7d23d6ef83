"""The values of cells: numbers with point or comma, days in any order, amounts with their units; and how the cells of a column are written."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache

from ingest.sheets.cells import Cell, text
from ontology.codes import published
from ontology.errors import Refused
from ontology.values import Quantity, Time

_BLANKS = re.compile(r"[\s'’\u00a0\u202f]")
_NUMBER = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?$|[+-]?\.\d+$"),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?$|[+-]?,\d+$"),
}
_DIGITS = r"[+-]?[\d][\d.,'’\u00a0\u202f ]*"
_AMOUNT = re.compile(
    r"(?P<low>>=?|over|more than|mindestens|ueber|über|min\.?)?\s*(?P<about>~|ca\.?|about|approx\.?|circa|etwa|rund)?\s*"
    rf"(?P<number>{_DIGITS})(?P<unit>.*)$",
    re.IGNORECASE,
)
_TIMES = re.compile(rf"(?P<count>\d+)\s*[x×*]\s*(?P<number>{_DIGITS})\s*(?P<unit>[^\d\s].*)$", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")
_ISO = re.compile(r"\d{4}(-\d{2}){0,2}([T ]\d{2}:\d{2}.*)?$")
_MONTH = re.compile(r"(\d{1,2})[./](\d{4})$")
_WORDS = {
    "KGM": "kg kilo kilos kilogram kilograms kilogramm kgs",
    "GRM": "g gram grams gramm gr",
    "TNE": "t to ton tons tonne tonnes tonnen mt metric ton",
    "MGM": "mg milligram milligramm",
    "LTR": "l ltr liter litre liters litres lt",
    "MLT": "ml milliliter millilitre",
    "HLT": "hl hektoliter hectolitre",
    "LBR": "lb lbs pound pounds",
    "ONZ": "oz ounce ounces",
    "H87": "pc pcs pce piece pieces stueck stück stk st ea each unit units item items",
    "CS": "case cases cs",
    "CT": "carton cartons karton kartons ctn",
    "BX": "box boxes kiste kisten",
    "BG": "bag bags sack saecke säcke beutel",
    "PX": "pallet pallets palette paletten",
    "CR": "crate crates steige steigen",
}


@cache
def _units() -> dict[str, str]:
    known = {code.casefold(): code for code in published("units") if len(code) > 1}
    return known | {word: code for code, words in _WORDS.items() for word in words.split()} | {"metric ton": "TNE"}


def unit(told: str) -> str | None:
    """The UNECE code of a unit's word; None for a word that is none we know."""
    return _units().get(told.strip().rstrip(".").casefold())


def number(cell: Cell, decimal: str = ".") -> float:
    """A number. Raises Refused for what is none, and for one that is written otherwise than its column."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    told = text(cell)
    plain = _BLANKS.sub("", told)
    if not _NUMBER[decimal].match(plain):
        other = _NUMBER["," if decimal == "." else "."].match(plain)
        raise Refused(f"{told!r} is no number" + (f" where the decimals of the column stand behind a {_SIGN[decimal]}" if other else ""))
    return float(plain.replace("." if decimal == "," else ",", "").replace(",", "."))


_SIGN = {".": "point", ",": "comma"}


def decimal_of(cells: Iterable[Cell]) -> tuple[str, bool]:
    """What stands before the decimals of a column (empty = nothing says), and whether its numbers can be read both ways ("1,234")."""
    comma = point = either = False
    for told in (cell for cell in cells if type(cell) is str):
        found = re.search(_DIGITS, told)
        plain = _BLANKS.sub("", found[0]).rstrip(".,") if found else ""
        last = max(plain.rfind("."), plain.rfind(","))
        if last < 0:
            continue
        mark, other = plain[last], "," if plain[last] == "." else "."
        thousands = plain.count(mark) > 1
        if not thousands and other not in plain and len(plain) - last == 4 and 0 < last < 4 + (plain[0] in "+-") and plain.lstrip("+-")[0] != "0":
            either = True
        elif (mark == ",") != thousands:
            comma = True
        else:
            point = True
    return ("," if comma and not point else "." if point and not comma else ""), either and comma == point


def amount(cell: Cell, unit_cell: Cell, decimal: str, unit_of_column: str = "") -> tuple[Quantity, ...] | None:
    """An amount in its own unit, else that of the row, else that of the column; None where nothing stands. Raises Refused for no amount."""
    told, named = text(cell), text(unit_cell)
    if not told:
        return None
    if type(cell) is not str:
        return (_quantity(number(cell), named or unit_of_column, f"{told} {named}".strip()),)
    return _amount(told, named, decimal, unit_of_column)


@lru_cache(4096)
def _amount(told: str, named: str, decimal: str, unit_of_column: str) -> tuple[Quantity, ...]:
    several = _TIMES.match(told)
    if several and unit(several["unit"]):
        return (Quantity(int(several["count"]) * _positive(several["number"], decimal), unit(several["unit"]), text=told),)
    match = _AMOUNT.match(told)
    if not match:
        raise Refused(f"{told!r} is no amount")
    value, own = _positive(match["number"], decimal), match["unit"].strip()
    said = told if own or not named else f"{told} {named}"
    code = unit(own or named or unit_of_column) or own or named or unit_of_column or None
    if match["low"]:
        return (Quantity(None, code, low=value, text=said),)
    if match["about"]:
        return (Quantity(None, code, about=value, text=said),)
    return (_quantity(value, own or named or unit_of_column, said),)


def _quantity(value: float, named: str, told: str) -> Quantity:
    if value < 0:
        raise Refused(f"{told!r} is negative: a return is a delivery the other way round, so swap its two places")
    code = unit(named)
    return Quantity(value, code or named or None, text=None if code else told or None)


def _positive(told: str, decimal: str) -> float:
    value = number(told.strip().rstrip(".,") if not told.strip()[-1:].isdigit() else told, decimal)
    if value < 0:
        raise Refused(f"{told.strip()!r} is negative: a return is a delivery the other way round, so swap its two places")
    return value


def time(cell: Cell, order: str) -> Time | None:
    """A day, month, year or moment; None where nothing stands. `order` is how the column writes days ("YMD", "DMY", "MDY").

    Raises Refused for what is none, or no day of the calendar.
    """
    if isinstance(cell, datetime):
        return _day(cell.date(), None) if cell.time() == datetime.min.time() else Time.told(cell.isoformat(timespec="seconds"))
    told = text(cell)
    return _time(told, order) if told else None


@lru_cache(65536)
def _time(told: str, order: str) -> Time:
    match = _DAY.match(told)
    if match and not (len(match[1]) == 4 and match[2] == "-"):
        first, _, second, third, hour, minute, seconds = match.groups()
        year, month, day = _parts(first, second, third, order)
        try:
            on = date(year, month, day)
        except ValueError:
            raise Refused(f"{told!r} is no day of the calendar, read as {_READ[order]}") from None
        if hour is None:
            return _day(on, told)
        exact = Time.told(f"{on.isoformat()}T{int(hour):02}:{minute}:{seconds or '00'}")
        return Time(told, exact.earliest, exact.latest)
    month_of = _MONTH.match(told)
    if month_of:
        whole = Time.told(f"{month_of[2]}-{int(month_of[1]):02}")
        return Time(told, whole.earliest, whole.latest)
    if re.fullmatch(r"\d{8}", told):
        return _time(f"{told[:4]}-{told[4:6]}-{told[6:]}", order)
    if not _ISO.match(told):
        raise Refused(f"{told!r} is no date")
    try:
        return Time.told(told)
    except Refused:
        raise Refused(f"{told!r} is no date") from None


@lru_cache(4096)
def _day(on: date, told: str | None) -> Time:
    whole = Time.told(on.isoformat())
    return Time(told, whole.earliest, whole.latest) if told else whole


_READ = {"YMD": "year, month, day", "DMY": "day, month, year", "MDY": "month, day, year", "": "day, month, year"}


def _parts(first: str, second: str, third: str, order: str) -> tuple[int, int, int]:
    if len(first) == 4:
        return int(first), int(second), int(third)
    year = int(third) + (2000 if len(third) <= 2 else 0)
    return (year, int(first), int(second)) if order == "MDY" else (year, int(second), int(first))


def dates_of(cells: Iterable[Cell]) -> tuple[str, bool]:
    """How a column writes its days, by its cells (empty = nothing says), and whether some can be read both ways ("03/04/2025")."""
    day_first = month_first = either = False
    for told in (cell for cell in cells if type(cell) is str):
        match = _DAY.match(told.strip())
        if not match or len(match[1]) == 4:
            continue
        first, second = int(match[1]), int(match[3])
        day_first = day_first or first > 12 or match[2] == "."
        month_first = month_first or second > 12
        either = either or (first != second and first <= 12 and second <= 12 and match[2] != ".")
    return ("DMY" if day_first and not month_first else "MDY" if month_first and not day_first else ""), either and day_first == month_first


def is_date(cell: Cell) -> bool:
    """Whether a cell can be read as a day in some order."""
    if isinstance(cell, datetime):
        return True
    told = text(cell) if type(cell) is str else ""
    return bool(_DAY.match(told) or (_ISO.match(told) and len(told) > 4) or _MONTH.match(told))
