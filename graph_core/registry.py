"""Tenants, their keys, the heads of their journals and their import jobs, in one small SQLite file."""

import hashlib
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graph_core.callers import ALL, Caller, Permission
from ontology.errors import Refused, Unavailable

LEAST_ROOM = 64_000_000
"""Bytes that must be free before a batch is written; one of 5,000 facts takes about 15 MB."""
VERSION = 3
_STEPS = {
    1: """
    CREATE TABLE tenants(name TEXT PRIMARY KEY, database TEXT UNIQUE NOT NULL, created TEXT NOT NULL,
        writer TEXT NOT NULL, writer_password TEXT NOT NULL, reader TEXT NOT NULL, reader_password TEXT NOT NULL);
    CREATE TABLE keys(id TEXT PRIMARY KEY, hash TEXT UNIQUE NOT NULL, tenant TEXT NOT NULL REFERENCES tenants(name) ON DELETE CASCADE,
        name TEXT NOT NULL, permissions TEXT NOT NULL, created TEXT NOT NULL, expires TEXT, last_used TEXT, revoked TEXT);
    CREATE TABLE heads(tenant TEXT PRIMARY KEY REFERENCES tenants(name) ON DELETE CASCADE, seq INTEGER NOT NULL, hash TEXT NOT NULL,
        pending_seq INTEGER, pending_hash TEXT);
    CREATE TABLE jobs(id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants(name) ON DELETE CASCADE, dataset TEXT, file TEXT NOT NULL,
        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, format TEXT NOT NULL, state TEXT NOT NULL, position INTEGER NOT NULL,
        total INTEGER NOT NULL, recorded INTEGER NOT NULL, known INTEGER NOT NULL, refused INTEGER NOT NULL, findings INTEGER NOT NULL,
        created TEXT NOT NULL, finished TEXT, message TEXT, refused_file TEXT);
    """,
    2: """
    CREATE TABLE followers(tenant TEXT NOT NULL REFERENCES tenants(name) ON DELETE CASCADE, name TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY(tenant, name));
    CREATE TABLE jobs_of(id TEXT NOT NULL, tenant TEXT NOT NULL REFERENCES tenants(name) ON DELETE CASCADE, dataset TEXT, file TEXT NOT NULL,
        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, format TEXT NOT NULL, state TEXT NOT NULL, position INTEGER NOT NULL,
        total INTEGER NOT NULL, recorded INTEGER NOT NULL, known INTEGER NOT NULL, refused INTEGER NOT NULL, findings INTEGER NOT NULL,
        created TEXT NOT NULL, finished TEXT, message TEXT, refused_file TEXT, PRIMARY KEY(tenant, id));
    INSERT INTO jobs_of SELECT * FROM jobs;
    DROP TABLE jobs;
    ALTER TABLE jobs_of RENAME TO jobs;
    """,
    3: """
    CREATE TABLE sessions(hash TEXT NOT NULL, key TEXT REFERENCES keys(id) ON DELETE CASCADE, owner TEXT,
        created TEXT NOT NULL, expires TEXT NOT NULL, UNIQUE(hash, key));
    """,
}
GENESIS = "0" * 64


@dataclass(frozen=True)
class Tenant:
    """A company: its name, its own database under an opaque name, and the two database users."""

    name: str
    database: str
    created: str
    writer: str
    writer_password: str
    reader: str
    reader_password: str


@dataclass(frozen=True)
class Head:
    """The head of a tenant's journal kept outside the graph: the settled entry, and the one being committed."""

    seq: int
    hash: str
    pending_seq: int | None = None
    pending_hash: str | None = None


@dataclass
class Job:
    """An import: which file, how far it got, what it recorded."""

    id: str
    tenant: str
    dataset: str | None
    file: str
    sha256: str
    bytes: int
    format: str
    state: str
    position: int
    total: int
    recorded: int
    known: int
    refused: int
    findings: int
    created: str
    finished: str | None = None
    message: str | None = None
    refused_file: str | None = None


