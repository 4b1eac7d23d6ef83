"""ArcadeDB as a graph server: reached by Bolt, administered over HTTP; the embedded engine, or one that runs elsewhere."""

import shutil
from pathlib import Path
from typing import Any

import httpx

from graph_core.registry import Tenant
from graph_core.server import Account, Capability, GraphServer, Home
from ontology.errors import Unavailable

_WRITER = ["createRecord", "readRecord", "updateRecord", "deleteRecord"]


class ArcadeServer(GraphServer):
    """ArcadeDB; `backups` is the folder where it writes backups, where that is one of ours."""

    def __init__(self, bolt: str, http: str, administrator: Account, product: str, backups: Path | None = None) -> None:
        super().__init__(bolt, product)
        self.http, self.backups = http, backups
        self.can = frozenset(Capability) if backups else frozenset(Capability) - {Capability.BACKUPS}
        self._client = httpx.Client(base_url=http, auth=administrator, timeout=120)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._sent("POST", path, json=body)

    def _sent(self, method: str, path: str, **sent: Any) -> Any:
        try:
            answer = self._client.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise Unavailable("The graph engine does not answer: look at its log with `foodflow doctor` and try again.") from error
        if answer.status_code >= 400:
            raise Unavailable(f"The graph engine refused an administrative command (status {answer.status_code}): its log says why; try again.")
        return answer.json() if answer.content else {}

    def _command(self, command: str) -> Any:
        return self._post("/api/v1/server", {"command": command})

    def answers(self) -> bool:
        """Whether it answers now."""
        try:
            return self._client.get("/api/v1/ready", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def databases(self) -> list[str]:
        """The names of all databases."""
        return list(self._command("list databases").get("result", []))

    def create_database(self, database: str, writer: Account, reader: Account) -> None:
        """A database with its two users."""
        self._command(f"create database {database}")
        self.allow(database, writer, reader)

    def allow(self, database: str, writer: Account, reader: Account) -> None:
        """Make the two users of a database. The reader is what protects reads: READ sessions are not enforced here."""
        for group, access, rights in (("reader", [], ["readRecord"]), ("writer", ["updateSchema"], _WRITER)):
            body = {"database": database, "name": group, "access": access, "types": {"*": {"access": rights}}}
            self._post("/api/v1/server/groups", body | {"resultSetLimit": -1, "readTimeout": -1})
        for (user, password), group in ((writer, "writer"), (reader, "reader")):
            self._command(f'create user {{"name": "{user}", "password": "{password}", "databases": {{"{database}": ["{group}"]}}}}')

    def drop_database(self, database: str, *users: str) -> None:
        """Remove a database, its users and what they were allowed; what is not there is no error, so a removal broken off can be finished."""
        if database in self.databases():
            self._command(f"drop database {database}")
        known = {user["name"] for user in self._sent("GET", "/api/v1/server/users")["result"]}
        for user in known.intersection(users):
            self._command(f"drop user {user}")
        allowed = self._sent("GET", "/api/v1/server/groups")["result"]["databases"].get(database, {}).get("groups", {})
        for group in allowed:
            self._sent("DELETE", "/api/v1/server/groups", params={"database": database, "name": group})

    def home(self, tenant: Tenant) -> Home:
        """The tenant's own database, with its own two users."""
        return Home(self.bolt, tenant.database, (tenant.writer, tenant.writer_password), (tenant.reader, tenant.reader_password))

    def cypher(self, database: str, *statements: str) -> None:
        """Statements of ours, as administrator."""
        for statement in statements:
            self._post(f"/api/v1/command/{database}", {"language": "opencypher", "command": statement})

    def backup(self, database: str) -> Path:
        """Write a backup of a database and answer where it lies."""
        self.need(Capability.BACKUPS)
        assert self.backups
        told = self._post(f"/api/v1/command/{database}", {"language": "sql", "command": "BACKUP DATABASE"})
        return self.backups / database / str(told["result"][0]["backupFile"])

    def restore(self, file: Path, database: str) -> None:
        """Make a database from a backup."""
        self.need(Capability.BACKUPS)
        assert self.backups
        place = self.backups / database
        place.mkdir(parents=True, exist_ok=True)
        kept = place / f"{database}-backup-20000101-000000000.zip"  # the engine restores only what is named as it names backups
        shutil.copyfile(file, kept)
        try:
            self._command(f"restore backup {database} {kept.name} as {database}")
        finally:
            shutil.rmtree(place)
