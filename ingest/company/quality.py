"""Tests of finished lots, holds after a bad one, cleanings of shared lines and counts of the stock."""

from collections.abc import Iterator
from datetime import date, timedelta

from ingest.company.books import Books, at, kilograms, on
from ingest.company.catalogue import OWNER
from ontology.food import Lot, StockCount
from ontology.language import Fact, Ref
from ontology.quality import Cleaning, Hold, TestResult
from ontology.relations import CONCERNS, TOOK_PLACE_AT

_EVERY = 20
"""Every how many orders a finished lot is tested."""
_FIRST_BAD = 60
"""The order whose test is bad in every generated company that is large enough."""
_LABORATORY = "Food laboratory"


def tested(books: Books, order: int, day: date, lots: list[Ref[Lot]]) -> Iterator[Fact]:
    """The test of an order's first pack, and the hold that a bad result brings."""
    if order % _EVERY:
        return
    bad = order == _FIRST_BAD or books.happens(0.01)
    number = f"LR{order:06}"
    found = TestResult(
        issuer=_LABORATORY,
        number=number,
        result=f"Listeria monocytogenes {'' if bad else 'not '}detected in 25 g",
        kind_of_result="confirmed" if bad else "negative",
        found=on(day, 3),
        method="ISO 11290-1",
    )
    yield Fact(found, books.source(number, _LABORATORY), (CONCERNS(lots[0]),))
    if bad:
        until = on(day, 12) if order % (2 * _EVERY) else None
        hold = Hold(issuer=OWNER, number=f"HOLD-{order:06}", since=on(day, 3), until=until, reason=f"Test result {number}")
        yield Fact(hold, books.source(f"HOLD-{order:06}"), tuple(CONCERNS(lot) for lot in lots))


def cleaned(books: Books, plant: int, line: int, day: date) -> Fact:
    """The cleaning of a shared line in the evening; its effect is not always proved."""
    record = f"CL-{plant}-{line}-{day.isoformat()}"
    told = Cleaning(record=record, started=at(day, 22), ended=at(day, 23), validated=not books.happens(0.03))
    return Fact(told, books.source(record), (TOOK_PLACE_AT(books.network.line(plant, line)),))


def counted(books: Books, plant: int, day: date) -> Iterator[Fact]:
    """The count of raw materials at the end of a quarter; now and then a little differs from the books."""
    record = f"SC-{plant}-{day.isoformat()}"
    held = [one for (where, _), stock in sorted(books.stock.items()) if where == plant for one in stock]
    place = books.network.warehouse(plant, finished=False)
    for line, one in enumerate(held, 1):
        amount = one.left - one.left // 20 if books.happens(0.05) else one.left
        told = StockCount(record=record, line=str(line), counted=on(day - timedelta(1)), quantity=kilograms(amount))
        yield Fact(told, books.source(f"{record}/{line}"), (CONCERNS(one.lot), TOOK_PLACE_AT(place)))
