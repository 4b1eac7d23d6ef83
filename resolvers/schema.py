"""The GraphQL schema: look-ups, search and traces of the caller's own graph."""

import strawberry

from algorithms import words
from algorithms.find import find
from algorithms.flow import Flow
from algorithms.trace import Limits, trace
from graph_core.callers import Permission
from graph_core.fold import Node, Replay
from graph_core.foodgraph import FoodGraph
from graph_core.verify import verify
from ontology.errors import Refused
from ontology.values import Time as Told
from ontology.values import stamp
from resolvers.views import VIEWS, ThingView, id_of, key_of, shown


@strawberry.type(description="An act of a trace: what moved or was made, how far from the start, and how sure the way to it is.")
class TracedAct:
    """An act of a trace."""

    id: strawberry.ID
    direction: str
    depth: int
    kind: str
    what: str
    when: str | None
    confidence: float
    end: bool


@strawberry.type(description="A link of a trace: food of one act went into another.")
class TracedLink:
    """A link of a trace."""

    start: strawberry.ID
    end: strawberry.ID
    rule: str
    method: str
    confidence: float
    scope: str


@strawberry.type(description="Everything that the starts came from or went into.")
class TraceAnswer:
    """A trace; `acts` and `links` come in pages."""

    total_acts: int
    total_links: int
    missing: list[str]
    words: str
    rows: strawberry.Private[list[TracedAct]]
    ways: strawberry.Private[list[TracedLink]]

    @strawberry.field(description="A page of acts, starts first, then by depth.")
    def acts(self, first: int = 100, offset: int = 0) -> list[TracedAct]:
        """A page of acts."""
        return self.rows[offset : offset + min(first, 1000)]

    @strawberry.field(description="A page of links.")
    def links(self, first: int = 100, offset: int = 0) -> list[TracedLink]:
        """A page of links."""
        return self.ways[offset : offset + min(first, 1000)]


@strawberry.type(description="What the check of the journal found.")
class Verification:
    """A verdict."""

    whole: bool
    entries: int
    things: int
    relations: int
    problems: list[str]


@strawberry.type
class Query:
    """What a caller may ask of its own tenant's graph."""

    @strawberry.field(description="The thing with this id, now or as it was known at a time; null where there is none.")
    async def node(self, info: strawberry.Info, id: strawberry.ID, known_at: str | None = None) -> ThingView | None:
        """One thing."""
        found = await info.context["graph"].node(*key_of(id), known_at=_instant(known_at))
        return _thing(found)

    @strawberry.field(description="Things whose key, code or name contains the text.")
    async def search(self, info: strawberry.Info, text: str, first: int = 20) -> list[ThingView]:
        """Things by words."""
        statement = (
            "MATCH (n) WHERE n.key IS NOT NULL "
            "AND (toLower(n.name) CONTAINS $text OR toLower(n.code) CONTAINS $text OR toLower(n.key) CONTAINS $text) "
            "RETURN labels(n)[0], n.key ORDER BY size(n.key), n.key LIMIT $first"
        )
        rows = await info.context["graph"].read(statement, text=text.lower(), first=min(max(first, 1), 100))
        found = [await info.context["graph"].node(kind, key) for kind, key in rows]
        return [shown(node) for node in found if node]

    @strawberry.field(description="Trace lots, places or acts, by code, name or key. Directions: forward, backward, both.")
    async def trace(
        self,
        info: strawberry.Info,
        codes: list[str],
        direction: str = "both",
        until: str | None = None,
        known_at: str | None = None,
        lowest_confidence: float = 0.0,
        scope: str = "conceivable",
    ) -> TraceAnswer:
        """Where food came from and where it went."""
        if direction not in ("forward", "backward", "both") or scope not in ("certain", "probable", "conceivable"):
            raise Refused("direction is forward, backward or both; scope is certain, probable or conceivable.")
        flow = await info.context["flow"](_instant(known_at))
        found = [find(flow, code) for code in codes]
        limits = Limits(_instant(until), lowest_confidence, scope)
        answer = trace(flow, [act for one in found for act in one.acts], direction, limits)  # type: ignore[arg-type]
        rows = [TracedAct(id=id_of(row["kind"], row.pop("key")), **row) for row in words.rows(flow, answer)]
        ids = [id_of(act.kind, act.key) for act in flow.acts]
        ways = [
            TracedLink(start=ids[w.start], end=ids[w.end], rule=w.rule, method=w.method, confidence=w.confidence, scope=w.scope) for w in answer.links
        ]
        said = words.words(flow, answer, " and ".join(one.label for one in found))
        return TraceAnswer(total_acts=len(rows), total_links=len(ways), missing=answer.missing, words=said, rows=rows, ways=ways)

    @strawberry.field(description="Whether the journal is whole and the graph equals it.")
    async def journal(self, info: strawberry.Info) -> Verification:
        """The journal, checked."""
        graph = info.context["graph"]
        graph.caller.need(Permission.ADMINISTER)
        found = await verify(graph, graph.head())
        return Verification(whole=found.whole, entries=found.entries, things=found.things, relations=found.relations, problems=found.problems)


def _thing(node: Node | None) -> ThingView | None:
    made: ThingView | None = shown(node) if node else None
    return made


def _instant(text: str | None) -> str | None:
    return stamp(Told.told(text).latest) if text else None


schema = strawberry.Schema(Query, types=list(VIEWS.values()))
"""The whole schema; `schema.graphql` is its text."""


def sdl() -> str:
    """The schema as committed in schema.graphql."""
    return schema.as_str() + "\n"


Flows = dict[str, tuple[Replay, Flow]]
"""The present flow of each tenant with the facts it was made of."""


async def flow_of(graph: FoodGraph, flows: Flows, known_at: str | None) -> Flow:
    """The tenant's material flow, kept current from the journal; a past one is replayed."""
    if known_at:
        return Flow.of((await graph.replay(known_at)).nodes())
    held = flows.get(graph.tenant.name)
    before = held[0].seq if held else -1
    replay = await graph.replay(base=held[0] if held else None)
    if held is None or replay.seq != before:
        held = flows[graph.tenant.name] = (replay, Flow.of(replay.nodes()))
    return held[1]
