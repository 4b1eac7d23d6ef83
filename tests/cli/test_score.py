"""`foodflow score` as a person and a program use it: no tenant, no engine, no server."""

import json
from pathlib import Path

from ingest.fcl import SAMPLE
from tests.cli.shell import Shell


def test_a_file_is_scored_for_people_and_for_programs(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "outbreak.json").write_text(SAMPLE)
    plain = shell("score", "outbreak.json")
    assert plain.returncode == 0 and "Nothing is marked as an outbreak" in plain.stdout
    (tmp_path / "settings.json").write_text('{"outbreaks": {"stations": ["S3"]}, "observe": {"station": "S2"}}')
    told = shell("score", "outbreak.json", "--settings", "settings.json")
    assert "1.000  Mill  (a common link: all of it)" in told.stdout and "Flour, lot L42" in told.stdout
    found = json.loads(shell("score", "outbreak.json", "--settings", "settings.json", "--json").stdout)
    assert found == {
        "stations": {
            "S1": {"score": 1.0, "commonLink": True, "forward": False, "backward": True},
            "S2": {"score": 1.0, "commonLink": True, "forward": False, "backward": False},
            "S3": {"score": 1.0, "commonLink": True, "forward": True, "backward": False},
        },
        "deliveries": {
            "D1": {"score": 1.0, "commonLink": True, "forward": False, "backward": True},
            "D2": {"score": 1.0, "commonLink": True, "forward": True, "backward": False},
        },
    }
    weighted = json.loads(shell("score", "outbreak.json", "--settings", "settings.json", "--weighted", "--json").stdout)
    assert set(weighted["stations"]["S1"]) == {"score", "normalizedScore", "positiveScore", "negativeScore", "maxLotScore", "forward", "backward"}


def test_what_cannot_be_scored_is_said_with_the_place_and_the_way_out(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "outbreak.json").write_text(SAMPLE.replace('{"id": "to", "value": "S3"}', '{"id": "to", "value": "S9"}'))
    broken = shell("score", "outbreak.json", "--json")
    assert broken.returncode == 0 and "names station 'S9', which the file does not have" in broken.stderr
    assert set(json.loads(broken.stdout)["deliveries"]) == {"D1"}
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    other = shell("score", "list.csv")
    assert (other.returncode, other.stdout) == (1, "") and "is no file of FoodChain-Lab" in other.stderr
    (tmp_path / "settings.json").write_text("{")
    unread = shell("score", "outbreak.json", "--settings", "settings.json")
    assert unread.returncode == 1 and "settings.json is not JSON" in unread.stderr
    assert shell("score", "none.json").returncode == 1
