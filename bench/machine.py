"""What the program and its children take of the machine: memory, open files, disk."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from graph_core import usage

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The browser of this machine."""

Row = tuple[str, str, str, str, str]
"""A row of the table: what, ours, the reference of the same run, their ratio, the target."""


def memory(of: int | None = None) -> int:
    """Bytes: the sum of PSS over the process tree (a page that several share is counted once)."""
    return usage.memory(of or os.getpid()) or 0


def descriptors(of: int | None = None) -> int:
    """Files and sockets that the process tree holds open."""
    return sum(1 for pid in usage.tree(of or os.getpid()) for _ in _open(pid))


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
