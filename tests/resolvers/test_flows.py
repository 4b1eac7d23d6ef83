"""What is recorded behind shows in the flow when all of it is recorded; anything else shows at once."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from algorithms.flow import Flow
from graph_core.foodgraph import FoodGraph
from ontology.acts import Shipment
from ontology.errors import Unavailable
from ontology.food import Lot, Product
from ontology.language import Fact, Source
from ontology.relations import CARRIES
from resolvers.flows import Flows

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


def shipment(number: int) -> Fact:
    lot = Lot(product=Product(owner="test", code="flour").ref, code=f"L{number}")
    return Fact(Shipment(record=f"S{number}", end="both", lot=lot.ref), Source("test", f"S{number}"), (CARRIES(lot),))


async def begun(graph: FoodGraph, folder: Path) -> tuple[Flows, Flow]:
    """Flows that were asked once, when one shipment was recorded, and what they answered."""
    flows = Flows(folder)
    await graph.record([shipment(0)])
    return flows, await flows.now(graph)


def test_what_is_recorded_behind_shows_when_all_of_it_is_recorded(tmp_path: Path, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        flows, before = await begun(graph, tmp_path)
        assert len(before.acts) == 1
        async with flows.behind(graph, "imp_1"):
            await graph.record([shipment(1)], job="imp_1")
            assert len((await flows.now(graph)).acts) == 1
            await graph.record([shipment(2)], job="imp_1")
            assert len((await flows.now(graph)).acts) == 1
        assert (await flows.now(graph)).seq == await graph.seq_at(None)
        assert len((await flows.now(graph)).acts) == 3

    on_graph(work)


def test_what_somebody_else_records_meanwhile_shows_at_once(tmp_path: Path, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        flows, _ = await begun(graph, tmp_path)
        async with flows.behind(graph, "imp_1"):
            await graph.record([shipment(1)], job="imp_1")
            await graph.record([shipment(2)])
            assert len((await flows.now(graph)).acts) == 3

    on_graph(work)


def test_a_server_that_stops_does_not_wait_until_all_shows(tmp_path: Path, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        flows, before = await begun(graph, tmp_path)
        flows.stop()
        async with flows.behind(graph, "imp_1"):
            await graph.record([shipment(1)], job="imp_1")
        assert flows._now[graph.tenant.database] is before
        assert len((await flows.now(graph)).acts) == 2

    on_graph(work)


def test_what_was_recorded_by_a_job_that_failed_shows_with_the_next_question(tmp_path: Path, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        flows, _ = await begun(graph, tmp_path)
        with pytest.raises(ZeroDivisionError):
            async with flows.behind(graph, "imp_1"):
                await graph.record([shipment(1)], job="imp_1")
                raise ZeroDivisionError
        assert len((await flows.now(graph)).acts) == 2

    on_graph(work)


async def given_up(flows: Flows, graph: FoodGraph) -> Flows:
    """A question was asked that is given up while its flow is being made."""
    await graph.record([shipment(0)])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await flows.now(graph)
    return flows


def test_a_question_that_is_given_up_does_not_undo_what_was_made_for_it(tmp_path: Path, on_graph: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(Flows):
        async def _anew(self, graph: FoodGraph, seq: int) -> Flow:
            made.append(seq)
            await asyncio.sleep(0.5)
            return await super()._anew(graph, seq)

    async def work(graph: FoodGraph) -> None:
        flows = await given_up(Counted(tmp_path), graph)
        monkeypatch.setattr("resolvers.flows._PATIENCE", 0.1)
        with pytest.raises(Unavailable, match="is being made from the graph, and that goes on: ask again in a minute"):
            await flows.now(graph)
        monkeypatch.undo()
        assert len((await flows.now(graph)).acts) == 1
        assert len(made) == 1

    on_graph(work)


@pytest.mark.parametrize("ending", ["the server stops", "the database goes"])
def test_a_flow_that_nobody_needs_is_not_made_to_its_end(tmp_path: Path, on_graph: Run, ending: str) -> None:
    class Slow(Flows):
        async def _anew(self, graph: FoodGraph, seq: int) -> Flow:
            await asyncio.sleep(600)
            return await super()._anew(graph, seq)

    async def work(graph: FoodGraph) -> None:
        flows = await given_up(Slow(tmp_path), graph)
        if ending == "the database goes":
            flows.forget(graph.tenant.database)
            await asyncio.sleep(0.1)
            assert not flows._tasks
        await flows.close()
        assert not flows._tasks and not list(tmp_path.iterdir())

    on_graph(work)
