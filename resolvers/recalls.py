"""Recalls worked out: how large one would be in three scopes, what one record would save, what is accounted for; mock recalls as evidence."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

import strawberry

from algorithms import recall as sizing
from algorithms.accounted import Accounted, Count, accounted
from algorithms.answer import Gap
from algorithms.columns import SCOPES
from algorithms.dispersion import Dispersed, ranking
from algorithms.find import lots_of
from algorithms.flow import Flow
from algorithms.names import lot_name
from algorithms.savings import MOST_LOOKED_AT, savings
from algorithms.trace import Start
from graph_core.callers import Permission
from ontology.errors import Refused
from ontology.kinds import ref
from ontology.language import Fact, Source
from ontology.quality import MockRecall
from ontology.relations import CONCERNS
from ontology.values import Time, stamp
from resolvers.context import Context, context_of
from resolvers.filters import latest
from resolvers.ids import id_of
from resolvers.mutations import UserError
from resolvers.traceability import StartInput, flow_of, starts_of
from resolvers.traced import TraceGap, TraceStart, maybe_id, page

SOURCE = "mock recall"
MOST_DOUBTS = 200
_FOOD = ("Lot", "Product", "LogisticUnit")
_COUNTS = "MATCH (c:StockCount)-[:CONCERNS]->(l:Lot) WHERE l.key IN $lots RETURN DISTINCT c.key"


@strawberry.input(description="A recall to be worked out: of what, as it is known now or was at a time.")
class RecallSizeInput:
    """What is recalled."""

    starts: list[StartInput]
    known_at: str | None = strawberry.field(default=None, description="As we knew it then: nothing that was recorded later.")


@strawberry.input(description="A mock recall: of which lot, product or unit, and a note that is kept with it.")
class MockRecallInput:
    """A mock recall."""

    start: StartInput
    note: str | None = None


@strawberry.type(description="An amount in one unit; masses stand in kilograms (KGM), other units are never added together.")
class RecallAmount:
    """An amount."""

    unit: str
    value: float


@strawberry.type(
    description="Who holds or got recalled food last, how much at most, and when it came. `customer` is false where food lies that was made there; "
    "`id` is null where nothing tells where the food went."
)
class Consignee:
    """A consignee."""

    id: strawberry.ID | None
    kind: str | None
    name: str
    country: str | None
    customer: bool
    scope: str = strawberry.field(description="The surest scope that leads there.")
    amounts: list[RecallAmount]
    first: str | None
    last: str | None


@strawberry.type(
    description="How large the recall is in one scope and those surer. What is counted lies at the ends: food that came to a place and is not known "
    "to have left it, each amount once. A customer is a place or party that food was sent to and rests at, or that used it up."
)
class RecallScope:
    """A scope of a recall."""

    found: strawberry.Private[sizing.Recall]
    scope: str
    lots: int
    acts: int
    customers: int
    countries: list[str]
    kilograms: float
    amounts: list[RecallAmount]

    @strawberry.field(description="How many consignees there are.")
    def total_consignees(self) -> int:
        """How many."""
        return self.found.total(self.scope)

    @strawberry.field(description="A page of those who hold or got the food last: the surest first, then the largest amounts.")
    async def consignees(self, first: int = 100, offset: int = 0) -> list[Consignee]:
        """A page of consignees."""
        listed = await asyncio.to_thread(self.found.consignees, self.scope, *page(first, offset))
        return [_consignee(one) for one in listed]


@strawberry.type(
    description="A record that is missing, and by how much the recall would shrink at most if it were known (it may also confirm the doubt). "
    "Savings cannot be added up."
)
class RecallSaving:
    """What one record would save."""

    about: strawberry.ID
    words: str
    kilograms: float
    customers: int


@strawberry.type(description="The largest savings; how many doubts lie on the way, and how many of them, the nearest to the start, were looked at.")
class RecallSavings:
    """Savings."""

    found: list[RecallSaving]
    doubts: int
    looked_at: int


@strawberry.type(
    description="How much of the recalled lots is accounted for, in one unit: of what came, what processes used, what was sent to known places, "
    "what a count of stock confirms; `uncounted` lies there by the books alone. A share above 1 says that more left than came."
)
class RecallAccounted:
    """What is accounted for."""

    share: float
    unit: str
    came: float
    used: float
    sent: float
    counted: float
    uncounted: float


@strawberry.type(description="How much is called back from how many customers; parts of customers where the way there is not sure.")
class RecallMeasure:
    """Kilograms and customers."""

    kilograms: float
    customers: float


@strawberry.type(description="A recall, worked out; prices are not recorded, so it has no value in money.")
class RecallSize:
    """A recall."""

    found: strawberry.Private[sizing.Recall]
    gaps: strawberry.Private[Sequence[Gap]]
    starts: list[TraceStart]
    scopes: list[RecallScope] = strawberry.field(description="Certain, probable and conceivable, each with those before it.")
    accounted: RecallAccounted | None = strawberry.field(description="Null where no lot is recalled, or no record tells how much of it came.")
    seconds: float = strawberry.field(description="How long it took to find all that would be called back.")

    @strawberry.field(description="What is to be expected: every amount and customer counted by how sure the way there is.")
    async def expected(self) -> RecallMeasure:
        """What is to be expected."""
        kilograms, customers = await asyncio.to_thread(self.found.expected)
        return RecallMeasure(kilograms=kilograms, customers=customers)

    @strawberry.field(description="What one missing record would save, the largest first; looks at the doubts nearest to the start.")
    async def savings(self, most_doubts: int = MOST_LOOKED_AT) -> RecallSavings:
        """What one record would save."""
        if not 0 <= most_doubts <= MOST_DOUBTS:
            raise Refused(f"mostDoubts is {most_doubts}; it lies from 0 to {MOST_DOUBTS}.")
        told = await asyncio.to_thread(savings, self.found, most_doubts)
        listed = [RecallSaving(about=id_of(*one.about), words=one.words, kilograms=one.kilograms, customers=one.customers) for one in told.found]
        return RecallSavings(found=listed, doubts=told.doubts, looked_at=told.looked_at)

    @strawberry.field(description="Links, quantities and counts that are missing or odd.")
    async def missing(self) -> list[TraceGap]:
        """What is missing."""
        listed = [*await asyncio.to_thread(self.found.missing), *self.gaps]
        return [TraceGap(sort=gap.sort, words=gap.words, about=maybe_id(gap.about), act=maybe_id(gap.act)) for gap in listed]


@strawberry.type(description="What a mock recall found, and the id under which it is kept.")
class MockRecallPayload:
    """A mock recall."""

    id: strawberry.ID | None
    seconds: float | None = strawberry.field(description="From the question to the full list of consignees, gaps and shares.")
    recall: RecallSize | None
    user_errors: list[UserError]


@dataclass(frozen=True)
class Worked:
    """A recall with its sizes and what is accounted for, and how long that took."""

    recall: sizing.Recall
    sizes: list[sizing.Size]
    accounted: Accounted | None
    seconds: float

    @classmethod
    async def out(cls, context: Context, asked: list[StartInput], known_at: str | None) -> "Worked":
        """Work a recall out. Raises Refused, Ambiguous or Unknown for a start that is not plain."""
        began = time.perf_counter()
        flow = await flow_of(context, known_at)
        starts = await asyncio.to_thread(starts_of, asked, flow, known_at)
        counts = await _counts(context, flow, starts, known_at)

        def work() -> tuple[sizing.Recall, list[sizing.Size], Accounted | None]:
            found = sizing.Recall(flow, starts)
            return found, [found.size(scope) for scope in SCOPES], accounted(flow, starts, counts)

        return cls(*await asyncio.to_thread(work), round(time.perf_counter() - began, 4))

    def shown(self) -> RecallSize:
        """As GraphQL shows it."""
        told = self.accounted
        return RecallSize(
            found=self.recall,
            gaps=told.gaps if told else (),
            starts=[TraceStart(id=id_of(one.kind, one.key), label=one.label) for one in self.recall.starts],
            scopes=[_scope(self.recall, size) for size in self.sizes],
            accounted=_accounted(told) if told else None,
            seconds=self.seconds,
        )


@strawberry.type(description="A lot in stock, and how large its recall would be: expected, by how sure each way is, and at worst.")
class LotInStock:
    """A lot in stock."""

    id: strawberry.ID
    name: str
    kilograms: float = strawberry.field(description="How much of it lies in stock by the books.")
    expected: RecallMeasure
    worst: RecallMeasure


@strawberry.type(description="Lots in stock, those with the largest recall at worst first; how many are in stock, and how many were worked out.")
class RecallRanking:
    """A ranking."""

    lots: list[LotInStock]
    in_stock: int
    looked_at: int


@strawberry.type
class Recalls:
    """Recalls to be worked out."""

    @strawberry.field(description="Lots in stock or production by how large a recall of each would be, before there is one.")
    async def recall_ranking(self, info: strawberry.Info, first: int = 20, offset: int = 0) -> RecallRanking:
        """The ranking."""
        context = context_of(info, Permission.READ)
        flow = await context.flows.now(context.graph)
        found = await asyncio.to_thread(ranking, flow)
        most, start = page(first, offset)
        lots = [_in_stock(flow, one) for one in found.lots[start : start + most]]
        return RecallRanking(lots=lots, in_stock=found.in_stock, looked_at=found.looked)

    @strawberry.field(description="How large a recall of lots, products, units, shipments, processes or places would be; nothing is called back.")
    async def recall_size(self, info: strawberry.Info, input: RecallSizeInput) -> RecallSize:
        """How large a recall would be."""
        return (await Worked.out(context_of(info, Permission.READ), input.starts, input.known_at)).shown()


@strawberry.type
class Recalling:
    """Mock recalls."""

    @strawberry.mutation(description="Work a recall out against the clock and keep what came of it as evidence: `mockRecalls` lists them.")
    async def mock_recall(self, info: strawberry.Info, input: MockRecallInput) -> MockRecallPayload:
        """A mock recall."""
        context = context_of(info, Permission.READ, Permission.RECORD)
        try:
            worked, made = await mocked(context, input.start, context.caller.name, input.note)
        except Refused as error:
            said = UserError(code=error.code, field=None, message=str(error))
            return MockRecallPayload(id=None, seconds=None, recall=None, user_errors=[said])
        return MockRecallPayload(id=id_of("MockRecall", made.key), seconds=worked.seconds, recall=worked.shown(), user_errors=[])


async def mocked(context: Context, of: StartInput, issuer: str, note: str | None, number: str | None = None) -> tuple[Worked, MockRecall]:
    """A recall worked out against the clock and recorded as evidence. Raises Refused for what is no food."""
    began, started = time.perf_counter(), datetime.now(UTC)
    worked = await Worked.out(context, [of], None)
    (start,) = worked.recall.starts
    if start.kind not in _FOOD:
        raise Refused(f"A mock recall is of a {', '.join(_FOOD)}; a {start.kind} was named.")
    missing = await asyncio.to_thread(_everything, worked)
    worked = replace(worked, seconds=round(time.perf_counter() - began, 4))
    fact = _evidence(worked, issuer, number or f"MOCK-{started:%Y%m%d}-{secrets.token_hex(3)}", started, missing, note)
    await context.graph.record([fact])
    return worked, cast(MockRecall, fact.about)


def _everything(worked: Worked) -> int:
    """Find every consignee and every gap; how many gaps there are."""
    scope = SCOPES[-1]
    worked.recall.consignees(scope, worked.recall.total(scope))
    return len(worked.recall.missing()) + len(worked.accounted.gaps if worked.accounted else ())


def _evidence(worked: Worked, issuer: str, number: str, started: datetime, missing: int, note: str | None) -> Fact:
    (start,), widest = worked.recall.starts, worked.sizes[-1]
    made = MockRecall(
        issuer=issuer,
        number=number,
        started=Time.told(stamp(started) or ""),
        seconds=worked.seconds,
        accounted=round(worked.accounted.share, 6) if worked.accounted else None,
        customers=widest.customers,
        kilograms=widest.kilograms,
        missing=missing,
        note=note,
    )
    return Fact(made, Source(SOURCE, made.key), (CONCERNS(ref(start.kind, start.key)),), told=started)


async def _counts(context: Context, flow: Flow, starts: list[Start], known_at: str | None) -> list[Count]:
    """The last count of each recalled lot at each place."""
    lots = {flow.keys[number] for one in starts for number in lots_of(flow, one.kind, one.key)}
    lots |= {lot for lot, stands in flow.lots.items() if stands in lots}
    keys = [str(key) for (key,) in await context.graph.read(_COUNTS, lots=sorted(lots))] if lots else []
    held = await context.graph.nodes("StockCount", keys, latest(known_at) if known_at else None) if keys else {}
    last: dict[tuple[str, str | None], Count] = {}
    for node in sorted(held.values(), key=lambda one: ((one.values.get("counted") or ["", ""])[1] or "", one.key)):
        place = next((link[2] for link in node.links if link[0] == "TOOK_PLACE_AT"), None)
        for lot in (link[2] for link in node.links if link[0] == "CONCERNS" and link[2] in lots):
            last[(lot, place)] = Count(lot, place, node.values.get("quantity") or [])
    return list(last.values())


def _in_stock(flow: Flow, one: Dispersed) -> LotInStock:
    expected = RecallMeasure(kilograms=one.expected_kilograms, customers=one.expected_customers)
    worst = RecallMeasure(kilograms=one.worst_kilograms, customers=float(one.worst_customers))
    return LotInStock(id=id_of("Lot", one.lot), name=lot_name(flow, one.lot), kilograms=one.stock, expected=expected, worst=worst)


def _scope(found: sizing.Recall, size: sizing.Size) -> RecallScope:
    figures = {name: getattr(size, name) for name in ("scope", "lots", "acts", "customers", "kilograms")}
    return RecallScope(found=found, countries=list(size.countries), amounts=_amounts(size.amounts), **figures)


def _consignee(one: sizing.Consignee) -> Consignee:
    told = {name: getattr(one, name) for name in ("name", "country", "customer", "scope", "first", "last")}
    return Consignee(id=maybe_id(one.who), kind=one.who[0] if one.who else None, amounts=_amounts(one.amounts), **told)


def _amounts(amounts: sizing.Amounts) -> list[RecallAmount]:
    return [RecallAmount(unit=unit, value=value) for unit, value in amounts]


def _accounted(told: Accounted) -> RecallAccounted:
    parts = {name: getattr(told, name) for name in ("unit", "came", "used", "sent", "counted", "uncounted")}
    return RecallAccounted(share=round(told.share, 6), **parts)
