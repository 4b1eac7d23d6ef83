"""Imports in the background: they outlive the client that asked, stop between batches, and go on when the same file is sent again."""

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from graph_core import imports
from graph_core.callers import Caller
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.registry import Job, Registry, now
from ingest.connector import Connector, Document, connector_for, connectors
from ingest.tables import Tables
from ingest.tables.mapping import Mapping
from ontology.errors import FoodFlowError, Refused
from ontology.language import Refusal
from resolvers.checking import Reading, checking
from resolvers.flows import Flows
from resolvers.mappings import read_by
from resolvers.opened import Opened
from resolvers.uploads import Uploaded, named

UNFINISHED = ("checking", "recording")
_AT_ONCE = 2
_KEPT = 86_400
"""Seconds that an upload is kept for an import that was not begun."""
_log = logging.getLogger("foodflow.imports")


class Stopped(Exception):
    """The server stops; the job goes on next time."""


@dataclass(frozen=True)
class Wish:
    """How a file is to be imported."""

    dataset: str | None = None
    dry_run: bool = False
    all_or_nothing: bool = False
    mapping: Mapping | None = None
    mapping_name: str | None = None


class Jobs:
    """The imports of a server: two at once, one of a tenant."""

    def __init__(self, platform: Platform, opened: Opened, flows: Flows) -> None:
        self._platform, self._opened, self._flows = platform, opened, flows
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, Job] = {}
        self._read: dict[str, float] = {}
        self._unsaved: dict[str, Job] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._stopping = False
        self._halted: set[str] = set()

    def folder(self, database: str) -> Path:
        """Where a tenant's uploads lie, each under the hash of its content."""
        return self._platform.folder.path / "uploads" / database

    def kept(self, database: str, told: str) -> Uploaded:
        """The file of an upload that a preview kept. Raises Refused when it is not there any more."""
        digest, _, name = told.partition("/")
        path = self.folder(database) / digest
        if not (len(digest) == 64 and set(digest) <= set("0123456789abcdef") and name and path.is_file()):
            raise Refused("This upload is not kept any more: send the file again.")
        return Uploaded(named(name.encode()), path, path.stat().st_size, digest)

    def tidy(self, tenant: str, database: str) -> None:
        """Drop uploads older than a day that no import needs any more: none unfinished, none with refused rows to mend."""
        needed = {job.sha256 for job in self._platform.registry.jobs(tenant) if job.refused or job.state in (*UNFINISHED, "failed")}
        for path in self.folder(database).glob("*"):
            if path.name not in needed and path.stat().st_mtime < time.time() - _KEPT:
                path.unlink(missing_ok=True)

    async def start(self, caller: Caller, file: Uploaded, wish: Wish) -> Job:
        """Begin an import, or go on with an unfinished one of the same content and data set; answers at once.

        Raises Refused for a file of no format that we read, and for a table whose columns cannot be read without asking.
        """
        if caller.tenant in self._halted:
            raise Refused(f"{caller.tenant} is being suspended or deleted: nothing is imported now.")
        self._need_home(caller.tenant, file)
        registry = self._platform.registry
        connector, mapping = await asyncio.to_thread(_understood, registry, caller.tenant, file, wish)
        job = imports.job_for(registry, caller.tenant, file.name, wish.dataset, file.sha256, file.size, connector.name, mapping)
        if job.id in self._running:
            return job
        job.state, job.message, job.finished = "checking", None, None
        registry.save(job)
        self._unsaved.pop(job.id, None)
        task = asyncio.create_task(self._work(caller, job, file, wish))
        self._running[job.id], self._jobs[job.id] = task, job
        task.add_done_callback(lambda _: self._done(job.id))
        return job

    def _need_home(self, tenant: str, file: Uploaded) -> None:
        """Raises Refused for a file that was still coming when its tenant was deleted or replaced, and lets go of it."""
        if file.path.parent.name not in [one.database for one in self._platform.registry.tenants() if one.name == tenant]:
            shutil.rmtree(file.path.parent, ignore_errors=True)
            raise Refused(f"{tenant} was deleted or replaced while the file was sent: nothing is imported.")

    def _done(self, number: str) -> None:
        del self._running[number], self._jobs[number]
        self._read.pop(number, None)

    def share(self, job: Job) -> float | None:
        """How far an import at work is, from 0 to 1: of the file while it is checked, of its facts while they are recorded."""
        if job.id not in self._running:
            return None
        if job.state == "checking":
            return self._read.get(job.id, 0.0)
        return job.position / job.total if job.total else 1.0

    def state(self, job: Job) -> str:
        """Where a job stands: `interrupted` when a killed server left it, `done` when what it recorded shows in traces."""
        if job.id in self._running:
            return "recording" if job.state == "done" else job.state
        return "interrupted" if job.state in UNFINISHED else job.state

    async def _work(self, caller: Caller, job: Job, file: Uploaded, wish: Wish) -> None:
        try:
            async with self._turns.setdefault(caller.tenant, asyncio.Lock()), self._room, self._opened.graph(caller) as graph:
                self._look_up(caller.tenant)
                async with self._flows.behind(graph, job.id):
                    await self._carry_out(graph, job, file, wish)
                if not job.refused and not wish.dry_run and all(other.sha256 != job.sha256 for other in self._jobs.values() if other is not job):
                    file.path.unlink(missing_ok=True)
        except Stopped:
            return
        except FoodFlowError as error:
            self._end(job, "refused" if isinstance(error, Refused) else "failed", str(error))
        except OSError as error:
            self._end(job, "failed", f"{error.strerror}: make room or get the right to write there, and import the file again to go on.")
        except Exception as error:
            _log.error("import %s failed: %s", job.id, type(error).__name__)
            self._end(job, "failed", "Something went wrong on our side; what was recorded stays, import the file again to go on.")

    def _end(self, job: Job, state: str, message: str) -> None:
        job.state, job.message, job.finished = state, message, now()
        try:
            self._platform.registry.save(job)
        except FoodFlowError as error:  # it goes on when its file comes again; until then this server tells why it stopped
            _log.error("import %s: %s", job.id, error)
            self._unsaved[job.id] = job

    def latest(self, job: Job) -> Job:
        """A job as this server knows it, should the registry have had no room for how it ended."""
        return self._unsaved.get(job.id, job)

    async def _carry_out(self, graph: FoodGraph, job: Job, file: Uploaded, wish: Wish) -> None:
        mapping = orjson.loads(job.mapping) if job.mapping else None
        reading = Reading(str(file.path), file.name, file.size, wish.dataset, mapping, job.format)

        def still(read: float) -> None:
            self._look_up(job.tenant)
            self._read[job.id] = read

        await imports.run(
            graph,
            self._platform.registry,
            job,
            lambda folder: checking(reading, folder, still),
            lambda job: self._look_up(job.tenant),
            proceed=not wish.all_or_nothing,
            dry_run=wish.dry_run,
        )
        job.finished = job.finished or now()
        self._platform.registry.save(job)

    def _look_up(self, tenant: str) -> None:
        if self._stopping or tenant in self._halted:
            raise Stopped

    @asynccontextmanager
    async def halted(self, tenant: str) -> AsyncIterator[None]:
        """No import of a tenant runs or begins meanwhile; those at work stop between two batches first."""
        self._halted.add(tenant)
        try:
            await asyncio.gather(*(task for number, task in self._running.items() if self._jobs[number].tenant == tenant), return_exceptions=True)
            yield
        finally:
            self._halted.discard(tenant)

    def refusals(self, job: Job, first: int | None = None, offset: int = 0) -> Iterator[Refusal]:
        """What an import refused, read a line at a time."""
        return imports.refusals(self._platform.registry, job, first, offset)

    def mendable(self, job: Job, database: str) -> Iterator[bytes]:
        """The refused records as a document of the same format, to be mended and imported again; as JSON lines where it cannot be made."""
        path = self.folder(database) / job.sha256
        rejects = next((getattr(one, "rejects", None) for one in connectors() if one.name == job.format), None)
        if rejects is None or not path.exists():
            yield from (orjson.dumps({"place": r.place, "rule": r.rule, "remedy": r.remedy, "text": r.text}) + b"\n" for r in self.refusals(job))
            return
        with path.open("rb") as opened:
            mapping = orjson.loads(job.mapping) if job.mapping else None
            yield from rejects(Document(job.file, opened, job.bytes, job.dataset, mapping), self.refusals(job))

    async def stop(self) -> None:
        """Stop every import between two batches; each goes on when its file is imported again."""
        self._stopping = True
        self._flows.stop()
        for number, task in self._running.items():
            if self._jobs[number].state == "done":  # it only waits until its records show in traces
                task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)


def recognised(file: Uploaded, dataset: str | None) -> Connector:
    """The connector of a file. Raises Refused for a file of no format that we read."""
    with file.path.open("rb") as opened:
        connector = connector_for(Document(file.name, opened, file.size, dataset))
    if connector is None:
        known = ", ".join(one.name for one in connectors())
        raise Refused(f"{file.name} is of no format that we read ({known}): export it as one of these.")
    return connector


def _understood(registry: Registry, tenant: str, file: Uploaded, wish: Wish) -> tuple[Connector, str | None]:
    """The connector of a file, and for a table the mapping that it is read by, as JSON."""
    connector = recognised(file, wish.dataset)
    if not isinstance(connector, Tables):
        if wish.mapping or wish.mapping_name:
            raise Refused(f"{file.name} is {connector.name}, which says itself what it means: leave the mapping out.")
        return connector, None
    with read_by(registry, tenant, file, wish.dataset, wish.mapping, wish.mapping_name) as (found, _, _):
        if found.questions:
            raise Refused(f"{file.name}: {found.questions[0]}. Choose it in the preview, or in a file given with --mapping.")
    return connector, orjson.dumps(found.mapping.told()).decode()
