"""Where the generated company buys, makes, stores and sells: suppliers, two plants with lines and warehouses, distribution centres, customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ingest.company.catalogue import OWNER, TRADES, Ingredient
from ingest.company.numbers import gln
from ontology.language import Fact, Ref, Source
from ontology.places import Party, Place
from ontology.quality import Certificate
from ontology.relations import HOLDS, OPERATED_BY, PART_OF, SUPPLIES
from ontology.values import Coordinates, Time

PLANTS = (("Plant North", "DE", 53.6, 10.0), ("Plant South", "AT", 47.8, 13.0))
_CENTRES = (
    ("Hamburg", "DE", 53.5, 9.9),
    ("Berlin", "DE", 52.5, 13.4),
    ("Munich", "DE", 48.1, 11.6),
    ("Vienna", "AT", 48.2, 16.4),
    ("Lyon", "FR", 45.8, 4.8),
    ("Milan", "IT", 45.5, 9.2),
)
_SORTS = ("store", "store", "store", "canteen", "restaurant", "wholesaler")
_COUNTRIES = ("DE", "AT", "FR", "IT", "ES", "PL")
_CHAIN = 25
"""Customers that one party operates."""

COMPANY = Party(gln=gln(1))


@dataclass(frozen=True)
class Network:
    """The places of a company of some size; their numbers follow from their position, so none of them is kept in memory."""

    lines: int
    suppliers: int
    customers: int

    @classmethod
    def for_shipments(cls, shipments: int) -> "Network":
        """A network that grows with what moves through it."""
        return cls(3 * (1 + shipments // 90_000), 2 * len(TRADES) + shipments // 2_500, max(12, shipments // 10))

    def plant(self, plant: int) -> Ref[Place]:
        """A plant's site."""
        return _place(10 + plant)

    def line(self, plant: int, line: int) -> Ref[Place]:
        """A line of a plant."""
        return _place(1_000 + 10_000 * plant + line)

    def warehouse(self, plant: int, finished: bool) -> Ref[Place]:
        """A plant's warehouse for raw materials or finished goods."""
        return _place(20 + 2 * plant + finished)

    def centre(self, number: int) -> Ref[Place]:
        """A distribution centre."""
        return _place(50 + number % len(_CENTRES))

    def centres(self) -> int:
        """How many distribution centres there are."""
        return len(_CENTRES)

    def customer(self, number: int) -> Ref[Place]:
        """A customer's place."""
        return _place(200_000_000 + number)

    def offers(self, ingredient: Ingredient) -> range:
        """The suppliers that sell an ingredient, by number."""
        return range(TRADES.index(ingredient.trade), self.suppliers, len(TRADES))

    def supplier(self, number: int) -> Ref[Place]:
        """A supplier's place of dispatch."""
        return _place(100_000_000 + 2 * number)

    def field(self, number: int) -> Ref[Place]:
        """Where a grower harvests."""
        return _place(100_000_001 + 2 * number)

    def facts(self, source: Source) -> Iterator[Fact]:
        """The master data of parties and places."""
        yield Fact(Party(gln=gln(1), name=OWNER, country="DE", business="food manufacturer"), source)
        for plant, (name, country, latitude, longitude) in enumerate(PLANTS):
            yield from self._plant(
                plant, Place(gln=gln(10 + plant), name=name, sort="plant", country=country, at=Coordinates(latitude, longitude)), source
            )
        for number, (name, country, latitude, longitude) in enumerate(_CENTRES):
            known = Place(
                gln=gln(50 + number),
                name=f"Distribution centre {name}",
                sort="distribution centre",
                country=country,
                at=Coordinates(latitude, longitude),
            )
            yield Fact(known, source, (OPERATED_BY(COMPANY),))
        for number in range(self.suppliers):
            yield from self._supplier(number, source)
        for number in range(self.customers):
            yield from self._customer(number, source)

    def _plant(self, plant: int, site: Place, source: Source) -> Iterator[Fact]:
        yield Fact(site, source, (OPERATED_BY(COMPANY),))
        for finished, goods in enumerate(("raw materials", "finished goods")):
            store = Place(gln=gln(20 + 2 * plant + finished), name=f"{site.name}, warehouse for {goods}", sort="warehouse", country=site.country)
            yield Fact(store, source, (PART_OF(site),))
        for line in range(self.lines):
            known = Place(
                gln=gln(1_000 + 10_000 * plant + line),
                name=f"{site.name}, line {line + 1}",
                sort="line",
                country=site.country,
                cross_contamination=is_shared(line) or None,
            )
            yield Fact(known, source, (PART_OF(site),))

    def _supplier(self, number: int, source: Source) -> Iterator[Fact]:
        trade, country = TRADES[number % len(TRADES)], _COUNTRIES[number % len(_COUNTRIES)]
        name = f"{trade.capitalize()} {number // len(TRADES) + 1}"
        party = Party(gln=gln(100_000_000 + 2 * number), name=name, country=country, business=trade)
        holds = (HOLDS(Certificate(issuer="IFS", number=f"IFS-{number:05}")),) if number % 3 else ()
        yield Fact(party, source, (SUPPLIES(COMPANY, product=trade), *holds))
        if holds:
            since, until = ("2024-03", "2025-02-28") if number % 7 == 1 else ("2023-11-01", "2026-10-31")
            yield Fact(
                Certificate(issuer="IFS", number=f"IFS-{number:05}", standard="IFS Food 8", since=Time.told(since), until=Time.told(until)), source
            )
        site = Place(gln=gln(100_000_000 + 2 * number), name=name, sort="supplier", country=country)
        yield Fact(site, source, (OPERATED_BY(party),))
        if trade == "growers":
            field = Place(gln=gln(100_000_001 + 2 * number), name=f"{name}, fields", sort="field", country=country)
            yield Fact(field, source, (PART_OF(site),))

    def _customer(self, number: int, source: Source) -> Iterator[Fact]:
        chain = Party(gln=gln(300_000_000 + number // _CHAIN))
        country = _COUNTRIES[number % 4]
        if number % _CHAIN == 0:
            yield Fact(Party(gln=chain.gln, name=f"Customer group {number // _CHAIN + 1}", country=country, business="retail"), source)
        sort = _SORTS[number % len(_SORTS)]
        known = Place(gln=gln(200_000_000 + number), name=f"{sort.capitalize()} {number + 1}", sort=sort, country=country)
        yield Fact(known, source, (OPERATED_BY(chain),))


def is_shared(line: int) -> bool:
    """Whether a line runs products with different allergens, so that food may carry over between two validated cleanings."""
    return line % 3 == 2


@lru_cache(1 << 17)
def _place(number: int) -> Ref[Place]:
    return Ref(Place, f"gln:{gln(number)}")
