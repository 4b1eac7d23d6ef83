"""The GraphQL schema: one of the food chain, its kinds taken from the ontology; `schema.graphql` is its text."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph_core.callers import Permission
from graph_core.journal import Entry
from graph_core.verify import verify
from ontology.kinds import KINDS
from resolvers.connections import listing
from resolvers.context import context_of
from resolvers.enriching import Enriched, Enriching
from resolvers.importing import Importing, Imports
from resolvers.investigations import Investigating, Investigations
from resolvers.keys import ChangedKeys, HeldKeys
from resolvers.lookups import Lookups, by_key
from resolvers.mutations import Statements
from resolvers.questions import Prepared
from resolvers.recalls import Recalling, Recalls
from resolvers.repairing import BrokenLinks, Repairing
from resolvers.searching import Search
from resolvers.tables import TableMappings, TablePreviews
from resolvers.tenants import ChangedTenants, HeldTenants
from resolvers.traceability import Tracing
from resolvers.traced import page
from resolvers.views import VIEWS


@strawberry.type(description="The last journal entry: its number and hash, as kept outside the graph.")
class JournalHead:
    """The head of the journal."""

    seq: int
    hash: str


@strawberry.type(description="What the check of the journal found; whole when there are no problems.")
class Verification:
    """A verdict."""

    whole: bool
    entries: int
    things: int
    relations: int
    problems: list[str]


@strawberry.type(description="An entry of the journal: when and by whom it was recorded, how many facts it tells and ends.")
class JournalEntry:
    """An entry."""

    seq: int
    recorded: str
    caller: str
    job: str | None
    facts: int
    ended: int
    hash: str


@strawberry.type(description="The journal: every fact in the order it was recorded, chained by hash.")
class Journal:
    """The journal."""

    @strawberry.field(description="Its head.")
    def head(self, info: strawberry.Info) -> JournalHead:
        """Its head."""
        head = context_of(info).graph.head()
        return JournalHead(seq=head.seq, hash=head.hash)

    @strawberry.field(description="Its last entries, oldest first; at most 1000.")
    async def entries(self, info: strawberry.Info, last: int = 20) -> list[JournalEntry]:
        """Its last entries."""
        graph = context_of(info, Permission.READ).graph
        after = max(graph.head().seq - page(last)[0], 0)
        return [_entry(entry) async for entry in graph.entries(after)]

    @strawberry.field(description="Check the whole chain, and the graph against it; for administrators.")
    async def verification(self, info: strawberry.Info) -> Verification:
        """The journal, checked."""
        graph = context_of(info, Permission.ADMINISTER).graph
        found = await verify(graph, graph.head())
        return Verification(whole=found.whole, entries=found.entries, things=found.things, relations=found.relations, problems=found.problems)


def _entry(entry: Entry) -> JournalEntry:
    told = entry.content()
    counts = {name: len(told[name]) for name in ("facts", "ended")}
    return JournalEntry(seq=entry.seq, recorded=entry.recorded, caller=entry.caller, job=entry.job or None, hash=entry.hash, **counts)


@strawberry.type(description="Who asks.")
class CallerView:
    """Who asks."""

    tenant: str
    name: str
    permissions: list[str]
    owner: bool = strawberry.field(description="Whether this is the owner of the data folder, who may ask in every tenant.")


@strawberry.type
class About:
    """The caller and the journal."""

    @strawberry.field(description="The journal of the caller's tenant.")
    def journal(self, info: strawberry.Info) -> Journal:
        """The journal."""
        context_of(info, Permission.READ)
        return Journal()

    @strawberry.field(description="Who asks, and what the key allows.")
    def caller(self, info: strawberry.Info) -> CallerView:
        """Who asks."""
        caller = context_of(info).caller
        return CallerView(tenant=caller.tenant, name=caller.name, permissions=sorted(caller.permissions), owner=caller.owner)


def _by_kind() -> Any:
    """Two fields for each kind: its look-up by key and its list."""
    body: dict[str, Any] = {"__doc__": "Every kind, by key and as a list."}
    for kind in KINDS.values():
        body[f"{kind.name}_by_key"] = by_key(kind)
        body[f"{kind.name}_list"] = listing(kind.name)
    return strawberry.type(type("ByKind", (), body))


def _query() -> Any:
    bases = (
        Lookups,
        Search,
        Tracing,
        Recalls,
        BrokenLinks,
        Enriched,
        Investigations,
        Imports,
        TableMappings,
        HeldTenants,
        HeldKeys,
        About,
        _by_kind(),
    )
    return strawberry.type(
        type("Query", bases, {"__doc__": "The questions."}),
        description="What a caller may ask of its own tenant, and the owner of the data folder of all.",
    )


@strawberry.type(
    description="What a caller may change in its own tenant, the owner of the data folder in all. Each takes one input and answers with `userErrors`."
)
class Mutation(Statements, Investigating, Repairing, Recalling, Enriching, Importing, TablePreviews, ChangedKeys, ChangedTenants):
    """What a caller may change."""


schema = strawberry.Schema(
    _query(), Mutation, types=list(VIEWS.values()), extensions=[Prepared], config=StrawberryConfig(disable_field_suggestions=True)
)
"""The whole schema."""


def sdl() -> str:
    """The schema as committed in schema.graphql."""
    return schema.as_str() + "\n"
