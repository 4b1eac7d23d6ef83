"""A mapping: which column of a table means which field, and how its numbers and dates are written; kept, shown and edited as JSON."""

import re
import unicodedata
from collections.abc import Mapping as Told
from dataclasses import dataclass, replace
from typing import Any

from ingest.tables.fields import KINDS, fields
from ontology.errors import Refused

LEFT_OUT = "-"
"""The field of a column that is not to be kept at all; one with no field is kept beside the others, as told."""
ORDERS = ("YMD", "DMY", "MDY")
ASKED = "?"
"""In a guess: the order of day and month is not known, and must be asked; in a mapping it was not answered."""
WHY = "why refused"
"""The column that says why in a file of refused rows; it is never read."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class Column:
    """A column: its heading, the field that it means (empty = kept as told), how its values are written, how sure a guess is, and why."""

    heading: str
    field: str = ""
    decimal: str = ""
    dates: str = ""
    unit: str = ""
    confidence: float = 1.0
    why: str = "as the mapping says"

    def told(self) -> Any:
        """Its JSON form: the field alone where nothing else is said."""
        more = {name: getattr(self, name) for name in ("decimal", "dates", "unit") if getattr(self, name)}
        return {"field": self.field, **more} if more else self.field


@dataclass(frozen=True)
class Mapping:
    """What a table is read as: its kind, its columns, the sheet of a workbook (empty = the one that fits best)."""

    kind: str
    columns: tuple[Column, ...]
    sheet: str = ""

    def told(self) -> dict[str, Any]:
        """Its JSON form, as it is kept and as a file holds it."""
        sheet = {"sheet": self.sheet} if self.sheet else {}
        return {"kind": self.kind, **sheet, "columns": {column.heading: column.told() for column in self.columns}}

    @classmethod
    def from_told(cls, told: Told[str, Any]) -> "Mapping":
        """The inverse of `told`. Raises Refused for what is no mapping, naming what is wrong."""
        kind, columns, sheet = told.get("kind"), told.get("columns"), told.get("sheet") or ""
        if kind not in KINDS:
            raise Refused(f"A mapping has a kind of {', '.join(KINDS)}; this one has {kind!r}.")
        if not isinstance(columns, dict) or not columns or not isinstance(sheet, str):
            raise Refused('A mapping has columns: {"Heading": "field", ...}.')
        held = tuple(_column(kind, heading, one) for heading, one in columns.items())
        twice = {one.field for one in held if one.field and one.field != LEFT_OUT and sum(other.field == one.field for other in held) > 1}
        if twice:
            raise Refused(f"The mapping gives {min(twice)!r} to two columns: a field has one.")
        return cls(kind, held, sheet)

    def on(self, headings: list[str]) -> "Mapping":
        """The mapping for a file with these headings: its columns in their order. Raises Refused where a column that it reads is missing."""
        known = {normal(column.heading): column for column in self.columns}
        here = {normal(heading) for heading in headings}
        missing = [column.heading for column in self.columns if column.field not in ("", LEFT_OUT) and normal(column.heading) not in here]
        if missing:
            raise Refused(f"The mapping reads a column {missing[0]!r}, which the file does not have; it has {', '.join(headings[:12])}.")
        return replace(self, columns=tuple(_here(known.get(normal(heading)), heading) for heading in headings))

    def fits(self, headings: list[str]) -> bool:
        """Whether it was made for a file with these headings."""
        return {normal(column.heading) for column in self.columns} == {normal(heading) for heading in headings if normal(heading) != WHY}


def _here(known: Column | None, heading: str) -> Column:
    if normal(heading) == WHY:
        return Column(heading, LEFT_OUT, why="it says why rows were refused")
    return replace(known, heading=heading) if known else Column(heading, why="no column of the mapping")


def _column(kind: str, heading: str, told: Any) -> Column:
    told = {"field": told} if told is None or isinstance(told, str) else told
    if not isinstance(told, dict) or set(told) - {"field", "decimal", "dates", "unit"}:
        raise Refused(f"Column {heading!r} of the mapping is a field, or an object of field, decimal, dates and unit.")
    held = {name: value or "" for name, value in told.items()}
    order = held.get("dates", "")
    column = Column(heading, held.get("field", ""), held.get("decimal", ""), "" if order == ASKED else order, held.get("unit", ""))
    known = {one.name for one in fields(kind)}
    if column.field not in known | {"", LEFT_OUT}:
        raise Refused(
            f"Column {heading!r} has the field {column.field!r}, which {kind} do not have; they have {', '.join(sorted(known))} "
            "and '-' to leave it out."
        )
    if column.decimal not in ("", ",", ".") or column.dates not in ("", *ORDERS):
        raise Refused(f"Column {heading!r}: decimal is a comma or a point, dates is one of {', '.join(ORDERS)}.")
    return column


def normal(heading: str) -> str:
    """A heading as it is compared: lower case, umlauts written out, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", heading).casefold().translate(_UMLAUTS).split())


_COMPOUND = re.compile(r"(?<=[a-z]{3})(nummer|nr|name|datum|code|gln|ean|gtin|menge|einheit|gewicht|land|art|bezeichnung|schein)$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SLIGHT = {"the", "of", "for", "der", "die", "das", "des", "und", "and", "am", "im", "ftl"}


def words(heading: str) -> frozenset[str]:
    """The words of a heading that carry meaning: what stands in brackets, numbering and joints left out, compounds taken apart."""
    bare = re.sub(r"\([^)]*\)", " ", heading)
    plain = normal(_CAMEL.sub(" ", bare if re.search(r"\w", bare) else heading))
    found: list[str] = []
    for word in re.findall(r"[a-z]+", plain):
        parts = _COMPOUND.sub(r" \1", word).split() if word not in ("lieferschein", "wareneingang") else [word]
        found += [_SAME.get(part, part) for part in parts]
    return frozenset(found) - _SLIGHT or frozenset(found)


_SAME = {
    "numbers": "number",
    "nummer": "number",
    "nr": "number",
    "num": "number",
    "no": "number",
    "nbr": "number",
    "shipped": "ship",
    "shipping": "ship",
}
"""Words of headings that say the same."""
