"""The flow of real EPCIS records: matched ends, units' contents and implied moves reach the origins."""

import io
from pathlib import Path

import pytest

from algorithms.flow import Flow
from algorithms.trace import Start, Trace, trace
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


def back_from(flow: Flow, number: int) -> Trace:
    return trace(flow, [Start(*flow.acts[number], "", (number,), (number,))], "backward")


@pytest.mark.parametrize("file", ["traceback_18_events.jsonld", "cap_tool_events.jsonld"])
def test_the_last_pallet_of_the_seafood_chain_reaches_its_three_origins(data: Path, file: str) -> None:
    flow = flow_of([data / "gdst" / file])
    last = max((n for n, act in enumerate(flow.acts) if act[0] == "Shipment"), key=lambda n: flow.told[n].last[1] or 0)
    origins = back_from(flow, last).origins()
    assert sorted(str(flow.told[flow.number[one.act.act]].step) for one in origins) == ["commissioning", "fishingEvent", "hatching"]


def test_back_from_the_salad_reaches_the_farm(data: Path) -> None:
    flow = flow_of(sorted((data / "epcis/fsma204").glob("*.jsonld")))
    salad = next(n for n, act in enumerate(flow.told) if any("SALAD" in good.key for good in act.goods))
    answer = back_from(flow, salad)
    farm = {good.key for one in answer.origins() for good in flow.told[flow.number[one.act.act]].goods if good.relation == "MADE"}
    assert farm == {"code:gtin:00860009999923/ABC1234"} and answer.total_acts >= 7
    assert len([key for key, number in flow.number.items() if answer.reached[number]]) >= 9, (
        "a departure and its arrival, and two events that tell the same, are one act"
    )
