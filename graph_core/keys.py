"""Keys: who may ask in a tenant, what they may do and until when; each is shown once, when it is made, and kept only as a hash."""

import hashlib
import re
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from graph_core.callers import Caller, Permission
from ontology.errors import Refused

NAME_LIMIT = 80
LONGEST_GRACE = timedelta(days=30)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Rows(Protocol):
    """The file that keeps keys (`graph_core.registry.Registry`)."""

    def run(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a statement."""

    def atomic(self) -> AbstractContextManager[None]:
        """All of several statements, or none of them."""

    def note(self, caller: str, act: str, tenant: str, about: str | None = None) -> None:
        """Keep who did what when."""


@dataclass(frozen=True)
class Key:
    """A key without its secret: whose it is, what it allows, who made it, how it ended or will end."""

    id: str
    tenant: str
    name: str
    permissions: frozenset[Permission]
    created: str
    created_by: str | None
    expires: str | None
    last_used: str | None
    revoked: str | None
    revoked_by: str | None
    replaced_by: str | None

    @property
    def state(self) -> str:
        """valid, expired, revoked, or replaced: its secret was changed and the old one has ended."""
        ended = self.revoked or (self.expires and self.expires <= now())
        return "valid" if not ended else "replaced" if self.replaced_by else "revoked" if self.revoked else "expired"


class Keys:
    """The keys of all tenants. Each act is kept with who did it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def of(self, tenant: str) -> list[Key]:
        """The keys of a tenant in the order they were made, ended ones too."""
        return [_key(row) for row in self._rows.run("SELECT * FROM keys WHERE tenant=? ORDER BY created, rowid", tenant)]

    def get(self, tenant: str, number: str) -> Key:
        """The key with this id. Raises Refused when the tenant has none."""
        for key in self.of(tenant):
            if key.id == number:
                return key
        raise Refused(f"{tenant} has no key {number!r}: `foodflow keys list` shows them.")

    def create(self, tenant: str, name: str, permissions: Iterable[Permission], by: str, expires: str | None = None) -> tuple[Key, str]:
        """A new key and its secret, which is shown this once. Raises Refused for a name that is none, or no permission at all."""
        allowed = frozenset(permissions)
        if not (0 < len(name) <= NAME_LIMIT and name.isprintable() and name == name.strip()):
            raise Refused(f"{name!r} names nobody: say in 1 to {NAME_LIMIT} printable characters which person or service the key is for.")
        if name.lower().startswith("local:"):
            raise Refused("Names that begin with `local:` are the owner's of the data folder: give the key another name.")
        if not allowed:
            raise Refused(f"A key without a permission opens nothing: give it some of {', '.join(Permission)}.")
        with self._rows.atomic():
            made = self._add(tenant, name, allowed, by, expires)
            self._rows.note(by, "created key", tenant, f"{made[0].id} {name}")
        return made

    def _add(self, tenant: str, name: str, permissions: frozenset[Permission], by: str, expires: str | None) -> tuple[Key, str]:
        secret, number = "ffk_" + secrets.token_urlsafe(32), "key_" + secrets.token_hex(6)
        told = number, hashed(secret), tenant, name, ",".join(sorted(permissions)), now(), expires, by
        self._rows.run("INSERT INTO keys(id,hash,tenant,name,permissions,created,expires,created_by) VALUES(?,?,?,?,?,?,?,?)", *told)
        return self.get(tenant, number), secret

    def rotate(self, tenant: str, number: str, by: str, grace: timedelta = timedelta()) -> tuple[Key, str]:
        """A key with a new secret, and the same name, permissions and length of life, in place of another, which ends now or after the grace.

        Raises Refused for a key that was revoked or replaced.
        """
        old = self.get(tenant, number)
        if old.revoked or old.replaced_by:
            remedy = f"rotate {old.replaced_by}" if old.replaced_by else "make a new key"
            raise Refused(f"{old.id} ({old.name}) was {'replaced' if old.replaced_by else 'revoked'} before: {remedy}.")
        if not timedelta() <= grace <= LONGEST_GRACE:
            raise Refused(f"An old key lasts at most {LONGEST_GRACE.days} days beside its new one: choose a shorter grace, or make a second key.")
        lasts = datetime.fromisoformat(old.expires) - datetime.fromisoformat(old.created) if old.expires else None
        ends = min(filter(None, (old.expires, _instant(datetime.now(UTC) + grace))))
        with self._rows.atomic():
            made = self._add(tenant, old.name, old.permissions, by, _instant(datetime.now(UTC) + lasts) if lasts else None)
            self._rows.run("UPDATE keys SET replaced_by=?, expires=? WHERE id=?", made[0].id, ends, old.id)
            if not grace:
                self._rows.run("UPDATE keys SET revoked=?, revoked_by=? WHERE id=?", now(), by, old.id)
            self._rows.note(by, "rotated key", tenant, f"{old.id} {old.name}, now {made[0].id}")
        return made

    def revoke(self, tenant: str, number: str, by: str, even_if_last: bool = False) -> Key:
        """End a key at once; ending it again changes nothing.

        Raises Refused for the last valid key that may administer, unless `even_if_last`.
        """
        key = self.get(tenant, number)
        if key.revoked:
            return key
        if not even_if_last and self.is_last(key):
            raise Refused(
                f"{key.id} ({key.name}) is the last key of {tenant} that may administer: without it only the owner of the data folder can make keys. "
                "Make another first, or say that it is meant."
            )
        with self._rows.atomic():
            self._rows.run("UPDATE keys SET revoked=?, revoked_by=? WHERE id=?", now(), by, key.id)
            self._rows.note(by, "revoked key", tenant, f"{key.id} {key.name}")
        return self.get(tenant, number)

    def is_last(self, key: Key) -> bool:
        """Whether no other valid key of its tenant may administer, and this one may."""
        left = [one.id for one in self.of(key.tenant) if one.state == "valid" and Permission.ADMINISTER in one.permissions and not one.replaced_by]
        return left == [key.id]

    def caller_of(self, secret: str) -> Caller | None:
        """Who holds this key; None for an unknown, expired or revoked one."""
        rows = self._rows.run("SELECT * FROM keys WHERE hash=? AND revoked IS NULL", hashed(secret))
        if not rows or (rows[0]["expires"] and rows[0]["expires"] <= now()):
            return None
        if not rows[0]["last_used"] or rows[0]["last_used"][:16] != now()[:16]:
            self._rows.run("UPDATE keys SET last_used=? WHERE id=?", now(), rows[0]["id"])
        return caller(rows[0])


def permissions(told: Iterable[str]) -> frozenset[Permission]:
    """Permissions by name. Raises Refused for a word that is none."""
    words = [one.strip().lower() for one in told]
    if wrong := [one for one in words if one not in set(Permission)]:
        raise Refused(f"{wrong[0]!r} is no permission: choose from {', '.join(Permission)}.")
    return frozenset(map(Permission, words))


def duration(told: str) -> timedelta:
    """A length of time such as 30m, 12h, 90d or 4w. Raises Refused for anything else."""
    found = re.fullmatch(r"(\d{1,5})([mhdw])", told.strip())
    if not found:
        raise Refused(f"{told!r} is no length of time: write a number and m, h, d or w, such as 12h or 90d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def expiry(told: str | None, at: datetime) -> str | None:
    """When a key ends that is made at an instant: after a length of time, with a day, or at an instant. Raises Refused when that is past."""
    if told is None:
        return None
    try:
        if re.fullmatch(r"\d+[a-z]", told.strip()):
            ends = at + duration(told)
        else:
            said = datetime.fromisoformat(told.strip())
            ends = said.replace(tzinfo=said.tzinfo or UTC) + timedelta(days=len(told.strip()) == 10)
    except (ValueError, OverflowError):
        raise Refused(f"{told!r} is no expiry: write a length of time (90d), a day (2027-01-31) or an instant (2027-01-31T12:00Z).") from None
    if ends <= at:
        raise Refused(f"{told} is past: a key that has ended opens nothing.")
    return _instant(ends)


def caller(row: sqlite3.Row) -> Caller:
    """Who holds the key of a row."""
    return Caller(row["tenant"], row["name"], _permissions(row))


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def now() -> str:
    """This instant, ISO 8601 UTC with microseconds."""
    return _instant(datetime.now(UTC))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _key(row: sqlite3.Row) -> Key:
    told = {name: row[name] for name in Key.__dataclass_fields__ if name != "permissions"}
    return Key(**told, permissions=_permissions(row))


def _permissions(row: sqlite3.Row) -> frozenset[Permission]:
    return frozenset(Permission(one) for one in row["permissions"].split(","))
