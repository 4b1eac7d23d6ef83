"""A tenant at a glance: from when to when its records reach, and what is missing or odd in them."""

import asyncio

import strawberry

from algorithms import glance
from algorithms.answer import Gap
from algorithms.flow import Flow
from graph_core.callers import Permission
from ontology.kinds import KINDS
from resolvers.context import context_of
from resolvers.traced import TraceGap, maybe_id

SHOWN = 5
"""Examples of each sort of gap."""


@strawberry.type(description="Everything of one sort that is missing or odd, with a few examples.")
class GapSort:
    """A sort of gap."""

    sort: str
    count: int
    examples: list[TraceGap]


@strawberry.type
class Glance:
    """What a tenant tells of itself as a whole."""

    @strawberry.field(description="The first and the last day of which an act is recorded (ISO dates); empty where no act has a date.")
    async def days(self, info: strawberry.Info) -> list[str]:
        """First and last day."""
        return list(glance.days(await _flow(info)))

    @strawberry.field(description="What is missing or odd in the material flow: unknown origins, destinations and lot codes, dates that contradict.")
    async def gaps(self, info: strawberry.Info) -> list[GapSort]:
        """What is missing."""
        flow = await _flow(info)
        listed = await asyncio.to_thread(flow.once, glance.missing)
        return [GapSort(sort=sort, count=one.count, examples=[_gap(gap) for gap in one.first[:SHOWN]]) for sort, one in listed.items()]

    @strawberry.field(description="Things of which something is odd, as their `findings` tell: sources that disagree, malformed identifiers.")
    async def findings(self, info: strawberry.Info) -> GapSort:
        """Odd things."""
        graph = context_of(info, Permission.READ).graph
        count, examples = 0, list[TraceGap]()
        for kind in KINDS:
            odd = f"MATCH (n:{kind}) WHERE n._findings IS NOT NULL"
            count += int((await graph.read(f"{odd} RETURN count(n)"))[0][0])
            for key, said in await graph.read(f"{odd} RETURN n.key, n._findings ORDER BY n.key LIMIT {SHOWN}") if len(examples) < SHOWN else ():
                examples.append(TraceGap(sort="finding", words=f"{kind}: {'; '.join(said)}", about=maybe_id((kind, key)), act=None))
        return GapSort(sort="finding", count=count, examples=examples[:SHOWN])


def _gap(gap: Gap) -> TraceGap:
    return TraceGap(sort=gap.sort, words=gap.words, about=maybe_id(gap.about), act=maybe_id(gap.act))


async def _flow(info: strawberry.Info) -> Flow:
    context = context_of(info, Permission.READ)
    return await context.flows.now(context.graph)
