"""The FoodGraph of one tenant: one way in, many ways out."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import neo4j
import orjson
from neo4j.exceptions import DriverError, Neo4jError

from graph_core import cypher, journal
from graph_core.callers import Caller, Permission
from graph_core.fold import Node, NodeKey, Replay, fold
from graph_core.journal import Entry
from graph_core.plan import Change, Item, Plan, checked, plan, subjects
from graph_core.registry import GENESIS, Head, Registry, Tenant, now
from ontology.errors import Refused, Unavailable
from ontology.facts import Told
from ontology.language import Fact, Refusal, Retraction

_CHUNK = 10_000
_NO_END = 1 << 60


@dataclass
class Receipt:
    """What a call of `record` did: how many facts are new, known, ended, refused, and the journal entry that holds them."""

    recorded: int = 0
    known: int = 0
    ended: int = 0
    findings: int = 0
    refused: list[Refusal] = field(default_factory=list)
    seq: int | None = None


class FoodGraph:
    """The graph of one tenant, opened for a caller; nothing in it can reach another tenant's database."""

    def __init__(self, caller: Caller, tenant: Tenant, registry: Registry, bolt: str, turn: asyncio.Lock) -> None:
        self.caller, self.tenant, self._registry = caller, tenant, registry
        self._turn = turn
        self._writer = _driver(bolt, tenant.writer, tenant.writer_password)
        self._reader = _driver(bolt, tenant.reader, tenant.reader_password)

    async def close(self) -> None:
        """Let go of the engine."""
        await self._writer.close()
        await self._reader.close()

    async def read(self, statement: str, **values: Any) -> list[list[Any]]:
        """Rows of a reading statement, as the tenant's reader; the engine refuses whatever would write."""
        self.caller.need(Permission.READ)
        with translated():
            async with self._reader.session(database=self.tenant.database) as session:
                return await (await session.run(statement, values)).values()

    async def record(self, items: Iterable[Fact | Retraction | Refusal], *, proceed: bool = False, job: str = "") -> Receipt:
        """Record facts: checked, in one transaction with their journal entry; telling the same again changes nothing.

        All or nothing, unless `proceed`: then records that are refused are listed in the receipt and the rest is recorded.
        Raises Refused (OntologyViolation's words) or Unavailable (nothing was recorded; try again).
        """
        self.caller.need(Permission.RECORD)
        good, refused = checked(items)
        return await self.record_checked(good, refused, proceed=proceed, job=job)

    async def record_checked(self, good: list[Item], refused: list[Refusal], *, proceed: bool, job: str) -> Receipt:
        """`record` for items that are checked already."""
        self.caller.need(Permission.RECORD)
        async with self._turn:
            made = plan(good, await self._held(subjects(good)))
            made.refused = refused + made.refused
            if made.refused and not proceed:
                first = made.refused[0]
                raise Refused(f"{first.place}: {first.rule}. {first.remedy} Nothing was recorded ({len(made.refused)} refused).")
            receipt = Receipt(len(made.facts), made.known, len(made.ended), made.findings, made.refused)
            if made.facts or made.ended:
                receipt.seq = await self._commit(made, job)
            return receipt

    async def retract(self, retraction: Retraction, job: str = "") -> Receipt:
        """End one fact, or all that a record told about a thing; the journal keeps them."""
        return await self.record([retraction], job=job)

    async def retract_facts(self, named: Iterable[tuple[str, str, str]], job: str) -> Receipt:
        """End facts named as (kind, key, fact id), in one entry."""
        self.caller.need(Permission.RECORD)
        async with self._turn:
            listed = list(named)
            held = await self._held({(kind, key) for kind, key, _ in listed})
            made = Plan()
            for kind, key, number in listed:
                facts = {fact["id"]: fact for fact in held.get((kind, key), ())}
                if number in facts:
                    change = made.changes.setdefault((kind, key), Change(facts, dict(facts)))
                    if change.after.pop(number, None):
                        made.ended.append((kind, key, number))
            seq = await self._commit(made, job) if made.ended else None
            return Receipt(ended=len(made.ended), seq=seq)

    async def _held(self, keys: Iterable[NodeKey]) -> dict[NodeKey, list[Told]]:
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, key in keys:
            by_kind[kind].append(key)
        held: dict[NodeKey, list[Told]] = {}
        with translated():
            async with self._writer.session(database=self.tenant.database) as session:
                for kind, listed in by_kind.items():
                    row = await (await session.run(cypher.facts_of(kind), keys=listed)).single(strict=True)
                    held.update({(kind, key): [orjson.loads(fact) for fact in facts] for key, facts in zip(*row.values(), strict=True)})
        return held

    async def _commit(self, made: Plan, job: str) -> int:
        head = await self._settled()
        entry = Entry.after(head[0] + 1, head[1], now(), self.caller.name, job, {"facts": made.facts, "ended": made.ended})
        olds = {key: fold(*key, change.before.values()) for key, change in made.changes.items() if change.before}
        news = {key: fold(*key, change.after.values()) for key, change in made.changes.items() if change.after}
        present = await self._present(olds, news)
        self._registry.intend(self.tenant.name, entry.seq, entry.hash)
        with translated():
            async with self._writer.session(database=self.tenant.database) as session, await session.begin_transaction() as tx:
                moved = await (await tx.run(journal.MOVE, previous=entry.previous, seq=entry.seq, hash=entry.hash)).single()
                if moved is None:
                    raise Unavailable("Another program recorded in this tenant at the same moment: nothing was recorded; try again.")
                await (await tx.run(journal.APPEND, {**entry.__dict__})).consume()
                await _write(tx, olds, news, present)
                await tx.commit()
        self._registry.settle(self.tenant.name, entry.seq, entry.hash)
        return entry.seq

    async def _present(self, olds: dict[NodeKey, Node], news: dict[NodeKey, Node]) -> set[NodeKey]:
        """Which of the things written or mentioned stand in the graph already."""
        wanted: set[NodeKey] = set(news) | {(link[1], link[2]) for node in news.values() for link in node.links}
        present, asked = set(olds), set(olds)
        while wanted := wanted - asked:
            found = set(await self._held(wanted))
            present, asked = present | found, asked | wanted
            wanted = {(link[1], link[2]) for key in wanted - found if key not in news for link in fold(*key, ()).links}
        return present

    async def _settled(self) -> tuple[int, str]:
        """The journal's head, after settling what a killed program left pending. Raises Unavailable when the heads contradict."""
        kept = self._registry.head(self.tenant.name)
        with translated():
            async with self._writer.session(database=self.tenant.database) as session:
                row = await (await session.run(journal.HEAD)).single()
        found = (int(row[0]), str(row[1])) if row else (0, GENESIS)
        if found == (kept.seq, kept.hash):
            return found
        if found == (kept.pending_seq, kept.pending_hash):
            self._registry.settle(self.tenant.name, *found)
            return found
        raise Unavailable(
            f"The journal of {self.tenant.name} ends at entry {found[0]}, but entry {kept.seq} was the last we settled: "
            "run `foodflow journal verify` and restore a backup."
        )

    def head(self) -> Head:
        """The journal's head as kept outside the graph."""
        return self._registry.head(self.tenant.name)

    async def entries(self, after: int = 0, to: int | None = None) -> AsyncIterator[Entry]:
        """Journal entries in order, read a few at a time."""
        while rows := await self.read(journal.READ, after=after, to=to if to is not None else _NO_END):
            for row in rows:
                yield Entry(*row)
            after = int(rows[-1][0])

    async def replay(self, known_at: str | None = None, base: Replay | None = None) -> Replay:
        """The facts as they stood after the entries recorded until `known_at` (ISO UTC; None = now), going on from `base`."""
        replay = base or Replay()
        last = int((await self.read(journal.UNTIL, known_at=known_at))[0][0]) if known_at else None
        async for entry in self.entries(replay.seq, last):
            replay.apply(orjson.loads(entry.content), entry.seq)
        return replay

    async def node(self, kind: str, key: str, known_at: str | None = None) -> Node | None:
        """One thing, now or as it was known at a time."""
        if known_at:
            return (await self.replay(known_at)).node(kind, key)
        held = await self._read_facts(kind, [key])
        return fold(kind, key, held[key]) if key in held else None

    async def nodes(self, kind: str, keys: list[str]) -> dict[str, Node]:
        """Several things of one kind by key; those that are not there are absent."""
        return {key: fold(kind, key, facts) for key, facts in (await self._read_facts(kind, keys)).items()}

    async def _read_facts(self, kind: str, keys: list[str]) -> dict[str, list[Told]]:
        found, facts = (await self.read(cypher.facts_of(kind), keys=keys))[0]
        return {key: [orjson.loads(fact) for fact in held] for key, held in zip(found, facts, strict=True)}


