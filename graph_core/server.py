"""A graph server as its administrator sees it: databases, their users, backups."""

import os
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from ontology.errors import Refused, Unavailable

_WRITER = ["createRecord", "readRecord", "updateRecord", "deleteRecord"]


class Capability(StrEnum):
    """What a graph server may be able to do beyond reading and writing."""

    DATABASES = "a database for each tenant"
    USERS = "database users of its own for each tenant"
    BACKUPS = "backups that lie where we can read them"


class GraphServer:
    """An engine reached by Bolt (`bolt`) and administered over HTTP (`http`); nobody's query runs as its root.

    `backups` is the folder where it writes backups, where that is one of ours; `can` declares what it is able to do.
    """

    def __init__(self, bolt: str, http: str, user: str, password: str, backups: Path | None = None) -> None:
        self.bolt, self.http, self.backups = bolt, http, backups
        self.can = frozenset(Capability) if backups else frozenset(Capability) - {Capability.BACKUPS}
        self._client = httpx.Client(base_url=http, auth=(user, password), timeout=120)

    def need(self, capability: Capability) -> None:
        """Raises Unavailable, with words, when the server lacks a capability."""
        if capability not in self.can:
            raise Unavailable(f"The graph server at {self.bolt} has no {capability}: use its own means, or the embedded engine.")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            answer = self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise Unavailable("The graph engine does not answer: look at its log with `foodflow doctor` and try again.") from error
        if answer.status_code >= 400:
            raise Unavailable(f"The graph engine refused an administrative command (status {answer.status_code}): its log says why; try again.")
        return answer.json() if answer.content else {}

    def command(self, command: str) -> Any:
        """A server command such as `list databases`."""
        return self._post("/api/v1/server", {"command": command})

    def sql(self, database: str, command: str) -> Any:
        """A statement in the engine's own SQL, as administrator: for what Cypher cannot say."""
        return self._post(f"/api/v1/command/{database}", {"language": "sql", "command": command})

    def cypher(self, database: str, statement: str) -> Any:
        """A statement of ours in Cypher, as administrator: constraints of a new database."""
        return self._post(f"/api/v1/command/{database}", {"language": "opencypher", "command": statement})

    def databases(self) -> list[str]:
        """The names of all databases."""
        return list(self.command("list databases").get("result", []))

    def create_database(self, database: str, writer: tuple[str, str], reader: tuple[str, str]) -> None:
        """A database with a user that may write in it alone and one that may only read it.

        The reader is what protects reads: READ sessions are not enforced (reference/graph_engine.md section 3).
        """
        self.command(f"create database {database}")
        self.allow(database, writer, reader)

    def allow(self, database: str, writer: tuple[str, str], reader: tuple[str, str]) -> None:
        """Make the two users of a database."""
        for group, access, rights in (("reader", [], ["readRecord"]), ("writer", ["updateSchema"], _WRITER)):
            body = {"database": database, "name": group, "access": access, "types": {"*": {"access": rights}}}
            self._post("/api/v1/server/groups", body | {"resultSetLimit": -1, "readTimeout": -1})
        for (user, password), group in ((writer, "writer"), (reader, "reader")):
            self.command(f'create user {{"name": "{user}", "password": "{password}", "databases": {{"{database}": ["{group}"]}}}}')

    def drop_database(self, database: str, *users: str) -> None:
        """Remove a database and its users."""
        self.command(f"drop database {database}")
        for user in users:
            self.command(f"drop user {user}")

    def backup(self, database: str) -> Path:
        """Write a backup of a database and answer where it lies."""
        self.need(Capability.BACKUPS)
        assert self.backups
        told = self.sql(database, "BACKUP DATABASE")
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
            self.command(f"restore backup {database} {kept.name} as {database}")
        finally:
            shutil.rmtree(place)


class ServerByUrl:
    """A graph server that runs elsewhere, behind the same face as the embedded engine."""

    pid = None

    def __init__(self, bolt: str, http: str, user: str, password: str, place: Path) -> None:
        self._told, self.place = (bolt, http, user, password), place
        self.server: GraphServer | None = None

    @classmethod
    def of_environment(cls, place: Path) -> "ServerByUrl | None":
        """The server that FOODFLOW_GRAPH_URL (Bolt), _ADMIN (HTTP), _USER and _PASSWORD name. Raises Refused when one of them is missing."""
        if "FOODFLOW_GRAPH_URL" not in os.environ:
            return None
        names = [f"FOODFLOW_GRAPH_{name}" for name in ("URL", "ADMIN", "USER", "PASSWORD")]
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise Refused(f"A graph server by URL needs {', '.join(missing)} too: set them, or unset FOODFLOW_GRAPH_URL for the embedded engine.")
        bolt, http, user, password = (os.environ[name] for name in names)
        return cls(bolt, http, user, password, place)

    def start(self) -> GraphServer:
        """Reach the server. Raises Unavailable when it does not answer."""
        self.server = GraphServer(*self._told)
        self.server.databases()
        return self.server

    def stop(self) -> None:
        """Let go of the server."""
        if self.server:
            self.server.close()
            self.server = None
