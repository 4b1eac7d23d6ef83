"""A food company that never was: two years of its records, generated from a seed, for the demo and for measurements."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from random import Random

import orjson

from ingest.company import catalogue
from ingest.company.books import Books
from ingest.company.production import Order, made
from ingest.company.quality import cleaned, counted
from ingest.company.sites import PLANTS, Network, is_shared
from ingest.connector import Connector, Document, Told
from ingest.json_stream import Broken, JsonStream
from ontology.acts import Shipment
from ontology.language import Fact, Refusal

FORMAT = "foodflow-company/1"
SAMPLE = '{"format": "foodflow-company/1", "note": "example", "shipments": 40, "seed": 7}\n'
MOST = 10_000_000
_WORDS = ("format", "note")
_FIRST = date(2024, 1, 2)
_DAYS = 730
_QUARTERS = {(1, 2), (4, 1), (7, 1), (10, 1)}


def facts(shipments: int = 2_000, seed: int = 2026, document: str | None = None) -> Iterator[Fact]:
    """Two years of a food company with exactly so many records of shipments; the same numbers give the same facts.

    Streamed: memory does not grow with `shipments`. Quantities are in kilograms, times in UTC.
    """
    books = Books(Network.for_shipments(shipments), Random(seed), document)
    if shipments <= 0:
        return
    master = books.source("master data")
    for row, fact in enumerate(chain(catalogue.facts(master), books.network.facts(master)), 1):
        yield replace(fact, source=books.source(f"master data {row}"))
    told = 0
    for day in (_FIRST + timedelta(number) for number in range(_DAYS)):
        if (day.month, day.day) in _QUARTERS:
            for plant in range(len(PLANTS)):
                yield from counted(books, plant, day)
        turns: Counter[tuple[int, int]] = Counter()
        while told * _DAYS < shipments * ((day - _FIRST).days + 1):
            for fact in made(books, _order(books, day, turns)):
                yield fact
                told += isinstance(fact.about, Shipment)
                if told == shipments:
                    return
        yield from (cleaned(books, plant, line, day) for plant, line in sorted(turns) if is_shared(line))


def _order(books: Books, day: date, turns: "Counter[tuple[int, int]]") -> Order:
    plant, line = books.chance.randrange(len(PLANTS)), books.chance.randrange(books.network.lines)
    recipe = books.chance.choice(catalogue.ON_LINE[(plant, line % 3)])
    turns[(plant, line)] += 1
    return Order(books.number("order"), plant, line, day, turns[(plant, line)] - 1, recipe)


class Company(Connector):
    """A generated food company of some size: suppliers, two plants, lots, shipments and customers over two years."""

    name = "company"
    sample = SAMPLE
    by_record = False

    def recognises(self, document: Document) -> bool:
        """A JSON file that names the format."""
        return f'"{FORMAT}"'.encode() in document.head(1000)

    def facts(self, document: Document) -> Iterator[Told]:
        """The facts of the company that the document asks for; a member without meaning here is refused."""
        wanted = _wanted(document)
        if isinstance(wanted, Refusal):
            yield wanted
        else:
            yield from facts(**wanted, document=document.name)

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The document itself where it was refused, to be mended; else one that tells nothing."""
        yield next((one.text.encode() for one in refusals if one.text), b"") or orjson.dumps({"format": FORMAT, "shipments": 0})


def _wanted(document: Document) -> dict[str, int] | Refusal:
    """How many shipments from which seed, or what is wrong with the document."""
    remedy = f"Write {SAMPLE.strip()}, with up to {MOST} shipments."
    try:
        stream = JsonStream(document.open())
        record = stream.record()
        stream.skip()
    except Broken as error:
        return Refusal(f"{document.name} {error.place}", str(error), remedy)
    whole, problem = record.value, record.problem
    if not problem and (not isinstance(whole, dict) or whole.get("format") != FORMAT):
        problem = f"it is no {FORMAT} file"
    if problem:
        return Refusal(document.name, problem, remedy, record.text())
    for name, value in whole.items():
        if name in _WORDS and isinstance(value, str):
            continue
        if name not in ("shipments", "seed") or type(value) is not int or not 0 <= value <= MOST:
            return Refusal(f"{document.name} member {name!r}", f"{name} cannot be {value!r}", remedy, record.text())
    return {name: value for name, value in whole.items() if name not in _WORDS}
