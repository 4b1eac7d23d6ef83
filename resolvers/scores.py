"""What the cases of an investigation can have come from: places, lots and acts by their scores."""

import asyncio
from collections.abc import Callable
from typing import cast

import strawberry
from strawberry.scalars import JSON

from algorithms import outbreak
from algorithms.investigated import CLEAR, CONTAMINATES, Investigated, Row, common, drawn, ranked, row, scoring
from algorithms.linked import MOST, linked, told
from algorithms.names import any_name, lot_name
from algorithms.notifications import HAZARDS
from algorithms.rows import Key
from ontology.errors import Refused
from resolvers.ids import id_of, key_of
from resolvers.scored import Score, ScoreCounts, ScoredLink, ScoredSort, row_of
from resolvers.traced import Named, page

MOST_DRAWN = 500
MOST_LISTED = 5_000


@strawberry.type(
    description="A lot by all that is known: how likely all of the contamination went through it (`posterior`), how likely it began there, and why."
)
class SuspectLot:
    """A lot."""

    id: strawberry.ID
    name: str
    posterior: float
    began: float
    reasons: list[str]


@strawberry.type(description="All shipments from one place to another: how many, and the highest score among them.")
class ScoredWay:
    """Shipments between two places."""

    start: strawberry.ID
    end: strawberry.ID
    shipments: int
    score: float


@strawberry.type(description="The places that bear evidence or that evidence leads to, the ways between them, and how many such places are left out.")
class ScorePicture:
    """A picture."""

    places: list[Score]
    ways: list[ScoredWay]
    left: int


