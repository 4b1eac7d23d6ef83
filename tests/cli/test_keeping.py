"""The journal shown, a tenant backed up and brought back, and traces of the past: by real processes, with a server running and without."""

import json
import re

from tests.cli.shell import Server, Shell


def test_the_journal_lists_its_entries_in_words_and_as_json(server: Server) -> None:
    said = server("journal", "log", "--tenant", "acme", "--last", "1").stdout
    assert re.match(r"^ +\d+  \d{4}-\d\d-\d\dT[\d:]{8} +8 facts  local:\w+ +imp_", said), said
    (entry,) = json.loads(server("journal", "log", "--tenant", "acme", "--last", "1", "--json").stdout)
    assert entry["facts"] == 8 and entry["caller"].startswith("local:") and len(entry["hash"]) == 64


def test_a_tenant_is_backed_up_and_brought_back_while_the_server_runs(server: Server) -> None:
    done = server("backup", "--tenant", "acme", "--to", "kept", "--json")
    assert done.returncode == 0, done.stderr
    file = json.loads(done.stdout)["file"]
    assert server("restore", file, "--tenant", "again").returncode == 0
    assert server("trace", "B7", "--tenant", "again").stdout == server("trace", "B7", "--tenant", "acme").stdout
    assert "The journal is whole" in server("journal", "verify", "--tenant", "again").stdout
    refused = server("restore", file, "--tenant", "again")
    assert refused.returncode == 1 and "--replace" in refused.stderr
    assert server("restore", file, "--tenant", "again", "--replace").returncode == 0
    assert "Bread B7" in server("trace", "B7", "--tenant", "again").stdout


def test_a_tenant_is_backed_up_and_brought_back_without_a_server(server: Server, shell: Shell) -> None:
    file = json.loads(server("backup", "--tenant", "acme", "--to", "kept elsewhere", "--json").stdout)["file"]
    done = shell("restore", file, "--tenant", "acme")
    assert done.returncode == 0, done.stderr
    assert shell("trace", "B7", "--tenant", "acme").stdout == server("trace", "B7", "--tenant", "acme").stdout
    again = shell("backup", "--tenant", "acme", "--to", "mine")
    assert again.returncode == 0 and list((shell.folder / "mine").glob("acme-*.foodflow")), again.stderr


def test_a_damaged_or_missing_backup_is_refused_in_one_sentence(server: Server) -> None:
    (server.folder / "bad.foodflow").write_text("no backup")
    for file, words in (("bad.foodflow", "damaged or no backup"), ("gone.foodflow", "is no file")):
        done = server("restore", file, "--tenant", "nobody")
        assert done.returncode == 1 and words in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_the_past_is_traced_as_it_was_known_and_as_the_world_was(server: Server) -> None:
    before = server("trace", "B7", "--tenant", "acme", "--known-at", "2020-01-01")
    assert before.returncode == 1 and "known at 2020-01-01" in before.stderr
    assert "Bread B7" in server("trace", "B7", "--tenant", "acme", "--known-at", "2100-01-01").stdout
    told = json.loads(server("trace", "L42", "--tenant", "acme", "--forward", "--as-of", "2025-03-02", "--json").stdout)
    assert told["totalActs"] == 1 and "limit reached" in {gap["sort"] for gap in told["missing"]}
    wrong = server("trace", "B7", "--tenant", "acme", "--known-at", "some day")
    assert wrong.returncode == 1 and "is not a time" in wrong.stderr
