"""Traces follow told links and pools, end on cycles, and mirror each other."""

import io
import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.flow import Flow
from algorithms.trace import Start, common_origins, trace
from algorithms.walk import Limits
from graph_core.fold import Replay
from ingest.connector import Document
from ingest.fcl import FoodChainLab
from ontology.facts import told
from ontology.language import Fact


class Thing(NamedTuple):
    """A folded thing."""

    kind: str
    key: str
    values: dict[str, Any]
    links: list[list[Any]]


def ship(key: str, lot: str, start: str, end: str, departed: str, arrived: str, **values: Any) -> Thing:
    times = {"departed": [departed, departed, departed], "arrived": [arrived, arrived, arrived]}
    links = [["CARRIES", "Lot", lot, {}], ["SHIPPED_FROM", "Place", start, {}], ["SHIPPED_TO", "Place", end, {}]]
    return Thing("Shipment", key, times | values, links)


def make(key: str, used: list[str], made: list[str], place: str, day: str) -> Thing:
    links = [["USED", "Lot", lot, {}] for lot in used] + [["MADE", "Lot", lot, {}] for lot in made]
    return Thing("Process", key, {"started": [day, day, day]}, [*links, ["TOOK_PLACE_AT", "Place", place, {}]])


CHAIN = [
    make("harvest", [], ["wheat"], "farm", "2025-01-01"),
    ship("s1", "wheat", "farm", "mill", "2025-01-02", "2025-01-03"),
    make("milling", ["wheat"], ["flour"], "mill", "2025-01-04"),
    ship("s2", "flour", "mill", "shop", "2025-01-05", "2025-01-06"),
    ship("early", "flour", "mill", "shop", "2025-01-03", "2025-01-03"),
]


def at(*acts: int) -> list[Start]:
    return [Start("Shipment", "", "", acts, acts)]


def reached(flow: Flow, start: str, direction: Any, limits: Limits | None = None) -> set[str]:
    begin = next(number for number, (_, key) in enumerate(flow.acts) if key == start)
    return {flow.acts[act][1] for act in trace(flow, at(begin), direction, limits).order.tolist()}


def test_food_is_followed_through_lots_and_places() -> None:
    flow = Flow.of(CHAIN)
    assert reached(flow, "s2", "backward") == {"s2", "milling", "s1", "harvest"}
    assert reached(flow, "harvest", "forward", Limits(scope="certain")) == {"harvest", "s1", "milling", "s2"}
    assert reached(flow, "harvest", "forward") == {"harvest", "s1", "milling", "s2", "early"}


def test_a_path_has_the_confidence_of_its_links() -> None:
    flow = Flow.of(CHAIN)
    (origin,) = trace(flow, at(flow.number[("Shipment", "s2")]), "backward").origins()
    assert [link.start[1] for link in origin.path] == ["harvest", "s1", "milling"] and origin.confidence == pytest.approx(0.95**3)


def test_dates_choose_but_never_remove_the_last_one() -> None:
    alone = [thing for thing in CHAIN if thing.key not in ("s2",)]
    flow = Flow.of(alone)
    answer = trace(flow, at(flow.number[("Shipment", "early")]), "backward")
    assert "harvest" in {flow.acts[act][1] for act in answer.order.tolist()}
    assert "dates contradict" in {gap.sort for gap in answer.missing()}
    assert reached(flow, "early", "backward", Limits(scope="certain")) == {"early"}


def test_a_closed_shipment_gets_no_derived_link() -> None:
    closed = [thing._replace(values=thing.values | {"closed": True}) if thing.key == "s2" else thing for thing in CHAIN]
    assert reached(Flow.of(closed), "s2", "backward") == {"s2"}


def test_a_cycle_and_a_chain_of_20000_end() -> None:
    length = 20_000
    chain = [Thing("Shipment", f"{n:06}", {"closed": True}, [["FED", "Shipment", f"{(n + 1) % length:06}", {}]]) for n in range(length)]
    flow = Flow.of(chain)
    assert trace(flow, at(0), "both").total_acts == length


@settings(max_examples=40)
@given(pairs=st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40), extra=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_backward_mirrors_forward_and_a_link_more_never_shrinks_a_trace(pairs: set[tuple[int, int]], extra: tuple[int, int]) -> None:
    def flow(edges: set[tuple[int, int]]) -> Flow:
        things = [Thing("Process", f"{n:02}", {}, [["FED", "Process", f"{b:02}", {}] for a, b in sorted(edges) if a == n]) for n in range(13)]
        random.Random(len(edges)).shuffle(things)
        return Flow.of(things)

    small, large = flow(pairs), flow(pairs | {extra})
    for start in range(13):
        forward = set(trace(small, at(start), "forward").order.tolist())
        assert forward <= set(trace(large, at(start), "forward").order.tolist())
        assert all(start in trace(small, at(end), "backward").order for end in forward)


@pytest.mark.parametrize(("file", "expected"), [("Norovirus_Scenario.json", 467), ("ExampleData.json", 31)])
def test_the_union_of_all_traces_is_exactly_the_reported_links(data: Path, file: str, expected: int) -> None:
    text = (data / "fcl" / file).read_bytes()
    replay = Replay()
    facts = [told(item) for item in FoodChainLab().facts(Document(file, io.BytesIO(text), len(text))) if isinstance(item, Fact)]
    replay.apply({"facts": facts, "ended": []}, 1)
    flow = Flow.of(replay.nodes())
    pairs = {(link.start, link.end) for act in range(len(flow.acts)) for link in trace(flow, at(act), "both").links(10_000)}
    fed = {((fact["kind"], fact["key"]), (link[1], link[2])) for fact in facts for link in fact["links"] if link[0] == "FED"}
    assert pairs == fed and len(pairs) == expected


def test_the_common_origin_of_two_ends_is_found_furthest_upstream_first() -> None:
    flow = Flow.of([*CHAIN, ship("s3", "flour", "mill", "kiosk", "2025-01-07", "2025-01-08")])
    starts = [at(flow.number[("Shipment", key)])[0] for key in ("s2", "s3")]
    assert [one.act.act[1] for one in common_origins(flow, starts)] == ["harvest", "s1", "milling"]
