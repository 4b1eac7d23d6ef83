"""Imports go on where they stood, say what was refused, and can be undone."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from graph_core import imports
from graph_core.foodgraph import FoodGraph
from graph_core.known import Known
from graph_core.platform import Platform
from graph_core.registry import Job
from graph_core.spool import MOST_OF_RECORD, here
from graph_core.verify import verify
from ontology.errors import Refused, Unavailable
from ontology.language import Fact, Refusal, Retraction, Source
from ontology.places import Place

Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


def places(count: int) -> Iterator[Fact | Refusal]:
    for number in range(count):
        yield Fact(Place(owner="test", code=str(number)), Source("test", f"row {number}", "places.csv", number))


class Killed(Exception):
    """What a killed program leaves behind."""


def start(platform: Platform, tenant: str) -> Job:
    return imports.job_for(platform.registry, tenant, "places.csv", None, "f" * 64, 10, "test")


def unread() -> Iterator[Fact | Refusal]:
    """A file that is checked already and must not be read again."""
    raise AssertionError("the file was read twice")
    yield


def test_an_import_that_was_killed_goes_on_where_it_stood(platform: Platform, tenant: str, on_graph: Run) -> None:
    def die(job: Job) -> None:
        if job.position:
            raise Killed

    async def work(graph: FoodGraph) -> None:
        first = start(platform, tenant)
        with pytest.raises(Killed):
            await imports.run(graph, platform.registry, first, here(lambda: places(12_000)), die, proceed=True, dry_run=False)
        again = start(platform, tenant)
        assert (again.id, again.position) == (first.id, 10_000)  # the batch under way was still settled
        await imports.run(graph, platform.registry, again, here(unread), lambda job: None, proceed=True, dry_run=False)
        assert (again.state, again.recorded, again.known) == ("done", 12_000, 0)
        assert (await graph.read("MATCH (n:Place) RETURN count(n)")) == [[12_000]]

    on_graph(work)


def test_what_stands_is_known_whether_it_was_sorted_in_or_not(
    platform: Platform, tenant: str, on_graph: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Known, "LOOSE", 1_000)

    async def work(graph: FoodGraph) -> None:
        for count, expected in ((12_000, (12_000, 0)), (12_500, (500, 12_000))):
            job = start(platform, tenant)
            await imports.run(graph, platform.registry, job, here(partial(places, count)), lambda job: None, proceed=True, dry_run=False)
            assert (job.recorded, job.known) == expected
            assert (await graph.read("MATCH (n:Place) RETURN count(n)")) == [[count]]
        assert await imports.undo(graph, platform.registry, job.id) == 500
        assert (await graph.record(list(places(12_500)))).recorded == 500
        assert (await verify(graph, graph.head())).problems == []

    on_graph(work)


def test_an_undone_import_leaves_nothing_and_the_journal_keeps_it(platform: Platform, tenant: str, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        await imports.run(graph, platform.registry, job, here(lambda: places(10)), lambda job: None, proceed=True, dry_run=False)
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
            await imports.run(graph, platform.registry, job, here(mixed), lambda job: None, proceed=False, dry_run=False)
        refused = await imports.run(graph, platform.registry, job, here(mixed), lambda job: None, proceed=True, dry_run=True)
        assert len(refused) == 1 and await graph.read("MATCH (n:Place) RETURN count(n)") == [[0]]
        await asyncio.sleep(0)

    on_graph(work)


def test_what_was_refused_waits_in_a_file_and_what_was_checked_does_not_stay(platform: Platform, tenant: str, on_graph: Run) -> None:
    def mixed() -> Iterator[Fact | Refusal]:
        for number in range(3):
            yield Refusal(f"line {number}", "no code", "Give it one.", '{"name": "x"}', f"row {number}")
        yield from places(2)

    seen: list[tuple[str, int, int]] = []

    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        note = lambda job: seen.append((job.state, job.position, job.total))  # noqa: E731
        await imports.run(graph, platform.registry, job, here(mixed), note, proceed=True, dry_run=False)
        assert (job.state, job.recorded, job.refused) == ("done", 2, 3)
        assert list(imports.refusals(platform.registry, job, first=1, offset=1)) == [
            Refusal("line 1", "no code", "Give it one.", '{"name": "x"}', "row 1")
        ]
        assert [file.name for file in imports.folder(platform.registry, job).iterdir()] == ["refused.jsonl"]
        assert seen[0] == ("checking", 0, 2) and seen[-1] == ("done", 2, 2)

    on_graph(work)


def test_an_import_runs_once_at_a_time_and_is_undone_once(platform: Platform, tenant: str, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        silent = lambda job: None  # noqa: E731
        first = asyncio.create_task(imports.run(graph, platform.registry, job, here(lambda: places(2_000)), silent, proceed=True, dry_run=False))
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="is running: wait until it is done"):
            await imports.run(graph, platform.registry, job, here(lambda: places(2_000)), silent, proceed=True, dry_run=False)
        with pytest.raises(Refused, match="is running: wait until it is done"):
            await imports.undo(graph, platform.registry, job.id)
        await first
        assert (job.state, job.recorded) == ("done", 2_000)
        assert await imports.undo(graph, platform.registry, job.id) == 2_000
        with pytest.raises(Refused, match="is undone already"):
            await imports.undo(graph, platform.registry, job.id)

    on_graph(work)


def test_a_batch_that_fails_is_not_counted_and_neither_is_the_one_after_it(platform: Platform, tenant: str, on_graph: Run) -> None:
    async def work(graph: FoodGraph) -> None:
        job, recorded = start(platform, tenant), graph.record_checked

        async def failing(good: list[Any], refused: list[Refusal], *, proceed: bool, job: str) -> Any:
            if good[0]["record"] == "row 5000":
                raise Unavailable("away")
            return await recorded(good, refused, proceed=proceed, job=job)

        graph.record_checked = failing  # type: ignore[method-assign]
        with pytest.raises(Unavailable, match="away"):
            await imports.run(graph, platform.registry, job, here(lambda: places(16_000)), lambda job: None, proceed=True, dry_run=False)
        again = start(platform, tenant)
        assert (again.id, again.position, again.recorded) == (job.id, 5_000, 5_000)
        graph.record_checked = recorded  # type: ignore[method-assign]
        await imports.run(graph, platform.registry, again, here(unread), lambda job: None, proceed=True, dry_run=False)
        assert again.state == "done" and await graph.read("MATCH (n:Place) RETURN count(n)") == [[16_000]]

    on_graph(work)


def test_a_retraction_in_a_file_survives_the_wait(platform: Platform, tenant: str, on_graph: Run) -> None:
    def told() -> Iterator[Fact | Retraction]:
        yield Fact(Place(owner="test", code="1"), Source("test", "a"))
        yield Retraction(Source("test", "b", "places.csv", 2), "closed", of=Place(owner="test", code="1").ref, record="a")
        yield Retraction(Source("test", "c"), "closed", record="absent")

    async def work(graph: FoodGraph) -> None:
        await imports.run(graph, platform.registry, start(platform, tenant), here(told), lambda job: None, proceed=True, dry_run=False)
        assert await graph.read("MATCH (n:Place) RETURN count(n)") == [[0]]

    on_graph(work)


def test_a_changed_file_is_another_import(platform: Platform, tenant: str) -> None:
    first = start(platform, tenant)
    platform.registry.save(first)
    assert start(platform, tenant).id == first.id
    assert imports.job_for(platform.registry, tenant, "places.csv", None, "e" * 64, 10, "test").id != first.id


def test_a_record_that_no_entry_takes_is_refused_with_words_and_the_rest_goes_on(platform: Platform, tenant: str, on_graph: Run) -> None:
    def told() -> Iterator[Fact | Refusal]:
        yield from places(3)
        for number in range(MOST_OF_RECORD + 10):
            yield Fact(Place(owner="test", code=f"of one {number}"), Source("test", "one record", "places.csv", 4))
        for number in range(40):
            yield Fact(Place(owner="test", code=f"long {number}", name="n" * 500_000), Source("test", "long record", "places.csv", 5))
        yield Fact(Place(owner="test", code="last"), Source("test", "last", "places.csv", 6))

    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        refused = await imports.run(graph, platform.registry, job, here(told), lambda job: None, proceed=True, dry_run=False)
        assert [one.record for one in refused] == ["one record", "long record"]
        assert all("part it into records" in one.remedy for one in refused)
        assert (job.state, job.recorded) == ("done", 4)

    on_graph(work)


def test_large_records_are_recorded_in_messages_that_the_engine_takes(platform: Platform, tenant: str, on_graph: Run) -> None:
    def told() -> Iterator[Fact | Refusal]:
        for record in range(2):
            for number in range(14):
                yield Fact(
                    Place(owner="test", code=f"{record} {number}", name="n" * 700_000), Source("test", f"record {record}", "places.csv", record)
                )

    async def work(graph: FoodGraph) -> None:
        job = start(platform, tenant)
        assert not await imports.run(graph, platform.registry, job, here(told), lambda job: None, proceed=True, dry_run=False)
        assert (await graph.read("MATCH (n:Place) RETURN count(n), min(size(n.name))")) == [[28, 700_000]]
        assert (await verify(graph, graph.head())).problems == []
        with pytest.raises(Refused, match="smaller parts"):
            facts = [Fact(Place(owner="test", code=f"more {n}", name="n" * 800_000), Source("test", f"more {n}")) for n in range(20)]
            await graph.record(facts)
        assert (await graph.read("MATCH (n:Place) RETURN count(n)")) == [[28]]

    on_graph(work)
