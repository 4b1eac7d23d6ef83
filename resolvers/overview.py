"""What is in a tenant, at a glance: how much of each kind, from when, from which data sets, and what is missing or odd."""

import asyncio
from itertools import groupby

import strawberry

from algorithms import glance
from algorithms.answer import Gap
from algorithms.flow import Flow
from graph_core.callers import Permission
from graph_core.registry import Job
from ontology.kinds import KINDS
from resolvers.connections import plural
from resolvers.context import Context, context_of
from resolvers.traced import TraceGap, maybe_id

SHOWN = 5
"""Examples of each sort of gap."""


@strawberry.type(description="How many things of a kind there are; `listing` is the field that lists them.")
class KindCount:
    """How many of a kind."""

    kind: str
    listing: str
    definition: str
    things: int


def kind_count(kind: str, things: int) -> KindCount:
    """So many things of a kind."""
    return KindCount(kind=kind, listing=plural(kind), definition=KINDS[kind].definition, things=things)


@strawberry.type(description="Files imported under one name: how many, how many facts they recorded, when the last one began.")
class Dataset:
    """A data set."""

    name: str
    imports: int
    recorded: int
    last: str


@strawberry.type(description="Everything of one sort that is missing or odd in the material flow, with a few examples.")
class GapSort:
    """A sort of gap."""

    sort: str
    count: int
    examples: list[TraceGap]


@strawberry.type(description="What is in the caller's tenant.")
class Overview:
    """What is here."""

    name: str = strawberry.field(description="The tenant.")
    created: str

    @strawberry.field(description="Kinds of which there is anything, most first.")
    async def kinds(self, info: strawberry.Info) -> list[KindCount]:
        """How much of each kind."""
        graph = context_of(info, Permission.READ).graph
        counts = [(kind, int((await graph.read(f"MATCH (n:{kind}) RETURN count(n)"))[0][0])) for kind in KINDS]
        return [kind_count(kind, count) for kind, count in sorted(counts, key=lambda one: -one[1]) if count]

    @strawberry.field(description="Data sets by name, undone imports and dry runs left out.")
    def datasets(self, info: strawberry.Info) -> list[Dataset]:
        """Data sets."""
        context = context_of(info, Permission.READ)
        jobs = [job for job in context.platform.registry.jobs(context.caller.tenant) if job.recorded + job.known and job.state != "undone"]
        return [
            Dataset(name=name, imports=len(held), recorded=sum(job.recorded for job in held), last=max(job.created for job in held))
            for name, group in groupby(sorted(jobs, key=_dataset), _dataset)
            if (held := list(group))
        ]

    @strawberry.field(description="The first and the last day of which an act is recorded (ISO dates); empty where no act has a date.")
    async def days(self, info: strawberry.Info) -> list[str]:
        """First and last day."""
        return list(glance.days(await _flow(context_of(info, Permission.READ))))

    @strawberry.field(description="What is missing or odd in the material flow: unknown origins, destinations and lot codes, dates that contradict.")
    async def gaps(self, info: strawberry.Info) -> list[GapSort]:
        """What is missing."""
        flow = await _flow(context_of(info, Permission.READ))
        listed = await asyncio.to_thread(flow.once, glance.missing)
        return [GapSort(sort=sort, count=one.count, examples=[_gap(gap) for gap in one.first[:SHOWN]]) for sort, one in listed.items()]

    @strawberry.field(
        description="Things of which something is odd, as `findings` of a thing tells it: sources that disagree, malformed identifiers."
    )
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


def _dataset(job: Job) -> str:
    return job.dataset or job.file.rpartition(".")[0] or job.file


def _gap(gap: Gap) -> TraceGap:
    return TraceGap(sort=gap.sort, words=gap.words, about=maybe_id(gap.about), act=maybe_id(gap.act))


async def _flow(context: Context) -> Flow:
    return await context.flows.now(context.graph)


@strawberry.type
class Glance:
    """The tenant at a glance."""

    @strawberry.field(description="What is in the caller's tenant, and what is missing.")
    def overview(self, info: strawberry.Info) -> Overview:
        """What is here."""
        context = context_of(info, Permission.READ)
        tenant = context.platform.registry.tenant(context.caller.tenant)
        return Overview(name=tenant.name, created=tenant.created)
