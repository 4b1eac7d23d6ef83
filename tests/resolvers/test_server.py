"""The API over HTTP: no key, no data; a key of one company sees nothing of another."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.fcl import SAMPLE
from resolvers.schema import sdl
from tests.cli.shell import free_port

ROOT = Path(__file__).parents[2]
TRACE = '{ trace(input: {starts: [{code: "%s"}], direction: BACKWARD}) { totalActs totalLinks missing { words } acts { what depth end } } }'


def command(home: Path, *words: str) -> dict[str, Any]:
    return {
        "args": [sys.executable, "-u", "-c", "import foodflow; foodflow.main()", *words],
        "cwd": ROOT,
        "env": {**os.environ, "FOODFLOW_DATA": str(home / "data")},
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str], str]]:
    """The demo served with a second company beside it: address, keys by company, what it printed."""
    home = tmp_path_factory.mktemp("served")
    (home / "bakery.json").write_text(SAMPLE)
    subprocess.run(**command(home, "import", str(home / "bakery.json"), "--tenant", "bakery", "--create"), check=True, capture_output=True)
    port = free_port()
    child = subprocess.Popen(**command(home, "demo", "--port", str(port)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = ""
    assert child.stdout and child.stderr
    while "Ctrl-C stops." not in said:
        line = child.stdout.readline()
        assert line, child.stderr.read()
        said += line
    url = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            httpx.get(f"{url}/livez")
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    yield url, dict(re.findall(r"^  (\S+) +(ffk_\S+)$", said, re.MULTILINE)), said
    child.send_signal(signal.SIGINT)
    assert child.wait(30) in (0, 130)
    child.stdout.close()
    child.stderr.close()


def ask(served: tuple[str, dict[str, str], str], tenant: str, query: str, **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {served[1][tenant]}"}
    return httpx.post(f"{served[0]}/graphql", json={"query": query, "variables": variables}, headers=headers).json()


def test_the_demo_answers_with_the_origins_of_the_outbreak(served: tuple[str, dict[str, str], str]) -> None:
    said = served[2]
    assert "The records know 42 clusters of cases." in said
    order = [
        said.index(word) for word in ("origin in Egypt, place unknown (Fenugreek seed 48088)", "re-labelled 48088 as 6832", "Fenugreek seed 8266")
    ]
    assert order == sorted(order)


def test_no_key_no_data(served: tuple[str, dict[str, str], str]) -> None:
    for headers in ({}, {"Authorization": "Bearer ffk_wrong"}):
        answer = httpx.post(f"{served[0]}/graphql", json={"query": TRACE % "48088"}, headers=headers)
        assert answer.status_code == 401 and answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_trace_is_answered_for_the_callers_own_company_only(served: tuple[str, dict[str, str], str]) -> None:
    own = ask(served, "bakery", TRACE % "B7")["data"]["trace"]
    assert (own["totalActs"], own["totalLinks"]) == (2, 1)
    assert "Nothing is called 'B7'" in ask(served, "outbreak-2011", TRACE % "B7")["errors"][0]["message"]


def test_a_node_of_another_company_is_the_same_as_none(served: tuple[str, dict[str, str], str]) -> None:
    found = ask(served, "bakery", '{ search(text: "l42") { id key __typename ... on Lot { code ofProduct { node { key } } } } }')["data"]["search"]
    lot = next(one for one in found if one["__typename"] == "Lot")
    assert lot["code"] == "L42" and lot["ofProduct"][0]["node"]["key"].endswith("/Flour")
    node = "query($id: ID!) { node(id: $id) { key facts { record } } }"
    assert ask(served, "bakery", node, id=lot["id"])["data"]["node"]["key"] == lot["key"]
    assert ask(served, "outbreak-2011", node, id=lot["id"]) == {"data": {"node": None}}


def test_a_bad_query_and_a_bad_id_are_answered_in_our_words(served: tuple[str, dict[str, str], str]) -> None:
    assert ask(served, "bakery", "{ nothing }")["errors"][0]["extensions"]["code"] == "BAD_QUERY"
    assert "is no id of ours" in ask(served, "bakery", '{ node(id: "x") { key } }')["errors"][0]["message"]
    headers = {"Content-Type": "application/json"}
    assert httpx.post(f"{served[0]}/graphql", content=b"{", headers=headers).status_code == 401
    headers["Authorization"] = f"Bearer {served[1]['bakery']}"
    assert httpx.post(f"{served[0]}/graphql", content=b"{", headers=headers).status_code == 400


def test_the_journal_is_whole(served: tuple[str, dict[str, str], str]) -> None:
    assert ask(served, "outbreak-2011", "{ journal { verification { whole problems } } }")["data"]["journal"]["verification"] == {
        "whole": True,
        "problems": [],
    }
    assert httpx.get(f"{served[0]}/readyz").text == "ready\n"


def test_a_port_in_use_is_said_in_one_sentence(served: tuple[str, dict[str, str], str], tmp_path: Path) -> None:
    done = subprocess.run(**command(tmp_path, "serve", "--port", served[0].rpartition(":")[2]), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "is in use by another program" in done.stderr


def test_the_committed_schema_is_what_the_code_yields() -> None:
    assert (ROOT / "schema.graphql").read_text() == sdl(), "run `foodflow schema --write`"
    assert json.dumps(sdl())
