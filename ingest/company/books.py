"""What the generated company keeps while it works: its numbers, its stock, and how it writes records down."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import count
from random import Random
from typing import Any

from ingest.company.catalogue import OWNER
from ingest.company.sites import Network
from ontology.acts import Document, Shipment
from ontology.food import Lot
from ontology.language import Fact, Link, Ref, Source
from ontology.places import Place
from ontology.relations import CARRIES, DOCUMENTED_BY, SHIPPED_FROM, SHIPPED_TO
from ontology.values import Quantity, Time

Amount = int
"""Tenths of a kilogram: whole numbers, so that what goes in and what comes out balance exactly."""


@dataclass
class Held:
    """What is left of a lot in a plant's store."""

    lot: Ref[Lot]
    left: Amount


@dataclass
class Books:
    """The state of the company: nothing in it grows with the number of shipments."""

    network: Network
    chance: Random
    document: str | None = None
    stock: dict[tuple[int, int], deque[Held]] = field(default_factory=lambda: defaultdict(deque))
    rework: dict[tuple[int, int], Held] = field(default_factory=dict)
    used_again: dict[int, tuple[str, int]] = field(default_factory=dict)
    numbers: dict[str, "count[int]"] = field(default_factory=lambda: defaultdict(lambda: count(1)))

    def number(self, series: str) -> int:
        """The next number of a series."""
        return next(self.numbers[series])

    def source(self, record: str, name: str = OWNER) -> Source:
        """A record as the source of a fact."""
        return Source(name, record, self.document)

    def happens(self, share: float) -> bool:
        """Whether something that happens in this share of cases happens now."""
        return self.chance.random() < share


@dataclass(frozen=True)
class Leg:
    """A move of food from one place to another: when, how much, with which paper."""

    start: Ref[Place]
    goal: Ref[Place]
    departed: Time
    arrived: Time
    amount: Amount
    paper: Ref[Document] | None = None


def shipped(books: Books, record: str, good: Ref[Any], leg: Leg, ends: str, sender: str = OWNER) -> Iterator[Fact]:
    """A move as records tell it: `both` ends in one, the `departure` or the `arrival` alone, or `two` records, one by each end."""
    links: tuple[Link, ...] = (CARRIES(good, quantity=kilograms(leg.amount)), SHIPPED_FROM(leg.start), SHIPPED_TO(leg.goal))
    if leg.paper:
        links = (*links, DOCUMENTED_BY(leg.paper))
    lot, unit = (good, None) if good.kind is Lot else (None, good)
    if ends in ("two", "departure"):
        told = Shipment(record=f"{record}/out", end="departure", lot=lot, unit=unit, departed=leg.departed)
        yield Fact(told, books.source(f"{record}/out", sender), links)
    if ends in ("two", "arrival"):
        told = Shipment(record=f"{record}/in", end="arrival", lot=lot, unit=unit, arrived=leg.arrived)
        yield Fact(told, books.source(f"{record}/in"), links)
    if ends == "both":
        told = Shipment(record=record, end="both", lot=lot, unit=unit, departed=leg.departed, arrived=leg.arrived)
        yield Fact(told, books.source(record), links)


@lru_cache(8192)
def kilograms(amount: Amount) -> tuple[Quantity, ...]:
    """An amount as it is told."""
    return (Quantity(amount / 10, "KGM"),)


@lru_cache(8192)
def at(day: date, hour: int, later: int = 0) -> Time:
    """An hour of a day, or of one some days later, UTC."""
    return Time.told(f"{(day + timedelta(later)).isoformat()}T{hour:02}:00:00Z")


@lru_cache(8192)
def on(day: date, later: int = 0) -> Time:
    """A whole day."""
    return Time.told((day + timedelta(later)).isoformat())


@lru_cache(8192)
def month(day: date) -> Time:
    """A month: a date that was noted only in part."""
    return Time.told(day.isoformat()[:7])
