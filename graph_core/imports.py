"""An import: a resumable job that checks a whole file first, then records it in batches, each atomic with its entry.

What was checked waits as JSON lines in the data folder (`imports/<job>/checked.jsonl`), so that a file is read and checked once and a
killed import goes on where it stood; what was refused stays beside it (`refused.jsonl`), and the first of what was odd (`odd.jsonl`).
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from graph_core.foodgraph import FoodGraph
from graph_core.registry import Job, Registry, now
from graph_core.spool import BATCH, Spool
from graph_core.writer import Receipt
from ontology.errors import Refused
from ontology.kinds import KINDS
from ontology.language import Refusal

RESUMABLE = ("checking", "recording", "failed")
"""States of an import that goes on where it stood when its file comes again."""
MOST_HELD = 50_000
"""Facts of an import up to which it is told what undoing it takes back."""
SHOWN = 1_000
"""How many refusals `run` answers; all stand in the file."""
_RUNNING: set[str] = set()
Checking = Callable[[Path], AsyncGenerator[tuple[int, int]]]
"""Checks a file into the folder of its import, and says now and then how many facts are good and how many were refused so far."""
Progress = Callable[[Job], None]


def fingerprint(file: BinaryIO) -> str:
    """The SHA-256 of a file's content."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def job_for(registry: Registry, tenant: str, file: str, dataset: str | None, sha256: str, size: int, form: str, mapping: str | None = None) -> Job:
    """The unfinished import of this content into this data set, read by the same mapping, or a new one."""
    for job in registry.jobs(tenant):
        if (job.sha256, job.dataset, job.mapping) == (sha256, dataset, mapping) and job.state in RESUMABLE:
            return job
    return Job("imp_" + secrets.token_hex(5), tenant, dataset, file, sha256, size, form, "checking", 0, 0, 0, 0, 0, 0, now(), mapping=mapping)


def folder(registry: Registry, job: Job) -> Path:
    """Where an import keeps what it checked and what it refused."""
    return registry.path.parent / "imports" / job.id


def refusals(registry: Registry, job: Job, first: int | None = None, offset: int = 0) -> Iterator[Refusal]:
    """What an import refused, in the order of the file."""
    return (Refusal(**told) for told in _kept(registry, job, "refused.jsonl", first, offset))


def _kept(registry: Registry, job: Job, name: str, first: int | None, offset: int) -> Iterator[dict[str, Any]]:
    """Lines of what an import keeps beside it."""
    with suppress(FileNotFoundError), (folder(registry, job) / name).open("rb") as lines:
        yield from map(orjson.loads, islice(lines, offset, None if first is None else offset + first))


class Odd(NamedTuple):
    """A finding of an import: something recorded as told and marked as odd; where it stands, in which record."""

    place: str
    said: str
    record: str


def oddities(registry: Registry, job: Job, first: int, offset: int = 0) -> list[Odd]:
    """What an import marked as odd, in the order of the file, of the first findings that are kept (`spool.MOST_NOTED`)."""
    return [Odd(**told) for told in _kept(registry, job, "odd.jsonl", first, offset)]


async def run(
    graph: FoodGraph, registry: Registry, job: Job, checking: Checking, progress: Progress, *, proceed: bool, dry_run: bool
) -> list[Refusal]:
    """Check the whole stream, then record it from where the job stood; answers the first 1,000 refusals (`refusals` has all).

    Raises Refused when anything is refused and `proceed` is false (nothing is recorded then), or when this import is running.
    """
    if job.id in _RUNNING:
        raise Refused(f"The import {job.id} of {job.file} is running: wait until it is done.")
    _RUNNING.add(job.id)
    spool = Spool(folder(registry, job))
    try:
        if not spool.done:
            await _check(spool, registry, job, checking, progress)
        if job.refused and not proceed:
            first = next(refusals(registry, job, 1))
            raise Refused(f"{first.place}: {first.rule}. {first.remedy} Nothing was recorded ({job.refused} refused).")
        if dry_run:
            job.state, job.finished = "checked", now()
            registry.save(job)
        else:
            await _record(graph, spool, registry, job, progress)
    except Refused as error:
        job.state, job.message, job.finished = "refused", str(error), now()
        registry.save(job)
        spool.drop()
        raise
    finally:
        _RUNNING.discard(job.id)
    spool.drop()
    return list(refusals(registry, job, SHOWN))


