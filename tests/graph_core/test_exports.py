"""An export holds every fact, and whoever gets it can verify it with the program of the documentation, without this software."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph_core import exports
from graph_core.fold import Replay
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.registry import SavedMapping
from ontology.errors import FoodFlowError, Refused
from ontology.food import Lot, Product
from ontology.language import Fact, Retraction, Source
from tests.conftest import ROOT

Run = Callable[[Callable[[FoodGraph], Any]], Any]
FLOUR = Product(owner="mill", name="Flour “T 65” – é")


def program() -> str:
    """The verification that docs/administration.md shows."""
    text = (ROOT / "docs" / "administration.md").read_text()
    (found,) = re.findall(r"^```python\n([\s\S]*?)^```$", text, re.M)
    return str(found)


def verified(file: Path) -> subprocess.CompletedProcess[str]:
    """What the program of the documentation says to an archive, run by a bare Python that knows nothing of ours."""
    code = program() + f"\nprint(verified({str(file)!r}))\n"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, cwd="/")


async def recorded(graph: FoodGraph) -> None:
    """A journal with more than one entry, odd letters, a changed record and a retraction."""
    await graph.record([Fact(FLOUR, Source("erp", "p1"))])
    await graph.record([Fact(Lot(product=FLOUR.ref, code=f"L{n}", note='½ kg \u2028 "quoted" \\ \x7f'), Source("erp", f"l{n}")) for n in range(40)])
    await graph.record([Fact(Lot(product=FLOUR.ref, code="L1", note="changed"), Source("erp", "l1"))])
    await graph.retract(Retraction(Source("erp", "x"), "told by mistake", record="l2"))


def lines(file: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read("journal.jsonl").splitlines()]


def rewritten(file: Path, place: Path, change: Callable[[str, bytes], bytes], heal: bool = False) -> Path:
    """The archive with a file in it changed, and its hash in the manifest made to fit if `heal`."""
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(place, "w") as out:
        held = {name: change(name, archive.read(name)) for name in archive.namelist()}
        if heal:
            manifest = json.loads(held["manifest.json"])
            manifest["sha256"] = {name: hashlib.sha256(held[name]).hexdigest() for name in manifest["sha256"]}
            held["manifest.json"] = json.dumps(manifest).encode()
        for name, content in held.items():
            out.writestr(name, content)
    return place


def test_an_export_holds_every_entry_of_the_journal_and_is_verified_without_our_software(on_graph: Run, platform: Platform, tmp_path: Path) -> None:
    async def work(graph: FoodGraph) -> None:
        await recorded(graph)
        platform.registry.save_mapping(SavedMapping(graph.tenant.name, "ours", '{"kind": "lots"}', "2026-01-01T00:00:00Z", "anna"))
        made = await exports.write(graph, platform.registry, tmp_path / "new" / "folder")
        with zipfile.ZipFile(made.file) as archive:
            told = {"name": "ours", "mapping": '{"kind": "lots"}', "saved": "2026-01-01T00:00:00Z", "saved_by": "anna"}
            assert json.loads(archive.read("mappings.jsonl")) == told
        head = graph.head()
        assert (made.entries, made.head) == (head.seq, head.hash) and made.sha256 == hashlib.sha256(made.file.read_bytes()).hexdigest()
        assert made.file.stat().st_mode & 0o777 == 0o600
        said = verified(made.file)
        assert said.stdout == f"{graph.tenant.name}: {head.seq} entries, {made.facts} facts, whole up to {head.hash}\n", said.stderr
        replay, whole = Replay(), await graph.replay()
        for line in lines(made.file):
            replay.apply({"facts": line["facts"], "ended": line["ended"]}, line["seq"])
        assert {(n.kind, n.key): n for n in replay.nodes()} == {(n.kind, n.key): n for n in whole.nodes()}, "journal out, journal in: the same graph"

    on_graph(work)


def test_an_empty_tenant_is_exported_too(on_graph: Run, platform: Platform, tmp_path: Path) -> None:
    async def work(graph: FoodGraph) -> None:
        made = await exports.write(graph, platform.registry, tmp_path)
        assert made.entries == 0 and "0 entries" in verified(made.file).stdout

    on_graph(work)


CHANGES: dict[str, Callable[[str, bytes], bytes]] = {
    "a fact edited": lambda name, told: told.replace(b'"changed"', b'"chanGed"') if name == "journal.jsonl" else told,
    "an entry dropped": lambda name, told: b"".join(told.splitlines(True)[:1] + told.splitlines(True)[2:]) if name == "journal.jsonl" else told,
    "the end cut off": lambda name, told: b"".join(told.splitlines(True)[:-1]) if name == "journal.jsonl" else told,
    "entries swapped": lambda name, told: b"".join(told.splitlines(True)[::-1]) if name == "journal.jsonl" else told,
    "another recorder": lambda name, told: told.replace(b'"caller":"local', b'"caller":"lokal') if name == "journal.jsonl" else told,
}


@pytest.mark.parametrize("heal", [False, True], ids=["", "and its hash mended"])
def test_a_change_to_an_export_is_found_even_when_its_hash_is_mended(heal: bool, on_graph: Run, platform: Platform, tmp_path: Path) -> None:
    async def work(graph: FoodGraph) -> None:
        await recorded(graph)
        file = (await exports.write(graph, platform.registry, tmp_path)).file
        for name, change in CHANGES.items():
            changed = rewritten(file, tmp_path / f"{name}.zip", change, heal)
            said = verified(changed)
            assert said.returncode != 0 and "AssertionError" in said.stderr and not said.stdout, name

    on_graph(work)


def test_a_journal_that_was_changed_from_outside_is_not_exported(on_graph: Run, platform: Platform, tmp_path: Path) -> None:
    async def work(graph: FoodGraph) -> None:
        await recorded(graph)
        platform.server.cypher(graph.tenant.database, "MATCH (e:JournalEntry {seq: 2}) SET e.caller = 'somebody else'")
        with pytest.raises(Refused, match="Entry 2 of the journal was changed from outside"):
            await exports.write(graph, platform.registry, tmp_path)
        platform.server.cypher(graph.tenant.database, "MATCH (e:JournalEntry) WHERE e.seq > 1 DETACH DELETE e")
        with pytest.raises(Refused, match="ends at entry 1 and not at"):
            await exports.write(graph, platform.registry, tmp_path)
        assert list(tmp_path.iterdir()) == [], "nothing half is left"

    on_graph(work)


def test_a_folder_that_cannot_be_written_is_said(on_graph: Run, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    async def work(graph: FoodGraph) -> None:
        with pytest.raises(FoodFlowError, match="cannot be written"):
            await exports.write(graph, platform.registry, tmp_path / "file" / "folder")

    on_graph(work)