class Registry:
    """The file behind an interface that PostgreSQL can fill later; safe for threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open or make the file (mode 0600). Raises Unavailable when a newer version wrote it."""
        self.path = path
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise Unavailable(f"{path} was written by a newer FoodFlow OS (version {found}, this one knows {VERSION}): install that one.")
        for version in range(found + 1, VERSION + 1):
            self._db.executescript(f"BEGIN;{_STEPS[version]}PRAGMA user_version={version};COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                raise Unavailable(f"{self.path} cannot be used ({error}): make room on its disk, or see `foodflow doctor`, and try again.") from None

    def need_room(self) -> None:
        """Raises Unavailable when the disk is all but full: a write is refused before it begins, not broken off in its middle."""
        if shutil.disk_usage(self.path.parent).free < LEAST_ROOM:
            raise Unavailable(f"The disk of {self.path.parent} has less than {LEAST_ROOM // 1_000_000} MB free: make room and try again.")

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        return next(iter(self._all(statement, *values)), None)

    # tenants

    def tenants(self) -> list[Tenant]:
        """All tenants by name."""
        return [Tenant(**dict(row)) for row in self._all("SELECT * FROM tenants ORDER BY name")]

    def tenant(self, name: str) -> Tenant:
        """The tenant. Raises Refused when there is none."""
        row = self._one("SELECT * FROM tenants WHERE name=?", name)
        if row is None:
            raise Refused(
                f"There is no tenant {name!r}: make it with --create, or choose one of {', '.join(t.name for t in self.tenants()) or 'none yet'}."
            )
        return Tenant(**dict(row))

    def add_tenant(self, tenant: Tenant) -> None:
        """Keep a tenant whose database and users stand."""
        self._all("INSERT INTO tenants VALUES(?,?,?,?,?,?,?)", *asdict(tenant).values())
        self._all("INSERT INTO heads VALUES(?,0,?,NULL,NULL)", tenant.name, GENESIS)

    def drop_tenant(self, name: str) -> None:
        """Forget a tenant with its keys, head and jobs."""
        self._all("DELETE FROM tenants WHERE name=?", name)

    # keys

    def create_key(self, tenant: str, name: str, permissions: frozenset[Permission] = ALL, expires: datetime | None = None) -> str:
        """A new key of a person or service; it is shown once, here, and kept only as a hash."""
        self.tenant(tenant)
        secret = "ffk_" + secrets.token_urlsafe(32)
        told = ",".join(sorted(permissions))
        until = expires.astimezone(UTC).isoformat() if expires else None
        self._all(
            "INSERT INTO keys(id,hash,tenant,name,permissions,created,expires) VALUES(?,?,?,?,?,?,?)",
            "key_" + secrets.token_hex(6),
            _hashed(secret),
            tenant,
            name,
            told,
            now(),
            until,
        )
        return secret

    def has_key(self, tenant: str) -> bool:
        """Whether the tenant has any key."""
        return self._one("SELECT id FROM keys WHERE tenant=?", tenant) is not None

    def caller_of(self, secret: str) -> Caller | None:
        """Who holds this key; None for an unknown, expired or revoked one."""
        row = self._one("SELECT * FROM keys WHERE hash=? AND revoked IS NULL", _hashed(secret))
        if row is None or (row["expires"] and row["expires"] <= now()):
            return None
        if not row["last_used"] or row["last_used"][:16] != now()[:16]:
            self._all("UPDATE keys SET last_used=? WHERE id=?", now(), row["id"])
        return _caller(row)

    # sessions

    def open_session(self, session: str, key: str, expires: datetime, before: str | None = None) -> str:
        """Let a new session ask as the holder of a key, as long as both are valid, and answer of which tenant. Raises Refused for an unknown key.

        What the visitor's session `before` may ask as the holder of other keys goes over to it, and that one ends: a cookie that somebody
        else put into a browser opens nothing when a key is entered there.
        """
        row = self._one("SELECT id, tenant FROM keys WHERE hash=?", _hashed(key))
        if row is None or self.caller_of(key) is None:
            raise Refused("This key is unknown, expired or revoked: ask who administers your tenant for a new one.")
        if before:
            self._all("DELETE FROM sessions WHERE hash=? AND (owner IS NOT NULL OR key=?)", _hashed(before), row["id"])
            self._all("UPDATE sessions SET hash=? WHERE hash=?", _hashed(session), _hashed(before))
        self._enter(session, row["id"], None, expires)
        return str(row["tenant"])

    def open_owner_session(self, session: str, owner: str, expires: datetime) -> None:
        """Let a session ask as the owner of the data folder, in every tenant."""
        self._enter(session, None, owner, expires)

    def _enter(self, session: str, key: str | None, owner: str | None, expires: datetime) -> None:
        self._all("DELETE FROM sessions WHERE expires<=?", now())
        until = expires.astimezone(UTC).isoformat(timespec="microseconds")
        self._all("INSERT OR REPLACE INTO sessions VALUES(?,?,?,?,?)", _hashed(session), key, owner, now(), until)

    def session_callers(self, session: str) -> list[Caller]:
        """Whom a session may ask as, one caller a tenant; none when it has ended, or its keys have."""
        held, moment = _hashed(session), now()
        owner = self._one("SELECT owner FROM sessions WHERE hash=? AND owner IS NOT NULL AND expires>?", held, moment)
        if owner:
            return [Caller(tenant.name, owner["owner"], ALL) for tenant in self.tenants()]
        rows = self._all(
            "SELECT k.* FROM sessions s JOIN keys k ON k.id=s.key WHERE s.hash=? AND s.expires>? AND k.revoked IS NULL "
            "AND (k.expires IS NULL OR k.expires>?) ORDER BY k.tenant, s.created",
            held,
            moment,
            moment,
        )
        return [_caller(row) for row in rows]

    def end_session(self, session: str) -> None:
        """End a session in all its tenants."""
        self._all("DELETE FROM sessions WHERE hash=?", _hashed(session))

    # heads

    def head(self, tenant: str) -> Head:
        """The head kept for the tenant's journal."""
        row = self._one("SELECT seq,hash,pending_seq,pending_hash FROM heads WHERE tenant=?", tenant)
        return Head(*row) if row else Head(0, GENESIS)

    def intend(self, tenant: str, seq: int, digest: str) -> None:
        """Note the entry about to be committed."""
        self._all("UPDATE heads SET pending_seq=?, pending_hash=? WHERE tenant=?", seq, digest, tenant)

    def settle(self, tenant: str, seq: int, digest: str) -> None:
        """Note the entry that is committed."""
        self._all("UPDATE heads SET seq=?, hash=?, pending_seq=NULL, pending_hash=NULL WHERE tenant=?", seq, digest, tenant)

    # followers

    def position(self, tenant: str, follower: str) -> int:
        """The last journal entry that a follower has settled; 0 before its first."""
        row = self._one("SELECT seq FROM followers WHERE tenant=? AND name=?", tenant, follower)
        return int(row["seq"]) if row else 0

    def move(self, tenant: str, follower: str, seq: int) -> None:
        """Note that a follower has settled an entry."""
        self._all("INSERT OR REPLACE INTO followers VALUES(?,?,?)", tenant, follower, seq)

    # backups

    def rows(self, tenant: str) -> dict[str, list[dict[str, Any]]]:
        """What is kept of a tenant, table by table, without the passwords of its database users."""
        tables = ("heads", "keys", "jobs", "followers")
        return {table: [dict(row) for row in self._all(f"SELECT * FROM {table} WHERE tenant=?", tenant)] for table in tables}

    def put(self, tenant: Tenant, rows: dict[str, list[dict[str, Any]]]) -> None:
        """A tenant as a backup holds it, in place of one of the same name, whose keys stay as they are now (revoked ones stay revoked)."""
        with self._lock, self._transaction():
            keys = [dict(row) for row in self._all("SELECT * FROM keys WHERE tenant=?", tenant.name)] or rows["keys"]
            self.drop_tenant(tenant.name)
            self.add_tenant(tenant)
            for table, listed in {**rows, "keys": keys}.items():
                for row in listed:
                    held = row | {"tenant": tenant.name}
                    self._all(
                        f"INSERT OR {'IGNORE' if table == 'keys' else 'REPLACE'} INTO {table}({','.join(held)}) VALUES({','.join('?' * len(held))})",
                        *held.values(),
                    )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    # jobs

    def save(self, job: Job) -> None:
        """Keep how far a job got."""
        names = [f.name for f in fields(Job)]
        self._all(f"INSERT OR REPLACE INTO jobs({','.join(names)}) VALUES({','.join('?' * len(names))})", *asdict(job).values())

    def job(self, tenant: str, number: str) -> Job:
        """The import. Raises Refused when the tenant has none of this id."""
        row = self._one("SELECT * FROM jobs WHERE tenant=? AND id=?", tenant, number)
        if row is None:
            raise Refused(f"{tenant} has no import {number!r}: `foodflow import --list` shows them.")
        return Job(**dict(row))

    def jobs(self, tenant: str) -> list[Job]:
        """The tenant's imports, the newest first."""
        return [Job(**dict(row)) for row in self._all("SELECT * FROM jobs WHERE tenant=? ORDER BY created DESC, id", tenant)]


def _caller(row: sqlite3.Row) -> Caller:
    return Caller(row["tenant"], row["name"], frozenset(Permission(one) for one in row["permissions"].split(",")))


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def now() -> str:
    """This instant, ISO 8601 UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
