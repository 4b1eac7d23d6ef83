"""Neo4j as a graph server: Community holds one tenant and knows no rights, Enterprise a database and two users for each.

Enterprise was never run here: its statements are understood by Neo4j 5.26, but nothing more is known.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import neo4j

from graph_core.registry import Tenant
from graph_core.server import Account, Capability, GraphServer, Home
from ontology.errors import Refused, Unavailable

_SYSTEM = "system"
_MARK = "FoodFlowTenant"
_ONE = f"CREATE CONSTRAINT foodflow_tenant IF NOT EXISTS FOR (t:{_MARK}) REQUIRE t.one IS UNIQUE"
_OTHERS = "MATCH (n) RETURN 'things' AS what LIMIT 1"
_RULES = "SHOW CONSTRAINTS YIELD name WHERE name <> 'foodflow_tenant' RETURN name"
_INDEXES = "SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> 'LOOKUP' AND owningConstraint IS NULL RETURN name"
_EMPTY = (
    "MATCH (n:JournalEntry) CALL (n) { DELETE n } IN TRANSACTIONS OF 10 ROWS",  # an entry holds the facts of a whole batch
    f"MATCH (n) WHERE NOT n:{_MARK} CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 1000 ROWS",
)


class Neo4jServer(GraphServer):
    """Neo4j of either edition, through the driver of its administrator."""

    def __init__(self, bolt: str, product: str, connect: Callable[[], neo4j.Driver]) -> None:
        super().__init__(bolt, product)
        self._connect, self._driver = connect, connect()

    def close(self) -> None:
        """Let go of the connections."""
        self._driver.close()

    def answers(self) -> bool:
        """Whether it answers now: asked anew, because only the opening of a connection is given up in time."""
        try:
            with self._connect() as driver:
                driver.get_server_info()
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError, OSError):
            return False
        return True

    @abstractmethod
    def called(self, database: str) -> str:
        """What a database of ours is called on this server."""

    def cypher(self, database: str, *statements: str) -> None:
        """Statements of ours in one transaction, as administrator."""
        self._together(self.called(database), *statements)

    def _together(self, database: str, *statements: str) -> None:
        with _translated(self.bolt), self._driver.session(database=database) as session, session.begin_transaction() as tx:
            for statement in statements:
                tx.run(statement).consume()
            tx.commit()

    def _run(self, place: str, statement: str, **values: Any) -> list[list[Any]]:
        with _translated(self.bolt), self._driver.session(database=place) as session:
            return [list(row) for row in session.run(statement, values)]


class Community(Neo4jServer):
    """Neo4j Community: it holds one database, so the first tenant takes the whole server and a mark says which it is."""

    def __init__(self, bolt: str, product: str, connect: Callable[[], neo4j.Driver], account: Account, database: str) -> None:
        super().__init__(bolt, product, connect)
        self._account, self._database = account, database

    def called(self, database: str) -> str:
        """The one database of the server, if it is this tenant's. Raises Unavailable when it is not."""
        if self.databases() != [database]:
            raise Unavailable(
                f"The graph server at {self.bolt} does not hold the graph of this tenant any more: name the server that does, or restore it."
            )
        return self._database

    def databases(self) -> list[str]:
        """The tenant's database, if a tenant lives here."""
        return [row[0] for row in self._run(self._database, f"MATCH (t:{_MARK}) RETURN t.database")]

    def create_database(self, database: str, writer: Account, reader: Account) -> None:
        """Take the whole server for a tenant. Raises Refused when it is not empty."""
        if self.databases():
            raise Refused(f"{self.bolt} ({self.product}) holds a tenant already")
        if any(self._run(self._database, asked) for asked in (_OTHERS, _RULES, _INDEXES)):
            raise Refused(f"{self.bolt} ({self.product}) holds data that is not ours")
        self._together(self._database, _ONE)
        try:
            self._run(self._database, f"CREATE (:{_MARK} {{one: true, database: $database}})", database=database)
        except Unavailable as error:
            if self.databases():
                raise Refused(f"{self.bolt} ({self.product}) was taken by another tenant at this moment") from error
            raise

    def allow(self, database: str, writer: Account, reader: Account) -> None:
        """Nothing to do: it knows no rights."""

    def drop_database(self, database: str, *users: str) -> None:
        """Empty the server, its mark last, so that an emptying that was broken off can be done again."""
        if self.databases() != [database]:
            return
        for statement in _EMPTY:
            self._run(self._database, statement)
        rules, indexes = (self._run(self._database, asked) for asked in (_RULES, _INDEXES))
        self._together(self._database, *(f"DROP CONSTRAINT `{name}`" for (name,) in rules), *(f"DROP INDEX `{name}`" for (name,) in indexes))
        self._run(self._database, f"MATCH (t:{_MARK}) DELETE t")
        self._together(self._database, "DROP CONSTRAINT foodflow_tenant IF EXISTS")

    def home(self, tenant: Tenant) -> Home:
        """The one database of the server, as the one user that it was given."""
        return Home(self.bolt, self.called(tenant.database), self._account, self._account)


