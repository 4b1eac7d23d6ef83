"""Whether the journal is whole and the graph equals it, in bounded memory.

The facts of the journal (recorded, less ended) and those on the graph's things are compared by a sum of their hashes, which no
order changes; each thing is compared with the fold of its own facts. Only when the sums differ is the journal replayed, to name them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph_core import cypher, journal
from graph_core.fold import Replay, fold
from graph_core.foodgraph import FoodGraph
from graph_core.journal import Entry
from graph_core.registry import GENESIS, Head
from ontology.facts import Told
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


class Sum:
    """A sum of the hashes of facts: equal for equal facts in any order."""

    _SIZE = 1 << 2048

    def __init__(self) -> None:
        self.count = self.total = 0

    def add(self, text: str, sign: int = 1) -> None:
        """Count a fact, or take it away."""
        self.count += sign
        self.total = (self.total + sign * int.from_bytes(hashlib.shake_128(text.encode()).digest(256), "big")) % self._SIZE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.count, self.total) == (other.count, other.total)

    __hash__ = None  # type: ignore[assignment]


async def verify(graph: FoodGraph, head: Head) -> Verdict:
    """Check the hash chain against the head kept outside the graph, then the graph against the journal.

    Exactly one entry may be pending: the one that the head says was being committed.
    """
    verdict, told, held = Verdict(), Sum(), Sum()
    last = await _chain(graph, head, verdict, told)
    for kind in KINDS:
        await _things(graph, kind, last, verdict, held)
    if told != held:
        verdict.say(f"the journal tells {told.count} facts, the graph holds {held.count}, and they are not the same")
        await _name(graph, verdict)
    return verdict


async def _chain(graph: FoodGraph, head: Head, verdict: Verdict, told: Sum) -> int:
    previous = GENESIS
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
        _count(entry, told, verdict)
    if (verdict.entries, previous) != found:
        verdict.say(f"the journal ends at entry {verdict.entries}, its head says entry {found[0]}: entries were cut off or added")
    return found[0]


def _count(entry: Entry, told: Sum, verdict: Verdict) -> None:
    try:
        content = entry.content()
        for fact in content["facts"]:
            told.add(cypher.text(fact))
        for fact in content["ended"]:
            told.add(cypher.text(fact), -1)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        verdict.say(f"entry {entry.seq} cannot be read")


async def _things(graph: FoodGraph, kind: str, last: int, verdict: Verdict, held: Sum) -> None:
    """Compare every thing of a kind with the fold of its facts; one without facts must be mentioned."""
    statement = (
        f"MATCH (n:{kind}) RETURN n.key, properties(n), COLLECT {{ MATCH (n)-[r]->(m) RETURN [type(r), labels(m)[0], m.key, properties(r)] }}, "
        "EXISTS { MATCH ()-->(n) }"
    )
    async for key, properties, drawn, mentioned in graph.stream(statement):
        verdict.things += 1
        verdict.relations += len(drawn)
        texts = properties.get("_facts") or []
        for text in texts:
            held.add(text)
        _compare(kind, key, properties, drawn, texts, last, verdict)
        if not texts and not mentioned:
            verdict.say(f"{kind} {key!r} stands in the graph, but nothing in the journal tells of it or mentions it")


def _compare(kind: str, key: str, held: dict[str, Any], drawn: list[Any], texts: Iterable[str], last: int, verdict: Verdict) -> None:
    try:
        facts: list[Told] = [orjson.loads(text) for text in texts]
        node = fold(kind, key, facts)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        verdict.say(f"{kind} {key!r} has facts that cannot be read")
        return
    told = cypher.properties(node, {})
    since = held.pop("_since", None)
    differs = sorted(name for name in told.keys() | held.keys() if told.get(name) != held.get(name))
    if not isinstance(since, int) or not 0 < since <= min([fact["seq"] for fact in facts], default=last):
        differs.append("_since")
    if differs:
        verdict.say(f"{kind} {key!r} differs from the journal in {', '.join(differs)}")
    links = sorted(([link[0], link[1], link[2], cypher.link_properties(link)] for link in node.links), key=_name_of)
    if sorted(drawn, key=_name_of) != links:
        verdict.say(f"{kind} {key!r} has other relations than the journal")


def _name_of(link: list[Any]) -> tuple[str, str, str]:
    return str(link[0]), str(link[1]), str(link[2])


async def _name(graph: FoodGraph, verdict: Verdict) -> None:
    """Name the things whose facts are not those of the journal; holds the journal's facts in memory."""
    try:
        replay: Replay = await graph.replay()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return
    left = {name: set(facts) for name, facts in replay.facts.items()}
    for kind in KINDS:
        async for key, texts, _ in graph.stream(cypher.all_facts_of(kind)):
            told = left.pop((kind, key), set())
            if told != {orjson.loads(text)["id"] for text in texts or ()}:
                verdict.say(f"{kind} {key!r} has other facts than the journal")
    for kind, key in left:
        verdict.say(f"{kind} {key!r} stands in the journal, but not in the graph")
