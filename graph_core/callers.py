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
    """A person or service of one tenant; nobody opens a FoodGraph without being one.

    The owner of the data folder may ask about all tenants, and then names none (`tenant` is empty).
    """

    tenant: str
    name: str
    permissions: frozenset[Permission]
    owner: bool = False

    def need(self, permission: Permission) -> None:
        """Raises Forbidden, with words, when the caller lacks the permission."""
        if permission not in self.permissions:
            raise Forbidden(f"{self.name} may not {permission} in {self.tenant}: ask who administers it for a key with that permission.")

    def need_owner(self) -> None:
        """Raises Forbidden, with words, for anybody but the owner of the data folder."""
        if not self.owner:
            raise Forbidden("Only the owner of the data folder may do this: use the command line as that user.")