class Enterprise(Neo4jServer):
    """Neo4j Enterprise: a database for each tenant, with a user that writes in it alone and one that may only read it."""

    can = frozenset({Capability.DATABASES, Capability.USERS})

    def called(self, database: str) -> str:
        """Its name on the server, which allows no underscore."""
        return database.replace("_", "-")

    def databases(self) -> list[str]:
        """The databases named as ours are."""
        return [row[0].replace("-", "_") for row in self._run(_SYSTEM, "SHOW DATABASES YIELD name WHERE name STARTS WITH 't-' RETURN DISTINCT name")]

    def create_database(self, database: str, writer: Account, reader: Account) -> None:
        """A database with its two users."""
        self._run(_SYSTEM, f"CREATE DATABASE `{self.called(database)}` WAIT")
        self.allow(database, writer, reader)

    def allow(self, database: str, writer: Account, reader: Account) -> None:
        """Make the two users of a database, each with a role of its own name."""
        for (user, password), writes in ((writer, True), (reader, False)):
            for statement in allowances(self.called(database), user, writes):
                self._run(_SYSTEM, statement, password=password)

    def drop_database(self, database: str, *users: str) -> None:
        """Remove a database with its users and their roles."""
        self._run(_SYSTEM, f"DROP DATABASE `{self.called(database)}` IF EXISTS DESTROY DATA WAIT")
        for user in users:
            for what in ("USER", "ROLE"):
                self._run(_SYSTEM, f"DROP {what} `{user}` IF EXISTS")

    def home(self, tenant: Tenant) -> Home:
        """The tenant's own database, with its own two users."""
        accounts = (tenant.writer, tenant.writer_password), (tenant.reader, tenant.reader_password)
        return Home(self.bolt, self.called(tenant.database), *accounts)


def allowances(database: str, user: str, writes: bool) -> list[str]:
    """The statements that make a user of an Enterprise database."""
    return [
        f"CREATE USER `{user}` SET PLAINTEXT PASSWORD $password CHANGE NOT REQUIRED SET HOME DATABASE `{database}`",
        f"CREATE ROLE `{user}`",
        f"GRANT ACCESS ON DATABASE `{database}` TO `{user}`",
        f"GRANT MATCH {{*}} ON GRAPH `{database}` TO `{user}`",
        *([f"GRANT WRITE ON GRAPH `{database}` TO `{user}`", f"GRANT NAME MANAGEMENT ON DATABASE `{database}` TO `{user}`"] if writes else []),
        f"GRANT ROLE `{user}` TO `{user}`",
    ]


class _translated:  # noqa: N801 - reads as a word: `with _translated(...):`
    """No error text of the database leaves here."""

    def __init__(self, bolt: str) -> None:
        self._bolt = bolt

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, neo4j.exceptions.DriverError | neo4j.exceptions.Neo4jError | OSError):
            raise Unavailable(f"The graph server at {self._bolt} refused an administrative statement: its log says why; try again.") from error
