"""What the program and its children take of the machine: memory, open files, disk."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

Row = tuple[str, str, str, str, str]
"""A row of the table: what, ours, the reference of the same run, their ratio, the target."""


def tree(of: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    found = [of]
    for one in found:
        found.extend(parents.get(one, ()))
    return found


def memory(of: int | None = None) -> int:
    """Bytes: the sum of PSS over the process tree (a page that several share is counted once)."""
    return sum(_pss(pid) for pid in tree(of or os.getpid()))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def descriptors(of: int | None = None) -> int:
    """Files and sockets that the process tree holds open."""
    return sum(1 for pid in tree(of or os.getpid()) for _ in _open(pid))


def _open(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/fd").iterdir()
    except OSError:
        return


def disk(folder: Path) -> int:
    """Bytes that the files of a folder take."""
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file())


class Peak:
    """The most memory that the process tree took while a block ran, looked at twice a second."""

    def __enter__(self) -> "Peak":
        self.most, self._ended = memory(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._ended.wait(0.5):
            self.most = max(self.most, memory())

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.most = max(self.most, memory())


def mb(count: int) -> str:
    """Bytes in megabytes."""
    return f"{count / 1e6:,.0f} MB"
