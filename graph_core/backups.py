"""A tenant as one file: the engine's backup of its database, what the registry keeps of it, and a manifest with their hashes."""

import asyncio
import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import orjson

from graph_core.callers import ALL, Caller
from graph_core.foodgraph import FoodGraph
from graph_core.registry import Head, Registry, Tenant, now
from graph_core.server import GraphServer
from graph_core.verify import verify
from graph_core.writer import Turn
from ontology.errors import Refused, Unavailable

VERSION = 1
_FORMAT = "foodflow backup"
_TRIES = 5


def write(server: GraphServer, registry: Registry, tenant: Tenant, folder: Path) -> Path:
    """Write the backup of a tenant. Raises Unavailable when records keep coming meanwhile, or the folder cannot be written."""
    for _ in range(_TRIES):
        rows = registry.rows(tenant.name)
        database = server.backup(tenant.database)
        try:
            if registry.rows(tenant.name)["heads"] == rows["heads"]:
                return _packed(database, rows, tenant, folder)
        except OSError as error:
            raise Unavailable(f"{folder} cannot be written ({error.strerror}): choose another folder.") from None
        finally:
            database.unlink()
    raise Unavailable(f"Records kept coming to {tenant.name} while it was backed up: try again when imports are done.")


def _packed(database: Path, rows: dict[str, Any], tenant: Tenant, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    told = orjson.dumps(rows)
    head = rows["heads"][0]
    created = now()
    manifest = {"format": _FORMAT, "version": VERSION, "tenant": tenant.name, "created": created, "head": [head["seq"], head["hash"]]}
    manifest |= {"database": _hash(database), "registry": hashlib.sha256(told).hexdigest()}
    stem = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in tenant.name)
    file = folder / f"{stem}-{created[:19].replace(':', '')}.foodflow"
    part = file.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as out:
        out.writestr("manifest.json", orjson.dumps(manifest))
        out.writestr("registry.json", told)
        out.write(database, "database.zip")
    part.chmod(0o600)
    part.replace(file)
    return file


def read(server: GraphServer, registry: Registry, file: Path, tenant: Tenant) -> None:
    """Make the database of a tenant from a backup, verify it, and keep its rows; nothing is left of it when that fails.

    Raises Refused when the file is damaged, no backup, of a newer version, or its graph does not equal its journal.
    """
    with tempfile.TemporaryDirectory(dir=registry.path.parent) as place:
        database, rows = _unpacked(file, Path(place))
        server.restore(database, tenant.database)
    head = Head(*(rows["heads"][0][name] for name in ("seq", "hash", "pending_seq", "pending_hash")))
    users = (tenant.writer, tenant.writer_password), (tenant.reader, tenant.reader_password)
    try:
        server.allow(tenant.database, *users)
        problems = _verified(server, registry, tenant, head)
        if problems:
            raise Refused(f"{file} was read, but its graph does not equal its journal ({problems[0]}): use another backup.")
        registry.put(tenant, rows)
    except BaseException:
        server.drop_database(tenant.database, tenant.writer, tenant.reader)
        raise


def _unpacked(file: Path, place: Path) -> tuple[Path, dict[str, Any]]:
    try:
        with zipfile.ZipFile(file) as held:
            manifest = orjson.loads(held.read("manifest.json"))
            if manifest["format"] != _FORMAT:
                raise Refused(f"{file} is no backup of FoodFlow OS: name a file that `foodflow backup` wrote.")
            if manifest["version"] > VERSION:
                raise Refused(
                    f"{file} was written by a newer FoodFlow OS (backup version {manifest['version']}, this one knows {VERSION}): use that one."
                )
            told = held.read("registry.json")
            database = Path(held.extract("database.zip", place))
        if (hashlib.sha256(told).hexdigest(), _hash(database)) != (manifest["registry"], manifest["database"]):
            raise Refused(f"{file} is damaged: its content does not have the hash that its manifest says; use another backup.")
        return database, orjson.loads(told)
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}): check the name.") from None
    except (zipfile.BadZipFile, KeyError, TypeError, EOFError, ValueError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise Refused(f"{file} is damaged or no backup of FoodFlow OS: use another file that `foodflow backup` wrote.") from None


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _verified(server: GraphServer, registry: Registry, tenant: Tenant, head: Head) -> list[str]:
    """The problems of the restored graph; in a thread of its own, because the caller may run an event loop."""
    problems: list[str] = []

    async def look() -> None:
        graph = FoodGraph(Caller(tenant.name, "restore", ALL), tenant, server.home(tenant), registry, Turn())
        try:
            problems.extend((await verify(graph, head)).problems)
        finally:
            await graph.close()

    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(look())
        except BaseException as error:  # handed on to the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return problems
