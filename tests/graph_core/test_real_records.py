"""Real records on the real engine: what two contents do, and that order and repetition change nothing."""

import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from algorithms.find import start
from algorithms.flow import Flow
from algorithms.trace import trace
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.verify import verify
from ingest.connector import Document, connector_for

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


async def record(graph: FoodGraph, file: Path) -> list[str]:
    """Record a file; answers the records refused."""
    with file.open("rb") as opened:
        document = Document(file.name, opened, file.stat().st_size)
        connector = connector_for(document)
        assert connector is not None, file
        receipt = await graph.record(connector.facts(document), proceed=True)
    return [str(refusal.record) for refusal in receipt.refused]


async def state(graph: FoodGraph) -> set[tuple[Any, ...]]:
    """Every thing and relation of the graph, without provenance."""
    nodes = await graph.read("MATCH (n) WHERE n.key IS NOT NULL RETURN labels(n)[0], n.key")
    links = await graph.read("MATCH (a)-[r]->(b) RETURN type(r), a.key, b.key")
    return {tuple(row) for row in (*nodes, *links)}


async def traces(graph: FoodGraph) -> dict[str, tuple[list[Any], list[Any]]]:
    """The trace both ways of every lot: its acts and its links."""
    flow = Flow.of([node async for node in graph.things(Flow.KINDS, graph.head().seq)])
    found = {}
    for key in flow.all("Lot"):
        whole = trace(flow, [start(flow, "Lot", key)])
        acts = [(act.act, act.direction, act.depth, act.confidence, act.scope, act.end) for act in whole.acts(whole.total_acts)]
        links = [(link.start, link.end, link.rule, link.confidence, link.scope) for link in whole.links(whole.total_links)]
        found[key] = sorted(acts), sorted(links)
    return found


def test_the_official_samples_in_one_tenant_refuse_exactly_the_three_ids_with_two_contents(data: Path, on_graph: Run) -> None:
    files = sorted((data / "epcis/gs1/JSON").rglob("*.jsonld"))

    async def work(graph: FoodGraph) -> None:
        refused = {number for file in files for number in await record(graph, file)}
        assert len(refused) == 3
        entries = graph.head().seq
        assert {number for file in files for number in await record(graph, file)} == refused
        assert graph.head().seq == entries
        assert (await verify(graph, graph.head())).problems == []

    on_graph(work)


def test_the_seven_critical_tracking_events_import_but_for_the_one_id_with_two_contents(data: Path, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        refused = [number for file in sorted((data / "epcis/fsma204").glob("*.jsonld")) for number in await record(graph, file)]
        assert len(refused) == 1
        assert (await verify(graph, graph.head())).problems == []

    on_graph(work)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_files_and_importing_twice_change_no_key_no_link_and_no_trace(data: Path, platform: Platform, on_graph: Run, seed: int) -> None:
    files = [f for f in sorted((data / "epcis/gs1/JSON").rglob("*.jsonld")) if "WithDigitalLinkID" not in str(f)][:24]
    files += [data / "gdst/traceback_18_events.jsonld", data / "fcl/ExampleData.json"]

    async def work(graph: FoodGraph) -> None:
        twice = {number for _ in range(2) for file in files for number in await record(graph, file)}
        other = f"shuffled {seed}"
        platform.create_tenant(other)
        mixed = platform.open(platform.owner(other))
        try:
            kept = [file for file in files if not twice & set(await _ids(file))]
            random.Random(seed).shuffle(kept)
            for file in [file for file in files if file not in kept] + kept:
                await record(mixed, file)
            assert await state(mixed) == await state(graph)
            told = await traces(graph)
            assert await traces(mixed) == told and any(links for _, links in told.values())
        finally:
            await mixed.close()

    on_graph(work)


async def _ids(file: Path) -> list[str]:
    with file.open("rb") as opened:
        document = Document(file.name, opened, file.stat().st_size)
        connector = connector_for(document)
        assert connector is not None
        return [item.source.record for item in connector.facts(document) if hasattr(item, "source")]
