"""The outbreak of 2011, transcribed: all 42 clusters lead to lot 48088, and 8266 cannot be excluded."""

import io
from pathlib import Path

from algorithms.find import start
from algorithms.flow import Flow
from algorithms.trace import Start, common_origins
from graph_core.fold import Replay
from ingest.connector import Document, connector_for
from ontology.facts import told
from ontology.language import Fact

FILE = Path(__file__).parents[2] / "ingest" / "ehec_2011.json"


def outbreak() -> tuple[Flow, list[Start]]:
    text = FILE.read_bytes()
    document = Document(FILE.name, io.BytesIO(text), len(text))
    connector = connector_for(document)
    assert connector is not None and connector.name == "demo"
    items = list(connector.facts(document))
    assert all(isinstance(item, Fact) for item in items), [item for item in items if not isinstance(item, Fact)]
    replay = Replay()
    replay.apply({"facts": [told(item) for item in items if isinstance(item, Fact)], "ended": []}, 1)
    flow = Flow.of(replay.nodes())
    return flow, [start(flow, "Case", key) for key in flow.all("Case")]


def test_all_42_clusters_share_lot_48088_and_conceivably_8266() -> None:
    flow, starts = outbreak()
    assert len(starts) == 42
    found = [(flow.told[flow.number[one.act.act]].record, one.scope) for one in common_origins(flow, starts)]
    assert found == [
        ("origin-48088", "probable"),
        ("ehec-2011/48088", "probable"),
        ("relabel-6832", "probable"),
        ("origin-8266", "conceivable"),
        ("ehec-2011/8266", "conceivable"),
    ]


def test_what_was_never_published_is_marked_as_assumed() -> None:
    flow, _ = outbreak()
    eaten = [act for (_, key), act in zip(flow.acts, flow.told, strict=True) if act.step == "eaten" and "DE" in key]
    assert len(eaten) == 41
    assert all("the meals are not published" in str(act.assumed) for act in eaten)
