"""XLSX: the visible sheets of a workbook row by row, in memory that does not grow with them; values only, never formulas or macros."""

import re
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from ingest.connector import Document
from ingest.sheets.cells import LONGEST, MOST_COLUMNS, Book, Cell, Fault, Row, Sheet, Unreadable
from ingest.sheets.package import Element, Package, parsed

MOST_ROWS = 1_048_576
MOST_MERGED = 100_000
MOST_TEXTS = 500_000_000
"""Bytes of the texts that cells share."""
_BATCH, _LONGEST_ROW = 1 << 17, 64_000_000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_ENDED = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_DATED = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_TIME_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_XLS = "Save it as XLSX or CSV."
Reads = Callable[[Element], Cell]


def book(document: Document) -> Book:
    """An XLSX file as a book. Raises Unreadable for what is none."""
    package = Package(document.open())
    if package.is_binary:
        raise Unreadable("it is an XLSB workbook", _XLS)
    start = next((one for one in package.targets("").values() if one.endswith("workbook.xml")), "xl/workbook.xml")
    workbook = package.whole(start)
    targets = package.targets(start)
    base = datetime(1904, 1, 1) if any(_local(one) == "workbookPr" and _true(one.get("date1904")) for one in workbook) else datetime(1899, 12, 30)
    read = _Reader(package, base, targets)
    notes = ("it holds macros, which were not looked at",) if package.has_macros else ()
    shown, hidden = [], []
    for one in (one for one in workbook.iter() if _local(one) == "sheet"):
        name = one.get("name", "")
        lead = next((value for attribute, value in one.attrib.items() if attribute.endswith("}id")), "")
        part = targets.get(lead, "")
        if "worksheets/" not in part:
            continue
        if one.get("state", "visible") == "visible":
            shown.append(Sheet(name, lambda part=part: read.rows(part), notes))  # type: ignore[misc]
        else:
            hidden.append(name)
    return Book(tuple(shown), "row", tuple(hidden))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _true(told: str | None) -> bool:
    return told in ("1", "true", "on")


class _Reader:
    """What the sheets of a workbook share: its texts, which styles are dates, and from which day its dates count."""

    def __init__(self, package: Package, base: datetime, targets: dict[str, str]) -> None:
        self._package, self._base = package, base
        self._texts: _Texts | None = None
        self._merged: dict[str, Merged] = {}
        self._shared = next((one for one in targets.values() if one.endswith("sharedStrings.xml")), "")
        styles = next((one for one in targets.values() if one.endswith("styles.xml")), "")
        self._dates = _date_styles(package.whole(styles)) if styles and package.has(styles) else set()

    def rows(self, part: str) -> Iterator[Row]:
        """The rows of a sheet that hold anything; a merged cell says the same in every row that it spans."""
        if self._texts is None:
            self._texts = _Texts(self._package, self._shared)
        if part not in self._merged:
            self._merged[part] = _merged(self._package, part)
        merged = self._merged[part]
        under: dict[int, tuple[Cell, int]] = {}
        last = 0
        for element in _elements(self._package, part, b"row"):
            row = self._row(element, last)
            last = row.number
            if last > MOST_ROWS:
                raise Unreadable(f"it has a row {last}; a sheet has at most {MOST_ROWS:,}", _XLS, f"row {last}")
            yield _spread(row, merged, under) if merged else row

    def _row(self, element: Element, before: int) -> Row:
        told = element.get("r", "")
        number = int(told) if told.isdecimal() and len(told) < 9 else before + 1
        cells: list[Cell] = []
        problem = ""
        place = -1
        for one in element:
            place = _place(one.get("r"), place + 1)
            if place >= MOST_COLUMNS:
                return Row(number, cells, f"it has cells beyond column {MOST_COLUMNS}") if len(one) else Row(number, cells)
            cells.extend([None] * (place - len(cells)))
            cell = self._cell(one)
            if type(cell) is str and len(cell) > LONGEST:
                problem = f"a cell holds {len(cell)} characters; {LONGEST} are allowed"
            if place == len(cells):
                cells.append(cell)
            else:
                cells[place] = cell
        return Row(number, cells, problem)

    def _cell(self, element: Element) -> Cell:
        sort = element.get("t", "n")
        value: str | None = None
        computed = False
        for child in element:
            tag = child.tag
            if tag.endswith("}v"):
                value = child.text
            elif tag.endswith("}f"):
                computed = True
            elif tag.endswith("}is"):
                value = _text(child)
        if not value:
            return Fault("it holds a formula that was never computed: open the file, let it compute, and save it") if computed else None
        if sort == "s":
            return self._texts[value] if self._texts else None
        if sort in ("str", "inlineStr"):
            return _unescaped(value)
        if sort == "b":
            return value == "1"
        if sort == "e":
            return Fault(f"it holds the error {value}")
        return self._day(value, sort) if sort == "d" or element.get("s") in self._dates else _number(value)

    def _day(self, value: str, sort: str) -> Cell:
        """A date as a workbook counts it: days since its base; before March 1900 Excel counts a day that never was."""
        try:
            if sort == "d":
                return datetime.fromisoformat(value).replace(tzinfo=None)
            days = float(value)
            if self._base.year == 1899 and 0 < days < 60:
                days += 1
            return (self._base + timedelta(days=days) + timedelta(milliseconds=500)).replace(microsecond=0) if 0 <= days < 2_958_466 else days
        except (ValueError, OverflowError):
            return Fault(f"it holds {value!r} where a date is due")


def _number(value: str) -> Cell:
    try:
        return int(value) if value.isdecimal() and len(value) < 16 else float(value)
    except ValueError:
        return Fault(f"it holds {value!r} where a number is due")


