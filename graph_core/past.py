"""The past of a graph: the present facts that stood already, and the facts that were ended since; nothing is replayed.

The facts of a thing after entry s are those of its present facts that were recorded until s, and those ended after s. A thing was
there when it has been there since s (`_since`), or went with an entry after s and had been there since s.
"""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

import orjson

from graph_core import cypher, journal
from graph_core.fold import Node, NodeKey, fold
from ontology.facts import Told, key_values

if TYPE_CHECKING:
    from graph_core.foodgraph import FoodGraph

_PAGE = 2_000


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


async def nodes_at(graph: "FoodGraph", keys: Iterable[NodeKey], seq: int | None) -> dict[NodeKey, Node]:
    """These things as they were after an entry."""
    since = Since(await graph.seq_at(None) if seq is None else seq)
    by_kind: dict[str, list[str]] = {}
    for kind, key in dict.fromkeys(keys):
        by_kind.setdefault(kind, []).append(key)
    found: dict[NodeKey, Node] = {}
    for kind, listed in by_kind.items():
        for start in range(0, len(listed), _PAGE):
            page = listed[start : start + _PAGE]
            held, facts, came = (await graph.read(cypher.facts_of(kind), keys=page))[0]
            await since.read_on(graph)
            there = {key: (texts, first) for key, texts, first in zip(held, facts, came, strict=True)}
            for key in page:
                node = since.node((kind, key), *there.get(key, (None, None)))
                if node:
                    found[kind, key] = node
    return found


async def things(graph: "FoodGraph", kinds: Iterable[str], seq: int | None) -> AsyncIterator[Node]:
    """Every thing of these kinds as it was after an entry, whatever is recorded meanwhile."""
    since = Since(await graph.seq_at(None) if seq is None else seq)
    for kind in dict.fromkeys(kinds):
        seen: set[str] = set()
        page: list[list[Any]] = []
        async for row in graph.stream(cypher.all_facts_of(kind)):
            page.append(row)
            if len(page) == _PAGE:
                async for node in _of_page(graph, since, kind, page, seen):
                    yield node
                page = []
        async for node in _of_page(graph, since, kind, page, seen):
            yield node
        for name in [name for name in since.gone if name[0] == kind and name[1] not in seen]:
            node_gone = since.node(name, None, None)
            if node_gone:
                yield node_gone


async def _of_page(graph: "FoodGraph", since: Since, kind: str, page: list[list[Any]], seen: set[str]) -> AsyncIterator[Node]:
    await since.read_on(graph)
    for key, facts, came in page:
        node = since.node((kind, key), facts, came)
        if node:
            seen.add(key)
            yield node


async def changed(graph: "FoodGraph", after: int, to: int) -> set[NodeKey]:
    """The things that entries told of or ended, what they mention, and what came or went with them."""
    named: set[NodeKey] = set()
    over: set[NodeKey] = set()
    async for entry in graph.entries(after, to):
        content = entry.content()
        over |= {(fact["kind"], fact["key"]) for fact in content["ended"]}
        for fact in (*content["facts"], *content["ended"]):
            named.add((fact["kind"], fact["key"]))
            named.update((link[1], link[2]) for link in fact["links"])
    for node in (await nodes_at(graph, over, to)).values():
        named.update((link[1], link[2]) for link in node.links)
    while rows := await graph.read(journal.ENDED, after=after, to=to):
        named |= {(kind, key) for _, _, gone in rows for kind, key, _ in orjson.loads(gone)}
        after = int(rows[-1][0])
    return named | {(link[1], link[2]) for key in named for link in key_values(*key)[1]}
