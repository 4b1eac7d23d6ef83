"""The one writer of a tenant's graph: it prepares a batch while the engine carries out the one before, in order."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import neo4j
import orjson

from graph_core import cypher, journal
from graph_core.callers import Caller
from graph_core.fold import Node, NodeKey, fold
from graph_core.journal import Entry
from graph_core.known import Known
from graph_core.lanes import MANY, RECORDING
from graph_core.messages import need_fit, pieces, weight
from graph_core.plan import Plan
from graph_core.registry import GENESIS, Registry, Tenant, now
from graph_core.server import Home
from ontology.errors import Refused, Unavailable
from ontology.facts import Told
from ontology.kinds import KINDS
from ontology.language import Refusal

_REMEMBERED = 10_000
"""Entries of which it is remembered under which job they were recorded: a million shipments are 400."""
_LOOKED_AT = 400_000
"""Things of a graph from which on not all keys are read before a large import: who brings more asks for each."""


@dataclass
class Receipt:
    """What a call of `record` did: how many facts are new, known, ended, refused, and the journal entry that holds them."""

    recorded: int = 0
    known: int = 0
    ended: int = 0
    findings: int = 0
    refused: list[Refusal] = field(default_factory=list)
    seq: int | None = None


class Turn:
    """Whose turn it is to write in a tenant: one batch is prepared while another is carried out."""

    def __init__(self) -> None:
        self.preparing, self.writing = asyncio.Lock(), asyncio.Lock()
        self.known = Known()
        self.next: tuple[int, str] = (0, GENESIS)
        self.sweeping = False
        self.failures = 0
        self._jobs: OrderedDict[int, str] = OrderedDict()

    def written(self, entry: Entry) -> None:
        """Remember under which job an entry was recorded."""
        self._jobs[entry.seq] = entry.job
        if len(self._jobs) > _REMEMBERED:
            self._jobs.popitem(last=False)

    def jobs_of(self, entries: range) -> set[str] | None:
        """Under which jobs these entries were recorded; None unless all are remembered."""
        return {self._jobs[seq] for seq in entries} if all(seq in self._jobs for seq in entries) else None


@dataclass
class Ready:
    """A batch ready to be carried out: its entry, the statements, what to sweep, and what it creates."""

    receipt: Receipt
    entry: Entry
    statements: list[cypher.Statement]
    sweep: set[NodeKey]


Prepared = Callable[[dict[NodeKey, list[Told]]], Plan]


class Writer:
    """Carries out plans in a tenant's database, each in one transaction with its journal entry."""

    def __init__(self, caller: Caller, tenant: Tenant, home: Home, registry: Registry, driver: neo4j.AsyncDriver, turn: Turn) -> None:
        self._caller, self._tenant, self._database, self._registry, self._driver, self._turn = caller, tenant, home.database, registry, driver, turn

    async def carry_out(self, subjects: set[NodeKey], planned: Prepared, *, proceed: bool, job: str, size: int) -> Receipt:
        """Plan with the present facts of the subjects, then write. Raises Refused (nothing written) or Unavailable."""
        turn = self._turn
        async with turn.preparing:
            while True:
                failures = turn.failures
                ready = await self._prepare(subjects, planned, proceed, job, size)
                if isinstance(ready, Receipt):
                    return ready
                await turn.writing.acquire()
                if failures == turn.failures:
                    break
                turn.writing.release()  # the batch before failed: what was prepared on it does not hold
            turn.sweeping = bool(ready.sweep)
        try:
            await self._commit(ready)
        except BaseException:
            turn.failures += 1
            turn.known.at((-1, ""))
            raise
        finally:
            turn.writing.release()
        return ready.receipt

    async def _idle(self) -> None:
        async with self._turn.writing:
            pass

    async def _prepare(self, subjects: set[NodeKey], planned: Prepared, proceed: bool, job: str, size: int) -> Ready | Receipt:
        turn, known = self._turn, self._turn.known
        if turn.sweeping or not known.whole:
            await self._idle()
        if known.is_loose:
            await RECORDING.do(known.sort)
        if not turn.writing.locked():
            turn.next = await self._settled()
            known.at(turn.next)
            if size >= MANY and not known.whole:
                await self._look_around()
        asked = await RECORDING.apart(size, known.among, subjects) if known.whole else subjects
        if asked:
            await self._idle()
        made = await RECORDING.apart(size, planned, await self._held(asked))
        if made.refused and not proceed:
            first = made.refused[0]
            raise Refused(f"{first.place}: {first.rule}. {first.remedy} Nothing was recorded ({len(made.refused)} refused).")
        receipt = Receipt(len(made.facts), made.known, len(made.ended), made.findings, made.refused)
        if not made.facts and not made.ended:
            return receipt
        receipt.seq = turn.next[0] + 1
        difference = await RECORDING.apart(size, Difference.of, made, receipt.seq, known)
        present = asked if known.whole else await self._present(difference.mentioned)
        ready = await RECORDING.apart(size, self._ready, receipt, made, difference, present, job)
        turn.next = known.head = ready.entry.head
        known.add(difference.news.keys() | difference.stubs.keys() | (set() if known.whole else present))
        return ready

    def _ready(self, receipt: Receipt, made: Plan, difference: "Difference", present: set[NodeKey], job: str) -> Ready:
        texts = {fact["id"]: cypher.text(fact) for fact in made.facts}
        ended = [cypher.text(fact) for fact in made.ended]
        entry = Entry.after(self._turn.next, now(), self._caller.name, job, [texts[fact["id"]] for fact in made.facts], ended)
        need_fit(weight([entry.facts, entry.ended]), "one entry of the journal")
        statements = [(statement, piece) for statement, rows in difference.statements(present, texts, entry.seq) for piece in pieces(rows)]
        return Ready(receipt, entry, statements, difference.sweep)

    async def _held(self, keys: Iterable[NodeKey]) -> dict[NodeKey, list[Told]]:
        held: dict[NodeKey, list[Told]] = {}
        with translated():
            async with self._driver.session(database=self._database) as session:
                for kind, piece in _pieces_by_kind(keys):
                    row = await (await session.run(cypher.facts_of(kind), keys=piece)).single(strict=True)
                    held.update({(kind, key): [orjson.loads(fact) for fact in facts] for key, facts, _ in zip(*row.values(), strict=True)})
        return held

    async def _present(self, wanted: set[NodeKey]) -> set[NodeKey]:
        """Which of these things stand in the graph."""
        known = self._turn.known
        present = await RECORDING.apart(len(wanted), known.among, wanted)
        if asked := wanted - present:
            with translated():
                async with self._driver.session(database=self._database) as session:
                    for kind, piece in _pieces_by_kind(asked):
                        row = await (await session.run(cypher.keys_of(kind), keys=piece)).single(strict=True)
                        present |= {(kind, key) for key in row[0]}
        return present

    async def _look_around(self) -> None:
        """Learn every key of a graph that is not too large, so that a large import need not ask for each."""
        known = self._turn.known
        with translated():
            async with self._driver.session(database=self._database) as session:
                row = await (await session.run("MATCH (n) RETURN count(n)")).single(strict=True)
                if row[0] > _LOOKED_AT:
                    return
                known.whole = True
                for kind in KINDS:
                    row = await (await session.run(cypher.all_keys_of(kind))).single(strict=True)
                    known.add((kind, key) for key in row[0])

    async def _commit(self, ready: Ready) -> None:
        entry = ready.entry
        self._registry.need_room()
        self._registry.intend(self._tenant.name, entry.seq, entry.hash)
        with translated():
            async with self._driver.session(database=self._database) as session, await session.begin_transaction() as tx:
                moved = await (await tx.run(journal.MOVE, previous=entry.previous, seq=entry.seq, hash=entry.hash)).single()
                if moved is None:
                    raise Unavailable("Another program recorded in this tenant at the same moment: nothing was recorded; try again.")
                await _carried_out(tx, journal.APPEND, entry={**entry.__dict__})
                for statement, rows in ready.statements:
                    await _carried_out(tx, statement, rows=rows)
                gone = await _swept(tx, ready.sweep)
                if gone:
                    told = orjson.dumps([[kind, key, since] for (kind, key), since in gone.items()]).decode()
                    await (await tx.run(journal.GONE, seq=entry.seq, gone=told)).consume()
                await tx.commit()
        self._turn.known.drop(gone)
        self._registry.settle(self._tenant.name, entry.seq, entry.hash)
        self._turn.written(entry)

    async def _settled(self) -> tuple[int, str]:
        """The journal's head, after settling what a killed program left pending. Raises Unavailable when the heads contradict."""
        kept = self._registry.head(self._tenant.name)
        with translated():
            async with self._driver.session(database=self._database) as session:
                row = await (await session.run(journal.HEAD)).single()
        found = (int(row[0]), str(row[1])) if row else (0, GENESIS)
        if found == (kept.seq, kept.hash):
            return found
        if found == (kept.pending_seq, kept.pending_hash):
            self._registry.settle(self._tenant.name, *found)
            return found
        raise Unavailable(
            f"The journal of {self._tenant.name} ends at entry {found[0]}, but entry {kept.seq} was the last we settled: "
            "run `foodflow journal verify` and restore a backup."
        )


