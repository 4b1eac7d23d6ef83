"""What a table means, guessed from its headings and its first rows; every guess says how sure it is and why."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from ingest.sheets.cells import Cell, Row, shown
from ingest.tables.fields import KINDS, fields, word_list
from ingest.tables.layout import Table
from ingest.tables.mapping import ASKED, LEFT_OUT, WHY, Column, Mapping, normal, words
from ingest.tables.values import dates_of, decimal_of, is_date, unit
from ontology import identifiers
from ontology.codes import published
from ontology.errors import Refused

SAMPLED = 1_000
"""Rows that are looked at before the first is read."""
SURE = 0.5
_TELLING = frozenset(word_list("change a heading"))
"""Words of a heading that change its meaning: a field that does not speak of them is not meant."""
Samples = list[list[Cell]]


@cache
def _phrases(kind: str) -> tuple[tuple[str, frozenset[str]], ...]:
    found = [(one.name, words(heading)) for one in fields(kind) for heading in (one.name.replace("_", " "), *one.headings)]
    return tuple(dict.fromkeys(found))


def guess(table: Table, rows: Iterable[Row], kind: str = "") -> tuple[Mapping, list[str]]:
    """The mapping that fits a table best, of the kind where one is named, and what a person should know or decide about it."""
    samples = samples_of(table, rows)
    tried = [_of(one, table, samples) for one in ([kind] if kind else KINDS)]
    return refined(max(tried, key=_worth), samples)


def looks_like_one(table: Table, rows: Iterable[Row]) -> bool:
    """Whether a table can be told from a letter: headings that we know, or rows that are alike."""
    known = max(sum(bool(one.field) and one.confidence > 0.9 for one in _by_heading(kind, table)) for kind in KINDS)
    widths = [sum(cell is not None for cell in row.cells) for row in rows]
    alike = len(widths) > 1 and min(widths) > 1 and max(widths) <= len(table.headings)
    return known > 1 or (alike and len(table.headings) > 1)


def samples_of(table: Table, rows: Iterable[Row]) -> Samples:
    """The cells of each column that hold something."""
    samples: Samples = [[] for _ in table.headings]
    for row in rows:
        for held, cell in zip(samples, row.cells, strict=False):
            if cell is not None:
                held.append(cell)
    return samples


def _of(kind: str, table: Table, samples: Samples) -> Mapping:
    return Mapping(kind, _by_content(kind, _by_heading(kind, table), samples), table.sheet.name)


def _worth(mapping: Mapping) -> float:
    """How well a kind explains a table: what it explains, less where its heart is missing."""
    named = {column.field for column in mapping.columns}
    told = sum(column.confidence for column in mapping.columns if column.field and column.field != LEFT_OUT)
    ends = any(name.startswith(("from_", "to_")) for name in named)
    goods = bool(named & {"lot", "gtin", "product_name", "product_code", "sscc"})
    heart = {
        "deliveries": ends and goods,
        "lots": "lot" in named and not ends,
        "places": bool(named & {"name", "code", "gln"}),
        "cases": bool(named & {"count", "onset"}) and bool(named & {"place_gln", "place_code", "place_name"}),
        "recipes": any(name.startswith("input_") for name in named) and any(name.startswith("output_") for name in named),
    }
    return told if heart[mapping.kind] else told / 2 - 1


def _by_heading(kind: str, table: Table) -> tuple[Column, ...]:
    """Every column with the field whose words its heading shares most; a field goes to one column."""
    columns = [Column(heading, confidence=0, why="its heading says nothing that we know") for heading in table.headings]
    offers = sorted(((score, -at, name) for at, heading in enumerate(table.headings) for name, score in _scores(kind, heading).items()), reverse=True)
    taken: set[str] = set()
    for score, at, name in offers:
        if not columns[-at].field and name not in taken:
            taken.add(name)
            columns[-at] = replace(
                columns[-at], field=name, confidence=score, why="its heading says so" if score > 0.9 else "its heading says something like it"
            )
    return tuple(
        replace(one, field=LEFT_OUT, confidence=1, why="it says why rows were refused") if normal(one.heading) == WHY else one for one in columns
    )


def _scores(kind: str, heading: str) -> dict[str, float]:
    told = words(heading)
    scores: dict[str, float] = {}
    for name, phrase in _phrases(kind):
        if phrase and phrase <= told and not (told - phrase) & _TELLING and 2 * len(phrase) >= len(told):
            score = round(0.55 + 0.43 * len(phrase) / len(told), 3)
            scores[name] = max(scores.get(name, 0), score)
    return scores


def _by_content(kind: str, columns: tuple[Column, ...], samples: Samples) -> tuple[Column, ...]:
    """The guess looked at again by what stands in the columns: names that are numbers, numbers that are GS1 keys, dates without a heading."""
    held = list(columns)
    known = {one.name: one for one in fields(kind)}
    taken = {one.field for one in held}
    for at, (column, cells) in enumerate(zip(columns, samples, strict=True)):
        found = _content(cells)
        better = _better(column.field, found)
        if better in known and better not in taken:
            held[at] = replace(
                column, field=better, confidence=min(column.confidence, 0.9), why=f"its heading and its values, which are {_SAID[found]}"
            )
            taken |= {better}
        elif not column.field and found in ("gtin", "sscc", "date") and (name := _LOOSE.get((kind, found))) in known and name not in taken:
            held[at] = replace(column, field=str(name), confidence=SURE, why=f"its values are {_SAID[found]}")
            taken |= {str(name)}
    return tuple(held)


_SAID = {"gtin": "GTINs", "gln": "GLNs", "sscc": "SSCCs", "date": "dates", "digits": "numbers", "country": "country codes"}
_LOOSE = {("deliveries", "gtin"): "gtin", ("deliveries", "sscc"): "sscc", ("deliveries", "date"): "departed", ("lots", "gtin"): "gtin"}


def _better(field: str, found: str) -> str:
    """The field that a heading and the values say together, such as a sender whose values are GLNs."""
    before, _, last = field.rpartition("_")
    if last in ("name", "code") and before in ("from", "to", "place", "operator", "part_of", "tlc_source"):
        return f"{before}_gln" if found in ("gln", "gtin") else f"{before}_code" if found == "digits" and last == "name" else ""
    if field.endswith(("product_name", "product_code")):
        start = field.removesuffix("product_name").removesuffix("product_code")
        return f"{start}gtin" if found in ("gtin", "gln") else f"{start}product_code" if found == "digits" and last == "name" else ""
    return ""


def _content(cells: list[Cell]) -> str:
    """What sort of values the cells of a column are, when nearly all are."""
    some = [shown(cell) for cell in cells[:200]]
    if not some:
        return ""
    for sort, holds in _TESTS.items():
        if sum(holds(one) for one in some) >= 0.9 * len(some):
            return sort
    return "date" if sum(is_date(cell) for cell in cells[:200]) >= 0.9 * len(some) else ""


def _valid(read: Callable[[str], str], lengths: tuple[int, ...]) -> Callable[[str], bool]:
    def holds(told: str) -> bool:
        if len(told) not in lengths or not told.isdecimal():
            return False
        try:
            read(told)
        except Refused:
            return False
        return True

    return holds


_TESTS: dict[str, Callable[[str], bool]] = {
    "sscc": _valid(identifiers.sscc, (18,)),
    "gln": _valid(identifiers.gln, (13,)),
    "gtin": _valid(identifiers.gtin, (8, 12, 13, 14)),
    "country": lambda told: len(told) == 2 and told in published("countries"),
    "digits": lambda told: bool(re.fullmatch(r"\d{1,12}", told)),
}


def refined(mapping: Mapping, samples: Samples) -> tuple[Mapping, list[str]]:
    """The mapping with how numbers and dates of each column are written, where it does not say, and what a person should know of it."""
    sorts = {one.name: one.sort for one in fields(mapping.kind)}
    notes: list[str] = []
    columns = []
    for column, cells in zip(mapping.columns, samples, strict=True):
        sort = sorts.get(column.field, "")
        if sort in ("amount", "number", "share") and not column.decimal:
            column = _with_decimal(column, cells, notes)
        if sort == "date" and not column.dates:
            column = _with_dates(column, cells)
        columns.append(replace(column, unit=column.unit or _unit_of(column.heading)) if sort == "amount" else column)
    return replace(mapping, columns=tuple(_dates_alike(columns, sorts))), notes


def _with_decimal(column: Column, cells: list[Cell], notes: list[str]) -> Column:
    decimal, either = decimal_of(cells)
    if either and not decimal:
        example = next(shown(cell) for cell in cells if type(cell) is str and re.search(r"\d[.,]\d{3}\b", cell))
        decimal = "."
        notes.append(
            f"column {column.heading!r}: {example!r} can mean two numbers; the comma is read as parting thousands, the point as decimal "
            '(say "decimal": "," if not)'
        )
    return replace(column, decimal=decimal or ".")


def _with_dates(column: Column, cells: list[Cell]) -> Column:
    order, either = dates_of(cells)
    said = normal(column.heading)
    if not order and either:
        order = "MDY" if "mm/dd" in said else "DMY" if "dd/mm" in said or "tt.mm" in said else ""
        return replace(column, dates=order or ASKED)
    return replace(column, dates=order)


def settled(mapping: Mapping, rows: Iterable[Row]) -> Mapping:
    """The mapping with the order of day and month that any row of the file decides, where the first rows did not."""
    open_at = {at for at, column in enumerate(mapping.columns) if column.dates == ASKED}
    columns = list(mapping.columns)
    for row in rows if open_at else ():
        for at in [one for one in open_at if one < len(row.cells)]:
            order, _ = dates_of([row.cells[at]])
            if order:
                columns[at] = replace(columns[at], dates=order)
                open_at.discard(at)
        if not open_at:
            break
    sorts = {one.name: one.sort for one in fields(mapping.kind)}
    return replace(mapping, columns=tuple(_dates_alike(columns, sorts)))


def _dates_alike(columns: list[Column], sorts: dict[str, str]) -> list[Column]:
    """A column of dates that can be read both ways is read as the other columns of dates are, where they agree."""
    orders = {column.dates for column in columns if sorts.get(column.field) == "date" and column.dates in ("DMY", "MDY")}
    sole = orders.pop() if len(orders) == 1 else ""
    return [replace(one, dates=sole or ASKED) if one.dates == ASKED else one for one in columns]


def questions(mapping: Mapping) -> list[str]:
    """What must be decided before the table can be read."""
    return [
        f'column {column.heading!r} holds days such as 03/04/2025, which can be day/month or month/day: say "dates": "DMY" or "MDY"'
        for column in mapping.columns
        if column.dates == ASKED
    ]


def _unit_of(heading: str) -> str:
    """The unit that a heading names: "Menge (kg)"."""
    named = re.findall(r"[(\[]\s*([^)\]]+?)\s*[)\]]|\bin (\w+)$|[/ ](kg|g|t|l|lbs?)$", heading, re.IGNORECASE)
    return next((code for one in named for told in one if told and (code := unit(told))), "")
