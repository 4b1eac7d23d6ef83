"""Whether the journal is whole and the graph equals it."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from graph_core import cypher, journal
from graph_core.fold import Node, Replay
from graph_core.foodgraph import FoodGraph
from graph_core.registry import GENESIS, Head
from ontology.kinds import KINDS

_SHOWN = 20


@dataclass
class Verdict:
    """What `verify` found: entries and things compared, and every problem in words (none = whole)."""

    entries: int = 0
    things: int = 0
    relations: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def say(self, problem: str) -> None:
        """Note a problem, as far as there is room."""
        if len(self.problems) < _SHOWN:
            self.problems.append(problem)


async def verify(graph: FoodGraph, head: Head) -> Verdict:
    """Check the hash chain against the head kept outside the graph, then the graph against the replayed journal.

    Exactly one entry may be pending: the one that the head says was being committed.
    """
    verdict = Verdict()
    replay = await _chain(graph, head, verdict)
    await _things(graph, replay, verdict)
    return verdict


async def _chain(graph: FoodGraph, head: Head, verdict: Verdict) -> Replay:
    replay, previous = Replay(), GENESIS
    rows = await graph.read(journal.HEAD)
    found = (int(rows[0][0]), str(rows[0][1])) if rows else (0, GENESIS)
    if found not in ((head.seq, head.hash), (head.pending_seq, head.pending_hash)):
        verdict.say(f"the graph's journal ends at entry {found[0]}; the head kept outside says entry {head.seq}")
    async for entry in graph.entries():
        verdict.entries += 1
        if entry.seq != verdict.entries:
            verdict.say(f"entry {verdict.entries} is missing: entry {entry.seq} stands in its place")
            verdict.entries = entry.seq
        if entry.previous != previous or not entry.whole():
            verdict.say(f"entry {entry.seq} was edited or moved: its hash does not follow from what stands before it")
        previous = entry.hash
        try:
            replay.apply(orjson.loads(entry.content), entry.seq)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            verdict.say(f"entry {entry.seq} cannot be read")
    if (verdict.entries, previous) != found:
        verdict.say(f"the journal ends at entry {verdict.entries}, its head says entry {found[0]}: entries were cut off or added")
    return replay


async def _things(graph: FoodGraph, replay: Replay, verdict: Verdict) -> None:
    expected: dict[str, dict[str, Node]] = {kind: {} for kind in KINDS}
    for node in replay.nodes():
        expected[node.kind][node.key] = node
    for kind, wanted in expected.items():
        rows = await graph.read(f"MATCH (n:{kind}) RETURN n.key, properties(n)")
        links = await graph.read(f"MATCH (n:{kind})-[r]->(m) RETURN n.key, collect([type(r), labels(m)[0], m.key, properties(r)])")
        drawn = {key: sorted((tuple(link[:3]) for link in held), key=str) for key, held in links}
        held = dict(rows)
        verdict.things += len(held)
        verdict.relations += sum(map(len, drawn.values()))
        for key in wanted.keys() ^ held.keys():
            verdict.say(f"{kind} {key!r} stands {'in the graph, but not in the journal' if key in held else 'in the journal, but not in the graph'}")
        for key in wanted.keys() & held.keys():
            _compare(wanted[key], held[key], drawn.get(key, []), verdict)


def _compare(node: Node, held: dict[str, Any], drawn: list[tuple[Any, ...]], verdict: Verdict) -> None:
    told = cypher.properties(node)
    differs = sorted(name for name in told.keys() | held.keys() if told.get(name) != held.get(name))
    if differs:
        verdict.say(f"{node.kind} {node.key!r} differs from the journal in {', '.join(differs)}")
    if drawn != sorted(((link[0], link[1], link[2]) for link in node.links), key=str):
        verdict.say(f"{node.kind} {node.key!r} has other relations than the journal")
