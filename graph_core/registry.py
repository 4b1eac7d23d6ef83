"""Tenants, their keys, the heads of their journals and their import jobs, in one small SQLite file."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graph_core.callers import ALL, Caller, Permission
from graph_core.keys import Keys, caller, hashed
from graph_core.keys import now as now
from ontology.errors import Refused, Unavailable

LEAST_ROOM = 64_000_000
"""Bytes that must be free before a batch is written; one of 5,000 facts takes about 15 MB."""
VERSION = 5
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
    4: """
    ALTER TABLE tenants ADD COLUMN created_by TEXT;
    ALTER TABLE tenants ADD COLUMN suspended TEXT;
    ALTER TABLE keys ADD COLUMN created_by TEXT;
    ALTER TABLE keys ADD COLUMN revoked_by TEXT;
    ALTER TABLE keys ADD COLUMN replaced_by TEXT;
    CREATE TABLE acts(at TEXT NOT NULL, caller TEXT NOT NULL, act TEXT NOT NULL, tenant TEXT NOT NULL, about TEXT);
    """,
    5: """
    ALTER TABLE jobs ADD COLUMN mapping TEXT;
    CREATE TABLE mappings(tenant TEXT NOT NULL REFERENCES tenants(name) ON DELETE CASCADE, name TEXT NOT NULL, mapping TEXT NOT NULL,
        saved TEXT NOT NULL, saved_by TEXT NOT NULL, PRIMARY KEY(tenant, name));
    """,
}
GENESIS = "0" * 64


@dataclass(frozen=True)
class Tenant:
    """A company: its name, its own database under an opaque name, the two database users, by whom it was made, since when it is suspended."""

    name: str
    database: str
    created: str
    writer: str
    writer_password: str
    reader: str
    reader_password: str
    created_by: str | None = None
    suspended: str | None = None


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
    mapping: str | None = None


@dataclass(frozen=True)
class SavedMapping:
    """How the columns of a table are read, kept by a tenant under a name: JSON of the part that reads tables."""

    tenant: str
    name: str
    mapping: str
    saved: str
    saved_by: str


@dataclass(frozen=True)
class Act:
    """What somebody did to a tenant or one of its keys, and when."""

    at: str
    caller: str
    act: str
    tenant: str
    about: str | None


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
        self.keys = Keys(self)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise Unavailable(f"{path} was written by a newer FoodFlow OS (version {found}, this one knows {VERSION}): install that one.")
        for version in range(found + 1, VERSION + 1):
            self._db.executescript(f"BEGIN;{_STEPS[version]}PRAGMA user_version={version};COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def run(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a statement. Raises Unavailable when the file cannot be read or written."""
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                raise Unavailable(f"{self.path} cannot be used ({error}): make room on its disk, or see `foodflow doctor`, and try again.") from None

    def need_room(self) -> None:
        """Raises Unavailable when the disk is all but full: a write is refused before it begins, not broken off in its middle."""
        if shutil.disk_usage(self.path.parent).free < LEAST_ROOM:
            raise Unavailable(f"The disk of {self.path.parent} has less than {LEAST_ROOM // 1_000_000} MB free: make room and try again.")

    def first(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a statement, if it has any."""
        return next(iter(self.run(statement, *values)), None)

    # tenants

    def tenants(self) -> list[Tenant]:
        """All tenants by name."""
        return [Tenant(**dict(row)) for row in self.run("SELECT * FROM tenants ORDER BY name")]

    def tenant(self, name: str) -> Tenant:
        """The tenant. Raises Refused when there is none."""
        row = self.first("SELECT * FROM tenants WHERE name=?", name)
        if row is None:
            raise Refused(
                f"There is no tenant {name!r}: make it with --create, or choose one of {', '.join(t.name for t in self.tenants()) or 'none yet'}."
            )
        return Tenant(**dict(row))

    def add_tenant(self, tenant: Tenant) -> None:
        """Keep a tenant whose database and users stand."""
        told = asdict(tenant)
        self.run(f"INSERT INTO tenants({','.join(told)}) VALUES({','.join('?' * len(told))})", *told.values())
        self.run("INSERT INTO heads VALUES(?,0,?,NULL,NULL)", tenant.name, GENESIS)

    def suspend(self, name: str, since: str | None) -> None:
        """Note since when a tenant is suspended; None resumes it."""
        self.run("UPDATE tenants SET suspended=? WHERE name=?", since, name)

    def drop_tenant(self, name: str) -> None:
        """Forget a tenant with its keys, head, jobs and sessions."""
        self.run("DELETE FROM tenants WHERE name=?", name)

    def scrub(self) -> None:
        """Let nothing that was deleted stay readable in the file: its pages are overwritten (secure_delete), its log of writes is emptied."""
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    # what was done by those who administer

    def note(self, caller: str, act: str, tenant: str, about: str | None = None) -> None:
        """Keep who did what when to a tenant or one of its keys."""
        self.run("INSERT INTO acts VALUES(?,?,?,?,?)", now(), caller, act, tenant, about)

    def acts(self, tenant: str | None, first: int) -> list[Act]:
        """What was done, the newest first: to one tenant, or to all of them."""
        rows = self.run("SELECT * FROM acts WHERE ?1 IS NULL OR tenant=?1 ORDER BY rowid DESC LIMIT ?2", tenant, first)
        return [Act(**dict(row)) for row in rows]

    def forget_acts(self, tenant: str) -> None:
        """Forget what was done to a tenant, but for the making and deleting of it."""
        self.run("DELETE FROM acts WHERE tenant=? AND act NOT IN ('created tenant', 'deleted tenant')", tenant)

    # keys

    def create_key(self, tenant: str, name: str, permissions: frozenset[Permission] = ALL, expires: datetime | None = None) -> str:
        """A new key of a person or service, made by the owner of the data folder; it is shown once, here."""
        return self.keys.create(self.tenant(tenant).name, name, permissions, "local:owner", expires.astimezone(UTC).isoformat() if expires else None)[
            1
        ]

    def has_key(self, tenant: str) -> bool:
        """Whether the tenant has any key."""
        return bool(self.keys.of(tenant))

    def caller_of(self, secret: str) -> Caller | None:
        """Who holds this key; None for an unknown, expired or revoked one."""
        return self.keys.caller_of(secret)

    # sessions

    def open_session(self, session: str, key: str, expires: datetime, before: str | None = None) -> str:
        """Let a new session ask as the holder of a key, as long as both are valid, and answer of which tenant. Raises Refused for an unknown key.

        What the visitor's session `before` may ask as the holder of other keys goes over to it, and that one ends: a cookie that somebody
        else put into a browser opens nothing when a key is entered there.
        """
        row = self.first("SELECT id, tenant FROM keys WHERE hash=?", hashed(key))
        if row is None or self.caller_of(key) is None:
            raise Refused("This key is unknown, expired or revoked: ask who administers your tenant for a new one.")
        if before:
            self.run("DELETE FROM sessions WHERE hash=? AND (owner IS NOT NULL OR key=?)", hashed(before), row["id"])
            self.run("UPDATE sessions SET hash=? WHERE hash=?", hashed(session), hashed(before))
        self._enter(session, row["id"], None, expires)
        return str(row["tenant"])

    def open_owner_session(self, session: str, owner: str, expires: datetime) -> None:
        """Let a session ask as the owner of the data folder, in every tenant."""
        self._enter(session, None, owner, expires)

    def _enter(self, session: str, key: str | None, owner: str | None, expires: datetime) -> None:
        self.run("DELETE FROM sessions WHERE expires<=?", now())
        until = expires.astimezone(UTC).isoformat(timespec="microseconds")
        self.run("INSERT OR REPLACE INTO sessions VALUES(?,?,?,?,?)", hashed(session), key, owner, now(), until)

    def session_callers(self, session: str) -> list[Caller]:
        """Whom a session may ask as, one caller a tenant; none when it has ended, or its keys have."""
        held, moment = hashed(session), now()
        owner = self.first("SELECT owner FROM sessions WHERE hash=? AND owner IS NOT NULL AND expires>?", held, moment)
        if owner:
            return [Caller(tenant.name, owner["owner"], ALL, owner=True) for tenant in self.tenants()]
        rows = self.run(
            "SELECT k.* FROM sessions s JOIN keys k ON k.id=s.key WHERE s.hash=? AND s.expires>? AND k.revoked IS NULL "
            "AND (k.expires IS NULL OR k.expires>?) ORDER BY k.tenant, s.created",
            held,
            moment,
            moment,
        )
        return [caller(row) for row in rows]

    def end_session(self, session: str) -> None:
        """End a session in all its tenants."""
        self.run("DELETE FROM sessions WHERE hash=?", hashed(session))

    # heads

    def head(self, tenant: str) -> Head:
        """The head kept for the tenant's journal."""
        row = self.first("SELECT seq,hash,pending_seq,pending_hash FROM heads WHERE tenant=?", tenant)
        return Head(*row) if row else Head(0, GENESIS)

    def intend(self, tenant: str, seq: int, digest: str) -> None:
        """Note the entry about to be committed."""
        self.run("UPDATE heads SET pending_seq=?, pending_hash=? WHERE tenant=?", seq, digest, tenant)

    def settle(self, tenant: str, seq: int, digest: str) -> None:
        """Note the entry that is committed."""
        self.run("UPDATE heads SET seq=?, hash=?, pending_seq=NULL, pending_hash=NULL WHERE tenant=?", seq, digest, tenant)

    # followers

    def position(self, tenant: str, follower: str) -> int:
        """The last journal entry that a follower has settled; 0 before its first."""
        row = self.first("SELECT seq FROM followers WHERE tenant=? AND name=?", tenant, follower)
        return int(row["seq"]) if row else 0

    def move(self, tenant: str, follower: str, seq: int) -> None:
        """Note that a follower has settled an entry."""
        self.run("INSERT OR REPLACE INTO followers VALUES(?,?,?)", tenant, follower, seq)

    # backups

    def rows(self, tenant: str) -> dict[str, list[dict[str, Any]]]:
        """What is kept of a tenant, table by table, without the passwords of its database users."""
        tables = ("heads", "keys", "jobs", "followers", "mappings")
        return {table: [dict(row) for row in self.run(f"SELECT * FROM {table} WHERE tenant=?", tenant)] for table in tables}

    def put(self, tenant: Tenant, rows: dict[str, list[dict[str, Any]]]) -> None:
        """A tenant as a backup holds it, in place of one of the same name, whose keys stay as they are now (revoked ones stay revoked,
        and a suspended one suspended)."""
        with self.atomic():
            keys = [dict(row) for row in self.run("SELECT * FROM keys WHERE tenant=?", tenant.name)] or rows["keys"]
            before = self.first("SELECT suspended FROM tenants WHERE name=?", tenant.name)
            self.drop_tenant(tenant.name)
            self.add_tenant(replace(tenant, suspended=before["suspended"] if before else None))
            for table, listed in {**rows, "keys": keys}.items():
                for row in listed:
                    held = row | {"tenant": tenant.name}
                    self.run(
                        f"INSERT OR {'IGNORE' if table == 'keys' else 'REPLACE'} INTO {table}({','.join(held)}) VALUES({','.join('?' * len(held))})",
                        *held.values(),
                    )

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of several statements, or none of them."""
        with self._lock:
            self.run("BEGIN IMMEDIATE")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    # jobs

    def save(self, job: Job) -> None:
        """Keep how far a job got."""
        names = [f.name for f in fields(Job)]
        self.run(f"INSERT OR REPLACE INTO jobs({','.join(names)}) VALUES({','.join('?' * len(names))})", *asdict(job).values())

    def job(self, tenant: str, number: str) -> Job:
        """The import. Raises Refused when the tenant has none of this id."""
        row = self.first("SELECT * FROM jobs WHERE tenant=? AND id=?", tenant, number)
        if row is None:
            raise Refused(f"{tenant} has no import {number!r}: `foodflow import --list` shows them.")
        return Job(**dict(row))

    def jobs(self, tenant: str) -> list[Job]:
        """The tenant's imports, the newest first."""
        return [Job(**dict(row)) for row in self.run("SELECT * FROM jobs WHERE tenant=? ORDER BY created DESC, id", tenant)]

    # mappings

    def save_mapping(self, kept: SavedMapping) -> None:
        """Keep a mapping under its name, in the place of one of the same name."""
        self.run("INSERT OR REPLACE INTO mappings VALUES(?,?,?,?,?)", *asdict(kept).values())

    def mappings(self, tenant: str) -> list[SavedMapping]:
        """The tenant's mappings, the newest first."""
        return [SavedMapping(**dict(row)) for row in self.run("SELECT * FROM mappings WHERE tenant=? ORDER BY saved DESC, name", tenant)]

    def drop_mapping(self, tenant: str, name: str) -> None:
        """Forget a mapping."""
        self.run("DELETE FROM mappings WHERE tenant=? AND name=?", tenant, name)
