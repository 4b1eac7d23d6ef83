"""An engine and its registry together: where tenants are made and graphs are opened."""

import asyncio
import gc
import getpass
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from graph_core import backups, exports, journal, tenants
from graph_core.callers import ALL, Caller
from graph_core.elsewhere import Elsewhere, named
from graph_core.embedded import DataFolder, EmbeddedEngine
from graph_core.exports import Export
from graph_core.foodgraph import FoodGraph
from graph_core.registry import GENESIS, Registry, Tenant, now
from graph_core.server import GraphServer
from graph_core.tenants import Removed
from graph_core.usage import open_files
from graph_core.writer import Turn
from ontology import derive
from ontology.errors import Forbidden, Refused, Unavailable

NAME_LIMIT = 60


class Platform:
    """The engine of a data folder, its tenants, and the graphs opened for callers."""

    def __init__(self, folder: DataFolder, engine: EmbeddedEngine | Elsewhere) -> None:
        self.folder, self.engine = folder, engine
        self.registry = Registry(folder.path / "registry.sqlite")
        self._turns: dict[str, Turn] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def start(cls, path: Path, what: str, wait: float = 0.0) -> "Platform":
        """Lock the folder and start its engine, or reach the servers that FOODFLOW_GRAPH_URL names. Raises Unavailable with what to do."""
        folder = DataFolder(path)
        folder.lock(what, wait)
        engine: EmbeddedEngine | Elsewhere | None = None
        try:
            addresses = named()
            engine = Elsewhere(addresses) if addresses else EmbeddedEngine(folder)
            engine.start()
            _suit_batches()
            return cls(folder, engine)
        except BaseException:
            if engine:
                engine.stop()
            folder.unlock()
            raise

    def close(self) -> None:
        """Stop the engine and give the folder back."""
        self.engine.stop()
        self.registry.close()
        self.folder.unlock()

    def owner(self, tenant: str) -> Caller:
        """The operating-system user who owns the data folder, with all permissions in a tenant; in none where none is named."""
        return Caller(self.registry.tenant(tenant).name if tenant else "", self.owner_name(), ALL, owner=True)

    def need_active(self, caller: Caller) -> None:
        """Raises Forbidden, with words, when the caller's tenant is suspended; its owner may still go in."""
        since = None if caller.owner else self.registry.tenant(caller.tenant).suspended
        if since:
            raise Forbidden(f"{caller.tenant} is suspended since {since[:16]}: its data stays as it is; ask who runs this server to resume it.")

    def owner_name(self) -> str:
        """The name of the operating-system user who owns the data folder, `local:<user>`."""
        try:
            return f"local:{getpass.getuser()}"
        except (KeyError, OSError):
            return "local:owner"

    def caller(self, secret: str) -> Caller:
        """Who holds a key. Raises Forbidden for an unknown, expired or revoked one."""
        found = self.registry.caller_of(secret)
        if found is None:
            raise Forbidden("This key is unknown, expired or revoked: ask who administers your tenant for a new one.")
        return found

    def create_tenant(self, name: str, by: str | None = None) -> Tenant:
        """A tenant with a database of its own under an opaque name, a writer and a reader.

        Raises Refused for a bad or taken name, Unavailable when the engine may open too few files for another database.
        """
        _checked(name)
        if any(tenant.name == name for tenant in self.registry.tenants()):
            raise Refused(f"There is a tenant {name!r} already.")
        self._need_files()
        tenant, server = _new(name, by or self.owner_name()), self.server
        try:
            server.create_database(tenant.database, (tenant.writer, tenant.writer_password), (tenant.reader, tenant.reader_password))
            server.cypher(tenant.database, *derive.constraints(), journal.CONSTRAINT)
            server.cypher(tenant.database, f"CREATE (:JournalHead {{name: 'head', seq: 0, hash: '{GENESIS}'}})")
            self.registry.add_tenant(tenant)
            self.registry.note(tenant.created_by or "", "created tenant", name)
        except Unavailable:
            with suppress(Unavailable):  # half a tenant is none
                server.drop_database(tenant.database, tenant.writer, tenant.reader)
            raise
        return tenant

    def _need_files(self) -> None:
        if files := open_files(self.engine.pid):
            files.need_room()

    def suspend(self, name: str, by: str) -> Tenant:
        """Refuse every key of a tenant from now on; its data stays. Raises Refused when there is no such tenant."""
        if not self.registry.tenant(name).suspended:
            self.registry.suspend(name, now())
            self.registry.note(by, "suspended tenant", name)
        return self.registry.tenant(name)

    def resume(self, name: str, by: str) -> Tenant:
        """Let the keys of a suspended tenant open it again. Raises Refused when there is no such tenant."""
        if self.registry.tenant(name).suspended:
            self.registry.suspend(name, None)
            self.registry.note(by, "resumed tenant", name)
        return self.registry.tenant(name)

    def drop_tenant(self, name: str, by: str | None = None) -> Removed:
        """Remove a tenant with all that it holds, and look whether anything is left. Raises Refused when there is none.

        Its keys are refused first and its row goes last: broken off, it is there to be deleted again.
        """
        tenant = self.registry.tenant(name)
        self.suspend(name, by or self.owner_name())
        held, jobs = tenants.holdings(self.registry, tenant), [job.id for job in self.registry.jobs(name)]
        self.server.drop_database(tenant.database, tenant.writer, tenant.reader)
        tenants.remove_files(self.registry, tenant)
        self.registry.drop_tenant(name)
        self.registry.forget_acts(name)
        self.registry.note(by or self.owner_name(), "deleted tenant", name)
        self.registry.scrub()
        self._turns.pop(name, None)
        return Removed(name, held, tenants.left(self.registry, tenant, jobs))

    @property
    def server(self) -> GraphServer:
        """The graph server. Raises Unavailable when there is none."""
        if self.engine.server is None:
            raise Unavailable("The graph engine is not running: start it and try again.")
        return self.engine.server

    def backup(self, tenant: str, folder: Path) -> Path:
        """Write one file that holds a tenant whole: its database, head, jobs and keys (as hashes). Answers where it lies."""
        return backups.write(self.server, self.registry, self.registry.tenant(tenant), folder)

    async def export(self, tenant: str, folder: Path) -> Export:
        """Write a tenant as an archive that anybody can read and verify; a suspended one too."""
        owner = self.owner(tenant)
        graph = self.open(owner)
        try:
            made = await exports.write(graph, self.registry, folder)
        finally:
            await graph.close()
        self.registry.note(owner.name, "exported tenant", tenant, made.file.name)
        return made

    def restore(self, file: Path, tenant: str, replace: bool = False) -> None:
        """Make a tenant from a backup, with database users of its own, and verify it.

        Raises Refused for a file that is damaged, no backup, or of a newer version, and for a tenant that stands already unless `replace`:
        then what it holds now is dropped, later journal entries too.
        """
        _checked(tenant)
        self._need_files()
        before = next((one for one in self.registry.tenants() if one.name == tenant), None)
        if before and not replace:
            raise Refused(f"There is a tenant {tenant!r} already: replace it (--replace), which drops what it holds now, or choose another name.")
        made = _new(tenant, self.owner_name())
        backups.read(self.server, self.registry, file, made)
        self.registry.note(self.owner_name(), "restored tenant", tenant, file.name)
        self._turns.pop(tenant, None)
        if before:
            self.server.drop_database(before.database, before.writer, before.reader)

    def open(self, caller: Caller) -> FoodGraph:
        """The graph of the caller's tenant."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # the locks of a turn belong to the loop that waits on them
            self._loop, self._turns = loop, {}
        turn = self._turns.setdefault(caller.tenant, Turn())
        tenant = self.registry.tenant(caller.tenant)
        return FoodGraph(caller, tenant, self.server.home(tenant), self.registry, turn)


def _suit_batches() -> None:
    """Settings of the process that suit facts in their thousands.

    They form no cycles: searching them for some costs as much as checking them, and holds up whoever asks meanwhile, so it is done seldom
    (a server does it when it suits, see `resolvers.server`). And the thread that prepares a batch gives way quickly to the one that feeds
    the engine, which else waits longer for its turn than for the engine.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 10, 10)
    sys.setswitchinterval(0.0002)


def _checked(name: str) -> None:
    if not (0 < len(name) <= NAME_LIMIT and name.isprintable() and name == name.strip()):
        raise Refused(f"{name!r} is no tenant name: use 1 to {NAME_LIMIT} printable characters.")


def _new(name: str, by: str) -> Tenant:
    number = secrets.token_hex(10)
    return Tenant(name, f"t_{number}", now(), f"w_{number}", secrets.token_hex(16), f"r_{number}", secrets.token_hex(16), by)
