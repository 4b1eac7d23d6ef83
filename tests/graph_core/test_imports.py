"""Imports go on where they stood, say what was refused, and can be undone."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from graph_core import imports
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.registry import Job
from graph_core.verify import verify
from ontology.errors import Refused
from ontology.language import Fact, Refusal, Source
from ontology.places import Place

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


def places(count: int) -> Iterator[Fact | Refusal]:
    for number in range(count):
        yield Fact(Place(owner="test", code=str(number)), Source("test", f"row {number}", "places.csv", number))


class Killed(Exception):
    """What a killed program leaves behind."""


def start(platform: Platform, tenant: str) -> Job:
    return imports.job_for(platform.registry, tenant, "places.csv", None, "f" * 64, 10, "test")


def test_an_import_that_was_killed_goes_on_where_it_stood(platform: Platform, tenant: str, on_graph: Run) -> None:
    def die(job: Job) -> None:
        if job.position:
            raise Killed

    async def work(graph: FoodGraph) -> None:
        first = start(platform, tenant)
        with pytest.raises(Killed):
            await imports.run(graph, platform.registry, first, lambda: places(12_000), die, proceed=True, dry_run=False)
        again = start(platform, tenant)
        assert again.id == first.id and again.position in (5_000, 10_000)
        await imports.run(graph, platform.registry, again, lambda: places(12_000), lambda job: None, proceed=True, dry_run=False)
        assert (again.state, again.recorded, again.known) == ("done", 12_000, 0)
        assert (await graph.read("MATCH (n:Place) RETURN count(n)")) == [[12_000]]

    on_graph(work)


def test_an_undone_import_leaves_nothing_and_the_journal_keeps_it(platform: Platform, tenant: str, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        await imports.run(graph, platform.registry, job, lambda: places(10), lambda job: None, proceed=True, dry_run=False)
        assert await imports.undo(graph, platform.registry, job.id) == 10
        assert await graph.read("MATCH (n:Place) RETURN count(n)") == [[0]]
        assert (await verify(graph, graph.head())).problems == []

    on_graph(work)


def test_all_or_nothing_refuses_the_file_and_a_dry_run_records_nothing(platform: Platform, tenant: str, on_graph: Run) -> None:
    def mixed() -> Iterator[Fact | Refusal]:
        yield from places(3)
        yield Refusal("places.csv line 9", "no code", "Give it one.")

    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        with pytest.raises(Refused, match=r"places.csv line 9: no code\. Give it one\. Nothing was recorded"):
            await imports.run(graph, platform.registry, job, mixed, lambda job: None, proceed=False, dry_run=False)
        refused = await imports.run(graph, platform.registry, job, mixed, lambda job: None, proceed=True, dry_run=True)
        assert len(refused) == 1 and await graph.read("MATCH (n:Place) RETURN count(n)") == [[0]]
        await asyncio.sleep(0)

    on_graph(work)
