"""A graph server as its administrator sees it: databases, their users, backups."""

from pathlib import Path
from typing import Any

import httpx

from ontology.errors import Unavailable

_WRITER = ["createRecord", "readRecord", "updateRecord", "deleteRecord"]


class GraphServer:
    """An engine reached by Bolt (`bolt`) and administered over HTTP (`http`); nobody's query runs as its root."""

    def __init__(self, bolt: str, http: str, user: str, password: str) -> None:
        self.bolt, self.http = bolt, http
        self._client = httpx.Client(base_url=http, auth=(user, password), timeout=120)

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

    def backup(self, database: str, folder: Path) -> Path:
        """Write a backup of a database and answer where it lies."""
        before = set(folder.glob("*.zip")) if folder.exists() else set()
        self.sql(database, "BACKUP DATABASE")
        return max(set(folder.glob("*.zip")) - before, key=lambda path: path.stat().st_mtime)
