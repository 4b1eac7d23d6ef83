"""A tenant to take along: its journal as JSON lines, its imports, and a manifest with hashes, in one archive that anybody can verify.

`docs/administration.md` describes the form, and how to verify it without this software.
"""

import asyncio
import hashlib
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import orjson

from graph_core import journal
from graph_core.foodgraph import FoodGraph
from graph_core.journal import Entry
from graph_core.registry import GENESIS, Registry, now
from ontology.errors import Refused, Unavailable

FORMAT, VERSION = "foodflow export", 1
_LEVEL = 6


@dataclass(frozen=True)
class Export:
    """What was written: the archive, its SHA-256, how many entries and facts it holds, the head of the journal."""

    file: Path
    sha256: str
    entries: int
    facts: int
    head: str


async def write(graph: FoodGraph, registry: Registry, folder: Path) -> Export:
    """Write the export of a graph's tenant into a folder.

    Raises Unavailable when the folder cannot be written, Refused when the journal is not whole: what is exported is what was recorded.
    """
    created = now()
    stem = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in graph.tenant.name)
    file = folder / f"{stem}-{created[:19].replace(':', '')}.export.zip"
    part = folder / f"{file.name}.{secrets.token_hex(4)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            entries, facts, head = await _packed(archive, graph, registry, created)
        part.chmod(0o600)
        part.replace(file)
        return Export(file, await asyncio.to_thread(_hash, file), entries, facts, head)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written ({error.strerror}): choose another folder.") from None
    finally:
        with suppress(OSError):
            part.unlink()


async def _packed(archive: zipfile.ZipFile, graph: FoodGraph, registry: Registry, created: str) -> tuple[int, int, str]:
    seq, digest = await _head(graph)
    facts = 0
    with archive.open("journal.jsonl", "w", force_zip64=True) as out:
        lines = _Hashed(out)
        async for entry in _whole(graph, seq, digest):
            facts += await asyncio.to_thread(_told, entry, lines)
    hashes = {"journal.jsonl": lines.digest}
    jobs, mappings = reversed(registry.jobs(graph.tenant.name)), registry.mappings(graph.tenant.name)
    for name, listed in (("imports.jsonl", map(asdict, jobs)), ("mappings.jsonl", map(asdict, mappings))):
        content = b"".join(orjson.dumps({name: told for name, told in one.items() if name != "tenant"}) + b"\n" for one in listed)
        archive.writestr(name, content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    manifest = {"format": FORMAT, "version": VERSION, "tenant": graph.tenant.name, "tenantCreated": graph.tenant.created, "created": created}
    manifest |= {"head": {"seq": seq, "hash": digest}, "entries": seq, "facts": facts}
    archive.writestr("manifest.json", orjson.dumps(manifest | {"sha256": hashes}, option=orjson.OPT_INDENT_2))
    return seq, facts, digest


async def _head(graph: FoodGraph) -> tuple[int, str]:
    """The last entry that was committed, as kept outside the graph: the one being committed counts when the graph has it."""
    head = graph.head()
    if head.pending_seq is not None and head.pending_hash and (await graph.read(journal.HEAD))[0] == [head.pending_seq, head.pending_hash]:
        return head.pending_seq, head.pending_hash
    return head.seq, head.hash


def _told(entry: Entry, out: "_Hashed") -> int:
    """Write an entry; answers how many facts it told."""
    out.write(line(entry))
    return len(entry.content()["facts"])


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def line(entry: Entry) -> bytes:
    """An entry as a line of JSON. Its facts stand there byte for byte as they were hashed; `bytes` says how long the two lists are, from the end."""
    facts, ended = entry.facts.encode(), entry.ended.encode()
    told = {name: getattr(entry, name) for name in ("seq", "recorded", "caller", "job", "previous", "hash")}
    head = orjson.dumps(told | {"bytes": [len(facts), len(ended)]})
    return b"".join((head[:-1], b',"facts":', facts, b',"ended":', ended, b"}\n"))


async def _whole(graph: FoodGraph, seq: int, digest: str) -> AsyncIterator[Entry]:
    """The entries of the journal up to its head. Raises Refused when one is missing or was changed."""
    last = (0, GENESIS)
    async for entry in graph.entries(0, seq):
        if not await asyncio.to_thread(entry.whole) or (entry.seq - 1, entry.previous) != last:
            raise Refused(f"Entry {entry.seq} of the journal was changed from outside, so nothing is exported: `foodflow journal verify` says more.")
        last = entry.head
        yield entry
    if last != (seq, digest):
        raise Refused(f"The journal ends at entry {last[0]} and not at {seq}, so nothing is exported: `foodflow journal verify` says more.")


class _Hashed:
    """A file that is written and hashed at once."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._hash = out, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Write on."""
        self._hash.update(data)
        self._out.write(data)

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was written."""
        return self._hash.hexdigest()
