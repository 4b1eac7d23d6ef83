"""A flow after changes is the flow of the things as they are then, however they came: one by one, in blocks, or read from its file."""

import random
from pathlib import Path
from typing import Any

import pytest

from algorithms.called import called
from algorithms.flow import Flow
from algorithms.trace import Odd
from graph_core.fold import Node, Replay
from ingest.company import facts
from ontology.facts import told


@pytest.fixture(scope="module")
def things() -> list[Node]:
    """A small company: lots, units, zones, cleanings of shared places, both ends of shipments."""
    replay = Replay()
    replay.apply({"facts": [told(fact) for fact in facts(400, 5)], "ended": []}, 1)
    return list(replay.nodes())


def whole(flow: Flow) -> dict[str, Any]:
    """All that is worked out of a flow, in words that do not hang on the order in which things came."""
    pools = flow.pools
    laid = [getattr(pools, name).tolist() for name in ("after", "before", "first_put", "last_take", "base", "own_after", "own_before")]
    sides = [
        [
            (flow.keys[good], flow.keys[place] if place >= 0 else None, portion)
            for good, place, portion in zip(side.good.tolist(), side.place.tolist(), side, strict=True)
        ]
        for side in (flow.sides.puts, flow.sides.takes)
    ]
    return {
        "acts": list(flow.acts),
        "told": list(flow.told),
        "numbers": sorted(flow.number.items()),
        "ways": list(flow.ways),
        "pools": laid,
        "sides": sides,
        "times": (flow.earliest.tolist(), flow.latest.tolist()),
        "unfed": sorted(flow.unfed.items()),
        "unknown": sorted(flow.sides.unknown_units.items()),
        "rows": {kind: dict(flow.all(kind)) for kind in flow.rows},
        "odd": sorted((act, gaps) for act, gaps in flow.once(Odd.of).gaps.items()),
        "amounts": flow.once(Odd.of).ledger.of(flow.earliest > float("-inf")),
    }


def changed(nodes: list[Node]) -> list[tuple[tuple[str, str], Node]]:
    return [((node.kind, node.key), node) for node in nodes]


@pytest.mark.parametrize("seed", range(4))
def test_a_flow_after_random_changes_is_the_flow_of_what_is_there_then(things: list[Node], seed: int) -> None:
    chance = random.Random(seed)
    there = {(node.kind, node.key): node for node in chance.sample(things, len(things) // 2)}
    flow = Flow.of(there.values())
    for step in range(4):
        some = chance.sample(things, chance.randint(1, 200))
        moves: list[tuple[tuple[str, str], Node | None]] = [(key, node if chance.random() < 0.7 else None) for key, node in changed(some)]
        flow = flow.updated(moves, step)
        for key, node in moves:
            there.pop(key, None)
            if node is not None:
                there[key] = node
    chance.shuffle(listed := list(there.values()))
    assert whole(flow) == whole(Flow.of(listed))


@pytest.mark.parametrize("in_files", [False, True])
def test_things_taken_in_by_blocks_and_a_flow_read_from_its_file_are_the_same_flow(things: list[Node], tmp_path: Path, in_files: bool) -> None:
    nothing = Flow.none()
    parts = [nothing.taken_in(changed(things[start : start + 100]), 9).packed() for start in range(0, len(things), 100)]
    flow = Flow.together(parts, tmp_path if in_files else None).worked_out()
    assert not parts and not list(tmp_path.iterdir())
    assert whole(flow) == whole(Flow.of(things))
    flow.save(tmp_path / "one.flow")
    again = Flow.load(tmp_path / "one.flow")
    assert again and again.seq == 9 and whole(again) == whole(flow)
    again.let_go()
    again.save(tmp_path / "two.flow")
    assert (tmp_path / "two.flow").read_bytes() == (tmp_path / "one.flow").read_bytes()
    one = changed([things[len(things) // 2]])
    assert whole(again.updated([(one[0][0], None)], 10).updated(one, 11)) == whole(flow)


def test_a_file_of_another_version_or_with_a_piece_missing_is_no_flow(things: list[Node], tmp_path: Path) -> None:
    file = tmp_path / "one.flow"
    Flow.of(things[:50]).save(file)
    kept = file.read_bytes()
    for broken in (b"", kept[:10], kept[:-1], kept + b"\0", kept.replace(b'"format":', b'"formal":', 1), b"x" + kept[1:]):
        file.write_bytes(broken)
        assert Flow.load(file) is None


def test_a_thing_is_found_by_what_it_is_called_now_and_no_more_by_what_it_was_called(things: list[Node]) -> None:
    lot = next(node for node in things if node.kind == "Lot")
    before = Flow.of(things)
    code = str(lot.values["code"])
    assert ("Lot", lot.key) in called(before, code) and ("Lot", lot.key) in called(before, code.lower())
    renamed = lot._replace(values={**lot.values, "code": "Änderung-1"})
    after = before.updated([(("Lot", lot.key), renamed)], 2)
    assert called(after, "änderung-1") == [("Lot", lot.key)]
    assert ("Lot", lot.key) in called(before, code), "the flow before stays as it was"