@dataclass
class Difference:
    """What a plan changes in the graph: things before and after, things only mentioned, and what may have to go."""

    olds: dict[NodeKey, Node]
    news: dict[NodeKey, Node]
    stubs: dict[NodeKey, Node]
    mentioned: set[NodeKey]
    sweep: set[NodeKey]

    @classmethod
    def of(cls, made: Plan, seq: int, there: Known) -> "Difference":
        """The difference that a plan makes as entry `seq`; what is known to be `there` needs no making."""
        for fact in made.facts:
            fact["seq"] = seq
        changes = {key: change for key, change in made.changes.items() if change.before != change.after}
        olds = {key: fold(*key, change.before.values()) for key, change in changes.items() if change.before}
        news = {key: fold(*key, change.after.values()) for key, change in changes.items() if change.after}
        stubs: dict[NodeKey, Node] = {}
        waiting = {(link[1], link[2]) for node in news.values() for link in node.links}
        while waiting := {key for key in waiting if key not in news and key not in stubs}:
            absent = waiting - there.among(waiting)
            stubs |= {key: fold(*key, ()) for key in absent}
            waiting = {(link[1], link[2]) for key in absent for link in stubs[key].links}
        return cls(olds, news, stubs, {*news, *olds, *stubs}, set())

    def statements(self, present: set[NodeKey], texts: dict[str, str], seq: int) -> list[cypher.Statement]:
        """The statements that bring the graph from before to after, given which things stand; fills `sweep`."""
        created = [node for key, node in (*self.stubs.items(), *self.news.items()) if key not in present]
        changed: list[Node] = []
        drawn: list[tuple[NodeKey, list[Any]]] = []
        cut: list[tuple[NodeKey, list[Any]]] = []
        for key in [key for key in {**self.news, **self.olds} if key in present]:
            old, new = self.olds.get(key) or fold(*key, ()), self.news.get(key) or fold(*key, ())
            changed.append(new)
            before, after = ({(link[0], link[1], link[2]): link for link in node.links} for node in (old, new))
            cut.extend((key, link) for name, link in before.items() if after.get(name) != link)
            drawn.extend((key, link) for name, link in after.items() if before.get(name) != link)
        self.sweep |= {(link[1], link[2]) for _, link in cut} | {key for key in self.olds if key not in self.news}
        made = cypher.creations(created, texts, seq)
        return [*made, *cypher.cuts(cut), *cypher.updates(changed, texts), *cypher.relations(drawn)]


