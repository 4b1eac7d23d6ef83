"""All links of a flow: those that traces find, but for shared places, however they are portioned, and the ones that matter first."""

import numpy as np
import pytest

from algorithms import linked as module
from algorithms.flow import Flow
from algorithms.linked import linked, told
from algorithms.trace import trace
from algorithms.walk import Limits
from tests.algorithms.test_trace import CHAIN, at, ship

MORE = [*CHAIN, ship("s3", "flour", "mill", "kiosk", "2025-01-07", "2025-01-08")]


def pairs(flow: Flow, scope: str) -> set[tuple[str, str]]:
    held = linked(flow, scope)
    return {(one.start[1], one.end[1]) for one in told(held.walk, held.numbers)}


@pytest.mark.parametrize("scope", ["certain", "probable", "conceivable"])
def test_the_links_of_a_flow_are_those_of_all_its_traces(scope: str) -> None:
    flow = Flow.of(MORE)
    traces = [trace(flow, at(act), "both", Limits(scope=scope)) for act in range(len(flow.acts))]
    assert pairs(flow, scope) == {(link.start[1], link.end[1]) for one in traces for link in one.links(1_000)}


def test_links_by_lot_are_among_them() -> None:
    assert pairs(Flow.of(MORE), "certain") == {("harvest", "s1"), ("s1", "milling"), ("milling", "s2"), ("milling", "s3")}


def test_portions_change_nothing_and_the_most_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = linked(Flow.of(MORE), "certain").numbers.tolist()
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    assert linked(Flow.of(MORE), "certain").numbers.tolist() == whole
    monkeypatch.setattr(module, "MOST", 2)
    assert linked(Flow.of(MORE), "certain").numbers.tolist() == whole[:2]


def test_links_into_what_scores_most_come_first() -> None:
    flow = Flow.of(MORE)
    held = linked(flow, "certain")
    scores = np.array([{"s3": 0.9, "s2": 0.2}.get(key, 1.0) for _, key in flow.acts])
    assert [one.end[1] for one in told(held.walk, held.ranked(scores))][2:] == ["s3", "s2"]


def test_a_flow_without_acts_has_none() -> None:
    assert linked(Flow.of([]), "conceivable").numbers.tolist() == []
