"""Imports on the command line: what is refused can be mended, what was stopped goes on, what was wrong is undone."""

import json
import signal
import subprocess
from pathlib import Path

from ingest.fcl import SAMPLE
from tests.cli.shell import Server, Shell, all_gone, children, ended, read_until

GOOD = {"as": "flour", "kind": "Product", "values": {"owner": "mill", "name": "Flour"}}
BAD = {"as": "odd", "kind": "Produkt", "values": {"owner": "mill", "name": "Odd"}}


def things(*entries: object) -> str:
    return json.dumps({"format": "foodflow-demo/1", "source": "mill", "things": entries})


def many(folder: Path, count: int) -> Path:
    """A file of so many products."""
    file = folder / "many.json"
    file.write_text(things(*({"as": f"p{n}", "kind": "Product", "values": {"owner": "mill", "name": f"Product {n}"}} for n in range(count))))
    return file


def test_a_second_import_of_the_same_file_adds_nothing(server: Server) -> None:
    told = json.loads(server("import", "bakery.json", "--tenant", "acme", "--json").stdout)
    assert (told["state"], told["recorded"], told["known"], told["refusals"]) == ("done", 0, 8, [])


def test_refused_rows_are_written_to_a_file_that_is_mended_and_imported_again(server: Server) -> None:
    file = server.folder / "mill.json"
    file.write_text(things(GOOD, BAD))
    done = server("import", "mill.json", "--tenant", "mill", "--create")
    assert done.returncode == 3 and "mill.refused.json" in done.stdout, done.stderr
    rejected = server.folder / "mill.refused.json"
    assert "Odd" in rejected.read_text() and "Flour" not in rejected.read_text()
    rejected.write_text(rejected.read_text().replace("Produkt", "Product"))
    mended = server("import", "mill.refused.json", "--tenant", "mill", "--dataset", "mill")
    assert mended.returncode == 0 and "1 facts recorded" in mended.stdout


def test_all_or_nothing_refuses_the_file_and_a_dry_run_records_nothing(server: Server) -> None:
    (server.folder / "strict.json").write_text(things(GOOD, BAD))
    strict = server("import", "strict.json", "--tenant", "strict", "--create", "--all-or-nothing")
    assert strict.returncode == 1 and "refused" in strict.stdout
    (server.folder / "dry.json").write_text(things(GOOD))
    dry = server("import", "dry.json", "--tenant", "strict", "--dry-run")
    assert dry.returncode == 0 and "nothing recorded" in dry.stdout
    assert json.loads(server("journal", "verify", "--tenant", "strict", "--json").stdout)["things"] == 0


def test_an_import_is_listed_and_undone(server: Server) -> None:
    (server.folder / "wrong.json").write_text(things(GOOD))
    number = json.loads(server("import", "wrong.json", "--tenant", "undo", "--create", "--json").stdout)["id"]
    listed = json.loads(server("import", "--list", "--tenant", "undo", "--json").stdout)
    assert [(job["id"], job["state"]) for job in listed] == [(number, "done")]
    undone = server("import", "--undo", number, "--tenant", "undo")
    assert undone.returncode == 0 and "undone" in undone.stdout
    assert "undone" in server("import", "--list", "--tenant", "undo").stdout


def test_one_bad_file_does_not_lose_the_others(server: Server) -> None:
    (server.folder / "notes.txt").write_text("no food here")
    done = server("import", "notes.txt", "absent.json", "bakery.json", "--tenant", "acme")
    assert done.returncode == 1
    assert "notes.txt is of no format that we read" in done.stderr and "absent.json cannot be read" in done.stderr
    assert "bakery.json: done" in done.stdout


def test_the_formats_that_are_read_are_listed(shell: Shell) -> None:
    assert {"demo", "epcis", "fcl"} <= json.loads(shell("import", "--formats", "--json").stdout).keys()


def test_a_stopped_and_a_killed_import_go_on_where_they_stood(shell: Shell) -> None:
    many(shell.folder, 40_000)
    command = ("import", "many.json", "--tenant", "mill", "--create")
    child = shell.start(*command)
    read_until(child.stdout, "many.json: recording")
    status, said = ended(child, signal.SIGINT, within=60)
    assert status == 130 and "goes on where it stood" in said and "Traceback" not in said
    child = shell.start(*command)
    read_until(child.stdout, "many.json: recording")
    engines = children(child.pid)
    assert engines
    ended(child, signal.SIGKILL)
    assert all_gone(engines)
    done = shell(*command, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["state"], told["recorded"] + told["known"]) == (0, "done", 40_000)
    assert [job["state"] for job in json.loads(shell("import", "--list", "--json").stdout)] == ["done"]


def test_a_server_elsewhere_is_asked_with_a_key_and_refuses_without(server: Server, tmp_path: Path) -> None:
    elsewhere = Shell(tmp_path)
    (tmp_path / "bakery.json").write_text(SAMPLE)
    barred = elsewhere("import", "bakery.json", "--url", server.url)
    assert barred.returncode == 1 and "FOODFLOW_KEY" in barred.stderr
    wrong = elsewhere("import", "bakery.json", "--url", server.url, FOODFLOW_KEY="ffk_wrong")
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr
    done = elsewhere("import", "bakery.json", "--url", server.url, FOODFLOW_KEY=server.keys["acme"])
    assert done.returncode == 0 and "8 already known" in done.stdout.replace("        ", "")
    assert not (tmp_path / "data").exists()


def test_the_server_holds_the_folder_and_commands_go_through_it(server: Server) -> None:
    done: subprocess.CompletedProcess[str] = server("journal", "verify", "--tenant", "acme")
    assert done.returncode == 0 and "The journal is whole" in done.stdout
    assert "acme" in server("doctor").stdout and server.url in server("doctor").stdout
