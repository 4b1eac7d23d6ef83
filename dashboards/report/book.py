"""The report as a workbook: a sheet for each table, with as many rows as a workbook is good for, written as they come."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from dashboards.explorer.words import count
from dashboards.explorer.workbook import About, Book, Columns, opened
from dashboards.report import answer, rows
from dashboards.report.asked import Records, Told

MOST = 100_000
"""Rows of a sheet."""
_ALL_LINKS = 1_000_000
"""Links at which the API ends counting."""


def write(records: Records, target: BinaryIO) -> None:
    """Write the workbook of an investigation. Raises Failed, and Moved when something was recorded meanwhile."""
    told = records.told()
    with opened(target, created=told.made, title=answer.title(told), author=told.tenant, comments=answer.state(told)) as book:
        about = book.told("Report")
        for heading, text in _summary(told):
            about.add(heading, text)
        _small(book, told)
        _large(book, records, told, about)


def _summary(told: Told) -> Iterator[tuple[str, str]]:
    yield "Report of an investigation", answer.title(told)
    yield from answer.facts(told)
    yield from _each("Common links", answer.common(told))
    if likely := answer.likeliest(told):
        yield "The likeliest lot", likely[0]
        yield from _each("Because", likely[1])
    yield from _each("Recalls and holds", answer.ordered(told))
    yield from _each("Not known", answer.unknown(told))
    yield "How it was asked", answer.asked(told)
    yield "A score", "The share of the evidence that can have come from a place, lot or delivery, less the share that clears it"
    yield "State", answer.state(told)


def _each(heading: str, sentences: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, sentence in enumerate(filter(None, sentences)):
        yield heading if number == 0 else "", sentence


def _small(book: Book, told: Told) -> None:
    """Tables of which the API tells all rows at once."""
    small: tuple[tuple[str, Columns, list[rows.Row]], ...] = (
        ("Cases", rows.CASES, rows.cases(told.file)),
        ("Laboratory", rows.TESTS, rows.tests(told.file)),
        ("Decisions", rows.DECISIONS, rows.decisions(told.file, told.view.what_if)),
        ("Holds and recalls", rows.ORDERS, rows.orders(told.file)),
        ("Lots weighed", rows.SUSPECTS, rows.suspects(told.scores)),
    )
    for name, columns, listed in small:
        _filled(book, name, columns, listed)


def _large(book: Book, records: Records, told: Told, about: About) -> None:
    """Tables that come in pages; `about` says what of them was left out."""
    total, numbers = told.scores["total"], dict[str, int]()
    acts = _numbered(rows.deliveries(records.rows("acts", MOST, every=True)), numbers)
    large: tuple[tuple[str, Columns, Iterator[rows.Row], int], ...] = (
        ("Places", rows.PLACES, rows.places(records.rows("places", MOST, every=True)), total["places"]),
        ("Lots", rows.LOTS, rows.lots(records.rows("lots", MOST, every=True)), total["lots"]),
        ("Deliveries", rows.DELIVERIES, acts, total["acts"]),
        ("Links", rows.LINKS, rows.links(records.rows("links", MOST), numbers), told.scores["totalLinks"]),
    )
    for name, columns, listed, there in large:
        held = _filled(book, name, columns, listed)
        left = there - held
        least = "at least " if name == "Links" and there >= _ALL_LINKS else ""
        said = f"{count(held, 'row')}: all there are" if not left else f"{held:,} rows, the highest scores; {least}{left:,} more are left out"
        about.add(f"Sheet {name}", said)


def _filled(book: Book, name: str, columns: Columns, listed: Iterable[Mapping[str, Any]]) -> int:
    sheet = book.sheet(name, columns, rows.SHARES)
    for row in listed:
        sheet.add(row)
    sheet.end()
    return sheet.rows


def _numbered(listed: Iterable[rows.Row], numbers: dict[str, int]) -> Iterator[rows.Row]:
    """The same rows; their numbers are kept by id, so that links can name them."""
    for row in listed:
        numbers[row["id"]] = row["number"]
        yield row
