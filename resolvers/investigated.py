"""What an investigation looks like in GraphQL: its cases, decision log, holds and recalls, and what all of it leads to."""

import asyncio
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry

from algorithms.flow import Flow
from algorithms.investigated import Investigated
from algorithms.names import any_name
from graph_core.fold import Node
from ontology.codes import Clock
from ontology.values import instant, stamp
from resolvers.ids import id_of
from resolvers.investigating import MET, File, clocks_of, ends, is_positive, weight_of
from resolvers.scores import Scores, scores_of
from resolvers.traceability import Scope
from resolvers.views import Time, time_view


@strawberry.type(description="A thing by its id, kind and name.")
class Meant:
    """A thing by name."""

    id: strawberry.ID
    kind: str
    name: str


@strawberry.type(description="People who fell ill, as evidence; `weight` is 1 where none was told, and negative where it clears.")
class InvestigatedCase:
    """A case."""

    id: strawberry.ID
    name: str
    count: int | None
    onset: Time | None
    weight: float
    assumed: str | None
    at: list[Meant]


@strawberry.type(description="What a laboratory found in food or at a place, and in which sample.")
class InvestigatedTest:
    """A test."""

    id: strawberry.ID
    number: str | None
    result: str | None
    positive: bool
    found: Time | None
    method: str | None
    of: list[Meant]


@strawberry.type(description="What is to be done within some time of the beginning of a recall, by which rule; and when it was met, by whom and how.")
class RecallClock:
    """A clock."""

    name: str
    said: str
    source: str
    due: str
    seconds_left: float = strawberry.field(description="Until it is due, or was met; negative where it is, or was met, late.")
    met: Time | None
    by: str | None
    how: str | None


@strawberry.type(description="What was assumed, by whom and when; one that is undone stays in the log and counts no more.")
class InvestigationDecision:
    """A decision."""

    id: strawberry.ID
    by: str
    decided: Time | None
    change: str | None
    holds: bool
    weight: float | None
    what_if: str | None
    why: str | None
    undone: Time | None
    of: list[Meant]


@strawberry.type(description="Food that must not move, or is called back, and where that stands.")
class Order:
    """A hold or recall."""

    id: strawberry.ID
    by: str
    since: Time | None
    until: Time | None
    reason: str | None
    outcome: str | None
    level: str | None
    depth: str | None
    of: list[Meant]
    clocks: list[RecallClock] = strawberry.field(description="The clocks that run from the beginning of a recall; a hold has none.")


@strawberry.type(description="An investigation with all that belongs to it.")
class InvestigationFile:
    """An investigation."""

    file: strawberry.Private[File]
    flow: strawberry.Private[Flow]
    worked: strawberry.Private[dict[tuple[str | None, int | None, str, bool], asyncio.Future[Investigated]]] = field(default_factory=dict)

    @strawberry.field
    def id(self) -> strawberry.ID:
        """Its id."""
        return id_of("Investigation", self.file.node.key)

    @strawberry.field
    def number(self) -> str | None:
        """Its number."""
        return self.file.node.values.get("number")

    @strawberry.field
    def name(self) -> str | None:
        """What it is called."""
        return self.file.node.values.get("name")

    @strawberry.field(description="Who opened it.")
    def by(self) -> str | None:
        """Who opened it."""
        return self.file.node.values.get("issuer")

    @strawberry.field
    def hazard(self) -> str | None:
        """The hazard that is looked for."""
        return self.file.node.values.get("hazard")

    @strawberry.field
    def opened(self) -> Time | None:
        """When it was opened."""
        return time_view(self.file.node.values.get("opened"))

    @strawberry.field(description="When it was closed; null while it is open.")
    def closed(self) -> Time | None:
        """When it was closed."""
        return time_view(self.file.node.values.get("closed"))

    @strawberry.field(description="What it is about, or came to.")
    def note(self) -> str | None:
        """What it came to."""
        return self.file.node.values.get("note")

    @strawberry.field(description="Its cases, by key.")
    def cases(self) -> list[InvestigatedCase]:
        """Its cases."""
        return [_case(self.flow, node) for node in self.file.cases]

    @strawberry.field(description="Its decisions in the order they were made, undone ones too.")
    def decisions(self) -> list[InvestigationDecision]:
        """The decision log."""
        return [_decision(self.flow, node) for node in self.file.decisions if node.values.get("change") != MET]

    @strawberry.field(description="The names of its what-ifs, in the order they were begun.")
    def what_ifs(self) -> list[str]:
        """Its what-ifs."""
        return self.file.what_ifs

    @strawberry.field
    def holds(self) -> list[Order]:
        """Food on hold."""
        return [_order(self.flow, node, []) for node in self.file.holds]

    @strawberry.field
    def recalls(self) -> list[Order]:
        """Food called back."""
        return [_order(self.flow, node, _clocks(node, self.file.decisions)) for node in self.file.recalls]

    @strawberry.field
    def tests(self) -> list[InvestigatedTest]:
        """What laboratories found."""
        return [_test(self.flow, node) for node in self.file.tests]

    @strawberry.field(
        description="What its cases can have come from, in a what-if or without one, after the first `decisions` of the log or after all; "
        "`against` another what-if (empty text: without one) everything is compared with it."
    )
    async def scores(
        self, what_if: str | None = None, against: str | None = None, decisions: int | None = None, scope: Scope = Scope.CERTAIN, dates: bool = True
    ) -> Scores:
        """Its scores."""
        found = await self._worked_out(what_if, decisions, scope.value, dates)
        other = None if against is None else await self._worked_out(against or None, None, scope.value, dates)
        return scores_of(found, other, self.file.node.values.get("hazard"))

    async def _worked_out(self, what_if: str | None, decisions: int | None, scope: str, dates: bool) -> Investigated:
        """The scores with some evidence: worked out once, however often a question asks for them."""
        asked = what_if, decisions, scope, dates
        if asked not in self.worked:
            evidence = self.file.evidence(what_if, decisions)
            self.worked[asked] = asyncio.ensure_future(asyncio.to_thread(Investigated, self.flow, evidence, scope, dates=dates))
        return await self.worked[asked]


