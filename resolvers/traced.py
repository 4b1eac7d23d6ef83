"""What a trace looks like in GraphQL: its acts with what they carried, its links, ends, places and gaps."""

import asyncio
from typing import cast

import strawberry
from strawberry.scalars import JSON

from algorithms import answer
from algorithms import words as saying
from algorithms.answer import Key
from algorithms.event_trace import event_trace
from algorithms.flow import Flow
from algorithms.names import ends, good_name, thing_name
from algorithms.rows import Act
from algorithms.trace import Trace, common_origins
from ontology.errors import Refused
from resolvers.context import context_of
from resolvers.ids import id_of
from resolvers.loading import things
from resolvers.views import ThingView, shown

MOST_ROWS = 1_000


@strawberry.type(description="What a trace started from.")
class TraceStart:
    """A start."""

    id: strawberry.ID
    label: str


@strawberry.type(description="A thing by its id and name.")
class Named:
    """A thing by name."""

    id: strawberry.ID
    name: str


@strawberry.type(description="Food of an act: a lot or logistic unit that was used, made or carried, and how much of it.")
class TracedGood:
    """Food of an act."""

    id: strawberry.ID
    kind: str
    name: str
    role: str = strawberry.field(description="used, made or carried.")
    code: str | None = strawberry.field(description="The lot code.")
    product: Named | None
    quantity: list[JSON]


@strawberry.type(description="An act of a trace: what moved or was made, how many links from the nearest start, how sure the way to it is.")
class TracedAct:
    """An act."""

    told: strawberry.Private[answer.TracedAct]
    flow: strawberry.Private[Flow]
    direction: str
    depth: int
    what: str
    when: str | None
    confidence: float
    scope: str
    end: bool
    assumed: str | None

    @strawberry.field
    def id(self) -> strawberry.ID:
        """The id of the act."""
        return id_of(*self.told.act)

    @strawberry.field(description="Shipment or Process.")
    def kind(self) -> str:
        """Shipment or Process."""
        return self.told.act[0]

    @strawberry.field
    def key(self) -> str:
        """The business key of the act."""
        return self.told.act[1]

    @strawberry.field(description="The id of the place where it happened, or where it went.")
    def place(self) -> strawberry.ID | None:
        """The id of the place."""
        return maybe_id(self.told.place)

    @strawberry.field
    def place_name(self) -> str | None:
        """The name of the place."""
        return thing_name(self.flow, *self.told.place) if self.told.place else None

    @strawberry.field(description="What was done, in the words of the ontology: shipping, sprouting, packing.")
    def step(self) -> str | None:
        """What was done."""
        return self._row.step

    @strawberry.field(description="When it ended or arrived; the same as `when` where one time is known.")
    def ended(self) -> str | None:
        """When it ended."""
        return (self._arrived or self._row).last[0]

    @strawberry.field(name="from", description="The place that a shipment left.")
    def left(self) -> Named | None:
        """The place that it left."""
        return named(self.flow, "Place", ends(self.flow, self._number)[0])

    @strawberry.field(name="to", description="The place that a shipment reached; for a process the place where it was done.")
    def reached(self) -> Named | None:
        """The place that it reached."""
        goal = ends(self.flow, self._number)[1] if self.told.act[0] == "Shipment" else next(iter(self._row.places), None)
        return named(self.flow, "Place", goal)

    @strawberry.field(description="The party that sent a shipment.")
    def sender(self) -> Named | None:
        """Who sent it."""
        return named(self.flow, "Party", self._party(0))

    @strawberry.field(description="The party that a shipment was sent to.")
    def receiver(self) -> Named | None:
        """Whom it was sent to."""
        return named(self.flow, "Party", self._party(1))

    @strawberry.field(description="The food that it used, made or carried.")
    def goods(self) -> list[TracedGood]:
        """The food."""
        return [good(self.flow, *one) for one in self._row.goods]

    @property
    def _number(self) -> int:
        return self.flow.number[self.told.act]

    @property
    def _row(self) -> Act:
        return self.flow.told[self._number]

    @property
    def _arrived(self) -> Act | None:
        arrived = self.flow.arrived.get(self._number)
        return arrived.act if arrived else None

    def _party(self, side: int) -> str | None:
        return self._row.parties[side] or (self._arrived.parties[side] if self._arrived else None)


@strawberry.type(description="A link of a trace: food of the act `start` went into the act `end` (ids of acts).")
class TracedLink:
    """A link."""

    start: strawberry.ID
    end: strawberry.ID
    rule: str
    method: str
    confidence: float
    scope: str
    quantity: list[JSON]
    candidates: list[strawberry.ID]


@strawberry.type(description="An end of a trace with one shortest path to it, in the direction of the food.")
class TracedEnd:
    """An end."""

    act: TracedAct
    path: list[TracedLink]
    confidence: float


@strawberry.type(description="An act that every start came from.")
class CommonOrigin:
    """A common origin."""

    act: TracedAct
    scope: str
    depth: int


@strawberry.type(description="How much of a product a place received and sent within the trace, in one unit; units are never added together.")
class TracedAmount:
    """An amount."""

    place: strawberry.ID | None
    place_name: str
    product: strawberry.ID | None
    product_name: str
    unit: str
    received: float
    sent: float


@strawberry.type(description="What is missing or odd: unknown origin or destination, dates that contradict, codes used twice, a limit reached.")
class TraceGap:
    """Something missing."""

    sort: str
    words: str
    about: strawberry.ID | None
    act: strawberry.ID | None = strawberry.field(description="The act where it shows.")


