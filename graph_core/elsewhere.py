"""Graph servers that run elsewhere: what FOODFLOW_GRAPH_URL and its companions name, recognised by what they say of themselves."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import neo4j

from graph_core.arcadedb import ArcadeServer
from graph_core.neo4j_server import Community, Enterprise
from graph_core.registry import Tenant
from graph_core.server import Account, GraphServer, Home
from ontology.errors import FoodFlowError, Refused, Unavailable

OLDEST = (5, 26)
PATIENCE = 5.0
"""Seconds to wait for a server; one that did not answer is left alone for as long."""
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc")


@dataclass(frozen=True)
class Address:
    """Where a graph server is reached and as whom; `admin` is the HTTP address where ArcadeDB is administered."""

    url: str
    user: str
    password: str = field(repr=False)
    admin: str | None = None


def named() -> list[Address]:
    """The servers that the environment names, none when it names none. Raises Refused in words when it does so wrongly."""
    urls = [url for url in re.split(r"[\s,]+", os.environ.get("FOODFLOW_GRAPH_URL", "")) if url]
    for url in urls:
        scheme, _, rest = url.partition("://")
        if "@" in rest:
            raise Refused("FOODFLOW_GRAPH_URL holds a password: put it into FOODFLOW_GRAPH_PASSWORD, because addresses are shown and logged.")
        if scheme not in _SCHEMES or not rest:
            raise Refused(f"FOODFLOW_GRAPH_URL names {url!r}: a graph server is named as bolt://HOST:PORT (or {' or '.join(_SCHEMES[1:])}).")
    user, admin = os.environ.get("FOODFLOW_GRAPH_USER") or "neo4j", os.environ.get("FOODFLOW_GRAPH_ADMIN") or None
    return [Address(url, user, password, admin) for url, password in zip(urls, _passwords(len(urls)), strict=True)] if urls else []


def _passwords(count: int) -> list[str]:
    if password := os.environ.get("FOODFLOW_GRAPH_PASSWORD"):
        return [password] * count
    name = os.environ.get("FOODFLOW_GRAPH_PASSWORD_FILE")
    if not name:
        raise Refused("A graph server by URL needs FOODFLOW_GRAPH_PASSWORD or FOODFLOW_GRAPH_PASSWORD_FILE: set one of them.")
    try:
        lines = Path(name).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise Refused(f"FOODFLOW_GRAPH_PASSWORD_FILE names {name}, which cannot be read: check its name and who may read it.") from None
    if len(lines) not in (1, count) or not all(lines):
        raise Refused(f"{name} holds {len(lines)} lines: write one password for all {count} servers, or one a line in the order of their addresses.")
    return lines * count if len(lines) == 1 else lines


def reached(address: Address) -> GraphServer:
    """The server at an address, by what it says of itself. Raises Unavailable when it does not answer, Refused when it is none for us."""
    account = address.user, address.password

    def connect() -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(
            address.url, auth=account, connection_timeout=PATIENCE, connection_acquisition_timeout=PATIENCE, notifications_min_severity="OFF"
        )

    try:
        with connect() as driver:
            return _recognised(address, account, driver, connect)
    except neo4j.exceptions.AuthError:
        raise Refused(f"The graph server at {address.url} refuses the user {address.user!r}: check FOODFLOW_GRAPH_USER and the password.") from None
    except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError, OSError):
        raise Unavailable(f"The graph server at {address.url} does not answer: start it, or check FOODFLOW_GRAPH_URL.") from None


def _recognised(address: Address, account: Account, driver: neo4j.Driver, connect: Callable[[], neo4j.Driver]) -> GraphServer:
    agent = str(driver.get_server_info().agent)
    if arcade := re.search(r"ArcadeDB ([\w.-]+)", agent):  # it calls itself Neo4j first, for the drivers
        if not address.admin:
            raise Refused(f"{address.url} is ArcadeDB, which is administered over HTTP: set FOODFLOW_GRAPH_ADMIN to that address.")
        server = ArcadeServer(address.url, address.admin, account, f"ArcadeDB {arcade[1]}")
        server.databases()
        return server
    version = re.fullmatch(r"Neo4j/(\d+)\.(\d+)[\w.+-]*", agent)
    if not version or (int(version[1]), int(version[2])) < OLDEST:
        raise Refused(f"{address.url} is {agent[:40]!r}: FoodFlow OS works with Neo4j {OLDEST[0]}.{OLDEST[1]} and later, and with ArcadeDB.")
    with driver.session(database="system") as session:
        edition = str(next(iter(session.run("CALL dbms.components() YIELD name, edition RETURN edition")))[0])
        database = str(next(iter(session.run("SHOW DEFAULT DATABASE YIELD name")))[0])
    product = f"Neo4j {agent.removeprefix('Neo4j/')} {edition.capitalize()}"
    if edition == "community":
        return Community(address.url, product, connect, account, database)
    return Enterprise(address.url, product, connect)


class Servers(GraphServer):
    """The servers of these addresses as one: each tenant lives on one of them, a new one on the first that has room."""

    def __init__(self, addresses: list[Address]) -> None:
        super().__init__(", ".join(address.url for address in addresses), f"{len(addresses)} servers")
        self.addresses = addresses
        self._reached: dict[Address, GraphServer] = {}
        self._failed: dict[Address, tuple[float, FoodFlowError]] = {}
        self._holders: dict[str, GraphServer] = {}

    def parts(self) -> list[GraphServer]:
        """All that answer. Raises what the first of them says when none does."""
        for address in self.addresses:
            given_up = self._failed[address][0] if address in self._failed else -PATIENCE
            if address not in self._reached and time.monotonic() > given_up + PATIENCE:
                try:
                    self._reached[address] = reached(address)
                    self._failed.pop(address, None)
                except FoodFlowError as error:
                    self._failed[address] = time.monotonic(), error
        if not self._reached:
            raise next(iter(self._failed.values()))[1]
        return list(self._reached.values())

    def failures(self) -> list[FoodFlowError]:
        """What is wrong with those that were not reached."""
        return [error for _, error in self._failed.values()]

    def answers(self) -> bool:
        """Whether any of them answers."""
        try:
            return any(server.answers() for server in self.parts())
        except FoodFlowError:
            return False

    def databases(self) -> list[str]:
        """The databases of all that answer."""
        return [database for server in self.parts() for database in self._of(server)]

    def _of(self, server: GraphServer) -> list[str]:
        try:
            return server.databases()
        except Unavailable:
            return []

    def _found(self, database: str) -> GraphServer | None:
        if database not in self._holders:
            for server in self.parts():
                self._holders |= dict.fromkeys(self._of(server), server)
        return self._holders.get(database)

    def _silent(self) -> str:
        reached = [server.bolt for server in self.parts() if not server.answers()]
        return ", ".join([address.url for address in self._failed] + reached)

    def _holder(self, database: str) -> GraphServer:
        if found := self._found(database):
            return found
        silent = self._silent()
        why = f"{silent} did not answer: start it" if silent else "all answer: name the one that holds it too, or restore it"
        raise Unavailable(f"No graph server that FOODFLOW_GRAPH_URL names is known to hold the graph of this tenant ({why}).")

    def create_database(self, database: str, writer: Account, reader: Account) -> None:
        """On the first server that has room. Raises Refused, saying why each has none."""
        reasons = [str(error) for error in self.failures()]
        for server in self.parts():
            if not server.answers():
                reasons.append(f"{server.bolt} does not answer now")
                continue
            try:
                server.create_database(database, writer, reader)
            except Refused as error:
                reasons.append(str(error))
                continue
            self._holders[database] = server
            return
        raise Refused(f"No graph server has room for another tenant ({'; '.join(reasons)}): name a further, empty one in FOODFLOW_GRAPH_URL.")

    def allow(self, database: str, writer: Account, reader: Account) -> None:
        """On the server that holds it."""
        self._holder(database).allow(database, writer, reader)

    def drop_database(self, database: str, *users: str) -> None:
        """From the server that holds it. Raises Unavailable when none does and one is silent: it may be there."""
        if found := self._found(database):
            found.drop_database(database, *users)
            del self._holders[database]
        elif silent := self._silent():
            raise Unavailable(f"The graph of this tenant may be on {silent}, which does not answer: start it and try again.")

    def home(self, tenant: Tenant) -> Home:
        """On the server that holds it."""
        return self._holder(tenant.database).home(tenant)

    def cypher(self, database: str, *statements: str) -> None:
        """On the server that holds it."""
        self._holder(database).cypher(database, *statements)

    def backup(self, database: str) -> Path:
        """By the server that holds it."""
        return self._holder(database).backup(database)

    def restore(self, file: Path, database: str) -> None:
        """By the first server."""
        self.parts()[0].restore(file, database)

    def close(self) -> None:
        """Let go of all of them."""
        for server in self._reached.values():
            server.close()


class Elsewhere:
    """Servers by URL with the face of the embedded engine, so that who starts and stops one need not know which it is."""

    pid = log = None

    def __init__(self, addresses: list[Address]) -> None:
        self._addresses = addresses
        self.server: Servers | None = None

    def start(self) -> GraphServer:
        """Reach the servers. Raises Unavailable when none answers, Refused when one is none for us."""
        self.server = Servers(self._addresses)
        self.server.parts()
        return self.server

    def alive(self) -> bool:
        """Whether any of them answers."""
        return self.server is not None and self.server.answers()

    def stop(self) -> None:
        """Let go of the servers."""
        if self.server:
            self.server.close()
            self.server = None