async def _write(tx: neo4j.AsyncTransaction, olds: dict[NodeKey, Node], news: dict[NodeKey, Node], present: set[NodeKey]) -> None:
    """Bring the graph from the old state of these things to the new one."""
    stubs = _stubs(news.values(), present | set(news))
    created = [node for key, node in news.items() if key not in present]
    drawn: list[tuple[NodeKey, list[Any]]] = []
    cut: list[tuple[NodeKey, list[Any]]] = []
    changed: list[Node] = []
    for key in [key for key in {**news, **olds} if key in present]:
        old, new = olds.get(key) or fold(*key, ()), news.get(key) or fold(*key, ())
        changed.append(new)
        before, after = ({(link[0], link[1], link[2]): link for link in node.links} for node in (old, new))
        cut.extend((key, link) for name, link in before.items() if after.get(name) != link)
        drawn.extend((key, link) for name, link in after.items() if before.get(name) != link)
    for statement, rows in (*cypher.creations([*stubs, *created]), *cypher.cuts(cut), *cypher.updates(changed), *cypher.relations(drawn)):
        for start in range(0, len(rows), _CHUNK):
            await (await tx.run(statement, rows=rows[start : start + _CHUNK])).consume()
    await _sweep(tx, {(link[1], link[2]) for _, link in cut} | {key for key in olds if key not in news})


