"""The graph of a tenant written as a file of FoodChain-Lab on the command line."""

import json
from pathlib import Path

import pytest

from ingest.fcl import SAMPLE
from tests.cli.shell import Server, Shell


@pytest.mark.parametrize("name", ["bakery.json", "bakery.xlsx", "bakery.utx.json"])
def test_a_file_is_written_and_scored(server: Server, name: str) -> None:
    done = server("exchange", name, "--tenant", "acme")
    assert done.returncode == 0, done.stderr
    form = name.replace("bakery", "fcl") if name.count(".") == 1 else "utx.json"
    assert done.stdout == f"{name}: 3 stations, 2 deliveries, 1 relation ({form})\n"
    if form == "utx.json":
        assert len(json.loads((server.folder / name).read_bytes())["utxCore"]["tru"]["current"]) == 4
        return
    assert server("score", name).stdout.startswith("3 stations, 2 deliveries, 1 links")
    assert not list(server.folder.glob("*.part"))


def test_the_format_can_be_said_and_the_answer_comes_as_json(server: Server) -> None:
    told = json.loads(server("exchange", "bakery", "--tenant", "acme", "--format", "fcl.json", "--json").stdout)
    assert (told["file"], told["format"], told["stations"], told["notes"]) == ("bakery", "fcl.json", 3, [])
    assert json.loads((server.folder / "bakery").read_bytes())["version"] == "1.2.1"


def test_what_cannot_be_written_is_said_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    for words, said in (
        (("bakery.pdf",), "does not tell its format: end it in .utx.json or .json or .xlsx, or say --format."),
        (("bakery2.json", "--what-if", "x"), "A what-if is one of an investigation: say --investigation, too."),
        (("bakery2.json", "--investigation", "N7"), "There is no investigation 'N7': give its id, number or name."),
        (("bakery2.json", "--format", "pdf"), "There is no format 'pdf'"),
        ((str(tmp_path / "absent" / "x.json"),), "cannot be written (No such file or directory)"),
    ):
        done = server("exchange", *words, "--tenant", "acme")
        assert done.returncode == 1 and said in done.stderr, done.stderr
    assert not (server.folder / "bakery2.json").exists()


def test_a_file_is_written_without_a_server_too(shell: Shell) -> None:
    (shell.folder / "bakery.json").write_text(SAMPLE)
    assert shell("import", "bakery.json", "--tenant", "acme", "--create").returncode == 0
    done = shell("exchange", "out.json", "--tenant", "acme")
    assert (done.returncode, done.stdout) == (0, "out.json: 3 stations, 2 deliveries, 1 relation (fcl.json)\n"), done.stderr
    assert len(json.loads((shell.folder / "out.json").read_bytes())["data"]["stations"]["data"]) == 3
