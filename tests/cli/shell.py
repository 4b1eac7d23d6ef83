"""The command line as people use it: real processes over a data folder of their own, with a server running and without."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from graph_core.embedded import free_ports
from ingest.fcl import SAMPLE

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, str(ROOT / "foodflow.py")]


class Shell:
    """A folder with a data folder in it, and foodflow called there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "FOODFLOW_DATA": str(folder / "data")}

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        settings = {"cwd": self.folder, "env": self.environment | environment, "stdin": subprocess.DEVNULL, "text": True}
        return subprocess.run([*PROGRAM, *words], capture_output=True, check=False, **settings)  # type: ignore[call-overload,no-any-return]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own; what it prints can be read from `stdout`."""
        return subprocess.Popen(
            [*PROGRAM, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def read_until(stream: IO[str] | None, word: str) -> str:
    """What a process prints, up to and including the line with the word."""
    assert stream
    said = ""
    while word not in said:
        line = stream.readline()
        assert line, f"it ended without {word!r}:\n{said}"
        said += line
    return said


def ended(child: subprocess.Popen[str], number: int = signal.SIGINT, within: float = 30) -> tuple[int, str]:
    """Send a signal and wait: exit status and what was still printed."""
    child.send_signal(number)
    rest, _ = child.communicate(timeout=within)
    return child.returncode, rest


def children(of: int) -> list[int]:
    """The processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == of:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def all_gone(pids: list[int], within: float = 15) -> bool:
    """Whether all these processes end in time."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(_lives(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free_port() -> int:
    """A port nobody listens on now."""
    return free_ports(1)[0]


class Server(Shell):
    """A shell whose data folder is served."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "bakery.json").write_text(SAMPLE)
        made = self("import", "bakery.json", "--tenant", "acme", "--create")
        assert made.returncode == 0, made.stderr
        self.port = free_port()
        self.process = self.start("serve", "--port", str(self.port))
        self.said = read_until(self.process.stdout, "Ctrl-C stops.")
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = dict(re.findall(r"^  (\S+) +(ffk_\S+)$", self.said, re.MULTILINE))