def _stubs(nodes: Iterable[Node], there: set[NodeKey]) -> list[Node]:
    """Things that links and keys mention and that are not there yet."""
    made: dict[NodeKey, Node] = {}
    waiting = [(link[1], link[2]) for node in nodes for link in node.links]
    while waiting:
        key = waiting.pop()
        if key not in there and key not in made:
            made[key] = fold(*key, ())
            waiting.extend((link[1], link[2]) for link in made[key].links)
    return list(made.values())


async def _sweep(tx: neo4j.AsyncTransaction, candidates: set[NodeKey]) -> None:
    """Remove things that no fact tells of and nothing mentions any more, and then what only they mentioned."""
    while candidates:
        by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
        for kind, key in sorted(candidates):
            by_kind[kind].append({"key": key})
        candidates = set()
        for kind, rows in by_kind.items():
            row = await (await tx.run(cypher.orphans(kind), rows=rows)).single()
            for key in row[0] if row else ():
                candidates |= {(link[1], link[2]) for link in fold(kind, key, ()).links}


def _driver(bolt: str, user: str, password: str) -> neo4j.AsyncDriver:
    return neo4j.AsyncGraphDatabase.driver(bolt, auth=(user, password), connection_acquisition_timeout=30, notifications_min_severity="OFF")


class translated:  # noqa: N801 - reads as a word: `with translated():`
    """No error text of the database leaves here: what it says becomes one of our errors."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Translate."""
        if isinstance(error, Neo4jError | DriverError | OSError):
            raise Unavailable("The graph engine did not carry this out: nothing was recorded; try again, or see `foodflow doctor`.") from error


@asynccontextmanager
async def opened(graph: FoodGraph) -> AsyncIterator[FoodGraph]:
    """Close a graph when done with it."""
    try:
        yield graph
    finally:
        await graph.close()