@strawberry.type(name="Trace", description=f"Everything the starts came from or went into. Long lists come in pages of at most {MOST_ROWS}.")
class TraceView:
    """A trace."""

    found: strawberry.Private[Trace]
    starts: list[TraceStart]
    total_acts: int
    total_links: int
    limited: bool = strawberry.field(description="Whether a limit cut the trace: it goes on beyond what is shown.")

    @strawberry.field(description="A page of acts: starts first, then by depth.")
    def acts(self, first: int = 100, offset: int = 0) -> list[TracedAct]:
        """A page of acts."""
        bounds = page(first, offset)
        return [self._act(act) for act in self.found.acts(*bounds)]

    @strawberry.field(description="A page of links; with `among`, of those between the first so many acts of the trace.")
    def links(self, first: int = 100, offset: int = 0, among: int | None = None) -> list[TracedLink]:
        """A page of links."""
        bounds = page(first, offset)
        return [_link(link) for link in self.found.links(*bounds, among=among)]

    @strawberry.field(description="A page of the places of its acts, by key.")
    async def places(self, info: strawberry.Info, first: int = 100, offset: int = 0) -> list[ThingView]:
        """A page of places."""
        most, after = page(first, offset)
        keys = await asyncio.to_thread(self.found.places)
        held = await things(context_of(info).graph, keys[after : after + most])
        return [shown(node) for node in held.values()]

    @strawberry.field(description="Where the food began: acts that nothing fed.")
    def origins(self, first: int = 100) -> list[TracedEnd]:
        """Origins."""
        return [self._end(end) for end in self.found.origins(page(first)[0])]

    @strawberry.field(description="Who held it last: acts that fed nothing.")
    def holders(self, first: int = 100) -> list[TracedEnd]:
        """Last known holders."""
        return [self._end(end) for end in self.found.holders(page(first)[0])]

    @strawberry.field(description="Acts that every start came from: certain ones first, then the furthest upstream.")
    def common(self, first: int = 100) -> list[CommonOrigin]:
        """Common origins."""
        found = common_origins(self.found.flow, self.found.starts, self.found.limits)[: page(first)[0]]
        return [CommonOrigin(act=self._act(one.act), scope=one.scope, depth=one.depth) for one in found]

    @strawberry.field(description="Received and sent per place, product and unit.")
    def amounts(self) -> list[TracedAmount]:
        """Amounts."""
        return [
            TracedAmount(
                place=maybe_id(one.place),
                place_name=one.place_name,
                product=maybe_id(one.product),
                product_name=one.product_name,
                unit=one.unit,
                received=one.received,
                sent=one.sent,
            )
            for one in self.found.amounts()
        ]

    @strawberry.field(description="What is missing or odd.")
    def missing(self) -> list[TraceGap]:
        """What is missing."""
        return [TraceGap(sort=gap.sort, words=gap.words, about=maybe_id(gap.about), act=maybe_id(gap.act)) for gap in self.found.missing()]

    @strawberry.field(description="The trace in plain words.")
    def words(self) -> str:
        """In words."""
        return saying.words(self.found)

    @strawberry.field(description="The event trace (GDST, EPCIS), a second answer: ids of every Event that names an identifier reached, whenever.")
    def events(self, first: int = 100, offset: int = 0) -> list[strawberry.ID]:
        """The event trace."""
        most, after = page(first, offset)
        reached = event_trace(self.found.flow, [(one.kind, one.key) for one in self.found.starts])
        return [id_of("Event", key) for key in reached[after : after + most]]

    def _act(self, act: answer.TracedAct) -> TracedAct:
        shown = ("direction", "depth", "what", "when", "confidence", "scope", "end", "assumed")
        return TracedAct(told=act, flow=self.found.flow, **{name: getattr(act, name) for name in shown})

    def _end(self, end: answer.TracedEnd) -> TracedEnd:
        return TracedEnd(act=self._act(end.act), path=[_link(link) for link in end.path], confidence=end.confidence)


def page(first: int, offset: int = 0, most: int = MOST_ROWS) -> tuple[int, int]:
    """A page as asked. Raises Refused for one that is too long or begins before the list."""
    if not 0 <= first <= most or offset < 0:
        raise Refused(f"first is {first} and offset {offset}; a page has 0 to {most} rows and begins at 0 or later.")
    return first, offset


def maybe_id(key: Key | None) -> strawberry.ID | None:
    """The id of a thing, null where there is none."""
    return id_of(*key) if key else None


def _link(link: answer.TracedLink) -> TracedLink:
    return TracedLink(
        start=id_of(*link.start),
        end=id_of(*link.end),
        rule=link.rule,
        method=link.method,
        confidence=link.confidence,
        scope=link.scope,
        quantity=[cast(JSON, one) for one in link.quantity],
        candidates=[id_of(*one) for one in link.candidates],
    )


def named(flow: Flow, kind: str, key: str | None) -> Named | None:
    """A thing by name, null where there is none."""
    return Named(id=id_of(kind, key), name=thing_name(flow, kind, key)) if key else None


def good(flow: Flow, relation: str, kind: str, key: str, amounts: list[dict[str, object]]) -> TracedGood:
    """Food of an act: a lot or unit, what became of it, and how much."""
    lot = flow.row("Lot", key) if kind == "Lot" else None
    return TracedGood(
        id=id_of(kind, key),
        kind=kind,
        name=good_name(flow, kind, key),
        role={"USED": "used", "MADE": "made"}.get(relation, "carried"),
        code=lot.code if lot else None,
        product=named(flow, "Product", lot.product) if lot else None,
        quantity=[cast(JSON, one) for one in amounts],
    )
