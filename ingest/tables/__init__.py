"""Tables of deliveries, lots, places, cases and recipes as CSV and XLSX, read by a mapping of their columns that is guessed, kept or told."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ingest.connector import Connector, Document, Told, rows
from ingest.said import Said
from ingest.sheets import text, workbook, writing
from ingest.sheets.cells import Book, Unreadable, shown
from ingest.sheets.package import is_package
from ingest.tables.guessing import SAMPLED, guess, looks_like_one, questions, refined, samples_of, settled
from ingest.tables.layout import Table, table_in, why_column
from ingest.tables.mapping import WHY, Mapping
from ingest.tables.telling import Telling
from ontology.errors import FoodFlowError, Refused
from ontology.language import Refusal

SAMPLE = """Delivery number,Ship date,Sender,Receiver,Product,Lot,Quantity,Unit
D1,2025-03-01,Mill,Bakery,Wheat flour,L42,20,kg
D2,2025-03-03,Bakery,Corner shop,Bread,B7,40,pieces
"""
_MOST_SHEETS = 50
_NO_TABLE = "Give each column a heading in the first row; `foodflow import --template deliveries` writes an example."


@dataclass(frozen=True)
class Understood:
    """A file as it would be read: its table, the mapping, what a person should know, what must be decided, and its other sheets."""

    book: Book
    table: Table
    mapping: Mapping
    notes: tuple[str, ...]
    questions: tuple[str, ...]
    others: tuple[str, ...]


class Tables(Connector):
    """Deliveries, lots, places, cases or recipes as a CSV or XLSX table: one row each, the columns named by their headings."""

    name = "table"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A workbook, or lines of cells below headings."""
        head = document.head(65_536)
        if is_package(head):
            return True
        start = head.lstrip()[:1]
        if start in (b"{", b"[", b"<") or b"\x00" in head[:4096]:
            return False
        try:
            sheet = text.book(_Head(document, head)).sheets[0]
            table = table_in(sheet)
            return table is not None and len(table.headings) > 1 and looks_like_one(table, list(islice(table.rows(), 20)))
        except FoodFlowError:
            return False

    def facts(self, document: Document) -> Iterator[Told]:
        """What the rows tell; a row that cannot be understood is refused alone."""
        try:
            found = understood(document)
            if found.questions:
                yield Refusal(document.name, found.questions[0], "Say it in a mapping (`--mapping`), or choose it in the preview.")
                return
            with Said() as said:
                yield from Telling(document, found.table, found.mapping, said, found.book.line, found.notes).facts()
        except Unreadable as error:
            yield Refusal(f"{document.name} {error.place}".strip(), str(error), error.remedy)
        except Refused as error:
            yield Refusal(document.name, str(error), "Mend the mapping, or leave it out to have it guessed.")

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The refused rows below the same headings, with a last column that says why; it is never read."""
        told: dict[int, str] = {}
        for one in refusals:
            for _, number in rows([one]):
                told.setdefault(number, f"{one.rule.rstrip('.')}. {one.remedy}")
        try:
            found = understood(document)
        except FoodFlowError:
            yield from writing.csv_of([[WHY.capitalize()], *([why] for why in told.values())])
            return
        lines = _refused(found.table, told)
        if found.book.line == "row":
            yield from writing.xlsx_of([(found.table.sheet.name or "Sheet1", lines)])
        else:
            yield from writing.csv_of(lines, found.table.sheet.delimiter)


def _refused(table: Table, told: dict[int, str]) -> Iterator[list[str]]:
    before = why_column(table.headings)
    kept = [at for at in range(len(table.headings)) if at != before]
    yield [*(table.headings[at] for at in kept), WHY.capitalize()]
    for row in table.rows():
        if row.number in told:
            cells = [shown(row.cells[at]) if at < len(row.cells) else "" for at in kept]
            beside = [shown(cell) for cell in row.cells[len(table.headings) :]]
            yield [*cells, told[row.number], *beside]


class _Head(Document):
    """The beginning of a document, up to the last whole line."""

    def __init__(self, document: Document, head: bytes) -> None:
        whole = head if len(head) < 65_536 else head[: head.rfind(b"\n") + 1]
        super().__init__(document.name, io.BytesIO(whole), len(whole), document.given, document.mapping)


def book_of(document: Document) -> Book:
    """A file as a book of sheets. Raises Unreadable for what is none."""
    return workbook.book(document) if is_package(document.open().read(8)) else text.book(document)


def understood(document: Document, kind: str = "", sheet: str = "") -> Understood:
    """How a file would be read: by the document's mapping where it has one, else by a guess, of the kind and the sheet where they are named.

    Raises Refused, Unreadable for what cannot be.
    """
    book = book_of(document)
    told = Mapping.from_told(document.mapping) if document.mapping else None
    tables = _tables(book, told, sheet)
    if told and told.columns:
        table = tables[0]
        held = told.on(list(table.headings))
        samples = samples_of(table, islice(table.rows(), SAMPLED))
        mapping, notes = refined(Mapping(held.kind, held.columns, table.sheet.name), samples)
    else:
        tried = [(one, *guess(one, islice(one.rows(), SAMPLED), kind)) for one in tables]
        table, mapping, notes = max(tried, key=lambda pair: sum(column.confidence for column in pair[1].columns if column.field))
    mapping = settled(mapping, table.rows())
    others = tuple(sheet.name for sheet in book.sheets if sheet.name != table.sheet.name)
    said = [*table.sheet.notes, *table.notes, *notes]
    if others:
        said.append(f"the sheet {table.sheet.name!r} is read, {', '.join(map(repr, others))} not")
    return Understood(book, table, mapping, tuple(said), tuple(questions(mapping)), others)


def _tables(book: Book, told: Mapping | None, named: str) -> list[Table]:
    sheets = list(book.sheets[:_MOST_SHEETS])
    if named:
        sheets = [sheet for sheet in book.sheets if sheet.name == named]
    elif told and told.sheet:
        sheets = [sheet for sheet in sheets if sheet.name == told.sheet] or sheets
    found = [(sheet, table_in(sheet)) for sheet in sheets]
    tables = [table for _, table in found if table and len(table.headings) > 1]
    if not tables:
        where = f"its sheet {named!r}" if named else "it"
        raise Unreadable(f"{where} holds no table: no row has two headings or more", _NO_TABLE)
    if told:
        return sorted(tables, key=lambda one: not told.fits(list(one.headings)))
    return tables
