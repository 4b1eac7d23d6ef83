"""What stands in a cell, and a row of cells: texts of CSV, typed values of XLSX, or why a cell has no value."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ontology.errors import Refused

MOST_COLUMNS = 1_000
LONGEST = 10_000
"""Characters of one cell."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that has no value to read: an error of the spreadsheet, a formula that was never computed."""

    said: str


Cell = str | int | float | bool | datetime | Fault | None


class Row(NamedTuple):
    """A row as it stands in its file: its number as a person counts, its cells, and why it cannot be read (empty = it can)."""

    number: int
    cells: list[Cell]
    problem: str = ""

    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.problem and all(cell is None or (type(cell) is str and not cell.strip()) for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """One table of a file: its name (empty in a CSV file), how to read its rows from the first, what is to be said about reading it.

    `delimiter` is what parts the cells of a text.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    notes: tuple[str, ...] = ()
    delimiter: str = ","


@dataclass(frozen=True)
class Book:
    """The visible sheets of a file; `line` is the word for a row ("line" of a text, "row" of a workbook)."""

    sheets: tuple[Sheet, ...]
    line: str
    hidden: tuple[str, ...] = field(default=())


class Unreadable(Refused):
    """A file that cannot be read as a spreadsheet, from some place on; the text says the rule, `remedy` what to do."""

    def __init__(self, rule: str, remedy: str, place: str = "") -> None:
        super().__init__(rule)
        self.remedy, self.place = remedy, place

    def sentence(self, file: str) -> str:
        """What is wrong with a file and what to do, in words."""
        return f"{file} cannot be read: {self}. {self.remedy}"


def text(cell: Cell) -> str:
    """A cell as text, trimmed: whole numbers without a point, days without a time. Raises Refused for a cell without value."""
    if cell is None:
        return ""
    if type(cell) is str:
        return cell.strip()
    if isinstance(cell, Fault):
        raise Refused(cell.said)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return repr(cell) if isinstance(cell, float) else str(cell)


def shown(cell: Cell) -> str:
    """A cell for a person to read, a cell without value too."""
    return f"({cell.said})" if isinstance(cell, Fault) else text(cell)
