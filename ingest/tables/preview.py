"""A table as it would be understood, before anything is recorded: its columns, its first rows in words, what is refused of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ingest.connector import Document
from ingest.said import Said
from ingest.sheets.cells import Row, shown
from ingest.tables import Understood
from ingest.tables.mapping import Column
from ingest.tables.telling import Telling
from ontology.food import Product
from ontology.language import Fact, Link, Ref, Refusal
from ontology.values import Quantity, Time

LOOKED_AT = 1_000
"""Rows that are tried out."""
SHOWN = 20
_VALUES = 3


@dataclass(frozen=True)
class Shown:
    """A row: its number, its cells, what it would tell in words, or why it would be refused."""

    number: int
    cells: tuple[str, ...]
    told: tuple[str, ...]
    findings: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    """What a table would tell; `refused` of the `tried` rows, the first of both in `rows`."""

    columns: tuple[tuple[Column, tuple[str, ...]], ...]
    rows: tuple[Shown, ...]
    tried: int
    refused: int


def preview(document: Document, found: Understood, most: int = SHOWN) -> Preview:
    """Try out the first rows of a table: the first ones are shown, and of those behind them the ones that would be refused."""
    rows = list(islice(found.table.rows(), LOOKED_AT))
    tried: list[Shown] = []
    if not found.questions:
        with Said() as said:
            telling = Telling(document, found.table, found.mapping, said, found.book.line)
            tried = [_tried(telling, row, len(found.table.headings)) for row in rows]
    chosen = tried[:most] + [one for one in tried[most:] if one.problem][:most] or [_plain(row, len(found.table.headings)) for row in rows[:most]]
    columns = tuple((column, _values(rows, at)) for at, column in enumerate(found.mapping.columns))
    return Preview(columns, tuple(chosen), len(rows), sum(bool(one.problem) for one in tried))


def _values(rows: Iterable[Row], at: int) -> tuple[str, ...]:
    """The first different values of a column."""
    held = (shown(row.cells[at]) for row in rows if at < len(row.cells) and row.cells[at] is not None)
    return tuple(islice(dict.fromkeys(held), _VALUES))


def _plain(row: Row, width: int, told: tuple[str, ...] = (), findings: tuple[str, ...] = (), problem: str = "") -> Shown:
    cells = [shown(cell) for cell in row.cells[:width]]
    return Shown(row.number, (*cells, *[""] * (width - len(cells))), told, findings, problem)


def _tried(telling: Telling, row: Row, width: int) -> Shown:
    told = telling.told(row)
    refused = next((one for one in told if isinstance(one, Refusal)), None)
    if refused:
        return _plain(row, width, problem=refused.rule)
    facts = [one for one in told if isinstance(one, Fact)]
    return _plain(row, width, tuple(in_words(fact) for fact in facts), tuple(finding for fact in facts for finding in fact.findings))


_HIDDEN = {
    "record",
    "end",
    "lot",
    "unit",
    "owner",
    "extra",
    "line",
    "product",
    "code",
    "name",
    "gtin",
    "gln",
    "serial",
    "sscc",
    "order",
    "grain",
    "code_known",
}


def in_words(fact: Fact) -> str:
    """A fact in a line: what it is about, its values, its links."""
    thing: Any = fact.about
    values = {} if isinstance(thing, Ref | Link) else {name: value for name, value in vars(thing).items() if name in thing.kind.fields}
    told = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in values.items() if value is not None and name not in _HIDDEN]
    links = [f"{link.relation.name.lower().replace('_', ' ')} {_amount(link)}{named(link.end)}" for link in fact.links]
    said = ", ".join(told + links)
    return named(thing if isinstance(thing, Ref) else thing.ref, values) + (f": {said}" if said else "")


def named(ref: Ref[Any], values: dict[str, Any] | None = None) -> str:
    """A thing by its kind and the parts of its key that a person knows."""
    parts = {**ref.kind.kind.parts(ref.key), **{name: value for name, value in (values or {}).items() if isinstance(value, str)}}
    known = [parts[name] for name in ("name", "code", "order", "serial", "gtin", "gln", "sscc", "number") if name in parts]
    if "product" in parts and not isinstance(parts["product"], Ref):
        known.append(f"of {named(Ref(Product, parts['product']))}")
    return f"{ref.kind.kind.name} {' '.join(known)}".strip() if known else f"{ref.kind.kind.name} of this row"


def _amount(link: Link) -> str:
    quantities = link.properties.get("quantity")
    return f"{_value(quantities)} of " if quantities else ""


def _value(value: Any) -> str:
    if isinstance(value, Time):
        return value.text if value.earliest is None else value.earliest.date().isoformat()
    if isinstance(value, tuple):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, Quantity):
        number = next((f"{word}{one:g}" for word, one in (("", value.value), ("over ", value.low), ("about ", value.about)) if one is not None), "")
        return f"{number} {value.unit or 'pieces'}".strip() if number else value.text or ""
    return str(value)
