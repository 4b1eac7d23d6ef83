"""A recall on the command line: in words, as CSV and JSON, and kept as evidence."""

import csv
import io
import json

from tests.cli.shell import Server


def test_a_recall_is_told_in_words(server: Server) -> None:
    done = server("recall", "L42", "--tenant", "acme")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Recall of lot Flour L42, worked out in ")
    for word in ("certain", "probable", "conceivable", "Accounted for", "Who holds it or got it last (1)"):
        assert word in done.stdout


def test_the_consignees_come_as_csv_and_everything_as_json(server: Server) -> None:
    (row,) = csv.DictReader(io.StringIO(server("recall", "L42", "--tenant", "acme", "--csv").stdout))
    told = json.loads(server("recall", "L42", "--tenant", "acme", "--json").stdout)
    (one,) = told["consignees"]
    assert (row["name"], row["scope"], row["id"]) == (one["name"], one["scope"], one["id"])
    assert [scope["scope"] for scope in told["scopes"]] == ["certain", "probable", "conceivable"] and told["mock"] is None


def test_a_mock_recall_tells_its_time_and_where_it_is_kept(server: Server) -> None:
    done = server("recall", "L42", "--tenant", "acme", "--mock", "--note", "Yearly test")
    assert done.returncode == 0, done.stderr
    assert "s from the question to the full list; kept as " in done.stdout
    told = json.loads(server("recall", "L42", "--tenant", "acme", "--mock", "--json").stdout)
    assert told["mock"]["id"] and told["mock"]["seconds"] > 0


def test_what_does_not_go_together_is_refused(server: Server) -> None:
    several = server("recall", "L42", "B7", "--tenant", "acme", "--mock")
    assert (several.returncode, several.stderr) == (1, "A mock recall is of one code, as it is known now.\n")
    assert "say --mock" in server("recall", "L42", "--tenant", "acme", "--note", "x").stderr
    place = server("recall", "Mill", "--tenant", "acme", "--mock")
    assert place.returncode == 1 and "A mock recall is of a Lot" in place.stderr
    assert "Near misses: L42" in server("recall", "L4", "--tenant", "acme").stderr