def _place(told: str | None, otherwise: int) -> int:
    """The column of a cell such as "AB12", from 0."""
    if not told:
        return otherwise
    letters = told.rstrip("0123456789")
    if len(letters) == 1:
        return ord(letters) - 65
    return _letters(letters) if _CELL.match(told) else otherwise


def _letters(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _text(element: Element) -> str:
    """The text of a shared or inline string: its runs, without what is pronounced beside it."""
    pieces = []
    for child in element:
        tag = child.tag
        if tag.endswith("}t"):
            pieces.append(child.text or "")
        elif tag.endswith("}r"):
            pieces += [run.text or "" for run in child if run.tag.endswith("}t")]
    return "".join(pieces)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value


class _Texts:
    """The texts that cells share, held as one piece of bytes: a million of them take about as much memory as the file."""

    def __init__(self, package: Package, part: str) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])
        if not part or not package.has(part):
            return
        for element in _elements(package, part, b"si"):
            self._bytes += _unescaped(_text(element)).encode("utf-8", "replace")
            self._ends.append(len(self._bytes))
            if len(self._bytes) > MOST_TEXTS:
                raise Unreadable(f"its texts take more than {MOST_TEXTS // 1_000_000} MB", "Save the table as CSV.")

    def __getitem__(self, told: str) -> Cell:
        if not told.isdecimal() or len(told) > 9 or int(told) + 1 >= len(self._ends):
            return Fault(f"it points to a text {told} that the workbook does not have")
        number = int(told)
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode() or None


def _date_styles(styles: Element) -> set[str]:
    """The styles that show a number as a date or time."""
    dated = set(_DATED)
    for one in styles.iter():
        if _local(one) == "numFmt" and one.get("numFmtId", "").isdecimal():
            code = _LITERAL.sub("", one.get("formatCode", "")).partition(";")[0]
            (dated.add if _TIME_LETTERS.search(code) and "general" not in code.lower() else dated.discard)(int(one.get("numFmtId", "0")))
    used = next((one for one in styles if _local(one) == "cellXfs"), None)
    ids = [one.get("numFmtId", "0") for one in used] if used is not None else []
    return {str(place) for place, told in enumerate(ids) if told.isdecimal() and int(told) in dated}


def _elements(package: Package, part: str, tag: bytes) -> Iterator[Element]:
    """The elements of one name in a part, parsed a batch at a time within the head of their document, so that names and nesting are checked.

    What stands in text is escaped, so the closing tag of an element is found by its bytes.
    """
    opens = re.compile(rb"<(\w+:)?%b[\s>/]" % tag)
    held, head, close = b"", b"", b""
    for block in chain(package.blocks(part), [b""]):
        held += block
        if len(held) > _LONGEST_ROW:
            raise Unreadable(f"its part {part} has a {tag.decode()} of more than {_LONGEST_ROW // 1_000_000} MB", "Save the table as CSV.")
        opened = None if head else opens.search(held)
        if opened:
            head, held = held[: opened.start()], held[opened.start() :]
            close = b"</%b%b>" % (opened[1] or b"", tag)
        if (len(held) < _BATCH or not head) and block:
            continue
        ended = _ENDED.search(held)
        cut = len(held) if not block else ended.start() if ended else held.rfind(close) + len(close)
        if block and cut >= len(close):
            yield from _under(parsed(head + held[:cut] + _closing(head), part), tag)
            held = held[cut:]
        elif not block:
            yield from _under(parsed(head + held, part), tag)
        if ended:
            return


def _under(whole: Element, tag: bytes) -> Iterator[Element]:
    name = tag.decode()
    holder = whole if name == "si" else next((one for one in whole if _local(one) == "sheetData"), whole)
    return (one for one in holder if _local(one) == name)


def _closing(head: bytes) -> bytes:
    """The closing tags of what is open at the end of a document's head."""
    opened: list[bytes] = []
    for slash, name, alone in re.findall(rb"<(/?)([A-Za-z][\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>", head):
        if slash:
            opened.pop()
        elif not alone:
            opened.append(name)
    return b"".join(b"</%b>" % name for name in reversed(opened))


Merged = dict[int, list[tuple[int, int]]]
"""By its first row: the column and the last row."""


def _merged(package: Package, part: str) -> Merged:
    """The cells that span several rows; they stand behind the rows, so the part is looked through once."""
    merged: Merged = {}
    held, is_behind, count = b"", False, 0
    for block in package.blocks(part):
        held += block
        is_behind = is_behind or _ENDED.search(held) is not None
        if is_behind:
            for left, top, _, bottom in _MERGED.findall(held):
                count += 1
                if top != bottom:
                    merged.setdefault(int(top), []).append((_letters(left.decode()), int(bottom)))
            if count > MOST_MERGED:
                raise Unreadable(f"it has more than {MOST_MERGED:,} merged cells", "Undo the merging, or save the table as CSV.")
        held = held[max(held.rfind(b"<"), 0) :][-1000:]
    return merged


def _spread(row: Row, merged: Merged, under: dict[int, tuple[Cell, int]]) -> Row:
    """A row with the value of every merged cell that began above it; `under` holds those that go on, by column."""
    cells = row.cells
    for place, (_, last) in list(under.items()):
        if row.number > last:
            del under[place]
    if not row.is_blank():
        for place, (value, _) in under.items():
            cells.extend([None] * (place + 1 - len(cells)))
            cells[place] = value if cells[place] is None else cells[place]
    for place, last in merged.get(row.number, ()):
        if place < len(cells):
            under[place] = (cells[place], last)
    return row
