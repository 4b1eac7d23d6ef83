"""Where a table stands in a sheet: its headings (of one row or two), its rows, and what is no row of it: comments, totals, repeated headings."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ingest.sheets.cells import Cell, Row, Sheet, shown
from ingest.tables.fields import KINDS, fields
from ingest.tables.mapping import WHY, normal, words

LOOKED_AT = 40
"""Rows at the top of a sheet among which the headings are looked for."""
_TOTAL = re.compile(r"(grand |sub ?|zwischen|end)?(total|totals|sum|summe|gesamt|gesamtsumme)\b", re.IGNORECASE)
_SUB = frozenset(["day", "month", "year", "tag", "monat", "jahr", "quantity", "menge", "type", "unit", "einheit", "amount"])


@dataclass(frozen=True)
class Table:
    """A table in a sheet: its headings, the number of the row that they end with, and what is to be said about finding it."""

    sheet: Sheet
    headings: tuple[str, ...]
    last: int
    notes: tuple[str, ...] = ()

    def rows(self, passed: Callable[[int], None] = lambda number: None) -> Iterator[Row]:
        """The rows below the headings that hold something, without comments; totals and headings that stand there again are `passed` by number."""
        again = [normal(one) for one in self.headings]
        for row in self.sheet.rows():
            if row.number <= self.last or row.is_blank() or (not row.problem and is_comment(row)):
                continue
            if not row.problem and (is_total(row) or _is_again(row, again)):
                passed(row.number)
            else:
                yield row


def is_comment(row: Row) -> bool:
    """Whether a row is a comment: its first cell begins with #."""
    first = next((cell for cell in row.cells if cell is not None), None)
    return type(first) is str and first.startswith("#")


def is_total(row: Row) -> bool:
    """Whether a row sums the others up: its first text says so, and it holds few cells."""
    held = [cell for cell in row.cells if cell is not None]
    return 0 < len(held) <= 4 and type(held[0]) is str and len(held[0]) < 40 and bool(_TOTAL.match(held[0].strip()))


def _is_again(row: Row, headings: list[str]) -> bool:
    held = [(at, cell) for at, cell in enumerate(row.cells) if cell is not None]
    return len(held) > 1 and all(type(cell) is str and at < len(headings) and normal(cell) == headings[at] for at, cell in held)


def table_in(sheet: Sheet) -> Table | None:
    """The table of a sheet; None where no row looks like headings."""
    top = [row for row in islice(sheet.rows(), LOOKED_AT) if not row.is_blank() and not row.problem and not is_comment(row)]
    chosen = max(top, key=lambda row: (_known(row), -row.number), default=None)
    if chosen is None or _known(chosen) < 2:
        chosen = next((row for row in top if _like_headings(row)), None)
    if chosen is None:
        return None
    under = next((row for row in top if row.number > chosen.number), None)
    notes = [f"its headings stand in {chosen.number}"] if chosen.number > top[0].number else []
    if under and _is_second(chosen, under):
        return Table(sheet, _told(_joined(chosen.cells, under.cells)), under.number, (*notes, "its headings stand in two rows, which were joined"))
    return Table(sheet, _told([shown(cell) for cell in chosen.cells]), chosen.number, tuple(notes))


def _known(row: Row) -> int:
    """How many cells of a row are headings that we know."""
    known = _headings()
    return sum(type(cell) is str and len(cell) < 200 and words(cell) in known for cell in row.cells)


_ALL: set[frozenset[str]] = set()


def _headings() -> set[frozenset[str]]:
    if not _ALL:
        _ALL.update(words(heading) for kind in KINDS for one in fields(kind) for heading in (*one.headings, one.name.replace("_", " ")))
    return _ALL


def _like_headings(row: Row) -> bool:
    held = [cell for cell in row.cells if cell is not None]
    return len(held) > 1 and all(type(cell) is str and re.search(r"[^\W\d]", cell) and not re.match(r"[\d.,/-]+$", cell) for cell in held)


def _is_second(first: Row, second: Row) -> bool:
    """Whether a row goes on with the headings above it: only words of parts (day, unit), some of them under a blank."""
    held = [(at, cell) for at, cell in enumerate(second.cells) if cell is not None and (at >= len(first.cells) or cell != first.cells[at])]
    plain = all(type(cell) is str and not re.search(r"\d", cell) for _, cell in held)
    blank = any(at >= len(first.cells) or first.cells[at] is None for at, _ in held)
    return bool(held) and plain and blank and all(words(str(cell)) <= _SUB or words(str(cell)) in _headings() for _, cell in held)


def _joined(first: list[Cell], second: list[Cell]) -> list[str]:
    """Headings of two rows: a heading stands for the blanks at its right as well, where parts stand under them."""
    joined, left = [], ""
    for at in range(max(len(first), len(second))):
        above = shown(first[at]) if at < len(first) else ""
        under = shown(second[at]) if at < len(second) else ""
        left = above or (left if under else "")
        joined.append(f"{left} {under}".strip() if under and under != above else above)
    return joined


def _told(headings: list[str]) -> tuple[str, ...]:
    """Headings without doubles and without blanks at the end; a blank one is called by its column."""
    while headings and not headings[-1]:
        headings = headings[:-1]
    count: Counter[str] = Counter()
    told = []
    for at, heading in enumerate(headings, 1):
        one = " ".join(heading.split()) or f"column {at}"
        count[normal(one)] += 1
        told.append(one if count[normal(one)] == 1 else f"{one} ({count[normal(one)]})")
    return tuple(told)


def why_column(headings: tuple[str, ...]) -> int | None:
    """Where the column stands that says why rows were refused, if there is one."""
    return next((at for at, heading in enumerate(headings) if normal(heading) == WHY), None)
