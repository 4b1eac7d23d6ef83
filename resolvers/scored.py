"""A place, lot or act with its score, and a link between two acts with theirs."""

from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from algorithms.columns import ACT_KINDS
from algorithms.flow import Flow
from algorithms.names import ends, when
from algorithms.rows import Act
from graph_core.callers import Permission
from resolvers.context import context_of
from resolvers.ids import key_of
from resolvers.traced import Named, TracedGood, good, named
from resolvers.views import ThingView, shown


@strawberry.type(description="What a shipment or process moved or did: which food, from where to where, and when.")
class ScoredAct:
    """What an act did."""

    flow: strawberry.Private[Flow]
    number: strawberry.Private[int]

    @strawberry.field(description="What was done, in the words of the ontology: shipping, sprouting, packing.")
    def step(self) -> str | None:
        """What was done."""
        return self._row.step

    @strawberry.field(description="When it began or left, as told.")
    def when(self) -> str | None:
        """When it began."""
        return when(self.flow, self.number)

    @strawberry.field(description="When it ended or arrived, as told; the same as `when` where one time is known.")
    def ended(self) -> str | None:
        """When it ended."""
        arrived = self.flow.arrived.get(self.number)
        return (arrived.act if arrived else self._row).last[0]

    @strawberry.field(name="from", description="The place that a shipment left.")
    def left(self) -> Named | None:
        """The place that it left."""
        return named(self.flow, "Place", ends(self.flow, self.number)[0])

    @strawberry.field(name="to", description="The place that a shipment reached; for a process the place where it was done.")
    def reached(self) -> Named | None:
        """The place that it reached."""
        return named(self.flow, "Place", ends(self.flow, self.number)[1] or next(iter(self._row.places), None))

    @strawberry.field(description="The food that it used, made or carried.")
    def goods(self) -> list[TracedGood]:
        """The food."""
        return [good(self.flow, *one) for one in self._row.goods]

    @property
    def _row(self) -> Act:
        row: Act = self.flow.told[self.number]
        return row


@strawberry.type(
    description="How much of the evidence leads to a thing: `score` is what speaks for it less what clears it, by all that speaks or clears, "
    "whichever is more; `common` says that all of it leads there; `before` is its score in the what-if that it is compared with."
)
class Score:
    """A score."""

    flow: strawberry.Private[Flow]
    id: strawberry.ID
    kind: str
    name: str
    score: float
    positive: float
    negative: float
    common: bool
    weight: float = strawberry.field(description="The evidence that lies on the thing itself.")
    contaminates: bool
    clear: bool
    before: float | None

    @strawberry.field(description="What it moved or did; null for a place, a lot, and an act that no record tells any more.")
    def act(self) -> ScoredAct | None:
        """What an act did."""
        number = self.flow.number.get(key_of(self.id), -1) if self.kind in ACT_KINDS else -1
        return ScoredAct(flow=self.flow, number=number) if number >= 0 else None

    @strawberry.field(description="The thing itself, with all that is told of it.")
    async def thing(self, info: strawberry.Info) -> ThingView | None:
        """The thing itself."""
        node = await context_of(info, Permission.READ).things.load(key_of(self.id))
        return shown(node) if node else None


@strawberry.type(description="A link by which food of the act `start` went into the act `end`, each with its score.")
class ScoredLink:
    """A link."""

    start: Score
    end: Score
    rule: str
    method: str
    confidence: float
    scope: str
    quantity: list[JSON]


@strawberry.type(description="How many places, lots and acts there are.")
class ScoreCounts:
    """How many there are."""

    places: int
    lots: int
    acts: int


@strawberry.enum(description="What is listed by its scores.")
class ScoredSort(Enum):
    """What is listed."""

    LOTS = "lots"
    ACTS = "acts"
    LINKS = "links"


def row_of(one: Score | ScoredLink) -> dict[str, Any]:
    """A lot, act or link with what its fields tell, as JSON: for who takes very many."""
    if isinstance(one, ScoredLink):
        told = {name: getattr(one, name) for name in ("rule", "method", "confidence", "scope", "quantity")}
        return {"start": _shares(one.start), "end": _shares(one.end), **told}
    act = one.act()
    if act is None:
        lot = one.flow.row("Lot", key_of(one.id)[1])
        return {**_shares(one), "thing": {"code": lot.code if lot else None}}
    goods = [
        {"name": good.name, "role": good.role, "code": good.code, "product": _name(good.product), "quantity": good.quantity} for good in act.goods()
    ]
    ends = {"from": _name(act.left()), "to": _name(act.reached())}
    return {**_shares(one), "act": {"step": act.step(), "when": act.when(), "ended": act.ended(), **ends, "goods": goods}}


def _shares(one: Score) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "kind", "name", "score", "positive", "negative", "weight", "common")}


def _name(thing: Named | None) -> dict[str, str] | None:
    return {"id": thing.id, "name": thing.name} if thing else None
