"""An engine and its registry together: where tenants are made and graphs are opened."""

import getpass
import secrets
from pathlib import Path

from graph_core import journal
from graph_core.callers import ALL, Caller
from graph_core.embedded import DataFolder, EmbeddedEngine
from graph_core.foodgraph import FoodGraph
from graph_core.registry import GENESIS, Registry, Tenant, now
from graph_core.writer import Turn
from ontology import derive
from ontology.errors import Forbidden, Refused, Unavailable

NAME_LIMIT = 60


class Platform:
    """The engine of a data folder, its tenants, and the graphs opened for callers."""

    def __init__(self, folder: DataFolder, engine: EmbeddedEngine) -> None:
        self.folder, self.engine = folder, engine
        self.registry = Registry(folder.path / "registry.sqlite")
        self._turns: dict[str, Turn] = {}

    @classmethod
    def start(cls, path: Path, what: str, wait: float = 0.0) -> "Platform":
        """Lock the folder and start its engine. Raises Unavailable with what to do."""
        folder = DataFolder(path)
        folder.lock(what, wait)
        engine = EmbeddedEngine(folder)
        try:
            engine.start()
            return cls(folder, engine)
        except BaseException:
            engine.stop()
            folder.unlock()
            raise

    def close(self) -> None:
        """Stop the engine and give the folder back."""
        self.engine.stop()
        self.registry.close()
        self.folder.unlock()

    def owner(self, tenant: str) -> Caller:
        """The operating-system user who owns the data folder, with all permissions in a tenant."""
        try:
            user = getpass.getuser()
        except (KeyError, OSError):
            user = "owner"
        return Caller(self.registry.tenant(tenant).name, f"local:{user}", ALL)

    def caller(self, secret: str) -> Caller:
        """Who holds a key. Raises Forbidden for an unknown, expired or revoked one."""
        found = self.registry.caller_of(secret)
        if found is None:
            raise Forbidden("This key is unknown, expired or revoked: ask who administers your tenant for a new one.")
        return found

    def create_tenant(self, name: str) -> Tenant:
        """A tenant with a database of its own under an opaque name, a writer and a reader. Raises Refused for a bad or taken name."""
        if not (0 < len(name) <= NAME_LIMIT and name.isprintable() and name == name.strip()):
            raise Refused(f"{name!r} is no tenant name: use 1 to {NAME_LIMIT} printable characters.")
        if any(tenant.name == name for tenant in self.registry.tenants()):
            raise Refused(f"There is a tenant {name!r} already.")
        if self.engine.server is None:
            raise Unavailable("The graph engine is not running: start it and try again.")
        number = secrets.token_hex(10)
        writer, reader = (f"w_{number}", secrets.token_hex(16)), (f"r_{number}", secrets.token_hex(16))
        server = self.engine.server
        server.create_database(f"t_{number}", writer, reader)
        for statement in (*derive.constraints(), journal.CONSTRAINT):
            server.cypher(f"t_{number}", statement)
        server.cypher(f"t_{number}", f"CREATE (:JournalHead {{name: 'head', seq: 0, hash: '{GENESIS}'}})")
        tenant = Tenant(name, f"t_{number}", now(), *writer, *reader)
        self.registry.add_tenant(tenant)
        return tenant

    def open(self, caller: Caller) -> FoodGraph:
        """The graph of the caller's tenant."""
        if self.engine.server is None:
            raise Unavailable("The graph engine is not running: start it and try again.")
        turn = self._turns.setdefault(caller.tenant, Turn())
        return FoodGraph(caller, self.registry.tenant(caller.tenant), self.registry, self.engine.server.bolt, turn)
