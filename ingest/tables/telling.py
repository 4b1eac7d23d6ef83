"""The facts of a table, row by row: deliveries, lots, places, cases, and which lots went into which (keys: reference/model.md sections 2 and 7)."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from ingest.connector import Document, Told
from ingest.said import Said
from ingest.sheets.cells import Row, shown
from ingest.tables.layout import Table
from ingest.tables.mapping import WHY, Mapping, normal
from ingest.tables.reading import Columns, Reading
from ontology.acts import Document as Paper
from ontology.acts import Process, Shipment
from ontology.errors import FoodFlowError, Refused
from ontology.food import Lot
from ontology.language import Fact, Link, Ref, Refusal, Source
from ontology.places import Party, Place
from ontology.quality import Case, TestResult
from ontology.relations import (
    CARRIES,
    CONCERNS,
    CONTAINS,
    DOCUMENTED_BY,
    HAS_INGREDIENT,
    MADE,
    OF_PRODUCT,
    OPERATED_BY,
    PART_OF,
    SHIPPED_FROM,
    SHIPPED_TO,
    TLC_SOURCE,
    TOOK_PLACE_AT,
    USED,
)
from ontology.values import Coordinates, Time

OWN = "own"
"""Whose the codes and names of a table are, where no data set is named: the company's that imports it, in all of its tables."""
_LOT_TIMES = ("made", "best_before", "use_by", "harvested", "packed")
_MEND = "Mend the row and import it again."


