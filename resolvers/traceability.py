"""Traces: where food came from and where it went, over the material flow of the caller's tenant."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import Enum

import strawberry

from algorithms.find import find, start
from algorithms.flow import Flow
from algorithms.trace import Start, Trace, trace
from algorithms.walk import Limits
from graph_core.callers import Permission
from ontology.errors import Ambiguous, Refused
from resolvers.context import Context, context_of
from resolvers.filters import earliest, latest
from resolvers.ids import id_of, key_of
from resolvers.traced import TraceStart, TraceView

MOST_LINKS = 1_000_000
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


@strawberry.type
class Tracing:
    """Traces."""

    @strawberry.field(description="Everything that lots, shipments, processes, places, units or products came from or went into.")
    async def trace(self, info: strawberry.Info, input: TraceInput) -> TraceView:
        """Where food came from and where it went."""
        bounds = _bounds(input)
        context = context_of(info, Permission.READ)
        flow = await flow_of(context, input.known_at)

        def work() -> Trace:
            return trace(flow, starts_of(input.starts, flow, input.known_at), input.direction.value, bounds)

        found = await asyncio.to_thread(work)
        starts = [TraceStart(id=id_of(one.kind, one.key), label=one.label) for one in found.starts]
        return TraceView(found=found, starts=starts, total_acts=found.total_acts, total_links=found.total_links, limited=found.limited)


async def flow_of(context: Context, known_at: str | None) -> Flow:
    """The flow of the caller's tenant, as it is or as it was known at a time."""
    then = latest(known_at) if known_at else None
    return await (context.flows.then(context.graph, then) if then else context.flows.now(context.graph))


def starts_of(asked: list[StartInput], flow: Flow, known_at: str | None) -> list[Start]:
    """The starts that are meant. Raises Refused, Ambiguous with choices or Unknown with near misses."""
    if not 0 < len(asked) <= MOST_STARTS:
        raise Refused(f"A trace has 1 to {MOST_STARTS} starts; {len(asked)} were sent.")
    try:
        return [_start(one, flow) for one in asked]
    except Refused as error:
        if known_at and not isinstance(error, Ambiguous):
            raise Refused(f"{error} So it was known at {known_at}; what was recorded later is left out.") from None
        raise


def _start(asked: StartInput, flow: Flow) -> Start:
    if (asked.id is None) == (asked.code is None):
        raise Refused("A start has exactly one of id and code.")
    since, until = _seconds(earliest, asked.since), _seconds(latest, asked.until)
    return start(flow, *key_of(asked.id), since, until) if asked.id else find(flow, asked.code or "", since, until)


def _seconds(bound: Callable[[str], str | None], text: str | None) -> float | None:
    instant = bound(text) if text else None
    return datetime.fromisoformat(instant).timestamp() if instant else None


def _bounds(asked: TraceInput) -> Limits:
    if not 0 <= asked.lowest_confidence <= 1:
        raise Refused(f"lowestConfidence is {asked.lowest_confidence}; it lies from 0 to 1.")
    links = MOST_LINKS if asked.most_links is None else asked.most_links
    if not 0 <= links <= MOST_LINKS or (asked.most_depth is not None and asked.most_depth < 0):
        raise Refused(f"mostLinks lies from 0 to {MOST_LINKS}, mostDepth at 0 or above.")
    ends = [end for text in (asked.until, asked.as_of) if (end := _seconds(latest, text)) is not None]
    since = _seconds(earliest, asked.since)
    return Limits(since, min(ends, default=None), asked.lowest_confidence, asked.scope.value, links, asked.most_depth)
