"""Things and related things, read in batches: one statement for all that a level of a query asks."""

from collections import defaultdict
from typing import Any, NamedTuple

from strawberry.dataloader import DataLoader

from graph_core import journal
from graph_core.fold import Node, NodeKey
from graph_core.foodgraph import FoodGraph


class Related(NamedTuple):
    """A page of what one thing is related to: after which thing, how many."""

    kind: str
    key: str
    relation: str
    forward: bool
    first: int
    after: NodeKey


Carried = list[tuple[Node, dict[str, Any]]]


def thing_loader(graph: FoodGraph) -> DataLoader[NodeKey, Node | None]:
    """Things by kind and key; None where there is none."""

    async def load(wanted: list[NodeKey]) -> list[Node | None]:
        found = await things(graph, wanted)
        return [found.get(one) for one in wanted]

    return DataLoader(load_fn=load)


async def things(graph: FoodGraph, wanted: list[NodeKey]) -> dict[NodeKey, Node]:
    """Things by kind and key, one statement per kind; those that are not there are absent."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, key in dict.fromkeys(wanted):
        kinds[kind].append(key)
    return {(kind, key): node for kind, keys in kinds.items() for key, node in (await graph.nodes(kind, keys)).items()}


def recorded_loader(graph: FoodGraph) -> DataLoader[int, str | None]:
    """When each of these journal entries was recorded (ISO UTC)."""

    async def load(entries: list[int]) -> list[str | None]:
        found = {int(seq): str(recorded) for seq, recorded in await graph.read(journal.RECORDED, entries=entries)}
        return [found.get(entry) for entry in entries]

    return DataLoader(load_fn=load)


def related_loader(graph: FoodGraph) -> DataLoader[Related, Carried]:
    """Pages of related things: one statement per relation, direction and page, one per kind of the far ends."""

    async def load(wanted: list[Related]) -> list[Carried]:
        groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for one in wanted:
            groups[(one.kind, one.relation, one.forward, one.first, one.after)].append(one.key)
        rows: dict[Related, list[tuple[NodeKey, dict[str, Any]]]] = defaultdict(list)
        for (kind, relation, forward, first, after), keys in groups.items():
            values = {"keys": keys, "first": first, "kind": after[0], "after": after[1]}
            for near, far_kind, far, carried in await graph.read(_page(kind, relation, forward), **values):
                rows[Related(kind, near, relation, forward, first, after)].append(((far_kind, far), carried))
        nodes = await things(graph, [far for page in rows.values() for far, _ in page])
        return [[(nodes[far], carried) for far, carried in rows[one] if far in nodes] for one in wanted]

    return DataLoader(load_fn=load)


def _page(kind: str, relation: str, forward: bool) -> str:
    arrow = f"-[r:{relation}]->" if forward else f"<-[r:{relation}]-"
    return (
        f"UNWIND $keys AS k MATCH (n:{kind} {{key: k}}) CALL (n) {{ MATCH (n){arrow}(m) "
        "WHERE m.key > $after OR (m.key = $after AND labels(m)[0] > $kind) "
        "RETURN m, r ORDER BY m.key, labels(m)[0] LIMIT $first } "
        "RETURN n.key, labels(m)[0], m.key, properties(r)"
    )
