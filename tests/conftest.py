"""One real engine for the whole run, a fresh database per test."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from graph_core.callers import Caller
from graph_core.embedded import DataFolder, EmbeddedEngine
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("FOODFLOW_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of test inputs; a test that needs it is skipped by name where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"test data is absent: {DATA} (set FOODFLOW_TEST_DATA)")
    return DATA


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running engine with its registry, for the whole run."""
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    folder.lock("tests")
    engine = EmbeddedEngine(folder)
    engine.start()
    platform = Platform(folder, engine)
    yield platform
    platform.close()


Opened = Callable[[], Any]
Run = Callable[[Callable[[FoodGraph], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(autouse=True)
def without_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tenants that a test made go with it: each database holds about 130 files open."""
    used: Platform | None = request.getfixturevalue("platform") if "platform" in request.fixturenames else None
    before = {one.name for one in used.registry.tenants()} if used else set()
    yield
    for one in used.registry.tenants() if used else ():
        if one.name not in before:
            used.drop_tenant(one.name)  # type: ignore[union-attr]


@pytest.fixture
def tenant(platform: Platform, request: pytest.FixtureRequest) -> str:
    """A fresh tenant of this test's own."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    platform.create_tenant(name)
    return name


@pytest.fixture
def on_graph(platform: Platform, tenant: str) -> Run:
    """Run a coroutine function on a fresh graph."""

    def run(work: Callable[[FoodGraph], Coroutine[Any, Any, Any]]) -> Any:
        async def whole() -> Any:
            async with _graph(platform, platform.owner(tenant)) as graph:
                return await work(graph)

        return asyncio.run(whole())

    return run


@asynccontextmanager
async def _graph(platform: Platform, caller: Caller) -> AsyncIterator[FoodGraph]:
    graph = platform.open(caller)
    try:
        yield graph
    finally:
        await graph.close()
