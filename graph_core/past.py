"""The past of a graph: the present facts that stood already, and the facts that were ended since; nothing is replayed.

The facts of a thing after entry s are those of its present facts that were recorded until s, and those ended after s. A thing was
there when it has been there since s (`_since`), or went with an entry after s and had been there since s.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from graph_core import cypher, journal
from graph_core.fold import Node, NodeKey, fold
from graph_core.journal import Entry
from graph_core.lanes import READING
from ontology.facts import Told, key_values

if TYPE_CHECKING:
    from graph_core.foodgraph import FoodGraph

_PAGE = 2_000
_COLLECTED = 400_000
"""Keys that are asked for as one list; the embedded engine collects 500,000 values with 1 GB of heap."""
_FACT = 500
"""About how many characters a fact takes."""


class Since:
    """What was ended after an entry `seq`, read up to entry `to`."""

    def __init__(self, seq: int) -> None:
        self.seq = self.to = seq
        self.ended: dict[NodeKey, list[Told]] = {}
        self.gone: set[NodeKey] = set()

    async def read_on(self, graph: "FoodGraph") -> None:
        """Read what was ended until now."""
        now = await graph.seq_at(None)
        while self.to < now:
            rows = await graph.read(journal.ENDED, after=self.to, to=now)
            for _, ended, gone in rows:
                for fact in orjson.loads(ended):
                    if fact["seq"] <= self.seq:
                        self.ended.setdefault((fact["kind"], fact["key"]), []).append(fact)
                self.gone |= {(kind, key) for kind, key, since in orjson.loads(gone) if since <= self.seq}
            self.to = int(rows[-1][0]) if rows else now

    def node(self, key: NodeKey, present: Iterable[str] | None, since: int | None) -> Node | None:
        """The thing as it was, given its present facts as JSON and the entry since which it has been there (None = it is not)."""
        if (since is None or since > self.seq) and key not in self.gone:
            return None
        facts = {fact["id"]: fact for text in present or () if (fact := orjson.loads(text))["seq"] <= self.seq}
        return fold(*key, (facts | {fact["id"]: fact for fact in self.ended.get(key, ())}).values())

    def nodes(self, kind: str, rows: Iterable[Sequence[Any]]) -> list[Node]:
        """Those of many things of a kind (key, present facts, entry since which it has been there) that were there."""
        found = (self.node((kind, key), present, since) for key, present, since in rows)
        return [node for node in found if node]


async def nodes_at(graph: "FoodGraph", keys: Iterable[NodeKey], seq: int | None) -> dict[NodeKey, Node]:
    """These things as they were after an entry."""
    since = Since(await graph.seq_at(None) if seq is None else seq)
    by_kind: dict[str, list[str]] = {}
    for kind, key in dict.fromkeys(keys):
        by_kind.setdefault(kind, []).append(key)
    found: dict[NodeKey, Node] = {}
    for kind, listed in by_kind.items():
        async for node in _of(graph, since, kind, listed):
            found[kind, node.key] = node
    return found


async def things(graph: "FoodGraph", kinds: Iterable[str], seq: int | None) -> AsyncIterator[Node]:
    """Every thing of these kinds as it was after an entry, whatever is recorded meanwhile."""
    since = Since(await graph.seq_at(None) if seq is None else seq)
    for kind in dict.fromkeys(kinds):
        keys = await _keys(graph, kind)
        async for node in _of(graph, since, kind, keys):
            yield node
        for key in {gone for of, gone in since.gone if of == kind}.difference(keys):
            node_gone = since.node((kind, key), None, None)
            if node_gone:
                yield node_gone


async def _keys(graph: "FoodGraph", kind: str) -> list[str]:
    """The keys of all things of a kind: as one list, which an engine sends ten times as fast as rows, unless they are too many for it."""
    count = int((await graph.read(cypher.count_of(kind)))[0][0])
    if count <= _COLLECTED:
        return list((await graph.read(cypher.all_keys_of(kind)))[0][0])
    return [row[0] async for row in graph.stream(cypher.each_key_of(kind))]


async def _of(graph: "FoodGraph", since: Since, kind: str, keys: list[str]) -> AsyncIterator[Node]:
    """Those of these things that were there, read a page at a time."""
    for start in range(0, len(keys), _PAGE):
        page = keys[start : start + _PAGE]
        held, facts, came = (await graph.read(cypher.facts_of(kind), keys=page))[0]
        await since.read_on(graph)
        there = {key: (texts, first) for key, texts, first in zip(held, facts, came, strict=True)}
        for node in await READING.apart(len(page), since.nodes, kind, [(key, *there.get(key, (None, None))) for key in page]):
            yield node


async def changed(graph: "FoodGraph", after: int, to: int) -> set[NodeKey]:
    """The things that entries told of or ended, what they mention, and what came or went with them."""
    named: set[NodeKey] = set()
    over: set[NodeKey] = set()
    async for entry in graph.entries(after, to):
        told, ended = await READING.apart(len(entry.facts) // _FACT, _spoken_of, entry)
        named |= told | ended
        over |= ended
    for node in (await nodes_at(graph, over, to)).values():
        named.update((link[1], link[2]) for link in node.links)
    while rows := await graph.read(journal.ENDED, after=after, to=to):
        named |= {(kind, key) for _, _, gone in rows for kind, key, _ in orjson.loads(gone)}
        after = int(rows[-1][0])
    return named | {(link[1], link[2]) for key in named for link in key_values(*key)[1]}


def _spoken_of(entry: Entry) -> tuple[set[NodeKey], set[NodeKey]]:
    """The things that an entry tells of with what they are linked to, and those of which it ended a fact."""
    content = entry.content()
    named: set[NodeKey] = set()
    for fact in (*content["facts"], *content["ended"]):
        named.add((fact["kind"], fact["key"]))
        named.update((link[1], link[2]) for link in fact["links"])
    return named, {(fact["kind"], fact["key"]) for fact in content["ended"]}
