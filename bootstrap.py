"""Set up the environment: `.venv` with everything pinned, once, and again only when the pins change."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent
VENV = ROOT / ".venv"
STAMP = VENV / "foodflow-ready"
NEEDED_BYTES = 1_500_000_000


def main() -> None:
    """Make `.venv` ready; exits with one sentence that says what to do when it cannot."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"FoodFlow OS needs Python 3.11, 3.12 or 3.13 and found {sys.version.split()[0]}: install one, or run `make PYTHON=python3.12`.")
    if STAMP.exists() and STAMP.read_text() == wanted():
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        sys.exit(f"The set-up needs 1.5 GB and {ROOT} has {shutil.disk_usage(ROOT).free // 1_000_000} MB free: make room and run it again.")
    shutil.rmtree(VENV, ignore_errors=True)
    print("Setting up FoodFlow OS (once; about a minute) ...", flush=True)
    step("environment", [sys.executable, "-m", "venv", str(VENV)], "install the package python3-venv and run it again")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-input"]
    step("pinned requirements", [*pip, "-r", "constraints.txt"], "connect to a package index and run it again")
    step("foodflow", [*pip, "--no-build-isolation", "--no-deps", "-e", "."], "see the lines above")
    STAMP.write_text(wanted())


def wanted() -> str:
    """What a ready environment was made from: the pins, the project and the Python."""
    pins = b"".join((ROOT / name).read_bytes() for name in ("constraints.txt", "pyproject.toml"))
    return hashlib.sha256(pins).hexdigest() + " " + sys.version


def step(name: str, command: list[str], remedy: str) -> None:
    """Run one step, named; its output is shown only when it fails."""
    print(f"  {name} ...", flush=True)
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ)
    if done.returncode:
        print(done.stdout[-2000:], file=sys.stderr)
        sys.exit(f"The set-up stopped at {name!r}: {remedy}.")


if __name__ == "__main__":
    main()
