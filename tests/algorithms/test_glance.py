"""A flow at a glance tells exactly what its traces tell, all together, and from when to when it reaches."""

from algorithms import glance
from algorithms.flow import Flow
from algorithms.trace import Start, trace
from tests.algorithms.test_flow import Thing, lot, make, ship
from tests.algorithms.test_outbreak_2011 import outbreak


def of_traces(flow: Flow) -> dict[str, set[str]]:
    """The gaps that the traces from every act tell, by sort."""
    found: dict[str, set[str]] = {}
    for number, (kind, key) in enumerate(flow.acts):
        for gap in trace(flow, [Start(kind, key, key, (number,), (number,))], "both").missing():
            found.setdefault(gap.sort, set()).add(f"{gap.words} {gap.about}")
    return found


def at_a_glance(flow: Flow) -> dict[str, int]:
    return {sort: one.count for sort, one in glance.missing(flow).items() if sort != "unknown lot code"}


def test_the_gaps_of_the_outbreak_are_those_that_its_traces_tell() -> None:
    flow, _ = outbreak()
    assert at_a_glance(flow) == {sort: len(gaps) for sort, gaps in of_traces(flow).items()}
    assert glance.missing(flow)["unknown lot code"].count == 3


def test_every_sort_of_gap_is_counted_once_and_told_with_examples() -> None:
    things: list[Thing] = [
        make("m", [], ["A"], "plant", 1),
        ship("out", "A", "plant", None, 2),
        ship("from nowhere", "B", "farm", "plant", 3),
        make("mix", ["B", "C"], ["D"], "plant", 4),
        make("early", ["D"], ["E"], "plant", 1),
        ship("pallet", "unit", "plant", "shop", 6, kind="LogisticUnit"),
        lot("A"),
        Thing("Lot", "line:1", {}),
        Thing("LogisticUnit", "unit", {"code": "unit"}),
    ]
    flow = Flow.of(things)
    found = glance.missing(flow)
    assert at_a_glance(flow) == {sort: len(gaps) for sort, gaps in of_traces(flow).items()}
    assert found["unknown destination"].count == 1 and found["unknown lot code"].count == 1
    assert [gap.words for gap in found["unknown lot code"].first] == ["unknown lot code: no record tells the code of (no lot code)"]
    assert sum(one.count for one in found.values()) > 4 and all(len(one.first) == one.count for one in found.values())


def test_the_days_reach_from_the_first_to_the_last_act_and_an_empty_flow_has_none() -> None:
    assert glance.days(Flow.of([ship("a", "A", "plant", "shop", 2, arrived=9), make("m", [], ["A"], "plant", 1)])) == ("2025-01-01", "2025-01-09")
    assert glance.days(Flow.none().worked_out()) == () and glance.missing(Flow.none().worked_out()) == {}
