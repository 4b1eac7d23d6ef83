"""Tables as files: a workbook and a CSV file in which no cell is ever a formula."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

from xlsxwriter import Workbook

Columns = Sequence[tuple[str, str]]
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 48


def workbook(name: str, columns: Columns, rows: Sequence[Mapping[str, Any]], told: Iterable[tuple[str, str]]) -> bytes:
    """A workbook of two sheets: the rows with a filter on each column, and what the rows are.

    Text is written as text and numbers as numbers, so nothing that a record says is ever calculated.
    """
    made = BytesIO()
    with Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for number, (field, heading) in enumerate(columns):
            sheet.write_string(0, number, heading, bold)
            for line, row in enumerate(rows, 1):
                _write(sheet, line, number, row.get(field))
            longest = max((len(str(row.get(field) or "")) for row in rows), default=0)
            sheet.set_column(number, number, min(max(longest, len(heading)) + 2, _WIDEST))
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        about = book.add_worksheet("About this list")
        about.set_column(0, 0, 26)
        about.set_column(1, 1, 90)
        for line, (heading, text) in enumerate(told):
            about.write_string(line, 0, heading, bold)
            about.write_string(line, 1, text)
    return made.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(line, column, value)
    elif value not in (None, ""):
        sheet.write_string(line, column, str(value))


def separated(columns: Columns, rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as CSV; a text that a spreadsheet would calculate gets an apostrophe before it."""
    made = StringIO()
    writer = csv.writer(made)
    writer.writerow([heading for _, heading in columns])
    writer.writerows([_plain(row.get(field)) for field, _ in columns] for row in rows)
    return made.getvalue()


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA) else "" if value is None else value
