"""Sources, targets and simple chains that count as one: what is put together, and that scores of what is left stay as they are."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.collapsed import RULES, collapsed
from algorithms.scoring import Scoring, Settings
from ontology.errors import Refused
from tests.algorithms.test_scoring import file, reported, scores

NET = file(
    ["f1", "f2", "g", "mill", "silo", "baker", "s1", "s2", "s3", "lone"],
    [
        *((name, start, goal, "", "") for name, start, goal in (
            ("a", "f1", "mill"), ("b", "f2", "mill"), ("c", "g", "mill"), ("cc", "g", "baker"), ("d", "mill", "silo"), ("e", "silo", "baker"),
            ("x", "baker", "s1"), ("y", "baker", "s2"), ("z", "baker", "s3"),
        )),
    ],
    [("a", "d"), ("b", "d"), ("c", "d"), ("d", "e"), ("e", "x"), ("e", "y"), ("e", "z")],
)  # fmt: skip


def groups(**settings: object) -> set[str]:
    """What stands for several stations."""
    return {name for name in Scoring(NET, Settings.read(settings)).stations if " more" in name}


def test_sources_targets_and_chains_are_put_together_each_by_its_rule() -> None:
    assert groups(collapse=["sources"]) == {"sources: f1 and 1 more"}, "g sends to the baker, too"
    assert groups(collapse=["targets"]) == {"targets: s1 and 2 more"}
    assert groups(collapse=["targets"], outbreaks={"stations": ["s1"]}) == {"targets: s2 and 1 more"}, "s1 bears evidence"
    assert groups(collapse=["chains"]) == {"chains: mill and 1 more"}
    assert groups(collapse=["chains"], weights={"silo": 1}) == set() and groups(collapse=[]) == groups() == set()
    assert groups(collapse=list(RULES), invisible=["s3"], groups={"F": ["f1", "g"]}) == {"targets: s1 and 1 more", "chains: mill and 1 more"}


def test_what_is_put_together_counts_as_one_and_weights_add_up() -> None:
    ill = {"stations": ["s1", "s2", "s3"]}
    assert scores(NET, outbreaks=ill)["stations"]["baker"] == 1 and scores(NET, outbreaks=ill)["deliveries"]["x"] == pytest.approx(1 / 3)
    assert scores(NET, outbreaks=ill, collapse=["targets"])["deliveries"]["x"] == 1, "one target, one outbreak"
    told = scores(NET, True, weights={"s1": 1, "s2": 2, "mill": 5}, collapse=["targets"])
    assert told["stations"]["targets: s1 and 1 more"] == pytest.approx(3 / 8) and told["stations"]["f1"] == pytest.approx(8 / 8)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=25), st.sets(st.integers(0, 9)), st.data())
def test_collapsing_what_bears_no_evidence_changes_no_score_of_what_is_left(
    ends: list[tuple[int, int]], struck: set[int], data: st.DataObject
) -> None:
    names = [f"s{number}" for number in range(10)]
    deliveries = [(f"d{number}", names[start], names[goal], "", "") for number, (start, goal) in enumerate(ends)]
    pairs = [(one[0], other[0]) for one in deliveries for other in deliveries if one[2] == other[1] and one[0] != other[0]]
    net = file(names, deliveries, data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else [])
    ill = [names[number] for number in sorted(struck)]
    plain = scores(net, outbreaks={"stations": ill})
    for rule in RULES:
        made = scores(net, outbreaks={"stations": ill}, collapse=[rule])
        start, goal = (np.array(column) for column in zip(*ends, strict=True))
        weighted, none = np.isin(np.arange(10), list(struck)), np.zeros(10, np.bool_)
        together = {names[one] for _, members in collapsed(start, goal, weighted, none, [rule]) for one in members}
        if not together & set(ill):
            left = set(names) - together
            assert {name: made["stations"][name] for name in left} == pytest.approx({name: plain["stations"][name] for name in left})
            assert made["deliveries"] == pytest.approx(plain["deliveries"])


def test_a_ring_is_no_chain_and_the_rules_are_named(data: Path) -> None:
    ring = np.array([0, 1, 2]), np.array([1, 2, 0])
    assert collapsed(*ring, np.zeros(3, np.bool_), np.zeros(3, np.bool_), RULES) == []
    with pytest.raises(Refused, match="collapse is .* it takes a list of sources, targets, chains"):
        Settings.read({"collapse": ["islands"]})
    norovirus = reported((data / "fcl/Norovirus_Scenario.json").read_bytes())
    found = Scoring(norovirus, Settings.read({"collapse": ["targets"]}))
    told = dict(zip(found.station_names, found.answer()["stations"].values(), strict=True))
    assert len(told) < len(Scoring(norovirus, Settings.read({})).stations) - 20 and told["Frozen Fruit Sales"]["commonLink"]
    assert any(name.startswith("targets: ") and name.endswith(" and 16 more") and ("chool" in name or "centre" in name) for name in told)