async def _carried_out(tx: neo4j.AsyncTransaction, statement: str, **values: Any) -> None:
    """Carry out a statement and empty what it took: the driver keeps it in a cycle of objects until garbage is searched for."""
    await (await tx.run(statement, values)).consume()
    for value in values.values():
        value.clear()


async def _swept(tx: neo4j.AsyncTransaction, candidates: set[NodeKey]) -> dict[NodeKey, int]:
    """Remove things that no fact tells of and nothing mentions any more, and then what only they mentioned; since when they were there."""
    gone: dict[NodeKey, int] = {}
    while candidates:
        listed, candidates = list(_pieces_by_kind(sorted(candidates))), set()
        for kind, keys in listed:
            row = await (await tx.run(cypher.orphans(kind), rows=[{"key": key} for key in keys])).single()
            for key, since in zip(*row.values(), strict=True) if row else ():
                gone[kind, key] = since
                candidates |= {(link[1], link[2]) for link in fold(kind, key, ()).links}
    return gone


def _pieces_by_kind(keys: Iterable[NodeKey]) -> Iterator[tuple[str, list[str]]]:
    listed: dict[str, list[str]] = defaultdict(list)
    for kind, key in keys:
        listed[kind].append(key)
    return ((kind, piece) for kind, held in listed.items() for piece in pieces(held))


class translated(AbstractContextManager[None]):  # noqa: N801 - reads as a word: `with translated():`
    """No error text of the database leaves here: what it says becomes one of our errors."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Translate."""
        if isinstance(error, neo4j.exceptions.Neo4jError | neo4j.exceptions.DriverError | OSError):
            raise Unavailable(
                "The graph engine did not carry this out: try again (telling the same twice changes nothing), or see `foodflow doctor`."
            ) from error
