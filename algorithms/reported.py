"""Stations, deliveries and their links as a file reports them, with what investigators set on them: what scores run over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import numpy as np

from algorithms.days import Days
from algorithms.pools import Ints
from ontology.acts import Shipment
from ontology.food import Lot
from ontology.language import Fact, Link, Refusal, Retraction
from ontology.places import Place
from ontology.relations import FED, SHIPPED_FROM, SHIPPED_TO
from ontology.values import Time

_DAY = 86_400


@dataclass
class Marked:
    """Things of one sort by their ids, and what is set on each: weight, whether food contaminates other food there, and whether it is made safe."""

    numbers: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    cross: list[bool] = field(default_factory=list)
    kill: list[bool] = field(default_factory=list)
    observed: list[bool] = field(default_factory=list)

    def add(self, number: str, name: str, thing: Place | Shipment) -> None:
        """One more."""
        self.numbers[number] = len(self.numbers)
        self.names.append(name)
        self.weight.append(thing.weight or 0.0)
        self.cross.append(bool(thing.cross_contamination))
        self.kill.append(bool(thing.kill_contamination))
        self.observed.append(bool(thing.observed))

    def __len__(self) -> int:
        return len(self.numbers)


class Reported:
    """The stations and deliveries of one file, and which delivery became which."""

    def __init__(self, told: Iterable[Fact | Retraction | Refusal]) -> None:
        self.stations, self.deliveries, self.refused = Marked(), Marked(), list[Refusal]()
        self._places, self._shipments = dict[str, int](), dict[str, int]()
        self._ends: list[tuple[int, int]] = []
        self._lots: list[str] = []
        self._called = dict[str, str]()
        self._days: list[tuple[float, float, float, float]] = []
        self._links: list[tuple[int, int]] = []
        for one in told:
            if isinstance(one, Refusal):
                self.refused.append(one)
            elif isinstance(one, Fact):
                self._tell(one)
        self.start, self.goal = (np.array([ends[side] for ends in self._ends], np.int64) for side in (0, 1))
        numbers = {lot: number for number, lot in enumerate(dict.fromkeys(self._lots))}
        self.lot: Ints = np.array([numbers[lot] for lot in self._lots], np.int64)
        self.lots = [self._called.get(lot, lot) for lot in numbers]
        self.before, self.after = (np.array([link[side] for link in self._links], np.int64) for side in (0, 1))
        self.days = Days(*(np.array([days[at] for days in self._days], np.float64) for at in range(4)))

    def _tell(self, fact: Fact) -> None:
        about = fact.about
        if isinstance(about, Place):
            self._places[about.key] = len(self.stations)
            self.stations.add(str(about.code), about.name or str(about.code), about)
        elif isinstance(about, Shipment):
            ends = {link.relation: self._places[link.end.key] for link in fact.links if link.relation in (SHIPPED_FROM, SHIPPED_TO)}
            self._shipments[about.key] = len(self.deliveries)
            number = str(about.record).rpartition("/delivery/")[2]
            self.deliveries.add(number, f"delivery {number}", about)
            self._ends.append((ends[SHIPPED_FROM], ends[SHIPPED_TO]))
            self._lots.append(about.lot.key if about.lot else about.key)
            self._days.append((*_span(about.departed), *_span(about.arrived)))
        elif isinstance(about, Lot):
            self._called[about.key] = _called(about)
        elif isinstance(about, Link) and about.relation is FED and about.start:
            self._links.append((self._shipments[about.start.key], self._shipments[about.end.key]))


def _called(lot: Lot) -> str:
    """A lot in words: its product and its code."""
    product = unquote(lot.product.key.rpartition("/")[2]) if lot.product else lot.note or "unnamed"
    return f"{product}, lot {lot.code}" if lot.code else f"{product}, lot not told"


def _span(time: Time | None) -> tuple[float, float]:
    """The earliest and latest day of a time, in days since 1970."""
    low, high = (time.earliest, time.latest) if time else (None, None)
    return _day(low, -np.inf), _day(high, np.inf)


def _day(moment: Any, default: float) -> float:
    return float(moment.timestamp() // _DAY) if moment else default
