"""Reading and checking a file: a small one in a thread, a large one in a process of its own, so that it never holds up who asks meanwhile.

The process is run as ``python -m resolvers.checking``. The first line on its standard input says what to check as JSON; it answers with a
line of JSON after each batch (`[good, refused, share of the file]` so far) and a last one: `{"done": true}` or `{"error": kind,
"words": ...}`. It lives no longer than standard input stays open, takes no more memory than `MEMORY`, and gives way to who answers.
"""

import asyncio
import json
import os
import resource
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from graph_core.spool import check, here
from ingest.connector import Document, Told, connectors
from ontology.errors import Refused, Unavailable

ROOT = Path(__file__).parents[1]
MEMORY = 2_000_000_000
"""Bytes that checking a file may take."""
SMALL = 1_000
"""Facts up to which a file is checked in a thread."""
_LOOK = 0.5
"""Seconds after which it is seen whether the check is wanted still, also when nothing was found meanwhile."""


@dataclass(frozen=True)
class Reading:
    """A file, and how it is to be read."""

    path: str
    name: str
    size: int
    dataset: str | None
    mapping: dict[str, Any] | None
    format: str

    @contextmanager
    def opened(self) -> Iterator[tuple[Iterable[Told], Callable[[], float]]]:
        """What it tells, and about how much of it was read so far, from 0 to 1."""
        connector = next(one for one in connectors() if one.name == self.format)
        with Path(self.path).open("rb") as file:
            told = connector.facts(Document(self.name, file, self.size, self.dataset, self.mapping))
            yield told, lambda: min(1.0, file.tell() / self.size) if self.size else 1.0


async def checking(reading: Reading, folder: Path, still: Callable[[float], None]) -> AsyncGenerator[tuple[int, int]]:
    """Check a file into the folder of its import; yields how many facts are good and how many were refused so far.

    `still` hears now and then about how much of the file was read, and raises what ends the check. Raises Refused for a file that cannot
    be read further, and Unavailable when the process ended before its time.
    """
    first = await asyncio.to_thread(_first, reading, still)
    if len(first) <= SMALL:
        async with aclosing(here(lambda: first)(folder)) as counts:
            async for count in counts:
                still(1.0)
                yield count
        return
    async with aclosing(_apart(reading, folder)) as found:
        async for good, bad, read in found:
            still(read)
            yield good, bad


def _first(reading: Reading, still: Callable[[float], None]) -> list[Told]:
    """What a file tells, up to so much that it is seen not to be small."""
    first: list[Told] = []
    with reading.opened() as (told, read):
        for one in islice(told, SMALL + 1):
            still(read())
            first.append(one)
    return first


async def _apart(reading: Reading, folder: Path) -> AsyncGenerator[tuple[int, int, float]]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        cwd=Path(reading.path).parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdin and child.stdout
    count = 0, 0, 0.0
    try:
        child.stdin.write(json.dumps({"reading": asdict(reading), "folder": str(folder), "memory": MEMORY}).encode() + b"\n")
        await child.stdin.drain()
        while True:
            try:
                line = await asyncio.wait_for(child.stdout.readline(), _LOOK)
            except TimeoutError:
                yield count
                continue
            said = json.loads(line) if line else {"error": "ended", "words": f"with status {await child.wait()}"}
            if isinstance(said, dict):
                _ended(reading, said)
                return
            count = said[0], said[1], said[2]
            yield count
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _ended(reading: Reading, said: dict[str, Any]) -> None:
    if said.get("error") == "refused":
        raise Refused(str(said["words"]))
    if said.get("error") == "room":
        raise OSError(said["number"], said["words"])
    if said.get("error") == "memory":
        raise Refused(f"{reading.name} needs more than {MEMORY // 10**9} GB of memory to be read: part it into smaller files.")
    if "error" in said:
        raise Unavailable(f"The program that reads {reading.name} ended before its time ({said['words']}): import the file again to go on.")


def main() -> None:
    """Check what standard input names, and say how far it is."""
    asked = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not asked:
        return
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    os.nice(15)
    resource.setrlimit(resource.RLIMIT_DATA, (asked["memory"], asked["memory"]))
    try:
        with Reading(**asked["reading"]).opened() as (told, read):
            for good, bad in check(Path(asked["folder"]), told):
                _say([good, bad, round(read(), 3)])
        _say({"done": True})
    except Refused as error:
        _say({"error": "refused", "words": str(error)})
    except OSError as error:
        _say({"error": "room", "number": error.errno, "words": error.strerror})
    except MemoryError:
        _say({"error": "memory"})
    except Exception as error:  # its words may hold what the file says: only its sort is told
        _say({"error": "failed", "words": type(error).__name__})


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _end_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
