"""Tables as files: workbooks and a CSV file in which no cell is ever a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any, BinaryIO

from xlsxwriter import Workbook

Columns = Sequence[tuple[str, str]]
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WIDEST = 48
_LONGEST = 32_767
"""Characters that a cell of a workbook holds."""


class Book:
    """A workbook that is being written, sheet by sheet and row by row.

    Text is written as text and numbers as numbers, so nothing that a record says is ever calculated.
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self.bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.share = book.add_format({"num_format": "0.0%"})

    def sheet(self, name: str, columns: Columns, shares: Iterable[str] = ()) -> "Sheet":
        """A sheet for rows of these columns; the numbers of `shares` are shown in percent."""
        return Sheet(self, self._book.add_worksheet(name), columns, frozenset(shares))

    def told(self, name: str, width: int = 26) -> "About":
        """A sheet of headings, each with what is said under it."""
        return About(self, self._book.add_worksheet(name), width)


class Sheet:
    """A sheet of rows with a filter on each column; `end` is called after the last row."""

    def __init__(self, book: Book, sheet: Any, columns: Columns, shares: frozenset[str]) -> None:
        self._book, self._sheet, self._columns, self._shares = book, sheet, columns, shares
        self.rows = 0
        self._longest = [len(heading) for _, heading in columns]
        sheet.freeze_panes(1, 1)
        for number, (_, heading) in enumerate(columns):
            sheet.write_string(0, number, heading, book.bold)

    def add(self, row: Mapping[str, Any]) -> None:
        """Write the next row; what it has for no column is left out."""
        self.rows += 1
        for number, (field, _) in enumerate(self._columns):
            value = row.get(field)
            _write(self._sheet, self.rows, number, value, self._book.share if field in self._shares else None)
            self._longest[number] = max(self._longest[number], 6 if isinstance(value, float) else len(str(value or "")))

    def end(self) -> None:
        """Make each column as wide as what stands in it, and add the filter."""
        for number, longest in enumerate(self._longest):
            self._sheet.set_column(number, number, min(longest + 2, _WIDEST))
        self._sheet.autofilter(0, 0, max(self.rows, 1), len(self._columns) - 1)


class About:
    """A sheet that says in words what a workbook is."""

    def __init__(self, book: Book, sheet: Any, width: int) -> None:
        self._book, self._sheet, self._line = book, sheet, 0
        sheet.set_column(0, 0, width)
        sheet.set_column(1, 1, 90)

    def add(self, heading: str, text: str) -> None:
        """Write a heading and what is said under it."""
        self._sheet.write_string(self._line, 0, heading, self._book.bold)
        self._sheet.write_string(self._line, 1, text[:_LONGEST], self._book.wrapped)
        self._line += 1


@contextmanager
def opened(target: BinaryIO, **properties: datetime | str) -> Iterator[Book]:
    """A workbook that is written into a file, in the same memory however many rows it has: those of a sheet must come in their order.

    With `created` among its properties (title, author, comments) the same rows give the same bytes.
    """
    with Workbook(target, {"constant_memory": True, **_PLAIN}) as book:
        book.set_properties(properties)
        yield Book(book)


def workbook(name: str, columns: Columns, rows: Sequence[Mapping[str, Any]], told: Iterable[tuple[str, str]]) -> bytes:
    """A workbook of two sheets: the rows with a filter on each column, and what the rows are."""
    made = BytesIO()
    with Workbook(made, {"in_memory": True, **_PLAIN}) as book:
        written = Book(book)
        sheet = written.sheet(name, columns)
        for row in rows:
            sheet.add(row)
        sheet.end()
        about = written.told("About this list")
        for heading, text in told:
            about.add(heading, text)
    return made.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any, form: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(line, column, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, column, str(value)[:_LONGEST])


def separated(columns: Columns, rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as CSV; a text that a spreadsheet would calculate gets an apostrophe before it."""
    made = StringIO()
    writer = csv.writer(made)
    writer.writerow([heading for _, heading in columns])
    writer.writerows([_plain(row.get(field)) for field, _ in columns] for row in rows)
    return made.getvalue()


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA) else "" if value is None else value
