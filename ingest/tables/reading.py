"""One row of a table as values of ours: its fields by name, the place and the goods that it speaks of; each error names its column."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from ingest.sheets.cells import Cell, Row, shown, text
from ingest.tables import values
from ingest.tables.fields import fields, word_list
from ingest.tables.mapping import LEFT_OUT, Column, Mapping
from ontology import identifiers
from ontology.codes import published
from ontology.errors import Refused
from ontology.food import LogisticUnit, Lot, Product
from ontology.places import Place
from ontology.values import Quantity, Time

T = TypeVar("T")
_NO_CODE = re.compile(r"[\[(<].*[\])>]$|[-–—.?/]+$|(n/?a|none|null|unknown|unbekannt|ohne|nicht bekannt|keine)$", re.IGNORECASE)
_SPELT = {"gtin": identifiers.gtin, "gln": identifiers.gln, "sscc": identifiers.sscc}


class Columns:
    """Where the fields of a mapping stand in a row."""

    def __init__(self, mapping: Mapping, owner: str) -> None:
        self.mapping, self.owner = mapping, owner
        self.at = {column.field: at for at, column in enumerate(mapping.columns) if column.field and column.field != LEFT_OUT}
        self.rest = [(at, column.heading) for at, column in enumerate(mapping.columns) if not column.field]
        self.known: dict[tuple[Any, ...], Any] = {}
        self.sorts = {one.name: one.sort for one in fields(mapping.kind)}

    def column(self, field: str) -> Column:
        """The column of a field that has one."""
        return self.mapping.columns[self.at[field]]


class Reading:
    """A row that is being read; `findings` grows with what is odd about it, `owner` is whose its codes and names are."""

    __slots__ = ("_at", "_columns", "cells", "findings", "number", "owner")

    def __init__(self, row: Row, columns: Columns) -> None:
        """Raises Refused for a row that cannot be read, or has cells beside the table."""
        if row.problem:
            raise Refused(row.problem)
        self.number, self.cells, self._columns, self._at = row.number, row.cells, columns, columns.at
        self.owner = columns.owner
        self.findings: list[str] = []
        width = len(columns.mapping.columns)
        if len(row.cells) > width and any(cell is not None for cell in row.cells[width:]):
            raise Refused(f"it has {len(row.cells)} cells, the table {width} columns: a cell that holds what parts cells stands in quotes")

    def has(self, field: str) -> bool:
        """Whether the table has a column of this field."""
        return field in self._at

    def cell(self, field: str) -> Cell:
        """What stands in the field."""
        at = self._at.get(field)
        return self.cells[at] if at is not None and at < len(self.cells) else None

    def read(self, field: str, how: Callable[[Cell, Column], T]) -> T | None:
        """A value of the field; None where nothing stands there. Raises Refused that names the column."""
        cell = self.cell(field)
        if cell is None:
            return None
        column = self._columns.mapping.columns[self._at[field]]
        try:
            return how(cell, column)
        except Refused as error:
            raise Refused(f"column {column.heading!r}: {error}") from None

    def text(self, field: str) -> str:
        """The field as text, composed (NFC) and trimmed; empty where nothing stands."""
        cell = self.cell(field)
        if cell is None:
            return ""
        told = cell.strip() if type(cell) is str else self.read(field, lambda cell, _: text(cell)) or ""
        return told if told.isascii() else unicodedata.normalize("NFC", told)

    def key(self, field: str) -> str:
        """A GTIN, GLN or SSCC with its check digit right; empty where nothing stands. A workbook that took it for a number lost its zeros."""
        sort = self._columns.sorts[field]
        return self.read(field, lambda cell, _: _key(sort, cell)) or ""

    def time(self, field: str) -> Time | None:
        """A day or moment."""
        return self.read(field, lambda cell, column: values.time(cell, column.dates))

    def amount(self, field: str, unit: str) -> tuple[Quantity, ...] | None:
        """An amount."""
        named = self.cell(unit)
        return self.read(field, lambda cell, column: values.amount(cell, named, column.decimal or ".", column.unit))

    def number_of(self, field: str) -> float | None:
        """A plain number."""
        return self.read(field, lambda cell, column: values.number(cell, column.decimal or "."))

    def share(self, field: str) -> float | None:
        """A share from 0 to 1, also told in percent."""
        told = self.text(field)
        if not told:
            return None
        share = self.read(field, lambda cell, column: values.number(told.rstrip("% ") if type(cell) is str else cell, column.decimal or "."))
        assert share is not None
        if not 0 <= share <= 100:
            raise Refused(f"{told!r} is no share: 0 to 1, or 0 to 100 percent")
        return share / 100 if share > 1 or "%" in told else share

    def country(self, field: str) -> str | None:
        """A country by its code; a name that we do not know stays as told."""
        told = self.text(field)
        return _country(told) if told else None

    def rest(self) -> dict[str, Any] | None:
        """The columns that have no field, as told."""
        held = {heading: shown(self.cells[at]) for at, heading in self._columns.rest if at < len(self.cells) and self.cells[at] is not None}
        return held or None

    def beside(self) -> dict[str, Any] | None:
        """The columns that have no field, and the note of the row."""
        note = self.text("note")
        return (self.rest() or {}) | {self._columns.column("note").heading: note} if note else self.rest()

    def place(self, side: str) -> Place | None:
        """The place that a side of the row names: by GLN or scanned code, else by number, else by name."""
        return self._kept(side, (f"{side}_gln", f"{side}_code", f"{side}_name"), self._place)

    def _place(self, gln: str, code: str, name: str) -> Place | None:
        scanned = next((thing for field in (gln, code, name) if isinstance(thing := self._scanned(field), Place)), None)
        number = "" if scanned or not self.has(gln) else self.key(gln)
        if scanned or number:
            return scanned or Place(gln=number)
        told, called = self.text(code), self.text(name)
        return Place(owner=self.owner, code=told) if told else Place(owner=self.owner, name=called) if called else None

    def product(self, before: str = "") -> Product | None:
        """The product that the row names: by GTIN, else by item number, else by name."""
        return self._kept(f"{before}product", (f"{before}gtin", f"{before}product_code", f"{before}product_name"), self._product)

    def _product(self, gtin: str, code: str, name: str) -> Product | None:
        number = self.key(gtin) if self.has(gtin) else ""
        if number:
            return Product(gtin=number)
        told, called = self.text(code), self.text(name)
        return Product(owner=self.owner, code=told) if told else Product(owner=self.owner, name=called) if called else None

    def _kept(self, what: str, named: tuple[str, str, str], make: Callable[[str, str, str], T | None]) -> T | None:
        """A place or product; a company has few of them, so one that was read before is at hand."""
        first, second, third = named
        known, told = self._columns.known, (what, self.cell(first), self.cell(second), self.cell(third))
        if told not in known:
            if len(known) > 50_000:
                known.clear()
            known[told] = make(first, second, third)
        return cast(T | None, known[told])

    def lot(self, record: str, before: str = "") -> Lot | None:
        """The lot that the row names; one without a code is known by the line it stands on. None where the row names no food."""
        scanned = next(
            (thing for name in ("lot", "gtin", "product_code", "product_name") if (thing := self._scanned(f"{before}{name}")) is not None), None
        )
        if isinstance(scanned, Lot):
            return scanned
        product = scanned if isinstance(scanned, Product) else self.product(before)
        code, serial = self.text(f"{before}lot"), self.text("serial") if not before else ""
        if isinstance(scanned, Product) and self._scanned(f"{before}lot") is not None:
            code = ""
        if product is None and not code:
            return None
        if serial and product:
            return Lot(product=product.ref, serial=serial, grain="item")
        if not code or _NO_CODE.match(code):
            self.findings.append("no lot code is told, so the lot is known by this line alone")
            return Lot(line=record, code_known=False, note=self.text(f"{before}product_name") or None)
        if product is None:
            self.findings.append("no product is told, so the lot is known by its code alone")
            product = Product(owner=self.owner, name="unnamed")
        return Lot(product=product.ref, code=code)

    def unit(self) -> LogisticUnit | None:
        """The pallet or case that the row names."""
        scanned = self._scanned("sscc")
        if isinstance(scanned, LogisticUnit):
            return scanned
        sscc = self.key("sscc") if self.has("sscc") else ""
        return LogisticUnit(sscc=sscc) if sscc else None

    def _scanned(self, field: str) -> Any:
        """The thing that a scanned code, Digital Link or EPC names, where one stands in the field. Raises Refused for a wrong check digit."""
        told = self.text(field) if self.has(field) else ""
        if len(told) < 16:
            return None
        found = identifiers.identified(told)
        if found is None:
            return None
        if found.finding:
            raise Refused(f"column {self._columns.column(field).heading!r}: {found.finding}")
        return found.thing


def _key(sort: str, cell: Cell) -> str:
    told = re.sub(r"[\s-]", "", text(cell))
    if not told:
        return ""
    if isinstance(cell, int | float) and sort != "gtin":
        told = told.zfill(13 if sort == "gln" else 18)
    elif isinstance(cell, int | float) and len(told) not in (8, 12, 13, 14):
        told = told.zfill(14 if len(told) > 8 else 8)
    return _spelt(sort, told)


_NAMED = dict(pair.split("=") for pair in word_list("countries"))
"""Countries by the names that tables use; the published list holds codes alone."""


def _country(told: str) -> str:
    return told.upper() if len(told) == 2 and told.upper() in published("countries") else _NAMED.get(told.casefold(), told)


@lru_cache(65536)
def _spelt(sort: str, told: str) -> str:
    return _SPELT[sort](told)
