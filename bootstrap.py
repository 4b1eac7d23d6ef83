"""Set up the environment: `.venv` with everything pinned, once, and again only when the pins change.

Run by make, with any Python: an unsuitable one ends with one sentence, so this file keeps to syntax that old ones can read.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "foodflow-ready"
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_BYTES = 1_000_000_000
UNREACHABLE = ("No matching distribution", "Could not find a version", "NewConnectionError", "Temporary failure", "timed out", "No route to host")


def main() -> None:
    """Make `.venv` ready; exits with one sentence that says what to do when it cannot."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = sys.version.split()[0]
        sys.exit(f"FoodFlow OS needs Python 3.11, 3.12 or 3.13 and found {found}: install one, or name it: make PYTHON=python3.12 setup")
    if is_ready():
        return
    if VENV.is_symlink():
        sys.exit(f"{VENV} is a link to an environment of someone else: remove the link and run it again.")
    try:
        with alone():
            if not is_ready():
                set_up()
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: the set-up goes on where it stood.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        sys.exit(f"The set-up cannot write in {ROOT} ({error.strerror}): make room there or get the right to write, and run it again.")


def is_ready() -> bool:
    """Whether the environment was made from these very pins, by this Python, in this place."""
    return _says(STAMP) == wanted() and (VENV / "bin" / "python").exists()


def _says(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def wanted() -> str:
    """What a ready environment was made from: the pins, the project, the Python and the place (scripts hold it)."""
    pins = b"".join((ROOT / name).read_bytes() for name in ("constraints.txt", "pyproject.toml"))
    return hashlib.sha256(pins).hexdigest() + "\n" + maker()


def maker() -> str:
    """The Python and the place that an environment belongs to."""
    return f"Python {sys.version_info[0]}.{sys.version_info[1]}\n{ROOT}\n"


class alone:  # noqa: N801
    """One set-up at a time: a second one waits until the first is done. Installers hold the lock as long as they run, even without us."""

    def __enter__(self) -> None:
        self.file = (ROOT / ".setup-lock").open("w")
        os.set_inheritable(self.file.fileno(), True)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another set-up is at work here; waiting for it ...", flush=True)
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *error: object) -> None:
        self.file.close()


def set_up() -> None:
    """Make the environment, or finish one that an interrupted set-up left; every step may be repeated."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        sys.exit(f"The set-up needs {NEEDED_BYTES // 10**6} MB and the disk of {ROOT} has {free // 10**6} MB free: make room and run it again.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        sys.exit(f"This Python lacks its modules venv and ensurepip: install them (Debian, Ubuntu: apt install {package}) and run it again.")
    print(f"Setting up FoodFlow OS in {VENV} (once; about a minute)", flush=True)
    python = VENV / "bin" / "python"
    begun = VENV / "foodflow-begun"
    if _says(begun) != maker() or not python.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        step("environment", [sys.executable, "-m", "venv", str(VENV)], 0)
        begun.write_text(maker())
    for info in VENV.glob("lib/python*/site-packages/*.dist-info"):
        if not (info / "INSTALLER").exists():
            shutil.rmtree(info)  # the installer was killed within this package: without its record it is installed anew
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps", "--retries", "2", "--progress-bar", "off"]
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    step("pinned requirements", [*pip, "-r", "constraints.txt"], len(pins))
    step("foodflow", [*pip, "--no-build-isolation", "-e", "."], 0)
    part = STAMP.with_suffix(".part")
    part.write_text(wanted())
    part.replace(STAMP)
    print("  ready.", flush=True)


def step(name: str, command: "list[str]", count: int) -> None:
    """Run one step with its progress; what it printed is shown only when it fails."""
    since, said, done, wide = time.monotonic(), [], 0, sys.stdout.isatty()
    print(f"  {name} ...", end="" if wide else "\n", flush=True)
    child = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False, preexec_fn=ends_with_us)
    try:
        for line in child.stdout or ():
            said.append(line)
            found = re.match(r"(Collecting|Requirement already satisfied:|Installing collected) ([\w.-]+)", line)
            done += bool(found)
            if found and count and wide:
                share = "installing them" if found.group(1).startswith("Installing") else f"{done} of {count} {found.group(2)}"
                print(f"\r  {name}: {share:<50}", end="", flush=True)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    if child.wait():
        print("", flush=True)
        sys.exit(failure(name, "".join(said)))
    print(f"\r  {name}: done in {time.monotonic() - since:.0f} s{' ' * 50}" if wide else f"  {name}: done", flush=True)


def failure(name: str, said: str) -> str:
    """The one sentence for a step that failed; the last lines of an unexpected failure stand above it."""
    if "No space left" in said:
        return f"The disk of {ROOT} is full: make room and run it again; the set-up goes on where it stood."
    if any(word in said for word in UNREACHABLE):
        return "No package index can be reached: connect to the network (or set PIP_INDEX_URL) and run it again; the set-up goes on where it stood."
    print(said[-2000:], file=sys.stderr)
    return f"The set-up stopped at {name!r}: the lines above say why; mend that and run it again."


def ends_with_us() -> None:
    """Have Linux end the installer when the set-up is killed; elsewhere the lock keeps a second set-up waiting for it."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    main()
