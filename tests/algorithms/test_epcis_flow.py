"""The flow of real EPCIS records: matched ends, units' contents and implied moves reach the origins."""

import io
from pathlib import Path

import pytest

from algorithms.flow import Flow
from algorithms.trace import trace
from graph_core.fold import Replay
from ingest.connector import Document
from ingest.epcis import Epcis
from ontology.facts import told
from ontology.language import Fact


def flow_of(files: list[Path]) -> Flow:
    replay, facts = Replay(), []
    for file in files:
        text = file.read_bytes()
        facts += [told(item) for item in Epcis().facts(Document(file.name, io.BytesIO(text), len(text))) if isinstance(item, Fact)]
    replay.apply({"facts": facts, "ended": []}, 1)
    return Flow.of(replay.nodes())


@pytest.mark.parametrize("file", ["traceback_18_events.jsonld", "cap_tool_events.jsonld"])
def test_the_last_pallet_of_the_seafood_chain_reaches_its_three_origins(data: Path, file: str) -> None:
    flow = flow_of([data / "gdst" / file])
    last = max((n for n, act in enumerate(flow.acts) if act.kind == "Shipment"), key=lambda n: (flow.acts[n].values.get("arrived") or [""])[0])
    reach = trace(flow, [last], "backward").backward
    assert sorted(flow.acts[act].values["step"] for act in reach.ends) == ["commissioning", "fishingEvent", "hatching"]


def test_back_from_the_salad_reaches_the_farm(data: Path) -> None:
    flow = flow_of(sorted((data / "epcis/fsma204").glob("*.jsonld")))
    salad = next(n for n, act in enumerate(flow.acts) if any("SALAD" in link[2] for link in act.links))
    reach = trace(flow, [salad], "backward").backward
    farm = {link[2] for act in reach.ends for link in flow.acts[act].links if link[0] == "MADE"}
    assert farm == {"code:gtin:00860009999923/ABC1234"} and len(reach.depth) >= 9
