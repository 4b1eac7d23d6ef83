"""What a caller may change: facts it states, and facts it takes back; nothing is overwritten, the journal keeps all."""

import secrets
from collections import defaultdict
from dataclasses import replace

import strawberry

from graph_core.callers import Permission
from graph_core.writer import Receipt
from ontology.errors import Refused
from ontology.facts import told
from ontology.kinds import KINDS
from ontology.language import Fact, Link, Ref, Retraction, Source, Thing
from ontology.values import instant
from resolvers.context import Context, context_of
from resolvers.ids import id_of, key_of
from resolvers.lookups import held
from resolvers.statements import FactInput, Wrong, fact_of, read

MOST_FACTS = 1_000


@strawberry.type(description="What is wrong with an input: which field, which rule.")
class UserError:
    """What is wrong."""

    code: str
    field: str | None
    message: str


@strawberry.input(description="Facts that the caller states. All are recorded or none, unless `proceed`.")
class RecordInput:
    """Facts to record."""

    facts: list[FactInput]
    action: str | None = strawberry.field(default=None, description="An id of this action: sent again with it, the same facts change nothing.")
    proceed: bool = strawberry.field(default=False, description="Record what is right and list what is not.")


@strawberry.type(name="Receipt", description="What was done: how many facts are new, known already, ended; the journal entry that holds them.")
class ReceiptView:
    """What was done."""

    recorded: int
    known: int
    ended: int
    findings: int
    seq: int | None
    action: str
    ids: list[strawberry.ID]


@strawberry.type(description="What became of the facts.")
class RecordPayload:
    """What became of the facts."""

    receipt: ReceiptView | None
    user_errors: list[UserError]


@strawberry.input(description="A fact to take back: by its own id, or all that one record told about the thing.")
class RetractInput:
    """A fact to take back."""

    id: strawberry.ID = strawberry.field(description="The thing that the fact is about.")
    reason: str
    fact: str | None = None
    record: str | None = None


@strawberry.type(description="What was taken back.")
class RetractPayload:
    """What was taken back."""

    ended: int
    seq: int | None
    user_errors: list[UserError]


@strawberry.type
class Statements:
    """Facts stated and taken back."""

    @strawberry.mutation(description="Record facts that the caller states: checked by the ontology, with the caller as their source.")
    async def record(self, info: strawberry.Info, input: RecordInput) -> RecordPayload:
        """Record facts."""
        context = context_of(info, Permission.RECORD)
        if len(input.facts) > MOST_FACTS:
            raise Refused(f"record takes at most {MOST_FACTS} facts: import a file for more.")
        action = input.action or "act_" + secrets.token_hex(8)
        good, errors = await _read(input, context, action)
        if errors and not input.proceed:
            return RecordPayload(receipt=None, user_errors=errors)
        receipt = await context.graph.record(good, proceed=True) if input.proceed else await _all_or_nothing(context, good, errors)
        errors += [UserError(code=Refused.code, field=None, message=f"{one.rule}. {one.remedy}") for one in (receipt.refused if receipt else ())]
        return RecordPayload(receipt=_receipt(receipt, action, good) if receipt else None, user_errors=errors)

    @strawberry.mutation(description="Take back a fact, or all that a record told about a thing; the journal keeps them.")
    async def retract(self, info: strawberry.Info, input: RetractInput) -> RetractPayload:
        """Take facts back."""
        context = context_of(info, Permission.RECORD)
        try:
            retraction = _retraction(input, context)
        except Wrong as error:
            return RetractPayload(ended=0, seq=None, user_errors=[_user_error(error)])
        receipt = await context.graph.retract(retraction)
        missing = (
            [] if receipt.ended else [UserError(code="NOT_FOUND", field="fact", message="No such fact stands: `facts` of the thing lists them.")]
        )
        return RetractPayload(ended=receipt.ended, seq=receipt.seq, user_errors=missing)


async def _read(asked: RecordInput, context: Context, action: str) -> tuple[list[Fact], list[UserError]]:
    good: list[Fact] = []
    wrong: list[UserError] = []
    for number, stated in enumerate(asked.facts):
        try:
            fact = fact_of(stated, context.caller, action, f"facts.{number}")
            good.append(fact if stated.told else await _told_before(fact, context))
        except Wrong as error:
            wrong.append(_user_error(error))
    return _one_per_thing(good, wrong)


def _one_per_thing(good: list[Fact], wrong: list[UserError]) -> tuple[list[Fact], list[UserError]]:
    """A record tells one fact about a thing; records stand together, as the graph takes them."""
    by_record: dict[str, list[Fact]] = defaultdict(list)
    for fact in good:
        if any(_name(other) == _name(fact) for other in by_record[fact.source.record]):
            said = f"One record tells at most one fact about a thing, and {_name(fact)[1]!r} is told of twice: put them into one, or give a `record`."
            wrong.append(UserError(code=Refused.code, field="facts", message=said))
        else:
            by_record[fact.source.record].append(fact)
    return [fact for facts in by_record.values() for fact in facts], wrong


def _name(fact: Fact) -> tuple[str, str]:
    about = fact.about.start if isinstance(fact.about, Link) else fact.about
    assert isinstance(about, Thing | Ref)
    return (about.kind.kind.name if isinstance(about, Ref) else about.kind.name, about.key)


async def _told_before(fact: Fact, context: Context) -> Fact:
    """The fact as it was told before by the same action, if it was: telling it again then changes nothing."""
    node = await held(context.graph, *_name(fact), None, None)
    for before in node.facts if node else ():
        if (before["source"], before["record"]) == (fact.source.name, fact.source.record) and "told" in before:
            again = replace(fact, told=instant(before["told"]))
            if told(again)["id"] == before["id"]:
                return again
    return fact


async def _all_or_nothing(context: Context, good: list[Fact], errors: list[UserError]) -> Receipt | None:
    try:
        return await context.graph.record(good)
    except Refused as error:
        errors.append(UserError(code=error.code, field="facts", message=str(error)))
        return None


def _receipt(receipt: Receipt, action: str, facts: list[Fact]) -> ReceiptView:
    ids = [id_of(*name) for name in dict.fromkeys(map(_name, facts))]
    numbers = {name: getattr(receipt, name) for name in ("recorded", "known", "ended", "findings", "seq")}
    return ReceiptView(action=action, ids=ids, **numbers)


def _retraction(asked: RetractInput, context: Context) -> Retraction:
    kind, key = read("id", key_of, asked.id)
    if (asked.fact is None) == (asked.record is None):
        raise Wrong("fact", "Say which: exactly one of fact and record.")
    if not asked.reason.strip():
        raise Wrong("reason", "A retraction says why.")
    source = Source(context.caller.name, "act_" + secrets.token_hex(8))
    return Retraction(source, asked.reason, Ref(KINDS[kind].thing, key), asked.record, asked.fact)


def _user_error(error: Wrong) -> UserError:
    return UserError(code=error.code, field=error.field, message=str(error))
