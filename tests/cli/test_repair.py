"""An outbreak on the command line: raw workbooks, the links that they are missing, and the lot that all cases come from."""

import json
import shutil
from pathlib import Path

from tests.cli.shell import Shell


def test_the_raw_workbooks_lead_to_lot_108_on_the_command_line(tmp_path: Path, data: Path) -> None:
    shutil.copytree(data / "fcl" / "norovirus_workbooks", tmp_path / "raw")
    for left_out in ("Backtrace_request_Caterer 2_complete2.xlsx", "Start_Tracing.xlsx"):
        (tmp_path / "raw" / left_out).unlink()
    shell = Shell(tmp_path)
    files = sorted(str(path) for path in (tmp_path / "raw").glob("*.xlsx"))
    done = shell("import", *files, "--dataset", "norovirus", "--tenant", "noro", "--create")
    assert done.returncode == 3 and "Caterer 2_complete.xlsx line 57: Pepper: its lot number is missing" in done.stdout, done.stderr
    seen = shell("investigate", "--hazard", "norovirus", "--tenant", "noro").stdout
    assert "31 of the places where people fell ill stand in no record of food" in seen and "Frozen Strawberries" not in seen

    assert "Grammar school 04" in shell("repair", "list", "--among", "places", "--tenant", "noro", "--json").stdout
    assert "30 links confirmed." in shell("repair", "confirm", "--among", "places", "--at-least", "0.9", "--tenant", "noro").stdout
    assert (
        "2 links confirmed."
        in shell("repair", "confirm", "--among", "places", "--at-least", "0.4", "--why", "Spelt twice", "--tenant", "noro").stdout
    )
    (pepper,) = json.loads(shell("repair", "list", "--among", "lots", "--tenant", "noro", "--json").stdout)["links"]
    assert pepper["said"] == "Pepper (no lot code) may be Pepper 113"
    assert "1 link confirmed." in shell("repair", "confirm", pepper["id"], "--tenant", "noro").stdout
    assert "confirmed by" in shell("repair", "list", "--settled", "--tenant", "noro").stdout

    id_ = seen.partition("; id ")[2].split()[0]
    found = shell("investigate", id_, "--tenant", "noro").stdout
    assert "stand in no record" not in found
    lots = found.partition("Lots by all that is known")[2].splitlines()[1:]
    assert lots[0].split(maxsplit=1)[1] == "Frozen Strawberries 108" and float(lots[0].split()[0].rstrip("%")) > 90

    sauce = json.loads(shell("repair", "list", "--among", "acts", "--tenant", "noro", "--json").stdout)["links"][0]["id"]
    assert "1 link refused." in shell("repair", "refuse", sauce, "--tenant", "noro").stdout
    assert "1 link opened again." in shell("repair", "reopen", sauce, "--why", "Looked again", "--tenant", "noro").stdout
    assert "Nothing is proposed so likely" in shell("repair", "confirm", "--tenant", "noro").stderr
    assert "--among is one of acts, lots, places" in shell("repair", "list", "--among", "cheese", "--tenant", "noro").stderr
    assert "no such investigation" in shell("investigate", "SW52ZXN0aWdhdGlvbjp4", "--tenant", "noro").stderr
