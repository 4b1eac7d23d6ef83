"""What every graph server is to us, whatever its kind: homes for tenants, and what it declares itself able to do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from graph_core.registry import Tenant
from ontology.errors import FoodFlowError, Unavailable

Account = tuple[str, str]
"""The name and the password of a database user."""


class Capability(Enum):
    """What a graph server may be able to do beyond reading and writing, and what it means where it is not."""

    DATABASES = "a database for each tenant", "it serves one tenant; name another server in FOODFLOW_GRAPH_URL for each further one"
    USERS = (
        "database users of its own for each tenant",
        "all statements run as the user it was given; in reads it refuses to write",
    )
    BACKUPS = "backups that lie where we can read them", "`foodflow backup` is refused; use the server's own means"

    def __init__(self, does: str, lacks: str) -> None:
        self.does, self.lacks = does, lacks


@dataclass(frozen=True)
class Home:
    """Where the graph of a tenant lies, and as whom it is written and read there."""

    bolt: str
    database: str
    writer: Account = field(repr=False)
    reader: Account = field(repr=False)


class GraphServer(ABC):
    """A graph server as its administrator sees it; nobody's query runs as its administrator where it knows other users.

    A database is named as the registry names it; how the server itself calls it is its own affair.
    """

    can: frozenset[Capability] = frozenset()

    def __init__(self, bolt: str, product: str) -> None:
        self.bolt, self.product = bolt, product

    def need(self, capability: Capability) -> None:
        """Raises Unavailable, with words, when the server lacks a capability."""
        if capability not in self.can:
            raise Unavailable(f"The graph server at {self.bolt} ({self.product}) has no {capability.does}: {capability.lacks}.")

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers now."""

    @abstractmethod
    def databases(self) -> list[str]:
        """The databases of tenants that it holds."""

    @abstractmethod
    def create_database(self, database: str, writer: Account, reader: Account) -> None:
        """An empty database with a user that may write in it alone and one that may only read it.

        Raises Refused when the server has no room for it.
        """

    @abstractmethod
    def allow(self, database: str, writer: Account, reader: Account) -> None:
        """Make the two users of a database."""

    @abstractmethod
    def drop_database(self, database: str, *users: str) -> None:
        """Remove a database and its users; one that is not there is no error."""

    @abstractmethod
    def home(self, tenant: Tenant) -> Home:
        """Where the tenant's graph is written and read. Raises Unavailable when no server that answers holds it."""

    @abstractmethod
    def cypher(self, database: str, *statements: str) -> None:
        """Statements of ours as administrator, such as the constraints of a new database."""

    def backup(self, database: str) -> Path:
        """Write a backup of a database and answer where it lies."""
        self.need(Capability.BACKUPS)
        raise NotImplementedError

    def restore(self, file: Path, database: str) -> None:
        """Make a database from a backup."""
        self.need(Capability.BACKUPS)
        raise NotImplementedError

    def parts(self) -> list["GraphServer"]:
        """The servers that it is made of: itself, where it is one."""
        return [self]

    def failures(self) -> list[FoodFlowError]:
        """What is wrong with servers that belong to it and were not reached."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections."""