async def _check(spool: Spool, registry: Registry, job: Job, checking: Checking, progress: Progress) -> None:
    job.state, job.total, job.refused = "checking", 0, 0
    registry.save(job)
    async with aclosing(checking(spool.folder)) as counts:
        async for job.total, job.refused in counts:
            progress(job)
    registry.save(job)


async def _record(graph: FoodGraph, spool: Spool, registry: Registry, job: Job, progress: Progress) -> None:
    """Record what was checked; while the engine carries out a batch, the next is prepared."""
    job.state = "recording"
    registry.save(job)
    progress(job)
    under_way: list[tuple[asyncio.Task[Receipt], int]] = []
    try:
        async for batch in spool.batches(job.position):
            under_way.append((asyncio.create_task(graph.record_checked(batch, [], proceed=True, job=job.id)), len(batch)))
            if len(under_way) == 2:
                _settle(spool, registry, job, await under_way[0][0], under_way[0][1])
                under_way.pop(0)
                progress(job)
    finally:  # what is under way comes to its end; only what follows without a gap counts
        ended = await asyncio.gather(*(task for task, _ in under_way), return_exceptions=True)
        sound = takewhile(lambda pair: not isinstance(pair[0], BaseException), zip(ended, under_way, strict=True))
        for receipt, (_, size) in sound:
            assert isinstance(receipt, Receipt)
            _settle(spool, registry, job, receipt, size)
    for receipt in ended:
        if isinstance(receipt, BaseException):
            raise receipt
    job.state, job.finished = "done", now()
    registry.save(job)
    progress(job)


def _settle(spool: Spool, registry: Registry, job: Job, receipt: Receipt, size: int) -> None:
    job.position += size
    job.recorded, job.known = job.recorded + receipt.recorded, job.known + receipt.known
    job.findings, job.refused = job.findings + receipt.findings, job.refused + len(receipt.refused)
    spool.refuse(receipt.refused)
    registry.save(job)


@dataclass
class Held:
    """What still holds of an import: how many facts, and the things of each kind that nothing else tells of, which go with it."""

    facts: int = 0
    things: dict[str, int] = field(default_factory=dict)


async def held(graph: FoodGraph, registry: Registry, number: str) -> Held | None:
    """What undoing an import would take back; None for a large one, of which only `recorded` is told. Raises Refused when there is none."""
    job, found = registry.job(graph.tenant.name, number), Held()
    if job.recorded > MOST_HELD:
        return None
    told: dict[tuple[str, str], set[str]] = {}
    async for entry in graph.entries():
        for fact in entry.content()["facts"] if entry.job == job.id else ():
            told.setdefault((fact["kind"], fact["key"]), set()).add(fact["id"])
    for kind in KINDS:
        keys = [key for of, key in told if of == kind]
        for start in range(0, len(keys), BATCH):
            for key, node in (await graph.nodes(kind, keys[start : start + BATCH])).items():
                standing = {fact["id"] for fact in node.facts}
                mine = standing & told[kind, key]
                found.facts += len(mine)
                if mine and mine == standing:
                    found.things[kind] = found.things.get(kind, 0) + 1
    return found


def undoing(number: str) -> str:
    """The name under which an import is undone in the journal."""
    return f"undo {number}"


async def undo(graph: FoodGraph, registry: Registry, number: str, progress: Progress = lambda job: None) -> int:
    """Retract every fact that an import recorded and that still holds, entry by entry; answers how many.

    Raises Refused when it is undone already or still running. Killed, it goes on when asked again.
    """
    job = registry.job(graph.tenant.name, number)
    if job.state == "undone":
        raise Refused(f"The import {job.id} of {job.file} is undone already.")
    if job.id in _RUNNING:
        raise Refused(f"The import {job.id} of {job.file} is running: wait until it is done.")
    ended, last = 0, await graph.seq_at(None)
    async for entry in graph.entries(0, last):
        if entry.job == job.id:
            ended += (await graph.retract_facts(entry.content()["facts"], job=undoing(job.id))).ended
            progress(job)
    job.state, job.finished = "undone", now()
    registry.save(job)
    return ended
