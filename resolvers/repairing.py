"""Broken links in the API: what is proposed, and what a person confirms, refuses or opens again."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

import orjson
import strawberry

from algorithms.broken import FED, Proposal, Proposed, proposed, said
from algorithms.columns import ACT_KINDS
from algorithms.flow import Flow
from algorithms.names import any_name
from algorithms.rows import Key
from graph_core.callers import Caller, Permission
from graph_core.fold import Node
from graph_core.foodgraph import FoodGraph
from ontology.errors import Refused, Unknown
from ontology.kinds import RELATIONS, ref
from ontology.language import Fact, Retraction, Source
from ontology.quality import Decision
from ontology.relations import CONCERNS
from ontology.values import Time, stamp
from resolvers.context import context_of
from resolvers.ids import id_of
from resolvers.investigated import Meant
from resolvers.loading import things
from resolvers.mutations import UserError
from resolvers.traced import page
from resolvers.views import Time as TimeView
from resolvers.views import time_view

SOURCE = "broken links"
JOINED, APART = "joined", "apart"
MOST_AT_ONCE = 1_000
_ROLES = ("start", "end")
Chosen = TypeVar("Chosen")
_SETTLED = f"MATCH (d:Decision) WHERE d.change IN ['{JOINED}', '{APART}'] RETURN d.key ORDER BY d.key"


@strawberry.enum(description="What is proposed: that food of one act went into another, that two lots are one, that two places are one.")
class LinkSort(Enum):
    """What is proposed."""

    FED = "act"
    SAME_LOT = "Lot"
    SAME_PLACE = "Place"


@strawberry.type(
    description="A link that no record tells, with how likely it is, why, and among how many it was chosen. It counts once it is confirmed."
)
class ProposedLink:
    """A proposal."""

    id: strawberry.ID
    sort: LinkSort
    start: Meant
    end: Meant
    probability: float
    reasons: list[str]
    candidates: int
    said: str


@strawberry.type(
    description="A page of what is proposed, the likeliest first: of how many, for how many loose ends, how many of which were looked at."
)
class ProposedLinks:
    """A page of proposals."""

    links: list[ProposedLink]
    total: int
    loose_ends: int
    looked_at: int


@strawberry.type(description="A link that a person confirmed or refused: who, when and why.")
class SettledLink:
    """What was settled."""

    id: strawberry.ID
    sort: LinkSort
    start: Meant
    end: Meant
    confirmed: bool
    by: str | None
    decided: TimeView | None
    why: str | None


@strawberry.input(description="Proposed links to confirm, or to refuse, by their ids; and why.")
class SettleLinksInput:
    """What is settled."""

    links: list[strawberry.ID]
    confirm: bool
    why: str | None = None


@strawberry.input(description="Settled links, by their ids, that are to be open again; and why.")
class ReopenLinksInput:
    """What is opened again."""

    links: list[strawberry.ID]
    why: str


@strawberry.type(description="How many links were settled or opened again.")
class SettledLinksPayload:
    """What became of it."""

    count: int
    user_errors: list[UserError]


@strawberry.type
class BrokenLinks:
    """Proposals to look at."""

    @strawberry.field(description="Links that the records are missing, as proposals; what was settled is left out. `among` keeps those of one sort.")
    async def broken_links(
        self, info: strawberry.Info, first: int = 20, offset: int = 0, among: LinkSort | None = None, at_least: float = 0.0
    ) -> ProposedLinks:
        """What is proposed."""
        context = context_of(info, Permission.READ)
        flow = await context.flows.now(context.graph)
        found = await _proposed(context.graph, flow)
        wanted = [one for one in found.proposals if one.probability >= at_least and (among is None or _sort(one.start[0]) is among)]
        most, start = page(first, offset)
        shown = [_view(flow, one) for one in wanted[start : start + most]]
        return ProposedLinks(links=shown, total=len(wanted), loose_ends=found.ends, looked_at=found.looked)

    @strawberry.field(description="Links that were confirmed or refused, the latest first.")
    async def settled_links(self, info: strawberry.Info, first: int = 20, offset: int = 0) -> list[SettledLink]:
        """What was settled."""
        context = context_of(info, Permission.READ)
        flow, decided = await context.flows.now(context.graph), await _decisions(context.graph)
        most, start = page(first, offset)
        latest = sorted(decided, key=lambda one: ((one.values.get("decided") or ["", ""])[1] or "", one.key), reverse=True)
        return [_settled(flow, one) for one in latest[start : start + most]]


@strawberry.type
class Repairing:
    """Proposals settled by a person."""

    @strawberry.mutation(description="Confirm proposed links, which count from then on, or refuse them, which are not proposed again.")
    async def settle_links(self, info: strawberry.Info, input: SettleLinksInput) -> SettledLinksPayload:
        """Settle them."""
        context = context_of(info, Permission.RECORD)
        try:
            flow = await context.flows.now(context.graph)
            open_ = {_id((one.start, one.end)): one for one in (await _proposed(context.graph, flow)).proposals}
            chosen = _chosen(input.links, open_, "is not proposed (any more): ask `brokenLinks` again, or `reopenLinks` of one that is settled")
            await context.graph.record([fact for one in chosen for fact in _settling(context.caller, one, input)])
        except Refused as error:
            return _refused(error)
        return SettledLinksPayload(count=len(chosen), user_errors=[])

    @strawberry.mutation(description="Open settled links again: what was confirmed counts no more, what was refused may be proposed again.")
    async def reopen_links(self, info: strawberry.Info, input: ReopenLinksInput) -> SettledLinksPayload:
        """Open them again."""
        context = context_of(info, Permission.RECORD)
        try:
            if not input.why.strip():
                raise Refused("Say why: a reason is kept with it.")
            settled = {_id(ends): ends for ends in map(_ends, await _decisions(context.graph))}
            chosen = _chosen(input.links, settled, "is not settled: `settledLinks` lists those that are")
            source = Source(context.caller.name, f"reopen {datetime.now(UTC):%Y%m%d%H%M%S%f}")
            await context.graph.record([Retraction(source, input.why, record=_id(pair)) for pair in chosen])
        except Refused as error:
            return _refused(error)
        return SettledLinksPayload(count=len(chosen), user_errors=[])


def _refused(error: Refused) -> SettledLinksPayload:
    return SettledLinksPayload(count=0, user_errors=[UserError(code=error.code, field=None, message=str(error))])


async def _proposed(graph: FoodGraph, flow: Flow) -> Proposed:
    found = await asyncio.to_thread(proposed, flow)
    return found.without(_ends(one) for one in await _decisions(graph))


async def _decisions(graph: FoodGraph) -> Sequence[Node]:
    keys = [("Decision", str(key)) for (key,) in await graph.read(_SETTLED)]
    return [one for one in (await things(graph, keys)).values() if all(_ends(one))]


def _ends(decision: Node) -> tuple[Key, Key]:
    """The two things that a decision joins or keeps apart, empty keys where it names none."""
    named = {link[3].get("role"): (str(link[1]), str(link[2])) for link in decision.links if link[0] == "CONCERNS"}
    start, end = (named.get(role, ("", "")) for role in _ROLES)
    return start, end


def _settling(caller: Caller, proposal: Proposal, input: SettleLinksInput) -> Iterable[Fact]:
    """The decision, and the link itself where it is confirmed; both of one record, so that they are taken back together."""
    pair, now = (proposal.start, proposal.end), datetime.now(UTC)
    record = Source(SOURCE, _id(pair))
    made = Decision(
        issuer=caller.name,
        number=record.record,
        decided=Time.told(stamp(now) or ""),
        change=JOINED if input.confirm else APART,
        text=input.why or None,
    )
    start, end = (ref(*one) for one in pair)
    yield Fact(made, record, tuple(CONCERNS(one, role=role) for one, role in zip((start, end), _ROLES, strict=True)), told=now)
    if input.confirm:
        scope: dict[str, Any] = {"scope": "certain"} if proposal.relation == FED else {}
        link = RELATIONS[proposal.relation](start, end, method="confirmed", confidence=round(proposal.probability, 4), **scope)
        yield Fact(link, record, told=now)


def _id(pair: tuple[Key, Key]) -> str:
    """What a link is called, proposed or settled; also the record that settles it."""
    return f"link_{hashlib.sha256(orjson.dumps(pair)).hexdigest()[:12]}"


def _chosen(ids: list[strawberry.ID], known: Mapping[str, Chosen], otherwise: str) -> list[Chosen]:
    """What is meant by ids. Raises Refused for none and for too many, Unknown for one that is not there."""
    if not ids or len(ids) > MOST_AT_ONCE:
        raise Refused(f"Name at least one link and at most {MOST_AT_ONCE:,}; {len(ids):,} were sent.")
    missing = next((one for one in ids if one not in known), None)
    if missing:
        raise Unknown(f"The link {missing} {otherwise}.")
    return [known[one] for one in dict.fromkeys(map(str, ids))]


def _sort(kind: str) -> LinkSort:
    return LinkSort.FED if kind in ACT_KINDS else LinkSort(kind)


def _named(flow: Flow, key: Key) -> Meant:
    return Meant(id=id_of(*key), kind=key[0], name=any_name(flow, *key))


def _link(flow: Flow, pair: tuple[Key, Key]) -> dict[str, Any]:
    start, end = (_named(flow, one) for one in pair)
    return {"id": strawberry.ID(_id(pair)), "sort": _sort(pair[0][0]), "start": start, "end": end}


def _view(flow: Flow, one: Proposal) -> ProposedLink:
    link = _link(flow, (one.start, one.end))
    return ProposedLink(**link, probability=one.probability, reasons=list(one.reasons), candidates=one.candidates, said=said(flow, one))


def _settled(flow: Flow, decision: Node) -> SettledLink:
    values, link = decision.values, _link(flow, _ends(decision))
    decided = time_view(values.get("decided"))
    return SettledLink(**link, confirmed=values.get("change") == JOINED, by=values.get("issuer"), decided=decided, why=values.get("text"))