class Telling:
    """One reading of a table; `notes` are told as findings of its first fact."""

    def __init__(self, document: Document, table: Table, mapping: Mapping, said: Said, line: str, notes: tuple[str, ...] = ()) -> None:
        self.document, self.table, self.mapping, self.line = document, table, mapping, line
        self.owner = document.given or OWN
        self._said, self._notes = said, list(notes)
        self._columns = Columns(mapping, self.owner)
        self._headings = [normal(heading) for heading in table.headings]
        self._masters = f"{self.owner}/{mapping.kind}/names/"
        self._met: set[str] = set()
        self._claimed = ""

    def facts(self) -> Iterator[Told]:
        """The facts of every row; a row is held back until the next, so that a total behind the last can be told as well."""
        held: list[Told] = []
        for row in self.table.rows(lambda number: self._notes.append(f"{self.line} {number} is a total or a heading again and was passed over")):
            yield from held
            held = self.told(row)
        yield from self._noted(held)

    def told(self, row: Row) -> list[Told]:
        """The facts of a row, or its refusal."""
        self._claimed = ""
        try:
            facts = list(_TELL[self.mapping.kind](self, Reading(row, self._columns)))
        except _Doubled:
            return []
        except FoodFlowError as error:
            if self._claimed:
                self._said.drop("record", self._claimed)
            return [Refusal(self.place_of(row), str(error), _MEND, self.text_of(row))]
        return self._noted([fact for fact in facts if not (fact.source.record.startswith(self._masters) and self._was_told(fact.source.record))])

    def place_of(self, row: Row) -> str:
        """Where a row stands, in words."""
        sheet = f"{self.table.sheet.name} " if self.table.sheet.name else ""
        return f"{self.document.name} {sheet}{self.line} {row.number}"

    def text_of(self, row: Row) -> str:
        """A row as JSON, heading by heading."""
        told = {heading: shown(cell) for heading, cell in zip(self.table.headings, row.cells, strict=False) if cell is not None}
        return orjson.dumps(told).decode()

    def _noted(self, told: list[Told]) -> list[Told]:
        """The facts with what is to be said of the whole file on the first of the row."""
        for at, fact in enumerate(told if self._notes else ()):
            if isinstance(fact, Fact) and not fact.source.record.startswith(self._masters):
                notes = (f"{self.document.name}: {one}" for one in self._notes)
                told[at] = dataclasses.replace(fact, findings=(*fact.findings, *notes))
                self._notes.clear()
                break
        return told

    def _was_told(self, record: str) -> bool:
        """Whether a place or product was told before; notes that it is told now."""
        if len(self._met) > 50_000:
            self._met.clear()
        if record in self._met:
            return True
        self._met.add(record)
        return self._said.first("master", record) is not None

    def _master(self, thing: Ref[Any], row: Reading, **said: Any) -> Iterator[Fact]:
        """What a row tells of a place or product beside its key, under a record of its own that all rows share."""
        told = {name: value for name, value in said.items() if value}
        record = f"{self._masters}{thing.kind.kind.name}/{thing.key}"
        if told and record not in self._met:
            parts = thing.kind.kind.parts(thing.key)
            yield Fact(thing.kind(**(told | parts)), Source("table", record, self.document.name, row.number))

    def _source(self, record: str, row: Reading) -> Source:
        return Source("table", record, self.document.name, row.number)

    def _once(self, named: str, row: Reading, *, only: bool) -> str:
        """The record of a row by what names it (empty = its content). The same name again counts on, or is refused where there may be `only` one."""
        cells = (f"{at}\x1e{shown(cell)}" for at, cell in zip(self._headings, row.cells, strict=False) if cell is not None and at != WHY)
        content = hashlib.blake2b("\x1f".join(cells).encode(errors="replace"), digest_size=12).hexdigest()
        record = f"{self.owner}/{named}" if named else f"{self.owner}/{self.mapping.kind}/{content}"
        before = self._said.first("record", record, f"{row.number} {content} 1")
        if before is None:
            self._claimed = record
            return record
        number, held, count = before.split()
        if only and held == content:
            raise _Doubled
        if only:
            raise Refused(f"{named.partition('/')[2]!r} stands in {self.line} {number} already, with other content")
        self._said.put("record", record, f"{number} {held} {int(count) + 1}")
        return f"{record}~{int(count) + 1}"

    def delivery(self, row: Reading) -> Iterator[Fact]:
        """A shipment of a lot or pallet from one place to another."""
        start, goal = row.place("from"), row.place("to")
        number, line = row.text("number"), row.text("line")
        goods = "/".join(row.text(name) for name in ("gtin", "product_code", "product_name", "lot") if row.has(name))
        named = f"delivery/{number}/{line}" if number and line else f"delivery/{number}/{goods}" if number else ""
        record = self._once(named, row, only=bool(number and line))
        unit, lot = row.unit(), row.lot(record) if goods.strip("/") else None
        if lot is None and unit is None:
            raise Refused("it names no food: a delivery needs a product, a lot or an SSCC")
        if start is None and goal is None:
            raise Refused("it names no place: a delivery needs a sender or a receiver")
        row.findings += [f"no {word} is told" for place, word in ((start, "sender"), (goal, "receiver")) if place is None]
        departed, arrived = row.time("departed"), row.time("arrived")
        if departed and arrived and departed.earliest and arrived.latest and departed.earliest > arrived.latest:
            row.findings.append(f"it arrived ({arrived.text}) before it left ({departed.text})")
        quantity = row.amount("amount", "unit")
        carried = CARRIES(lot if lot is not None else unit, quantity=quantity)  # type: ignore[arg-type]
        ends = [relation(place) for relation, place in ((SHIPPED_FROM, start), (SHIPPED_TO, goal)) if place]
        papers = [DOCUMENTED_BY(Paper(type=row.text("document_type") or "document", number=row.text("document")))] if row.text("document") else []
        act = Shipment(
            record=record,
            end="both",
            lot=lot.ref if lot else None,
            unit=None if lot else unit.ref if unit else None,
            departed=departed,
            arrived=arrived,
            extra=row.beside(),
        )
        yield from self._names(row, ("from", start), ("to", goal))
        yield Fact(act, self._source(record, row), (carried, *ends, *papers), findings=tuple(row.findings))
        if lot is not None:
            yield self._lot(row, lot, record)
        if unit is not None and lot is not None:
            yield Fact(unit, self._source(record, row), (CONTAINS(lot, seen="seen", at=departed or arrived, quantity=quantity),))

    def lot(self, row: Reading) -> Iterator[Fact]:
        """A lot with its dates."""
        found = row.lot("", "")
        if found is None or found.code_known is False or (found.code is None and found.serial is None):
            raise Refused("it names no lot: a row of lots needs a lot code")
        record = self._once(f"lot/{found.key}", row, only=True)
        yield from self._names(row)
        yield self._lot(row, found, record, note=row.text("note") or None)

    def _lot(self, row: Reading, lot: Lot, record: str, note: str | None = None) -> Fact:
        links: list[Link] = []
        if lot.code_known is False and (product := row.product()):
            links.append(OF_PRODUCT(product))
        source = row.place("tlc_source")
        if source:
            links.append(TLC_SOURCE(source, stated=True))
        told: dict[str, Time | str | None] = {name: row.time(name) for name in _LOT_TIMES if row.has(name)}
        told["country_of_origin"] = row.country("country_of_origin") if row.has("country_of_origin") else None
        told["note"] = note or lot.note
        if any(value is not None for value in told.values()):
            held = {name: getattr(lot, name) for name in ("product", "code", "serial", "line", "grain", "code_known")}
            lot = Lot(**held, **told)  # type: ignore[arg-type]
        findings = tuple(row.findings) if self.mapping.kind == "lots" else ()
        return Fact(lot, self._source(record, row), tuple(links), findings=findings)

    def _names(self, row: Reading, *sides: tuple[str, Place | None]) -> Iterator[Fact]:
        """What the row tells of its places and its product beside their keys."""
        for side, place in sides:
            if place:
                country = row.country(f"{side}_country") if row.has(f"{side}_country") else None
                yield from self._master(place.ref, row, name=None if place.name else row.text(f"{side}_name"), country=country)
        yield from self._product_name(row, "")

    def _product_name(self, row: Reading, before: str) -> Iterator[Fact]:
        product = row.product(before)
        if product and not product.name:
            yield from self._master(product.ref, row, name=row.text(f"{before}product_name"))

    def place(self, row: Reading) -> Iterator[Fact]:
        """A place with its address, its operator and the place it is part of."""
        gln, code, name = row.key("gln") if row.has("gln") else "", row.text("code"), row.text("name")
        if not (gln or code or name):
            raise Refused("it names no place: a row of places needs a GLN, a number or a name")
        at = self._point(row)
        found = Place(
            gln=gln or None,
            owner=None if gln else self.owner,
            code=code or None,
            name=name or None,
            sort=row.text("sort") or None,
            country=row.country("country"),
            address=_address(row),
            at=at,
            extra=row.rest(),
        )
        record = self._once(f"place/{found.key}", row, only=True)
        links = [OPERATED_BY(party) for party in [self._party(row)] if party] + [PART_OF(whole) for whole in [row.place("part_of")] if whole]
        yield Fact(found, self._source(record, row), tuple(links), findings=tuple(row.findings))

    def case(self, row: Reading) -> Iterator[Fact]:
        """People who fell ill at a place, what a laboratory found, and the address of the place."""
        place = row.place("place")
        if place is None:
            raise Refused("it names no place: a row of cases says where people fell ill, or where they ate")
        count, onset = row.number_of("count"), row.time("onset")
        if count is not None and (count < 0 or count != int(count)):
            raise Refused(f"{row.text('count')!r} is no number of people")
        number = row.text("number") or place.name or place.code or place.gln
        record = self._once(f"case/{number}", row, only=True)
        people = Case(
            issuer=self.owner,
            number=number,
            name=row.text("place_name") or None,
            count=None if count is None else int(count),
            onset=onset,
            weight=row.number_of("weight"),
            extra=row.beside(),
        )
        name = None if place.name else row.text("place_name")
        yield from self._master(place.ref, row, name=name, sort=row.text("sort"), address=_address(row), country=row.country("country"))
        yield Fact(people, self._source(record, row), (CONCERNS(place),), findings=tuple(row.findings))
        if row.text("result"):
            yield Fact(TestResult(issuer=self.owner, number=number, result=row.text("result")), self._source(record, row), (CONCERNS(people),))

    def _point(self, row: Reading) -> Coordinates | None:
        latitude, longitude = row.number_of("latitude"), row.number_of("longitude")
        both = row.text("coordinates").removeprefix("geo:").replace(";", ",").split(",")
        if latitude is None and len(both) == 2:
            try:
                latitude, longitude = float(both[0]), float(both[1])
            except ValueError:
                raise Refused(f"{row.text('coordinates')!r} is no latitude, longitude") from None
        if latitude is None or longitude is None:
            return None
        point = Coordinates(latitude, longitude)
        problem = point.problem()
        if problem:
            raise Refused(problem)
        return point

    def _party(self, row: Reading) -> Party | None:
        gln, name = row.key("operator_gln") if row.has("operator_gln") else "", row.text("operator_name")
        return Party(gln=gln) if gln else Party(owner=self.owner, name=name) if name else None

    def recipe(self, row: Reading) -> Iterator[Fact]:
        """Lots that went into a lot, as the process that did it; or products that are made of products, where the table knows no lots."""
        if not (row.has("input_lot") or row.has("output_lot") or row.has("order")):
            yield from self._ingredient(row)
            return
        order = row.text("order")
        sides = ["/".join(row.text(f"{side}_{name}") for name in ("gtin", "product_code", "product_name", "lot")) for side in ("input", "output")]
        named = f"process/{order}/{sides[0]}/{sides[1]}" if order else ""
        record = self._once(named, row, only=False)
        used = row.lot(f"{record}/in", "input_") if sides[0].strip("/") else None
        made = row.lot(f"{record}/out", "output_") if sides[1].strip("/") else None
        if used is None and made is None:
            raise Refused("it names no food: a row of recipes needs a lot or product that went in, or one that came out")
        started, ended = row.time("started"), row.time("ended")
        if started and ended and started.earliest and ended.latest and started.earliest > ended.latest:
            row.findings.append(f"it ended ({ended.text}) before it began ({started.text})")
        known = order or (f"lot {made.key}" if made is not None and made.code else "")
        act = Process(
            owner=self.owner if known else None,
            order=known or None,
            record=None if known else record,
            step=row.text("step") or None,
            started=started,
            ended=ended,
            extra=row.beside(),
        )
        place = row.place("place")
        links = [USED(used, quantity=row.amount("input_amount", "input_unit"), use=row.text("use") or None)] if used else []
        links += [MADE(made, quantity=row.amount("output_amount", "output_unit"))] if made else []
        links += [TOOK_PLACE_AT(place)] if place else []
        yield from self._names_of_goods(row, place)
        yield Fact(act, self._source(record, row), tuple(links), findings=tuple(row.findings))
        for side, lot in (("input_", used), ("output_", made)):
            if lot and lot.code_known is False and (product := row.product(side)):
                yield Fact(lot, self._source(record, row), (OF_PRODUCT(product),))

    def _names_of_goods(self, row: Reading, place: Place | None) -> Iterator[Fact]:
        yield from self._product_name(row, "input_")
        yield from self._product_name(row, "output_")
        if place and not place.name:
            yield from self._master(place.ref, row, name=row.text("place_name"))

    def _ingredient(self, row: Reading) -> Iterator[Fact]:
        whole, part = row.product("output_"), row.product("input_")
        if whole is None or part is None:
            raise Refused("it names no two products: a row of a recipe needs the product that is made and one that goes in")
        share = row.share("share")
        record = self._once(f"recipe/{whole.key}/{part.key}", row, only=True)
        yield from self._names_of_goods(row, None)
        yield Fact(whole.ref, self._source(record, row), (HAS_INGREDIENT(part, share=share),), findings=tuple(row.findings))


def _address(row: Reading) -> str | None:
    """The address that a row tells, in one cell or in several."""
    street = " ".join(filter(None, (row.text("street"), row.text("house_number"))))
    city = " ".join(filter(None, (row.text("postal_code"), row.text("city"))))
    return row.text("address") or ", ".join(filter(None, (street, city, row.text("region")))) or None


class _Doubled(Refused):
    """A row that stands in the table twice, word by word."""


_TELL: dict[str, Callable[[Telling, Reading], Iterator[Fact]]] = {
    "deliveries": Telling.delivery,
    "lots": Telling.lot,
    "places": Telling.place,
    "cases": Telling.case,
    "recipes": Telling.recipe,
}
