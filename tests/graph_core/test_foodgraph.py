"""One way in: what is recorded can be read, retracted, replayed and verified."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from graph_core.callers import Caller, Permission
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.verify import verify
from graph_core.writer import Turn
from ontology.acts import Event, Shipment
from ontology.errors import Forbidden, Refused, Unavailable
from ontology.food import Lot, Product
from ontology.language import Fact, Link, Retraction, Source
from ontology.places import Place
from ontology.relations import CARRIES, FED, SHIPPED_FROM
from ontology.values import Time

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]
FLOUR = Product(gtin="09521234000020")
LOT = Lot(product=FLOUR.ref, code="L42")


def says(record: str, note: str | None = None, told: str | None = None) -> Fact:
    moment = Time.told(told).earliest if told else None
    return Fact(Lot(product=FLOUR.ref, code="L42", note=note), Source("test", record), told=moment)


def shipment(number: int, **more: Any) -> Fact:
    act = Shipment(record=f"s{number}", end="both", **more)
    return Fact(act, Source("test", f"s{number}"), links=(CARRIES(LOT), SHIPPED_FROM(Place(owner="test", code="A"))))


async def whole(graph: FoodGraph) -> None:
    verdict = await verify(graph, graph.head())
    assert verdict.problems == []


def test_what_is_recorded_can_be_read_with_what_it_mentions(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        receipt = await graph.record([shipment(1)])
        assert (receipt.recorded, receipt.seq) == (1, 1)
        rows = await graph.read("MATCH (s:Shipment)-[:CARRIES]->(l:Lot)-[:OF_PRODUCT]->(p:Product) RETURN s.key, l.code, p.gtin")
        assert rows == [["record:s1//both", "L42", "09521234000020"]]
        await whole(graph)

    on_graph(work)


def test_a_thing_that_only_a_mentioned_thing_mentions_is_made_once(on_graph: Run) -> None:
    other = Fact(Shipment(record="s9"), Source("test", "s9"), links=(CARRIES(Lot(product=FLOUR.ref, code="L43")),))

    async def work(graph: FoodGraph) -> None:
        await graph.record([shipment(1)])
        await graph.record([other])
        assert await graph.read("MATCH (p:Product) RETURN p.gtin") == [["09521234000020"]]
        await whole(graph)

    on_graph(work)


def test_telling_the_same_twice_changes_nothing(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        await graph.record([shipment(1), says("r1")])
        again = await graph.record([shipment(1), says("r1")])
        assert (again.recorded, again.known, again.seq) == (0, 2, None)
        await whole(graph)

    on_graph(work)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_told_value_shows_whatever_the_order_of_arrival_and_the_disagreement_is_flagged(on_graph: Run, order: tuple[int, int]) -> None:
    facts = [says("r1", "old", "2025-01-01"), says("r2", "new", "2025-01-02")]

    async def work(graph: FoodGraph) -> None:
        for number in order:
            await graph.record([facts[number]])
        node = await graph.node("Lot", LOT.key)
        assert node is not None and node.values["note"] == "new" and len(node.facts) == 2
        assert node.findings == ("test r1 and test r2 disagree on note",)
        await whole(graph)

    on_graph(work)


def test_a_thing_goes_with_its_last_fact_and_takes_what_only_it_mentioned(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        await graph.record([shipment(1), says("r1")])
        await graph.retract(Retraction(Source("user", "u1"), "keyed wrongly", of=shipment(1).about.ref, record="s1"))  # type: ignore[union-attr]
        assert await graph.read("MATCH (n:Place) RETURN n.key") == []
        assert await graph.read("MATCH (n:Lot) RETURN n.code") == [["L42"]]
        await whole(graph)

    on_graph(work)


def test_the_same_record_with_other_content_replaces_what_it_said(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        await graph.record([says("r1", "first")])
        receipt = await graph.record([says("r1", "second")])
        node = await graph.node("Lot", LOT.key)
        assert receipt.ended == 1 and node is not None and node.values["note"] == "second" and node.findings == ()
        await whole(graph)

    on_graph(work)


def test_what_was_known_at_a_time_is_read_from_the_journal(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        await graph.record([says("r1", "first")])
        then = [entry async for entry in graph.entries()][-1].recorded
        await graph.record([says("r1", "second")])
        node = await graph.node("Lot", LOT.key, known_at=then)
        assert node is not None and node.values["note"] == "first"

    on_graph(work)


def test_a_link_fact_of_its_own_joins_two_acts_that_may_come_later(on_graph: Run) -> None:
    one, other = (shipment(n).about for n in (1, 2))
    assert isinstance(one, Shipment) and isinstance(other, Shipment)
    link = Fact(FED(one, other, method="reported", confidence=1.0, scope="certain"), Source("test", "1->2"))

    async def work(graph: FoodGraph) -> None:
        await graph.record([link])
        await graph.record([shipment(2), shipment(1)])
        assert await graph.read("MATCH (a)-[f:FED]->(b) RETURN a.record, f.confidence, b.record") == [["s1", 1.0, "s2"]]
        await whole(graph)

    on_graph(work)


def test_a_bad_fact_refuses_the_call_and_nothing_is_recorded_unless_asked_to_proceed(on_graph: Run) -> None:
    bad = Fact(LOT, Source("test", "bad", "file.csv", 7), links=(Link(CARRIES, FLOUR.ref),))

    async def work(graph: FoodGraph) -> None:
        with pytest.raises(Refused, match=r"file.csv line 7: Lot .* cannot be CARRIES"):
            await graph.record([shipment(1), bad])
        assert await graph.read("MATCH (n:Shipment) RETURN n") == []
        receipt = await graph.record([shipment(1), bad], proceed=True)
        assert receipt.recorded == 1 and [r.place for r in receipt.refused] == ["file.csv line 7"]
        await whole(graph)

    on_graph(work)


def event(time: str, error: bool = False) -> Fact:
    received = {"type": "ObjectEvent", "eventTime": time} | ({"errorDeclaration": {"reason": "wrong"}} if error else {})
    return Fact(Event(event_id="e1", received=received, declared_error=received.get("errorDeclaration")), Source("epcis", "e1"))  # type: ignore[arg-type]


def test_an_event_id_with_other_content_is_refused_by_name_and_an_error_declaration_is_not(on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        await graph.record([event("2025-01-01")])
        with pytest.raises(Refused, match="e1 was received before with other content: eventTime differ"):
            await graph.record([event("2025-01-02")])
        assert (await graph.record([event("2025-01-01", error=True)])).recorded == 1
        assert (await graph.record([event("2025-01-01")])).known == 1
        await whole(graph)

    on_graph(work)


def test_a_reader_cannot_write_and_a_caller_without_permission_cannot_record(platform: Platform, tenant: str, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        with pytest.raises(Unavailable):
            await graph.read("CREATE (n:Lot {key: 'x'}) RETURN n")
        only = platform.open(Caller(tenant, "reader", frozenset({Permission.READ})))
        with pytest.raises(Forbidden, match="may not record"):
            await only.record([says("r1")])
        await only.close()
        assert await graph.read("MATCH (n:Lot) RETURN n") == []

    on_graph(work)


TAMPER = {
    "edited": "MATCH (e:JournalEntry {seq: 2}) SET e.facts = '[]'",
    "dropped": "MATCH (e:JournalEntry {seq: 2}) DELETE e",
    "truncated": "MATCH (e:JournalEntry {seq: 3}) DELETE e",
    "cut with its head": "MATCH (e:JournalEntry {seq: 3}) MATCH (d:JournalEntry {seq: 2}), (h:JournalHead) SET h.seq = 2, h.hash = d.hash DELETE e",
    "graph edited": "MATCH (n:Lot) SET n.note = 'other'",
    "relation drawn": "MATCH (n:Lot), (p:Product) CREATE (n)-[:OF_PRODUCT]->(p)",
}


@pytest.mark.parametrize("how", TAMPER)
def test_any_tampering_is_found(platform: Platform, tenant: str, on_graph: Run, how: str) -> None:
    async def work(graph: FoodGraph) -> None:
        for number in range(3):
            await graph.record([says(f"r{number}", f"note {number}")])
        await whole(graph)
        assert platform.engine.server
        await asyncio.to_thread(platform.engine.server.cypher, graph.tenant.database, TAMPER[how])
        assert not (await verify(graph, graph.head())).whole

    on_graph(work)


def test_two_programs_that_record_at_the_same_moment_lose_nothing_and_leave_one_chain(platform: Platform, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        tenant = graph.tenant
        other = FoodGraph(graph.caller, tenant, platform.server.home(tenant), platform.registry, Turn())
        recorded: list[str] = []

        async def tell(through: FoodGraph, name: str) -> None:
            for number in range(8):
                with suppress(Unavailable):
                    await through.record([says(f"{name}{number}")])
                    recorded.append(f"{name}{number}")

        try:
            await asyncio.gather(tell(graph, "a"), tell(other, "b"))
        finally:
            await other.close()
        entries = [entry async for entry in graph.entries()]
        told = [fact["record"] for entry in entries for fact in entry.content()["facts"]]
        assert sorted(told) == sorted(recorded) and len(told) >= 8
        assert all(after.previous == before.hash for before, after in pairwise(entries))

    on_graph(work)
