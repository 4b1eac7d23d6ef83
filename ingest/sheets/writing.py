"""CSV and XLSX written as text cells alone: nothing that stands in them is ever computed by the program that opens them."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from xml.sax.saxutils import escape, quoteattr

_NUMBER = re.compile(r"[+-]?[\d.,' ]+$")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_IN_MEMORY = 4_000_000


def csv_of(rows: Iterable[Iterable[str]], delimiter: str = ",") -> Iterator[bytes]:
    """Rows as CSV in UTF-8; a cell that a spreadsheet would compute gets an apostrophe before it, which reading takes away again."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow([_harmless(cell) for cell in row])
        yield line.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    computed = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.match(cell)
    return f"'{cell}" if computed else cell


def xlsx_of(sheets: Iterable[tuple[str, Iterable[Iterable[str]]]]) -> Iterator[bytes]:
    """Sheets of rows as a workbook of text cells, written through a temporary file; the same rows give the same bytes."""
    names: list[str] = []
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            for name, rows in sheets:
                names.append(name)
                with package.open(_entry(f"xl/worksheets/sheet{len(names)}.xml"), "w") as sheet:
                    sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
                    for number, row in enumerate(rows, 1):
                        sheet.write(_row(number, row).encode())
                    sheet.write(b"</sheetData></worksheet>")
            for path, text in _package(names).items():
                package.writestr(_entry(path), _XML + text)
        file.seek(0)
        while block := file.read(1 << 18):
            yield block


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _row(number: int, cells: Iterable[str]) -> str:
    written = [
        f'<c r="{column(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(_UNWRITABLE.sub("?", cell))}</t></is></c>'
        for place, cell in enumerate(cells)
        if cell
    ]
    return f'<row r="{number}">{"".join(written)}</row>'


def column(place: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _package(names: list[str]) -> dict[str, str]:
    """What makes sheets a workbook: the list of parts, and which part leads to which."""
    numbers = range(1, len(names) + 1)
    parts = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>' for n in numbers)
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True))
    leads = "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>{parts}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{leads}</Relationships>',
    }
