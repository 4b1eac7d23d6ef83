"""The embedded engine: a child process that holds the FoodGraphs of one data folder."""

import fcntl
import importlib.metadata
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from graph_core.arcadedb import ArcadeServer
from graph_core.server import GraphServer
from ontology.errors import Refused, Unavailable

ROOT = Path(__file__).parents[1]
LEAST_FREE = 200_000_000
START_LIMIT = 90.0
VERSION = 2
"""The form of a data folder: 2 keeps ended facts whole in the journal; 1 was never released and cannot be read."""
_LIVED = 20.0
_TRIES = 3


class DataFolder:
    """A folder of ours, locked by one program at a time; a killed program leaves no lock behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def lock(self, what: str, wait: float = 0.0) -> None:
        """Take the folder. Raises Unavailable that names who holds it, who cannot write, or what is full."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = (self.path / "lock").open("a+")
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written ({error.strerror}): choose another folder with FOODFLOW_DATA.") from None
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() < until:
                    time.sleep(0.1)
                    continue
                file.seek(0)
                holder = file.read().strip() or "another program"
                file.close()
                raise Unavailable(f"{self.path} is in use by {holder}: wait until it is done, or stop it.") from None
        file.seek(0)
        file.truncate()
        file.write(f"{what} (process {os.getpid()})")
        file.flush()
        self._file = file
        try:
            self._check()
        except BaseException:
            self.unlock()
            raise

    def _check(self) -> None:
        """Raises Unavailable for a full disk, and Refused for a folder that another version wrote."""
        if shutil.disk_usage(self.path).free < LEAST_FREE:
            raise Unavailable(f"The disk of {self.path} has less than {LEAST_FREE // 1_000_000} MB free: make room and try again.")
        file = self.path / "VERSION"
        if not file.exists() and not (self.path / "registry.sqlite").exists():
            file.write_text(f"{VERSION}\n")
        found = file.read_text().strip() if file.exists() else "1"
        if not found.isdecimal():
            raise Refused(f"{file} says {found[:20]!r}, which is no version: restore a backup into another folder (FOODFLOW_DATA).")
        if int(found) > VERSION:
            raise Refused(f"{self.path} was written by a newer FoodFlow OS (data version {found}, this one knows {VERSION}): install that one.")
        if int(found) < VERSION:
            raise Refused(
                f"{self.path} was written by an older FoodFlow OS (data version {found}), whose journal this one cannot read: "
                "choose another folder (FOODFLOW_DATA) and import the files again."
            )

    def unlock(self) -> None:
        """Give the folder back."""
        if self._file:
            self._file.close()
            self._file = None

    def secret(self, name: str) -> str:
        """A password made once and kept in a file that only the owner can read."""
        file = self.path / "secrets.json"
        held: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in held:
            held[name] = secrets.token_hex(16)
            part = file.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
                json.dump(held, out)
            part.replace(file)
        return held[name]


class EmbeddedEngine:
    """The engine of a data folder: started, watched over a pipe, started again when it dies, stopped with its parent however that ends."""

    def __init__(self, folder: DataFolder, heap: str = "1g") -> None:
        self.folder, self.heap = folder, heap
        self.place = folder.path / "engine"
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self.server: ArcadeServer | None = None

    def start(self) -> GraphServer:
        """Start the child and wait until it answers. Raises Unavailable with the place of its log when it does not."""
        self.place.mkdir(exist_ok=True)
        http, bolt = free_ports(2)
        password = self.folder.secret("root")
        self._stopping.clear()
        try:
            self._start_child(http, bolt, password)
        except BaseException:
            self.stop()
            raise
        product = f"ArcadeDB {importlib.metadata.version('arcadedb-embedded')}, embedded"
        addresses = f"bolt://127.0.0.1:{bolt}", f"http://127.0.0.1:{http}"
        self.server = ArcadeServer(*addresses, ("root", password), product, backups=self.place / "backups")
        threading.Thread(target=self._guard, args=(http, bolt, password), daemon=True).start()
        return self.server

    def _start_child(self, http: int, bolt: int, password: str) -> None:
        parameters = {"root": str(self.place), "password": password, "heap": self.heap, "http": http, "bolt": bolt, "parent": os.getpid()}
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "graph_core.engine"],
                cwd=self.place,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        assert self._child.stdin
        self._child.stdin.write(json.dumps(parameters).encode() + b"\n")
        self._child.stdin.flush()
        said = self._answer()
        if not said.get("ready"):
            raise Unavailable(f"The graph engine did not start ({said.get('error', 'no answer')}): {self.log} says why.")

    def _guard(self, http: int, bolt: int, password: str) -> None:
        """Start the child again on its ports when it dies, unless it dies again and again; what was committed is there again."""
        tries, began = 0, time.monotonic()
        while self._child and self._child.wait() is not None and not self._stopping.is_set():
            tries = tries + 1 if time.monotonic() - began < _LIVED else 1
            if tries > _TRIES:
                return
            began = time.monotonic()
            _close(self._child)
            try:
                self._start_child(http, bolt, password)
            except (Unavailable, OSError):
                continue

    def _answer(self) -> dict[str, object]:
        assert self._child and self._child.stdout
        ready, _, _ = select.select([self._child.stdout], [], [], START_LIMIT)
        line = self._child.stdout.readline() if ready else b""
        return json.loads(line) if line else {}

    @property
    def log(self) -> Path:
        """What it wrote about itself."""
        return self.place / "engine.log"

    @property
    def pid(self) -> int | None:
        """The process id of the child, None when it is not running."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def alive(self) -> bool:
        """Whether the child is running."""
        return self.pid is not None

    def stop(self) -> None:
        """Stop the child: ask, then insist."""
        self._stopping.set()
        if self.server:
            self.server.close()
            self.server = None
        if self._child:
            _close(self._child)
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def free_ports(count: int) -> list[int]:
    """So many ports of this machine that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
