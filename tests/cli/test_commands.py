"""The command line as a newcomer uses it: real processes, a real engine, a folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.fcl import SAMPLE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample imported."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "bakery.json").write_text(SAMPLE)
    done = foodflow(folder, "import", str(folder / "bakery.json"), "--tenant", "acme", "--create")
    assert done.returncode == 0, done.stderr
    assert "8 facts recorded, 0 already known, 0 refused" in done.stdout
    return folder


def foodflow(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import foodflow; foodflow.main()", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "FOODFLOW_DATA": str(home / "data")}, capture_output=True, text=True, check=False)


def test_a_second_import_of_the_same_file_adds_nothing(home: Path) -> None:
    done = foodflow(home, "import", str(home / "bakery.json"), "--tenant", "acme", "--json")
    told = json.loads(done.stdout)
    assert (told["recorded"], told["known"]) == (0, 8)


def test_a_lot_is_traced_in_words_and_as_json(home: Path) -> None:
    done = foodflow(home, "trace", "B7", "--tenant", "acme", "--backward")
    assert "Bread B7 from Bakery to Shop, 2025-03-03" in done.stdout and "Flour L42 from Mill to Bakery, 2025-03-01 (origin)" in done.stdout
    told = json.loads(foodflow(home, "trace", "L42", "--tenant", "acme", "--forward", "--json").stdout)
    assert [(link["rule"], link["confidence"]) for link in told["links"]] == [("F1", 1.0)]


def test_an_unknown_code_offers_near_misses_and_an_unknown_tenant_the_way_out(home: Path) -> None:
    done = foodflow(home, "trace", "L4", "--tenant", "acme")
    assert done.returncode == 1 and done.stderr.startswith("Nothing is called 'L4'. Near misses: L42")
    assert "make it with --create" in foodflow(home, "trace", "L42", "--tenant", "nobody").stderr


def test_the_journal_is_whole_and_the_doctor_says_so(home: Path) -> None:
    done = foodflow(home, "journal", "verify", "--tenant", "acme")
    assert done.returncode == 0 and "whole." in done.stdout
    assert "acme" in json.loads(foodflow(home, "doctor", "--json").stdout)["tenants"]


def test_a_file_of_no_known_format_is_refused_in_one_sentence(home: Path) -> None:
    done = foodflow(home, "import", str(ROOT / "Makefile"), "--tenant", "acme")
    assert done.returncode == 1 and done.stderr.startswith("Makefile is of no format that we read (")
