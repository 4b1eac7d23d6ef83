"""Investigations through the API: open one, gather cases, assume and undo, compare what-ifs, see what all of it leads to; hold and recall food."""

from collections.abc import Awaitable, Callable
from enum import Enum

import strawberry

from algorithms.find import find
from algorithms.flow import Flow
from algorithms.rows import Key
from graph_core.callers import Permission
from ontology.errors import Refused, Unknown
from ontology.quality import Sample
from ontology.values import Time
from resolvers.context import Context, context_of
from resolvers.ids import id_of, key_of
from resolvers.investigated import InvestigationFile
from resolvers.investigating import MOST_THINGS, File, Step, Work
from resolvers.loading import things
from resolvers.mutations import UserError


@strawberry.input(description="A thing: exactly one of its id, and a code, name or key that speaks of it alone.")
class ThingInput:
    """A thing."""

    id: strawberry.ID | None = None
    code: str | None = None


@strawberry.enum(
    description="What is assumed: food that meets there contaminates other food; contamination ends there; it weighs so much; it is not there."
)
class Change(Enum):
    """What is assumed."""

    CONTAMINATES = "contaminates"
    CLEAR = "clear"
    WEIGHS = "weighs"
    HIDDEN = "hidden"


@strawberry.enum(description="How dangerous recalled food is (21 CFR 7.3(m)): I serious, II may harm for a time, III unlikely to harm.")
class RecallClass(Enum):
    """How dangerous."""

    I = "I"
    II = "II"
    III = "III"


@strawberry.enum(description="Down to whom food is called back (21 CFR 7.42).")
class RecallDepth(Enum):
    """Down to whom."""

    CONSUMERS = "consumers"
    SHOPS = "shops"
    WHOLESALERS = "wholesalers"


@strawberry.input(description="An investigation to open; `marked` takes in all cases that are in none, and whatever a source marked with a weight.")
class OpenInvestigationInput:
    """An investigation to open."""

    name: str
    hazard: str | None = None
    number: str | None = None
    note: str | None = None
    marked: bool = False


@strawberry.input(description="A case: people who fell ill at places, or after shipments or processes; or one that was recorded before, by `case`.")
class AddCaseInput:
    """A case to add."""

    investigation: strawberry.ID
    at: list[ThingInput] = strawberry.field(default_factory=list)
    case: strawberry.ID | None = None
    number: str | None = None
    name: str | None = None
    count: int | None = None
    onset: str | None = strawberry.field(default=None, description="When the first symptoms began: ISO 8601, also partial.")
    weight: float | None = strawberry.field(default=None, description="How much it counts: 1, if not given; negative clears.")


@strawberry.input(
    description="What a laboratory found in a lot, which weighs as evidence of lots, or at a place; and the sample, if its time or material is told."
)
class AddTestInput:
    """A test to add."""

    investigation: strawberry.ID
    of: list[ThingInput]
    positive: bool
    result: str = strawberry.field(description="What was looked for or found, in the words of the laboratory.")
    number: str | None = None
    method: str | None = None
    found: str | None = strawberry.field(default=None, description="When it was found: ISO 8601, also partial.")
    taken: str | None = strawberry.field(default=None, description="When the sample was taken.")
    material: str | None = strawberry.field(default=None, description="What was taken.")


@strawberry.input(description="A clock of a recall that is met, by its name, and how.")
class MeetClockInput:
    """A clock that is met."""

    id: strawberry.ID
    clock: str
    why: str | None = None


@strawberry.input(description="An assumption; it holds in one what-if, or where none is named in all. `holds: false` assumes the contrary.")
class DecideInput:
    """A decision."""

    investigation: strawberry.ID
    change: Change
    of: list[ThingInput]
    holds: bool = True
    weight: float | None = None
    what_if: str | None = None
    why: str | None = None


@strawberry.input(description="A thing that is to be changed, and why.")
class ChangeInput:
    """A change."""

    id: strawberry.ID
    why: str | None = None


@strawberry.input(description="Food that must not move: lots, units, shipments, or all at a place.")
class HoldInput:
    """A hold."""

    of: list[ThingInput]
    reason: str
    investigation: strawberry.ID | None = None


