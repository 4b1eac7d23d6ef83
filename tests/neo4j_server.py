"""A real Neo4j server for tests: a child process over a folder of its own, on free ports, that never outlives the program that started it.

`make neo4j` brings the program; it runs in the foreground, as its own launcher would run it, and the kernel ends it with its parent.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j

from tests.cli.shell import free_port

LIBRARY = Path(__file__).parents[1] / ".neo4j" / "lib"
START_LIMIT = 120.0
PASSWORD = "only-for-tests"
LEAST_MEMORY = 3_000_000_000
_MEMORY = Path("/dev/shm")
_PREFIX = "foodflow-neo4j-"
_FIRST = "neo4j"
_ENTRY = "org.neo4j.server.CommunityEntryPoint"
_OPENED = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.util.concurrent")
_CONFIGURATION = """
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=128m
server.databases.default_to_read_only=false
dbms.usage_report.enabled=false
dbms.security.allow_csv_import_from_file_urls=false
db.tx_log.rotation.retention_policy=1 files
db.tx_log.preallocate=false
"""


@contextmanager
def place(name: str) -> Iterator[Path]:
    """A folder for a server, gone afterwards: in memory where there is room, which makes and drops constraints two to three times faster."""
    base = _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > LEAST_MEMORY else Path(tempfile.gettempdir())
    for left in base.glob(f"{_PREFIX}*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-{name}-", dir=base) as folder:
        yield Path(folder)


class Neo4jServer:
    """Neo4j Community over a folder: `start` waits until it answers."""

    def __init__(self, home: Path, heap: str = "512m") -> None:
        self.home, self.heap, self.port = home, heap, free_port()
        self.url = f"bolt://127.0.0.1:{self.port}"
        self._child: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the process. Raises RuntimeError that says what is missing on this machine."""
        if not LIBRARY.is_dir():
            raise RuntimeError("Neo4j is not here: `make neo4j` brings it (it needs Maven).")
        if not shutil.which("java"):
            raise RuntimeError("Neo4j needs Java 17 or later: install it (Debian, Ubuntu: apt install openjdk-17-jre-headless).")
        settings = self.home / "conf"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "neo4j.conf").write_text(_CONFIGURATION.format(port=self.port))
        options = ["-Xms256m", f"-Xmx{self.heap}", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]
        options += [word for name in _OPENED for word in ("--add-opens", f"{name}=ALL-UNNAMED")]
        command = ["java", *options, "-cp", f"{LIBRARY}/*", _ENTRY, f"--home-dir={self.home}", f"--config-dir={settings}"]
        with (self.home / "console.log").open("ab") as log:
            self._child = subprocess.Popen(
                command, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_parent
            )

    def wait(self) -> None:
        """Wait until it answers with its password set. Raises RuntimeError with what it printed when it does not."""
        until = time.monotonic() + START_LIMIT
        while not self._answers():
            if self._child is None or self._child.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"Neo4j did not start:\n{(self.home / 'console.log').read_text()[-3000:]}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        change = "ALTER CURRENT USER SET PASSWORD FROM $first TO $then"
        try:
            with neo4j.GraphDatabase.driver(self.url, auth=("neo4j", _FIRST)) as driver, driver.session(database="system") as session:
                session.run(change, first=_FIRST, then=PASSWORD).consume()
        except neo4j.exceptions.AuthError:
            return True  # its password was set by an earlier start over this folder
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError):
            return False
        return True

    @property
    def pid(self) -> int | None:
        """The process, None when it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def stop(self) -> None:
        """End it at once: nobody needs what it holds."""
        if self._child:
            self._child.kill()
            self._child.wait()
            self._child = None


_LIBC = ctypes.CDLL(None)


def _end_with_parent() -> None:
    _LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