@strawberry.type(description="How many places, lots or acts all of the evidence leads to, and the first of them by score.")
class Scores:
    """Scores."""

    found: strawberry.Private[Investigated]
    other: strawberry.Private[Investigated | None]
    hazard: strawberry.Private[str | None]
    evidence: int = strawberry.field(description="How many places and acts bear evidence.")

    @strawberry.field(description="Places and acts with evidence that no record of food speaks of: they count for nothing.")
    def unknown(self) -> list[Named]:
        """What is not in the flow."""
        return [Named(id=id_of(*key), name=any_name(self.found.flow, *key)) for key in self.found.unknown]

    @strawberry.field(description="How many places all of the evidence leads to.")
    def common_places(self) -> int:
        """Common links among places."""
        return common(self.found.places)

    @strawberry.field(description="How many lots all of the evidence leads to.")
    def common_lots(self) -> int:
        """Common links among lots."""
        return common(self.found.lots)

    @strawberry.field(description="How many of each any of the evidence leads to.")
    def scoring(self) -> ScoreCounts:
        """How many score."""
        found = self.found
        return ScoreCounts(places=scoring(found.places), lots=scoring(found.lots), acts=scoring(found.acts))

    @strawberry.field(description="How many of each there are, whatever their score.")
    def total(self) -> ScoreCounts:
        """How many there are."""
        found = self.found
        return ScoreCounts(places=len(found.places.score), lots=len(found.lots.score), acts=len(found.acts.score))

    @strawberry.field(
        description="A page of places by score, highest first; compared with another what-if, by how much they changed. `every` lists those, too, "
        "that no evidence leads to."
    )
    def places(self, first: int = 20, offset: int = 0, every: bool = False) -> list[Score]:
        """Places."""
        flow, numbers = self.found.flow, self.found.chart.places
        return self._ranked(lambda one: one.places, (*page(first, offset), every), lambda number: ("Place", flow.keys[int(numbers[number])]))

    @strawberry.field(description="A page of lots by score, over all acts that carry or use them.")
    def lots(self, first: int = 20, offset: int = 0, every: bool = False) -> list[Score]:
        """Lots."""
        flow, numbers = self.found.flow, self.found.chart.lots
        return self._ranked(lambda one: one.lots, (*page(first, offset), every), lambda number: ("Lot", flow.keys[int(numbers[number])]))

    @strawberry.field(description="A page of shipments and processes by score.")
    def acts(self, first: int = 20, offset: int = 0, every: bool = False) -> list[Score]:
        """Acts."""
        return self._ranked(lambda one: one.acts, (*page(first, offset), every), lambda number: self.found.flow.acts[number])

    @strawberry.field(description=f"How many links between acts there are, but for those through shared places; counting ends at {MOST:,}.")
    async def total_links(self) -> int:
        """How many links there are."""
        return len((await asyncio.to_thread(linked, self.found.flow, self.found.scope)).numbers)

    @strawberry.field(description="A page of links between acts, those first that most of the evidence leads through.")
    async def links(self, first: int = 100, offset: int = 0) -> list[ScoredLink]:
        """Links."""
        return await asyncio.to_thread(self._links, *page(first, offset))

    @strawberry.field(
        description=f"A page of lots, acts or links as JSON with the names of their fields: for who takes very many. At most {MOST_LISTED:,} at once."
    )
    async def rows(self, of: ScoredSort, first: int = 1_000, offset: int = 0, every: bool = False) -> list[JSON]:
        """Rows."""
        bounds = page(first, offset, MOST_LISTED)
        return await asyncio.to_thread(self._rows, of, bounds, every)

    def _rows(self, of: ScoredSort, bounds: tuple[int, int], every: bool) -> list[JSON]:
        flow, numbers = self.found.flow, self.found.chart.lots
        if of is ScoredSort.LINKS:
            return [cast(JSON, row_of(one)) for one in self._links(*bounds)]
        found, key = (lambda one: one.acts), (lambda number: flow.acts[number])
        if of is ScoredSort.LOTS:
            found, key = (lambda one: one.lots), (lambda number: ("Lot", flow.keys[int(numbers[number])]))
        return [cast(JSON, row_of(one)) for one in self._ranked(found, (*bounds, every), key)]

    @strawberry.field(
        description="Lots by all that is known, the likeliest first: `hazard` is one that notifications were counted of, such as norovirus."
    )
    async def suspects(self, hazard: str | None = None, first: int = 10) -> list[SuspectLot]:
        """Lots by all that is known."""
        if hazard is not None and hazard not in HAZARDS:
            raise Refused(f"{hazard!r} was not counted: choose of {', '.join(HAZARDS)}, or name none.")
        flow, numbers = self.found.flow, self.found.chart.lots
        found = (await asyncio.to_thread(self.found.suspects, hazard or self.hazard))[: page(first)[0]]
        keys = [flow.keys[int(numbers[one.lot])] for one in found]
        return [
            SuspectLot(id=id_of("Lot", key), name=lot_name(flow, key), posterior=one.carried, began=one.began, reasons=list(one.reasons))
            for one, key in zip(found, keys, strict=True)
        ]

    @strawberry.field(description=f"What there is to draw: at most {MOST_DRAWN} places, the highest scores first.")
    def picture(self, most: int = 150) -> ScorePicture:
        """A picture."""
        if not 0 <= most <= MOST_DRAWN:
            raise Refused(f"most is {most}; at most {MOST_DRAWN} places are drawn.")
        flow, numbers, before = self.found.flow, self.found.chart.places, self.other.places if self.other else None
        found = drawn(self.found, most)
        keys = {number: ("Place", flow.keys[int(numbers[number])]) for number in found.places}
        places = [self._score(row(self.found.places, number), key, before) for number, key in keys.items()]
        ways = [ScoredWay(start=id_of(*keys[way.start]), end=id_of(*keys[way.goal]), shipments=way.shipments, score=way.score) for way in found.ways]
        return ScorePicture(places=places, ways=ways, left=found.left)

    @strawberry.field(description="The scores of one place, lot or act; null for one that no record of food speaks of.")
    def of(self, id: strawberry.ID) -> Score | None:
        """One score."""
        return self._of(key_of(id))

    def _of(self, key: Key) -> Score | None:
        scores, number = self.found.one(key)
        before = self.other.one(key)[0] if self.other else None
        return self._score(row(scores, number), key, before) if number >= 0 else None

    def _links(self, first: int, offset: int) -> list[ScoredLink]:
        held = linked(self.found.flow, self.found.scope)
        found = told(held.walk, held.ranked(self.found.acts.score)[offset : offset + first])
        shown = [(one, self._of(one.start), self._of(one.end)) for one in found]
        return [
            ScoredLink(
                start=start,
                end=end,
                rule=one.rule,
                method=one.method,
                confidence=one.confidence,
                scope=one.scope,
                quantity=[cast(JSON, amount) for amount in one.quantity],
            )
            for one, start, end in shown
            if start and end
        ]

    def _ranked(self, of: Callable[[Investigated], outbreak.Scores], asked: tuple[int, int, bool], key: Callable[[int], Key]) -> list[Score]:
        now, before = of(self.found), of(self.other) if self.other else None
        first, offset, every = asked
        return [self._score(one, key(one.number), before) for one in ranked(now, first, before, offset, every=every)]

    def _score(self, one: Row, key: Key, before: outbreak.Scores | None) -> Score:
        flags = self.found.flags(key)
        return Score(
            flow=self.found.flow,
            id=id_of(*key),
            kind=key[0],
            name=any_name(self.found.flow, *key),
            score=one.score,
            positive=one.positive,
            negative=one.negative,
            common=one.common,
            weight=self.found.evidence.weights.get(key, 0.0),
            contaminates=flags[CONTAMINATES],
            clear=flags[CLEAR],
            before=row(before, one.number).score if before is not None else None,
        )


def scores_of(found: Investigated, other: Investigated | None, hazard: str | None) -> Scores:
    """The scores with some evidence, compared with those of other evidence where that is given; `hazard` in the investigator's words."""
    known = next((one for one in HAZARDS if hazard and one.lower() in hazard.lower()), None)
    return Scores(found=found, other=other, hazard=known, evidence=int((found.scored.weights != 0).sum()))
