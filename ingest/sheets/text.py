"""CSV as companies write it: any common encoding and delimiter, quotes, a `sep=` line; told how it was read."""

import csv
import io
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

from ingest.connector import Document
from ingest.sheets.cells import LONGEST, MOST_COLUMNS, Book, Cell, Row, Sheet, Unreadable

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 65_536
_BLOCK = 1 << 20
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NAMES = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
_SAVE = "Save it again as CSV in UTF-8."
csv.field_size_limit(1_000_000)


def book(document: Document) -> Book:
    """A CSV file as a book of one sheet. Raises Unreadable for what is no text."""
    encoding = encoding_of(document)
    head = _head(document, encoding)
    delimiter, skipped = delimiter_of(head)
    notes = [f"it was read as {_NAMES[encoding]}"] if encoding in _NAMES else []
    return Book((Sheet("", lambda: _rows(document, encoding, delimiter, skipped), tuple(notes), delimiter),), "line")


def encoding_of(document: Document) -> str:
    """The encoding of a file: what its mark says, else UTF-16 by its zeros, else UTF-8, else Windows-1252 or Latin-1, which hold any byte."""
    file = document.open()
    head = file.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    zeros = [at for at in range(len(head)) if not head[at]]
    if zeros in ([1, 3], [0, 2]):
        return "utf-16-le" if zeros == [1, 3] else "utf-16-be"
    if zeros:
        raise Unreadable("it holds zero bytes, so it is no text", "Export it as CSV or XLSX.")
    utf8, windows = getincrementaldecoder("utf-8")(), True
    file = document.open()
    is_utf8 = True
    while block := file.read(_BLOCK):
        if is_utf8:
            try:
                utf8.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        windows = windows and not set(block) & {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    with suppress(UnicodeDecodeError):
        utf8.decode(b"", final=is_utf8)
        return "utf-8" if is_utf8 else "cp1252" if windows else "latin-1"
    return "cp1252" if windows else "latin-1"


def _head(document: Document, encoding: str) -> str:
    read = getincrementaldecoder(encoding)("replace").decode(document.open().read(_SAMPLE))
    cut = read.rfind("\n")
    return read[: cut + 1] if cut >= 0 and len(read) > _SAMPLE // 8 else read


def delimiter_of(head: str) -> tuple[str, int]:
    """What parts the cells, and how many lines stand before the table to say so (`sep=;`)."""
    if head[:4].lower() == "sep=" and head[4:5] and head[5:6] in ("\r", "\n"):
        return head[4], 1
    lines = [line for line in head.splitlines(keepends=True) if not line.lstrip('"').startswith("#")]
    best: tuple[float, int, str] = (0, 0, ",")
    for delimiter in DELIMITERS:
        with suppress(csv.Error):
            widths = Counter(len(cells) for cells in islice(csv.reader(lines, delimiter=delimiter), 200) if any(cells))
            wide = Counter({width: count for width, count in widths.items() if width > 1})
            if wide:
                width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
                best = max(best, (round(count / sum(widths.values()), 1), width, delimiter))
    return best[2], 0


def _rows(document: Document, encoding: str, delimiter: str, skipped: int) -> Iterator[Row]:
    """The rows; one whose quotes cannot be read is told with its problem. Raises Unreadable where the text ends being text."""
    file: BinaryIO = document.open()
    lines = io.TextIOWrapper(file, encoding, newline="")
    try:
        for _ in range(skipped):
            lines.readline()
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        before = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(skipped + before + 1, [], _words(str(error)))
                if reader.line_num == before:
                    return
            except UnicodeError:
                place = f"line {skipped + reader.line_num + 1}"
                raise Unreadable(f"it ends being {_NAMES.get(encoding, encoding.upper())} text", _SAVE, place) from None
            else:
                yield Row(skipped + before + 1, _cells(cells), _problem(cells))
            before = reader.line_num
    finally:
        with suppress(ValueError):
            lines.detach()  # the file stays open: it is read again


def _cells(cells: list[str]) -> list[Cell]:
    """Cells without the apostrophe that keeps a spreadsheet from computing them, and without what stands in no cell."""
    return [cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else (cell or None) for cell in cells]


def _problem(cells: list[str]) -> str:
    if len(cells) > MOST_COLUMNS:
        return f"it has {len(cells)} cells; {MOST_COLUMNS} are allowed"
    longest = max(map(len, cells), default=0)
    if longest > LONGEST:
        return f"a cell holds {longest} characters; {LONGEST} are allowed"
    return "a cell holds a zero byte" if any("\0" in cell for cell in cells) else ""


def _words(said: str) -> str:
    if "unexpected end" in said:
        return "a quote opens here that is never closed, so the rest of the file hangs in one cell"
    if "field larger" in said:
        return "a cell is longer than 1,000,000 characters: a quote opens there that is not closed"
    return "its quotes cannot be read: a quote in a cell is written twice, and the cell in quotes"
