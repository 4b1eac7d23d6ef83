"""The past of a thing equals a forward replay of the journal, at every entry."""

import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from graph_core.fold import Node, NodeKey, Replay
from graph_core.foodgraph import FoodGraph
from graph_core.verify import verify
from ontology.acts import Shipment
from ontology.food import Lot, Product
from ontology.kinds import KINDS
from ontology.language import Fact, Retraction, Source
from ontology.places import Place
from ontology.relations import CARRIES, SHIPPED_FROM
from ontology.values import Time

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


def some_item(chance: random.Random) -> Fact | Retraction:
    """A random record, a replacement of one, or a retraction; few names, so that they meet."""
    number, record = chance.randrange(4), f"r{chance.randrange(6)}"
    lot = Lot(product=Product(owner="o", code=f"A{chance.randrange(2)}").ref, code=f"L{number}", note=chance.choice([None, "x", "y"]))
    about = chance.choice([lot, Shipment(record=f"s{number}"), Place(owner="o", code=f"P{number}", name=chance.choice(["one", "other"]))])
    if chance.random() < 0.35:
        return Retraction(Source("test", f"x{chance.randrange(99)}"), "wrong", of=about.ref, record=record)
    links = (CARRIES(lot), SHIPPED_FROM(Place(owner="o", code=f"P{chance.randrange(4)}"))) if isinstance(about, Shipment) else ()
    return Fact(about, Source("test", record), links=links)


async def replayed(graph: FoodGraph) -> list[dict[NodeKey, Node]]:
    """Every thing after each entry, the empty graph first, by a forward replay."""
    replay = Replay()
    states: list[dict[NodeKey, Node]] = [{}]
    async for entry in graph.entries():
        replay.apply(entry.content(), entry.seq)
        states.append({(node.kind, node.key): node for node in replay.nodes()})
    return states


@pytest.mark.parametrize("seed", range(4))
def test_things_at_every_entry_equal_a_forward_replay(on_graph: Run, seed: int) -> None:
    chance = random.Random(seed)

    async def work(graph: FoodGraph) -> None:
        for _ in range(14):
            await graph.record([some_item(chance) for _ in range(chance.randrange(1, 4))])
        states = await replayed(graph)
        every = {key for state in states for key in state}
        for seq, state in enumerate(states):
            assert await graph.nodes_at(every, seq) == state
            listed = [node async for node in graph.things(KINDS, seq)]
            assert len(listed) == len(state) and {(node.kind, node.key): node for node in listed} == state
            for before in range(seq):
                differs = {key for key in every if states[before].get(key) != state.get(key)}
                assert differs <= await graph.changed(before, seq)
        assert (await verify(graph, graph.head())).problems == []

    on_graph(work)


def test_what_is_recorded_while_things_are_read_does_not_show(on_graph: Run) -> None:
    def place(number: int, name: str) -> Fact:
        return Fact(Place(owner="o", code=f"P{number}", name=name), Source("test", f"p{number}"))

    async def work(graph: FoodGraph) -> None:
        await graph.record([place(n, "before") for n in range(5_000)])
        names: list[str] = []
        async for node in graph.things(["Place"]):
            if not names:
                await graph.record([place(n, "after") for n in range(0, 5_000, 3)])
                await graph.retract(Retraction(Source("test", "x"), "gone", of=Place(owner="o", code="P4999").ref, record="p4999"))
            names.append(node.values["name"])
        assert names == ["before"] * 5_000

    on_graph(work)


def test_a_thing_as_of_a_day_shows_only_what_held_then(on_graph: Run) -> None:
    def said(note: str, at: str, until: str | None = None) -> Fact:
        lot = Lot(product=Product(owner="o", code="A").ref, code="L", note=note)
        return Fact(lot, Source("test", note), at=Time.told(at), until=Time.told(until) if until else None)

    async def work(graph: FoodGraph) -> None:
        await graph.record([said("fresh", "2025-01-01", "2025-01-10"), said("old", "2025-02-01")])
        key = Lot(product=Product(owner="o", code="A").ref, code="L").key
        notes = []
        for day in ("2024-12-31", "2025-01-05", "2025-01-20", "2025-03-01"):
            node = await graph.node("Lot", key, as_of=f"{day}T12:00:00Z")
            notes.append(node.values["note"] if node else None)
        assert notes == [None, "fresh", None, "old"]

    on_graph(work)


def test_a_follower_goes_on_where_it_settled_and_sees_again_what_a_crash_left_unsettled(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        for number in range(4):
            await graph.record([Fact(Place(owner="o", code=str(number)), Source("test", str(number)))])
        seen: list[int] = []

        async def act(crash_at: int) -> None:
            follower = graph.follow("enricher")
            async for entry in follower.entries():
                seen.append(entry.seq)
                if entry.seq == crash_at:
                    return  # acted on, but killed before it was settled
                follower.settle(entry)

        await act(crash_at=3)
        assert graph.follow("enricher").position == 2
        await act(crash_at=0)
        await act(crash_at=0)
        assert seen == [1, 2, 3, 3, 4]
        assert graph.follow("another").position == 0

    on_graph(work)


def test_an_error_declaration_stands_whatever_the_order_of_arrival(on_graph: Run) -> None:
    from ontology.acts import Event

    def told(error: bool) -> list[Fact | Retraction]:
        received: dict[str, Any] = {"type": "ObjectEvent"} | ({"errorDeclaration": {"reason": "wrong"}} if error else {})
        event = Event(event_id="e1", received=received, declared_error=received.get("errorDeclaration"))
        source, act = Source("epcis", "e1"), Shipment(record="e1", end="departure")
        return [Fact(event, source), Retraction(source, "declared wrong", of=act.ref, record="e1") if error else Fact(act, source)]

    async def acts(graph: FoodGraph) -> int:
        return int((await graph.read("MATCH (n:Shipment) RETURN count(n)"))[0][0])

    async def work(graph: FoodGraph) -> None:
        await graph.record(told(error=False))
        assert await acts(graph) == 1
        await graph.record(told(error=True))
        await graph.record(told(error=False))
        assert await acts(graph) == 0
        assert (await verify(graph, graph.head())).problems == []

    async def declaration_first(graph: FoodGraph) -> None:
        await graph.record(told(error=True))
        await graph.record(told(error=False))
        assert await acts(graph) == 0

    on_graph(work)
    on_graph(lambda graph: declaration_first(graph))


def test_a_retraction_of_a_record_ends_all_that_it_told(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        source = Source("test", "r1")
        await graph.record(
            [Fact(Place(owner="o", code="1"), source), Fact(Shipment(record="s"), source), Fact(Place(owner="o", code="2"), Source("t", "r2"))]
        )
        assert (await graph.retract(Retraction(Source("user", "u"), "all wrong", record="r1"))).ended == 2
        assert await graph.read("MATCH (n) WHERE n.key IS NOT NULL RETURN n.key") == [["code:o/2"]]

    on_graph(work)
