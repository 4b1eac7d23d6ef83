"""Traces: where food came from and where it went, over the material flow of the caller's tenant."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import cast

import strawberry
from strawberry.scalars import JSON

from algorithms import answer
from algorithms import words as saying
from algorithms.answer import Key
from algorithms.event_trace import event_trace
from algorithms.find import find, start
from algorithms.flow import Flow
from algorithms.names import thing_name
from algorithms.trace import Start, Trace, common_origins, trace
from algorithms.walk import Limits
from graph_core.callers import Permission
from ontology.errors import Ambiguous, Refused
from resolvers.context import Context, context_of
from resolvers.filters import earliest, latest
from resolvers.ids import id_of, key_of

MOST_LINKS = 1_000_000
MOST_ROWS = 1_000
MOST_STARTS = 500


@strawberry.enum(description="Which way a trace goes: to where the food went, to where it came from, or both.")
class Direction(Enum):
    """Which way."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"


@strawberry.enum(description="The widest scope of the links that a trace walks.")
class Scope(Enum):
    """How sure a link is."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    CONCEIVABLE = "conceivable"


@strawberry.input(description="Where a trace starts: exactly one of id and code; since and until bound the acts of a product or place.")
class StartInput:
    """A start."""

    id: strawberry.ID | None = strawberry.field(default=None, description="The id of a lot, act, place, logistic unit or product.")
    code: str | None = strawberry.field(default=None, description="A lot code, serial, name, number or key.")
    since: str | None = None
    until: str | None = None


@strawberry.input(description="A trace: from where, which way, and what bounds it. Times are ISO 8601, also partial (2011-05).")
class TraceInput:
    """A trace as asked."""

    starts: list[StartInput]
    direction: Direction = Direction.BOTH
    since: str | None = strawberry.field(default=None, description="Only what happened then or later.")
    until: str | None = strawberry.field(default=None, description="Only what happened until then.")
    as_of: str | None = strawberry.field(default=None, description="As the world was then: nothing that happened later.")
    known_at: str | None = strawberry.field(default=None, description="As we knew it then: nothing that was recorded later.")
    lowest_confidence: float = strawberry.field(default=0.0, description="Walk only links at least this sure, 0 to 1.")
    scope: Scope = Scope.CONCEIVABLE
    most_links: int | None = strawberry.field(default=None, description="Stop after this many links; `limited` says so.")
    most_depth: int | None = strawberry.field(default=None, description="Stop this many links from the starts; `limited` says so.")


@strawberry.type(description="What a trace started from.")
class TraceStart:
    """A start."""

    id: strawberry.ID
    label: str


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

    @strawberry.field(description="A page of links.")
    def links(self, first: int = 100, offset: int = 0) -> list[TracedLink]:
        """A page of links."""
        bounds = page(first, offset)
        return [_link(link) for link in self.found.links(*bounds)]

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
        return [TraceGap(sort=gap.sort, words=gap.words, about=maybe_id(gap.about)) for gap in self.found.missing()]

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


def page(first: int, offset: int = 0) -> tuple[int, int]:
    """A page as asked. Raises Refused for one that is too long or begins before the list."""
    if not 0 <= first <= MOST_ROWS or offset < 0:
        raise Refused(f"first is {first} and offset {offset}; a page has 0 to {MOST_ROWS} rows and begins at 0 or later.")
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


@strawberry.type
class Tracing:
    """Traces."""

    @strawberry.field(description="Everything that lots, shipments, processes, places, units or products came from or went into.")
    async def trace(self, info: strawberry.Info, input: TraceInput) -> TraceView:
        """Where food came from and where it went."""
        bounds = _bounds(input)
        context = context_of(info, Permission.READ)
        flow = await _flow(context, input.known_at)

        def work() -> Trace:
            try:
                starts = [_start(asked, flow) for asked in input.starts]
            except Refused as error:
                if input.known_at and not isinstance(error, Ambiguous):
                    raise Refused(f"{error} So it was known at {input.known_at}; what was recorded later is left out.") from None
                raise
            return trace(flow, starts, input.direction.value, bounds)

        found = await asyncio.to_thread(work)
        starts = [TraceStart(id=id_of(one.kind, one.key), label=one.label) for one in found.starts]
        return TraceView(found=found, starts=starts, total_acts=found.total_acts, total_links=found.total_links, limited=found.limited)


async def _flow(context: Context, known_at: str | None) -> Flow:
    then = latest(known_at) if known_at else None
    return await (context.flows.then(context.graph, then) if then else context.flows.now(context.graph))


def _start(asked: StartInput, flow: Flow) -> Start:
    if (asked.id is None) == (asked.code is None):
        raise Refused("A start has exactly one of id and code.")
    since, until = _seconds(earliest, asked.since), _seconds(latest, asked.until)
    return start(flow, *key_of(asked.id), since, until) if asked.id else find(flow, asked.code or "", since, until)


def _seconds(bound: Callable[[str], str | None], text: str | None) -> float | None:
    instant = bound(text) if text else None
    return datetime.fromisoformat(instant).timestamp() if instant else None


def _bounds(asked: TraceInput) -> Limits:
    if not 0 < len(asked.starts) <= MOST_STARTS:
        raise Refused(f"A trace has 1 to {MOST_STARTS} starts; {len(asked.starts)} were sent.")
    if not 0 <= asked.lowest_confidence <= 1:
        raise Refused(f"lowestConfidence is {asked.lowest_confidence}; it lies from 0 to 1.")
    links = MOST_LINKS if asked.most_links is None else asked.most_links
    if not 0 <= links <= MOST_LINKS or (asked.most_depth is not None and asked.most_depth < 0):
        raise Refused(f"mostLinks lies from 0 to {MOST_LINKS}, mostDepth at 0 or above.")
    ends = [end for text in (asked.until, asked.as_of) if (end := _seconds(latest, text)) is not None]
    since = _seconds(earliest, asked.since)
    return Limits(since, min(ends, default=None), asked.lowest_confidence, asked.scope.value, links, asked.most_depth)
