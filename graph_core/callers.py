"""Who asks: a person or service of one tenant, and what it may do."""

from dataclasses import dataclass
from enum import StrEnum

from ontology.errors import Forbidden


class Permission(StrEnum):
    """What a caller may do in its tenant."""

    READ = "read"
    RECORD = "record"
    APPROVE = "approve"
    ADMINISTER = "administer"


ALL = frozenset(Permission)


@dataclass(frozen=True)
class Caller:
    """A person or service of one tenant; nobody opens a FoodGraph without being one."""

    tenant: str
    name: str
    permissions: frozenset[Permission]

    def need(self, permission: Permission) -> None:
        """Raises Forbidden, with words, when the caller lacks the permission."""
        if permission not in self.permissions:
            raise Forbidden(f"{self.name} may not {permission} in {self.tenant}: ask who administers it for a key with that permission.")
