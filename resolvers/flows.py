"""The material flow of each tenant: loaded once, saved with its position, kept current from the journal; a past one is made from the present."""

import asyncio
import ctypes
import gc
import shutil
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from algorithms.flow import Flow
from algorithms.trace import Odd
from graph_core.fold import Node, NodeKey
from graph_core.foodgraph import FoodGraph
from graph_core.lanes import READING
from ontology.errors import FoodFlowError, Unavailable

_PAST = 4
"""How many past flows are kept."""
_ANEW = 0.5
"""From this share of changed things on, a flow is made anew from the graph."""
_ROOM = 5_000_000_000
"""Bytes that must be free on the disk for rows to lie in files."""
_LARGE = 300_000
"""Things from which on a flow is large."""
_PATIENCE = 240.0
"""Seconds after which who asks is told that a flow is still being made, before the question as a whole is given up."""
_BLOCK = 8_000
"""How many things are taken into a new flow at once."""


class Flows:
    """Flows by tenant and journal entry; callers of one tenant share them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now: dict[str, Flow] = {}
        self._saved: dict[str, int] = {}
        self._past: OrderedDict[tuple[str, int], Flow] = OrderedDict()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stopping = False
        self._behind: defaultdict[str, set[str]] = defaultdict(set)
        self._tasks: dict[asyncio.Task[Flow], str] = {}
        self._read_so_far: dict[str, int] = {}

    async def now(self, graph: FoodGraph) -> Flow:
        """The present flow: what was recorded since the last question is taken in first, but for what is recorded `behind`."""
        held = self._now.get(graph.tenant.database)
        if held and (held.seq == await graph.position() or await self._all_behind(graph, held.seq)):
            return held
        return await self._going_on(graph)

    async def _going_on(self, graph: FoodGraph) -> Flow:
        """The present flow; it is made to its end even when who asked has gone, and the next question finds it. Raises Unavailable after a while."""
        task = asyncio.create_task(self._taken_in(graph))
        self._tasks[task] = graph.tenant.database
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        if done:
            return task.result()
        so_far = self._read_so_far.get(graph.tenant.database)
        read = f" ({so_far:,} things read so far)" if so_far else ""
        raise Unavailable(f"The material flow is being made from the graph{read}, and that goes on: ask again in a minute.")

    def _ended(self, task: "asyncio.Task[Flow]") -> None:
        del self._tasks[task]
        if not task.cancelled():
            task.exception()  # who asked was told, or has gone

    @asynccontextmanager
    async def behind(self, graph: FoodGraph, job: str) -> AsyncIterator[None]:
        """Meanwhile nobody who asks waits for what is recorded under the name of this job: it is taken in once, before the block is left."""
        name = graph.tenant.database
        self._behind[name].add(job)
        try:
            yield
            if name in self._now and not self._stopping:
                with suppress(FoodFlowError):  # the next question meets it, and tells who asks
                    await self._taken_in(graph)
        finally:
            self._behind[name].discard(job)

    async def _all_behind(self, graph: FoodGraph, after: int) -> bool:
        """Whether all that was recorded after an entry is recorded behind."""
        jobs = self._behind[graph.tenant.database]
        return bool(jobs) and jobs.issuperset(await graph.jobs_after(after))

    async def _taken_in(self, graph: FoodGraph) -> Flow:
        name = graph.tenant.database
        async with self._turns[name]:
            seq = await graph.seq_at(None)
            held = self._now.get(name) or await READING.do(self._read, name)
            changed = await graph.changed(held.seq, seq) if held and held.seq < seq else set()
            if held is None or held.seq > seq or _most_of(held, changed):
                held = await self._kept(name, await self._anew(graph, seq))
            elif held.seq < seq:
                held = await _moved(graph, held, changed, seq)
            self._saved.setdefault(name, held.seq)
            self._now[name] = held
            return held

    async def then(self, graph: FoodGraph, known_at: str) -> Flow:
        """The flow as it was known at an instant (ISO UTC): the present one with what was recorded since taken back."""
        name = (graph.tenant.database, await graph.seq_at(known_at))
        if name not in self._past:
            present = await self.now(graph)
            changed = await graph.changed(name[1], present.seq)
            anew = _most_of(present, changed)
            self._past[name] = await READING.do(warmed, await self._anew(graph, name[1])) if anew else await _moved(graph, present, changed, name[1])
            while len(self._past) > _PAST:
                self._past.popitem(last=False)
        self._past.move_to_end(name)
        return self._past[name]

    def forget(self, database: str) -> None:
        """Let go of the flows of a database that was replaced, and make none of it to its end."""
        for task in [task for task, name in self._tasks.items() if name == database]:
            task.cancel()
        self._now.pop(database, None)
        self._file(database).unlink(missing_ok=True)
        for name in [name for name in self._past if name[0] == database]:
            del self._past[name]

    def stop(self) -> None:
        """Take in no more behind: the next start will."""
        self._stopping = True

    async def close(self) -> None:
        """Save what moved on since it was saved, so that the next start need not read the graph."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for name, flow in self._now.items():
            if flow.seq != self._saved.get(name):
                await self._save(name, flow)

    async def _anew(self, graph: FoodGraph, seq: int) -> Flow:
        """The flow after an entry from the graph alone, part by part; all rows then lie in files, where there is room for them."""
        nothing, block = Flow.none(), list[Node]()
        parts: list[Flow] = []
        async for node in graph.things(Flow.KINDS, seq):
            block.append(node)
            if len(block) == _BLOCK:
                parts.append(await READING.do(_part, nothing, block, seq))
                self._read_so_far[graph.tenant.database] = len(parts) * _BLOCK
        parts.append(await READING.do(_part, nothing, block, seq))
        self._read_so_far.pop(graph.tenant.database, None)
        whole = await READING.do(Flow.together, parts, self._roomy())
        return await READING.do(_worked_out, whole)

    def _roomy(self) -> Path | None:
        """The folder, if there is room for what need not lie in memory."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return self._folder if shutil.disk_usage(self._folder).free > _ROOM else None
        return None

    async def _kept(self, name: str, made: Flow) -> Flow:
        """A new flow, mapped from the file where it was saved: so it takes less memory."""
        if await self._save(name, made):
            large = _large(made)
            del made
            if large:
                await READING.do(_give_back)
            found = await READING.do(self._read, name)
            if found is None:
                raise Unavailable("The material flow that was just saved cannot be read back: try again.")
            return found
        return await READING.do(warmed, made)

    async def _save(self, name: str, flow: Flow) -> bool:
        with suppress(OSError):  # a full disk costs the next start time, and no answer
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            await READING.do(flow.save, self._file(name))
            self._saved[name] = flow.seq
            return True
        return False

    def _read(self, name: str) -> Flow | None:
        flow = Flow.load(self._file(name))
        if flow:
            warmed(flow).let_go()
        return flow

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.flow"


def _part(nothing: Flow, block: list[Node], seq: int) -> Flow:
    """The flow of a block of things, which is emptied."""
    made = nothing.taken_in((((node.kind, node.key), node) for node in block), seq).packed()
    block.clear()
    return made


def _most_of(flow: Flow, changed: set[NodeKey]) -> bool:
    """Whether so much of a flow changed that it is made anew from the graph."""
    return sum(key[0] in flow.rows for key in changed) > _ANEW * sum(map(len, flow.rows.values()))


async def _moved(graph: FoodGraph, flow: Flow, changed: set[NodeKey], seq: int) -> Flow:
    """A flow at another entry, forward or back, given the things that changed between."""
    keys = [key for key in changed if key[0] in flow.rows]
    found = await graph.nodes_at(keys, seq)
    return await READING.do(lambda: warmed(flow.updated([(key, found.get(key)) for key in keys], seq)))


def _large(flow: Flow) -> bool:
    """Whether making a flow takes so much memory that giving it back is worth that everything stands still for a moment."""
    return sum(map(len, flow.rows.values())) > _LARGE


def _worked_out(whole: Flow) -> Flow:
    """A flow worked out; of a large one, what each step took is given back before the next."""
    if not _large(whole):
        return whole.worked_out()
    _give_back()
    whole.worked_out(_trim)
    _give_back()
    return whole


def _give_back() -> None:
    """Give the memory that making a flow took back to the system, where the C library can; else it would keep it for the next."""
    gc.collect()  # a flow and its parts refer to each other
    _trim()


def _trim() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def warmed(flow: Flow) -> Flow:
    """A flow with its amounts worked out, so that no question waits for them."""
    flow.once(Odd.of)
    return flow