@strawberry.input(description="Lots or units to call back.")
class RecallInput:
    """A recall."""

    of: list[ThingInput]
    reason: str
    level: RecallClass
    depth: RecallDepth
    investigation: strawberry.ID | None = None


@strawberry.type(description="What was made or changed, and the investigation as it is now (null where it is in none).")
class InvestigationPayload:
    """What became of a step."""

    id: strawberry.ID | None
    investigation: InvestigationFile | None
    user_errors: list[UserError]


@strawberry.type
class Investigations:
    """Investigations to look at."""

    @strawberry.field(description="An investigation with its cases, decisions, holds, recalls and scores; null where there is none with this id.")
    async def investigation(self, info: strawberry.Info, id: strawberry.ID) -> InvestigationFile | None:
        """An investigation."""
        context = context_of(info, Permission.READ)
        try:
            return await _file(context, _key(id, "Investigation"))
        except Unknown:
            return None


@strawberry.type
class Investigating:
    """Steps of an investigation."""

    @strawberry.mutation(description="Open an investigation.")
    async def open_investigation(self, info: strawberry.Info, input: OpenInvestigationInput) -> InvestigationPayload:
        """Open one."""
        return await _taken(info, lambda work, _: work.open(input.name, input.hazard, input.number, input.note, marked=input.marked))

    @strawberry.mutation(description="Add people who fell ill, as evidence.")
    async def add_case(self, info: strawberry.Info, input: AddCaseInput) -> InvestigationPayload:
        """Add a case."""

        async def step(work: Work, flow: Flow) -> Step:
            file = await File.of(work.graph, _key(input.investigation, "Investigation"))
            if input.case:
                return await work.join_case(file, _key(input.case, "Case"))
            told = {"number": input.number, "name": input.name, "count": input.count, "onset": input.onset, "weight": input.weight}
            return await work.add_case(file, await _keys(work, input.at, flow), **told)

        return await _taken(info, step)

    @strawberry.mutation(description="Take a case out of its investigation: what was told of it here is taken back.")
    async def remove_case(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Remove a case."""
        return await _taken(info, lambda work, _: work.remove_case(_key(input.id, "Case"), input.why or ""))

    @strawberry.mutation(description="Add what a laboratory found, as evidence.")
    async def add_test(self, info: strawberry.Info, input: AddTestInput) -> InvestigationPayload:
        """Add a test."""

        async def step(work: Work, flow: Flow) -> Step:
            file = await File.of(work.graph, _key(input.investigation, "Investigation"))
            told = {"number": input.number, "method": input.method, "found": Time.told(input.found) if input.found else None}
            sample = Sample(taken=Time.told(input.taken) if input.taken else None, material=input.material)
            return await work.test(file, await _keys(work, input.of, flow), input.result, input.positive, sample, **told)

        return await _taken(info, step)

    @strawberry.mutation(description="Take the result of a test back, with its sample.")
    async def remove_test(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Remove a test."""
        return await _taken(info, lambda work, _: work.remove_test(_key(input.id, "TestResult"), input.why or ""))

    @strawberry.mutation(description="Say that what a clock of a recall asks for is done; for who may approve.")
    async def meet_clock(self, info: strawberry.Info, input: MeetClockInput) -> InvestigationPayload:
        """Stop a clock."""
        return await _taken(info, lambda work, _: work.met(_key(input.id, "Recall"), input.clock, input.why), Permission.APPROVE)

    @strawberry.mutation(description="Assume something of places, shipments, processes or cases; the facts about them stay as they are.")
    async def decide(self, info: strawberry.Info, input: DecideInput) -> InvestigationPayload:
        """Decide."""

        async def step(work: Work, flow: Flow) -> Step:
            file = await File.of(work.graph, _key(input.investigation, "Investigation"))
            told = {"holds": input.holds, "weight": input.weight, "what_if": input.what_if or None, "text": input.why}
            return await work.decide(file, input.change.value, await _keys(work, input.of, flow), **told)

        return await _taken(info, step)

    @strawberry.mutation(description="Undo a decision: it stays in the log and counts no more.")
    async def undo_decision(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Undo."""
        return await _taken(info, lambda work, _: work.undo(_key(input.id, "Decision"), input.why, undone=True))

    @strawberry.mutation(description="Let a decision count that was undone.")
    async def redo_decision(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Do again."""
        return await _taken(info, lambda work, _: work.undo(_key(input.id, "Decision"), input.why, undone=False))

    @strawberry.mutation(description="Close an investigation; `why` says what it came to.")
    async def close_investigation(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Close."""
        return await _taken(info, _closing(input, closed=True))

    @strawberry.mutation(description="Open an investigation again that was closed.")
    async def reopen_investigation(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Open again."""
        return await _taken(info, _closing(input, closed=False))

    @strawberry.mutation(description="Put food on hold.")
    async def place_hold(self, info: strawberry.Info, input: HoldInput) -> InvestigationPayload:
        """Hold."""

        async def step(work: Work, flow: Flow) -> Step:
            return await work.hold(await _maybe(work, input.investigation), await _keys(work, input.of, flow), input.reason)

        return await _taken(info, step)

    @strawberry.mutation(description="Release food that is on hold, and say why; for who may approve.")
    async def release_hold(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Release."""
        return await _taken(info, lambda work, _: work.release(_key(input.id, "Hold"), input.why or ""), Permission.APPROVE)

    @strawberry.mutation(description="Start a recall; for who may approve.")
    async def start_recall(self, info: strawberry.Info, input: RecallInput) -> InvestigationPayload:
        """Recall."""

        async def step(work: Work, flow: Flow) -> Step:
            file = await _maybe(work, input.investigation)
            return await work.recall(file, await _keys(work, input.of, flow), input.reason, input.level.value, input.depth.value)

        return await _taken(info, step, Permission.APPROVE)

    @strawberry.mutation(description="Close a recall with what it came to; for who may approve.")
    async def close_recall(self, info: strawberry.Info, input: ChangeInput) -> InvestigationPayload:
        """Close a recall."""
        return await _taken(info, lambda work, _: work.end_recall(_key(input.id, "Recall"), input.why or ""), Permission.APPROVE)


def _closing(input: ChangeInput, *, closed: bool) -> Callable[[Work, Flow], Awaitable[Step]]:
    async def step(work: Work, flow: Flow) -> Step:
        return await work.close(await File.of(work.graph, _key(input.id, "Investigation")), input.why, closed=closed)

    return step


async def _taken(info: strawberry.Info, step: Callable[[Work, Flow], Awaitable[Step]], *needed: Permission) -> InvestigationPayload:
    """A step, taken: recorded, or refused with words."""
    context = context_of(info, Permission.RECORD, *needed)
    flow = await context.flows.now(context.graph)
    try:
        taken = await step(Work(context.graph, context.caller), flow)
        await context.graph.record(taken.facts)
    except Refused as error:
        return InvestigationPayload(id=None, investigation=None, user_errors=[UserError(code=error.code, field=None, message=str(error))])
    return InvestigationPayload(id=id_of(*taken.about), investigation=await _file(context, taken.file) if taken.file else None, user_errors=[])


async def _file(context: Context, key: str) -> InvestigationFile:
    return InvestigationFile(file=await File.of(context.graph, key), flow=await context.flows.now(context.graph))


async def _maybe(work: Work, investigation: strawberry.ID | None) -> File | None:
    return await File.of(work.graph, _key(investigation, "Investigation")) if investigation else None


def _key(id: strawberry.ID, kind: str) -> str:
    named, key = key_of(id)
    if named != kind:
        raise Refused(f"The id names a {named}; this takes a {kind}.")
    return key


async def _keys(work: Work, of: list[ThingInput], flow: Flow) -> list[Key]:
    """The things that are meant. Raises Refused, Ambiguous or Unknown with choices and near misses."""
    if len(of) > MOST_THINGS:
        raise Refused(f"At most {MOST_THINGS} things at once; {len(of)} were sent.")
    found = []
    for one in of:
        if (one.id is None) == (one.code is None):
            raise Refused("A thing has exactly one of id and code.")
        if one.id:
            found.append(key_of(one.id))
        else:
            start = find(flow, one.code or "")
            found.append((start.kind, start.key))
    known = await things(work.graph, found)
    if missing := [kind for kind, key in found if (kind, key) not in known]:
        raise Unknown(f"There is no {missing[0]} with the id that was sent: search for it first.")
    return list(known)