def _meant(flow: Flow, node: Node) -> list[Meant]:
    return [Meant(id=id_of(*key), kind=key[0], name=any_name(flow, *key)) for key in ends(node)]


def _case(flow: Flow, node: Node) -> InvestigatedCase:
    values = node.values
    return InvestigatedCase(
        id=id_of(node.kind, node.key),
        name=values.get("name") or _place_of(flow, node) or values.get("number") or node.key,
        count=values.get("count"),
        onset=time_view(values.get("onset")),
        weight=weight_of(node),
        assumed=values.get("assumed"),
        at=_meant(flow, node),
    )


def _place_of(flow: Flow, case: Node) -> str | None:
    """The name of what a case is at, where it is numbered by that: its source marked it."""
    return next((any_name(flow, *end) for end in ends(case) if end[1] == case.values.get("number")), None)


def _decision(flow: Flow, node: Node) -> InvestigationDecision:
    values = node.values
    return InvestigationDecision(
        id=id_of(node.kind, node.key),
        by=values.get("issuer") or "",
        decided=time_view(values.get("decided")),
        change=values.get("change"),
        holds=values.get("holds", True),
        weight=values.get("weight"),
        what_if=values.get("what_if"),
        why=values.get("text"),
        undone=time_view(values.get("undone")),
        of=_meant(flow, node),
    )


def _test(flow: Flow, node: Node) -> InvestigatedTest:
    values = node.values
    return InvestigatedTest(
        id=id_of(node.kind, node.key),
        number=values.get("number"),
        result=values.get("result"),
        positive=is_positive(node),
        found=time_view(values.get("found")),
        method=values.get("method"),
        of=[one for one in _meant(flow, node) if one.kind != "Sample"],
    )


def _clocks(recall: Node, decisions: list[Node]) -> list[RecallClock]:
    """The clocks of a recall, each with the decision that met it."""
    began = instant((recall.values.get("announced") or ["", "", None])[1])
    if began is None:
        return []
    told = [
        (one, link) for one in decisions if one.values.get("change") == MET for link in one.links if link[:3] == ["CONCERNS", "Recall", recall.key]
    ]
    met = {link[3].get("role"): one.values for one, link in told}
    return [_clock(one, began, met.get(one.name, {})) for one in clocks_of(recall)]


def _clock(one: Clock, began: datetime, met: dict[str, Any]) -> RecallClock:
    due = began + timedelta(hours=one.hours)
    until = instant((met.get("decided") or ["", "", None])[1]) or datetime.now(UTC)
    return RecallClock(
        name=one.name,
        said=one.said,
        source=one.source,
        due=stamp(due) or "",
        seconds_left=round((due - until).total_seconds(), 3),
        met=time_view(met.get("decided")),
        by=met.get("issuer"),
        how=met.get("text"),
    )


def _order(flow: Flow, node: Node, clocks: list[RecallClock]) -> Order:
    values = node.values
    return Order(
        id=id_of(node.kind, node.key),
        by=values.get("issuer") or "",
        since=time_view(values.get("since") or values.get("announced")),
        until=time_view(values.get("until") or values.get("closed")),
        reason=values.get("reason"),
        outcome=values.get("release") or values.get("note"),
        level=values.get("level"),
        depth=values.get("depth"),
        of=_meant(flow, node),
        clocks=clocks,
    )
