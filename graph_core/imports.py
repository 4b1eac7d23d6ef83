"""An import: a resumable job that checks a whole file first, then records it in batches, each atomic with its entry."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import orjson

from graph_core.foodgraph import FoodGraph
from graph_core.plan import Item, checked
from graph_core.registry import Job, Registry, now
from ontology.errors import Refused
from ontology.language import Fact, Refusal, Retraction

BATCH = 5_000
Tell = Callable[[], Iterable[Fact | Retraction | Refusal]]
Progress = Callable[[Job], None]


def fingerprint(file: BinaryIO) -> str:
    """The SHA-256 of a file's content."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def job_for(registry: Registry, tenant: str, file: str, dataset: str | None, sha256: str, size: int, form: str) -> Job:
    """The unfinished import of this content into this data set, or a new one."""
    for job in registry.jobs(tenant):
        if (job.sha256, job.dataset, job.state) == (sha256, dataset, "recording"):
            return job
    return Job("imp_" + secrets.token_hex(5), tenant, dataset, file, sha256, size, form, "checking", 0, 0, 0, 0, 0, 0, now())


async def run(graph: FoodGraph, registry: Registry, job: Job, tell: Tell, progress: Progress, *, proceed: bool, dry_run: bool) -> list[Refusal]:
    """Check the whole stream, then record it from where the job stood; answers what was refused.

    Raises Refused when anything is refused and `proceed` is false; nothing is recorded then.
    """
    job.total, refused = _check(tell)
    job.refused = len(refused)
    if refused and not proceed:
        raise Refused(f"{refused[0].place}: {refused[0].rule}. {refused[0].remedy} Nothing was recorded ({len(refused)} refused).")
    if dry_run:
        job.state = "checked"
        return refused
    job.state = "recording"
    registry.save(job)
    progress(job)
    late: list[Refusal] = []
    for good in _batches(islice(_good(tell), job.position, None)):
        receipt = await graph.record_checked(good, [], proceed=True, job=job.id)
        late.extend(receipt.refused)
        job.position += len(good)
        job.recorded, job.known = job.recorded + receipt.recorded, job.known + receipt.known
        job.findings, job.refused = job.findings + receipt.findings, len(refused) + len(late)
        registry.save(job)
        progress(job)
    job.state, job.finished = "done", now()
    registry.save(job)
    return refused + late


def _check(tell: Tell) -> tuple[int, list[Refusal]]:
    total, refused = 0, []
    for batch in _record_batches(tell()):
        good, bad = checked(batch)
        total += len(good)
        refused.extend(bad)
    return total, refused


def _good(tell: Tell) -> Iterator[Item]:
    for batch in _record_batches(tell()):
        yield from checked(batch)[0]


def _record_batches(items: Iterable[Fact | Retraction | Refusal]) -> Iterator[list[Fact | Retraction | Refusal]]:
    """Batches that never part the facts of one record."""
    batch: list[Fact | Retraction | Refusal] = []
    before: str | None = None
    for item in items:
        record = item.record if isinstance(item, Refusal) else item.source.record
        if len(batch) >= BATCH and record != before:
            yield batch
            batch = []
        batch.append(item)
        before = record
    yield batch


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    before: str | None = None
    for item in items:
        record = item.source.record if isinstance(item, Retraction) else item["record"]
        if len(batch) >= BATCH and record != before:
            yield batch
            batch = []
        batch.append(item)
        before = record
    if batch:
        yield batch


async def undo(graph: FoodGraph, registry: Registry, number: str) -> int:
    """Retract every fact that an import recorded and that still holds; answers how many."""
    job = registry.job(graph.tenant.name, number)
    named: dict[tuple[str, str, str], None] = {}
    async for entry in graph.entries():
        if entry.job == job.id:
            named.update(((fact["kind"], fact["key"], fact["id"]), None) for fact in orjson.loads(entry.content)["facts"])
    receipt = await graph.retract_facts(named, job=f"undo {job.id}")
    job.state = "undone"
    registry.save(job)
    return receipt.ended
