"""All event traces of the GDST oracle."""

import io
from pathlib import Path

import orjson

from algorithms.event_trace import event_trace
from algorithms.flow import Flow
from graph_core.fold import Replay
from ingest.connector import Document
from ingest.epcis import Epcis
from ontology.acts import Event
from ontology.facts import told
from ontology.identifiers import identified
from ontology.language import Fact


def test_all_14_event_traces_of_the_oracle_are_equal(data: Path) -> None:
    expected = orjson.loads((data / "gdst/expected.json").read_bytes())
    compared = 0
    for case in expected["cases"]:
        if "main" not in case:
            continue
        text = (data / "gdst" / case["file"]).read_bytes()
        replay = Replay()
        facts = [told(item) for item in Epcis().facts(Document(case["file"], io.BytesIO(text), len(text))) if isinstance(item, Fact)]
        replay.apply({"facts": facts, "ended": []}, 1)
        flow = Flow.of(replay.nodes())
        for asked in (case["main"], *case["more"]):
            found = identified(asked["start"])
            assert found is not None
            wanted = sorted(Event(event_id=number).key for number in asked["eventIDs"])
            assert event_trace(flow, [(found.thing.kind.name, found.thing.key)]) == wanted, asked["start"]
            compared += 1
    assert compared == 14
