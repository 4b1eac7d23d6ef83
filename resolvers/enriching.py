"""Enrichers in the API: what there is, run one now; and the mass balance of a process or place."""

import asyncio

import strawberry

from algorithms.balance import balance
from enrichers.enricher import enrichers
from enrichers.running import run
from graph_core.callers import Permission
from ontology.errors import Refused, Unknown
from resolvers.context import context_of
from resolvers.ids import key_of
from resolvers.mutations import UserError


@strawberry.type(name="Enricher", description="Something that is computed from the material flow and attached as findings of one kind.")
class EnricherView:
    """An enricher."""

    name: str
    version: str
    adds: str
    said: str


@strawberry.type(
    description="What came and what went, in kilograms; `told` says that every record of it tells a mass. A yield is what went of what came."
)
class MassBalance:
    """A balance."""

    came: float
    left: float
    unaccounted: float
    share: float | None = strawberry.field(description="The yield of a process, the share that a place sent on; null where nothing came.")
    told: bool


@strawberry.input(description="An enricher to run now, by its name.")
class RunEnricherInput:
    """What to run."""

    name: str


@strawberry.type(
    description="What a run came to: how many findings hold, how many are new or changed, how many were taken back, how many were too many."
)
class RunEnricherPayload:
    """What a run came to."""

    found: int
    new: int
    gone: int
    left_out: int
    user_errors: list[UserError]


@strawberry.type
class Enriched:
    """Enrichers to look at."""

    @strawberry.field(description="The enrichers there are.")
    def enrichers(self, info: strawberry.Info) -> list[EnricherView]:
        """All of them."""
        context_of(info, Permission.READ)
        return [EnricherView(name=one.name, version=one.version, adds=one.adds.kind.name, said=one.said) for one in enrichers().values()]

    @strawberry.field(
        description="What a process used and made, or what came to a place and left it; null for anything else. Of a lot, see recallSize."
    )
    async def mass_balance(self, info: strawberry.Info, id: strawberry.ID) -> MassBalance | None:
        """A balance."""
        context, (kind, key) = context_of(info, Permission.READ), key_of(id)
        flow = await context.flows.now(context.graph)
        found = await asyncio.to_thread(balance, flow, kind, key)
        return MassBalance(came=found.came, left=found.left, unaccounted=found.unaccounted, share=found.share, told=found.told) if found else None


@strawberry.type
class Enriching:
    """Enrichers run now."""

    @strawberry.mutation(description="Run an enricher now: new findings are recorded, those that no longer hold are taken back.")
    async def run_enricher(self, info: strawberry.Info, input: RunEnricherInput) -> RunEnricherPayload:
        """Run it."""
        context, known = context_of(info, Permission.READ, Permission.RECORD), enrichers()
        try:
            if input.name not in known:
                raise Unknown(f"There is no enricher {input.name!r}; there are {', '.join(known)}.", tuple(known))
            ran = await run(known[input.name], context.graph, await context.flows.now(context.graph))
        except Refused as error:
            return RunEnricherPayload(found=0, new=0, gone=0, left_out=0, user_errors=[UserError(code=error.code, field=None, message=str(error))])
        return RunEnricherPayload(found=ran.found, new=ran.new, gone=ran.gone, left_out=ran.left, user_errors=[])
