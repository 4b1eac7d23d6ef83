"""Every command says what it does and shows how; the reference in docs/ is made from that."""

import resource
import subprocess
import sys

import pytest
from typer.main import get_command

import foodflow
from tests.cli.shell import PROGRAM, ROOT

COMMANDS = [
    "demo",
    "serve",
    "import",
    "trace",
    "recall",
    "enrich",
    "stock",
    "exchange",
    "report",
    "score",
    "investigate",
    "ontology",
    "schema",
    "journal verify",
    "journal log",
    "backup",
    "restore",
    "link",
    "doctor",
]
COMMANDS += [f"tenants {name}" for name in ("create", "list", "suspend", "resume", "export", "delete", "log")]
COMMANDS += [f"repair {name}" for name in ("list", "confirm", "refuse", "reopen")]
COMMANDS += [f"keys {name}" for name in ("create", "list", "rotate", "revoke")]


def said(*words: str) -> str:
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_and_shows_an_example(name: str) -> None:
    shown = said(*name.split(), "--help")
    assert f"Examples:\n    foodflow {name}" in shown
    assert len(shown.splitlines()[2].strip()) > 10


def test_every_command_is_in_this_list() -> None:
    def names(command: object, before: str = "") -> list[str]:
        parts = getattr(command, "commands", None)
        return [name for part in parts.values() if not part.hidden for name in names(part, f"{before} {part.name}")] if parts else [before.strip()]

    assert sorted(names(get_command(foodflow.app))) == sorted(COMMANDS)


def test_the_reference_in_docs_is_made_from_the_help() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == said("reference"), "run `foodflow reference --write`"


def test_help_costs_little() -> None:
    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    costs = []
    for _ in range(3):
        before = spent()
        said("--help")
        costs.append(spent() - before)
    assert min(costs) < 0.6


def test_a_command_that_is_not_understood_ends_with_status_2() -> None:
    done = subprocess.run([*PROGRAM, "trace"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "CODE" in done.stderr and "Traceback" not in done.stderr
    assert sys.version_info >= (3, 11)
