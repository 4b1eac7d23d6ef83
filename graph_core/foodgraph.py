"""The FoodGraph of one tenant: one way in, many ways out."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import neo4j

from graph_core import journal, past
from graph_core.callers import Caller, Permission
from graph_core.fold import Node, NodeKey, Replay, fold, holds
from graph_core.journal import Entry
from graph_core.lanes import RECORDING
from graph_core.plan import Item, Plan, change_of, checked, end, plan, subjects
from graph_core.registry import Head, Registry, Tenant
from graph_core.server import Account, Home
from graph_core.writer import Receipt, Turn, Writer, translated
from ontology.errors import Refused
from ontology.facts import Told
from ontology.kinds import KINDS
from ontology.language import Fact, Ref, Refusal, Retraction

_NO_END = 1 << 60


class Follower:
    """Reads a journal in order and keeps its own position outside the graph.

    An entry is settled after it was acted on: a crash between makes it come again, a settled one never does. What a follower records
    for an entry may be recorded twice and changes nothing then.
    """

    def __init__(self, graph: "FoodGraph", registry: Registry, name: str) -> None:
        self._graph, self._registry, self.name = graph, registry, name

    @property
    def position(self) -> int:
        """The last entry settled; 0 before the first."""
        return self._registry.position(self._graph.tenant.name, self.name)

    def entries(self) -> AsyncIterator[Entry]:
        """The entries that are not settled yet, in order."""
        return self._graph.entries(self.position)

    def settle(self, entry: Entry) -> None:
        """Note that this entry was acted on. Raises Refused when it does not follow the last one settled."""
        if entry.seq != self.position + 1:
            raise Refused(f"{self.name} settled entry {self.position}; entry {entry.seq} does not follow it: act on the entries in order.")
        self._registry.move(self._graph.tenant.name, self.name, entry.seq)


class FoodGraph:
    """The graph of one tenant, opened for a caller; nothing in it can reach another tenant's database."""

    def __init__(self, caller: Caller, tenant: Tenant, home: Home, registry: Registry, turn: Turn) -> None:
        self.caller, self.tenant, self._home, self._registry, self._turn = caller, tenant, home, registry, turn
        self._drivers = _driver(home.bolt, home.writer), _driver(home.bolt, home.reader)
        self._reader = self._drivers[1]
        self._writer = Writer(caller, tenant, home, registry, self._drivers[0], turn)

    async def close(self) -> None:
        """Let go of the engine."""
        for driver in self._drivers:
            await driver.close()

    def _reading(self, **more: Any) -> neo4j.AsyncSession:
        return self._reader.session(database=self._home.database, default_access_mode=neo4j.READ_ACCESS, **more)

    async def read(self, statement: str, **values: Any) -> list[list[Any]]:
        """Rows of a reading statement, as the tenant's reader; the engine refuses whatever would write."""
        self.caller.need(Permission.READ)
        with translated():
            async with self._reading() as session:
                return await (await session.run(statement, values)).values()

    async def record(self, items: Iterable[Fact | Retraction | Refusal], *, proceed: bool = False, job: str = "") -> Receipt:
        """Record facts: checked, in one transaction with their journal entry; telling the same again changes nothing.

        All or nothing, unless `proceed`: then records that are refused are listed in the receipt and the rest is recorded.
        Raises Refused (OntologyViolation's words) or Unavailable (nothing was recorded; try again).
        """
        self.caller.need(Permission.RECORD)
        listed = list(items)
        good, refused = await RECORDING.apart(len(listed), checked, listed)
        return await self.record_checked(good, refused, proceed=proceed, job=job)

    async def record_checked(self, good: list[Item], refused: list[Refusal], *, proceed: bool, job: str) -> Receipt:
        """`record` for items that are checked already; a call that waits for its turn is prepared meanwhile, calls keep their order."""
        self.caller.need(Permission.RECORD)
        items = await self._everywhere(good)

        def planned(held: dict[NodeKey, list[Told]]) -> Plan:
            made = plan(items, held)
            made.refused = refused + made.refused
            return made

        return await self._writer.carry_out(subjects(items), planned, proceed=proceed, job=job, size=len(items))

    async def _everywhere(self, items: list[Item]) -> list[Item]:
        """A retraction that names a record but no thing, as one for each thing that the record told of."""
        wide = {item.record for item in items if isinstance(item, Retraction) and item.of is None and item.record}
        if not wide:
            return items
        told: dict[str, set[NodeKey]] = {record: set() for record in wide}
        async for entry in self.entries():
            for fact in entry.content()["facts"]:
                if fact["record"] in wide:
                    told[fact["record"]].add((fact["kind"], fact["key"]))
        spread: list[Item] = []
        for item in items:
            if isinstance(item, Retraction) and item.of is None and item.record:
                spread += [replace(item, of=Ref(KINDS[kind].thing, key)) for kind, key in sorted(told[item.record])]
            else:
                spread.append(item)
        return spread

    async def retract(self, retraction: Retraction, job: str = "") -> Receipt:
        """End one fact, or all that a record told about a thing (or about anything); the journal keeps them."""
        return await self.record([retraction], job=job)

    async def retract_facts(self, facts: Iterable[Told], job: str) -> Receipt:
        """End these facts, as far as they still hold, in one entry."""
        self.caller.need(Permission.RECORD)
        listed = list(facts)

        def planned(held: dict[NodeKey, list[Told]]) -> Plan:
            made = Plan()
            for fact in listed:
                change = change_of(made, (fact["kind"], fact["key"]), held)
                if fact["id"] in change.after:
                    end(made, change, change.after[fact["id"]])
            return made

        named = {(fact["kind"], fact["key"]) for fact in listed}
        return await self._writer.carry_out(named, planned, proceed=True, job=job, size=len(listed))

    def head(self) -> Head:
        """The journal's head as kept outside the graph."""
        return self._registry.head(self.tenant.name)

    async def position(self) -> int:
        """The last entry that is recorded, without asking the engine where this program knows it: it may be busy with the next."""
        head = self.head()
        return head.seq if head.pending_seq is None or self._turn.writing.locked() else await self.seq_at(None)

    async def jobs_after(self, seq: int) -> set[str]:
        """The jobs of all entries after this one."""
        return self._turn.jobs_of(range(seq + 1, self.head().seq + 1)) or set((await self.read(journal.JOBS, after=seq))[0][0])

    async def entries(self, after: int = 0, to: int | None = None) -> AsyncIterator[Entry]:
        """Journal entries in order, read a few at a time."""
        while rows := await self.read(journal.READ, after=after, to=to if to is not None else _NO_END):
            for row in rows:
                yield Entry(*row)
            after = int(rows[-1][0])

    def follow(self, name: str) -> "Follower":
        """One who follows the journal under this name, from where it settled last."""
        return Follower(self, self._registry, name)

    async def replay(self, known_at: str | None = None, base: Replay | None = None) -> Replay:
        """The facts as they stood after the entries recorded until `known_at` (ISO UTC; None = now), going on from `base`.

        Holds every fact in memory: `things` and `nodes_at` do not.
        """
        replay = base or Replay()
        last = await self.seq_at(known_at) if known_at else None
        async for entry in self.entries(replay.seq, last):
            replay.apply(entry.content(), entry.seq)
        return replay

    async def seq_at(self, known_at: str | None) -> int:
        """The last entry recorded until an instant (ISO UTC; None = now); 0 when there is none."""
        if known_at is None:
            return int((await self.read(journal.HEAD))[0][0])
        return int((await self.read(journal.UNTIL, known_at=known_at))[0][0])

    async def changed(self, after: int, to: int) -> set[NodeKey]:
        """The things that the entries from `after` (left out) to `to` told of or ended, and those at the ends of their links."""
        return await past.changed(self, after, to)

    async def nodes_at(self, keys: Iterable[NodeKey], seq: int | None = None) -> dict[NodeKey, Node]:
        """These things as they were after an entry (None = now); those that were not there are absent."""
        return await past.nodes_at(self, keys, seq)

    def things(self, kinds: Iterable[str], seq: int | None = None) -> AsyncIterator[Node]:
        """Every thing of these kinds as it was after an entry (None = now), once each; streamed, in no order."""
        return past.things(self, kinds, seq)

    async def stream(self, statement: str, **values: Any) -> AsyncIterator[list[Any]]:
        """Rows of a reading statement, a few at a time, as the tenant's reader."""
        self.caller.need(Permission.READ)
        with translated():
            async with self._reading(fetch_size=2_000) as session:
                result = await session.run(statement, values)
                async for row in result:
                    yield list(row)

    async def node(self, kind: str, key: str, known_at: str | None = None, as_of: str | None = None) -> Node | None:
        """One thing, now or as it was known at a time; of facts that held in the world at `as_of` (instants ISO UTC)."""
        return (await self.nodes(kind, [key], known_at, as_of)).get(key)

    async def nodes(self, kind: str, keys: list[str], known_at: str | None = None, as_of: str | None = None) -> dict[str, Node]:
        """Several things of one kind by key; those that are not there, or of which no fact held at `as_of`, are absent."""
        seq = await self.seq_at(known_at) if known_at else None
        found = await self.nodes_at([(kind, key) for key in keys], seq)
        if as_of is None:
            return {key: node for (_, key), node in found.items()}
        then: dict[str, Node] = {}
        for (_, key), node in found.items():
            held = [fact for fact in node.facts if holds(fact, as_of)]
            if held or not node.facts:
                then[key] = fold(kind, key, held)
        return then


def _driver(bolt: str, account: Account) -> neo4j.AsyncDriver:
    return neo4j.AsyncGraphDatabase.driver(bolt, auth=account, connection_acquisition_timeout=30, notifications_min_severity="OFF")


@asynccontextmanager
async def opened(graph: FoodGraph) -> AsyncIterator[FoodGraph]:
    """Close a graph when done with it."""
    try:
        yield graph
    finally:
        await graph.close()
