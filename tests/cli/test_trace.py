"""Traces on the command line: in words, as table, JSON and CSV; which one is meant is asked, and near misses are offered."""

import csv
import io
import json
import os
import pty
import subprocess

from tests.cli.shell import PROGRAM, Server, Shell

THREE_LOTS = {
    "format": "foodflow-demo/1",
    "source": "three",
    "things": [
        thing
        for name in ("Flour", "Sugar", "Salt")
        for thing in (
            {"as": name, "kind": "Product", "values": {"owner": "three", "name": name}},
            {"as": f"{name} lot", "kind": "Lot", "values": {"product": f"@{name}", "code": "L42"}},
            {"as": f"{name} mill", "kind": "Place", "values": {"owner": "three", "code": name, "name": f"{name} mill"}},
            {
                "as": f"{name} made",
                "kind": "Process",
                "values": {"owner": "three", "order": name, "step": "milling", "started": "2025-03-01"},
                "links": [["MADE", f"@{name} lot"], ["TOOK_PLACE_AT", f"@{name} mill"]],
            },
        )
    ],
}


def three(server: Server) -> None:
    (server.folder / "three.json").write_text(json.dumps(THREE_LOTS))
    done = server("import", "three.json", "--tenant", "three", "--create")
    assert done.returncode == 0, done.stderr + done.stdout


def test_a_lot_is_traced_in_words(server: Server) -> None:
    done = server("trace", "B7", "--tenant", "acme", "--backward")
    assert done.returncode == 0, done.stderr
    assert "Bread B7" in done.stdout and "Flour L42" in done.stdout and "origin" in done.stdout


def test_a_trace_as_json_holds_acts_links_ends_and_what_is_missing(server: Server) -> None:
    told = json.loads(server("trace", "L42", "--tenant", "acme", "--forward", "--json").stdout)
    assert [(link["rule"], link["confidence"]) for link in told["links"]] == [("F1", 1.0)]
    assert told["totalActs"] == len(told["acts"]) == 2
    assert {"starts", "origins", "holders", "amounts", "missing", "words", "limited"} <= told.keys()


def test_a_trace_as_csv_and_as_a_table_has_one_act_a_line(server: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(server("trace", "B7", "--tenant", "acme", "--backward", "--csv").stdout)))
    assert len(rows) == 2 and {row["kind"] for row in rows} == {"Shipment"}
    lines = server("trace", "B7", "--tenant", "acme", "--backward", "--table").stdout.splitlines()
    assert lines[0].startswith("direction  depth") and len(lines) == 3


def test_a_trace_until_a_date_leaves_out_what_came_later(server: Server) -> None:
    told = json.loads(server("trace", "L42", "--tenant", "acme", "--forward", "--until", "2025-03-01", "--json").stdout)
    assert told["totalActs"] == 1


def test_an_unknown_code_offers_near_misses(server: Server) -> None:
    done = server("trace", "L4", "--tenant", "acme")
    assert done.returncode == 1 and done.stderr.startswith("Nothing is called 'L4'. Near misses: L42")


def test_an_unknown_scope_and_tenant_say_which_there_are(server: Server) -> None:
    assert server("trace", "L42", "--tenant", "acme", "--scope", "sure").stderr == "'sure' is no scope: say one of certain, probable, conceivable.\n"
    done = server("trace", "L42", "--tenant", "nobody")
    assert done.returncode == 1 and "There is no tenant 'nobody'" in done.stderr and "acme" in done.stderr and "--create" in done.stderr


def test_an_ambiguous_code_lists_the_choices_and_an_id_from_the_list_settles_it(server: Server) -> None:
    three(server)
    done = server("trace", "L42", "--tenant", "three")
    assert done.returncode == 1 and done.stdout == ""
    head, *choices = done.stderr.splitlines()
    assert head == "'L42' names 3 things. Say which:" and len(choices) == 3
    salt = next(line for line in choices if "Salt" in line).split()[0]
    assert "Salt" in server("trace", salt, "--tenant", "three").stdout


def test_on_a_terminal_an_ambiguous_code_is_asked(server: Server) -> None:
    three(server)
    here, there = pty.openpty()
    child = subprocess.Popen([*PROGRAM, "trace", "L42", "--tenant", "three"], stdin=there, stdout=there, stderr=there, env=server.environment)
    os.close(there)
    said = b""
    while b"Which" not in said:
        said += os.read(here, 1000)
    sugar = next(line.split()[0] for line in said.splitlines() if b"Sugar" in line)
    os.write(here, sugar + b"\n")
    try:
        while block := os.read(here, 1000):
            said += block
    except OSError:  # the other end is closed: the command is done
        pass
    os.close(here)
    assert child.wait(30) == 0
    assert b"Trace of" in said and b"Traceback" not in said


def test_a_reader_that_goes_away_ends_the_command_without_a_traceback(server: Server) -> None:
    child = server.start("trace", "B7", "--tenant", "acme", "--json")
    assert child.stdout
    child.stdout.close()
    assert child.wait(60) in (0, 1, 120)


def test_without_a_server_the_same_trace_is_answered(shell: Shell) -> None:
    (shell.folder / "three.json").write_text(json.dumps(THREE_LOTS))
    done = shell("import", "three.json", "--tenant", "three", "--create")
    assert done.returncode == 0 and "12 facts recorded" in done.stdout
    assert len(shell("trace", "L42").stderr.splitlines()) == 4  # the only tenant need not be named
