"""One real engine for the whole run, a fresh database per test.

The engine is the embedded one, or with `--engine neo4j` real Neo4j Community servers (`make neo4j` brings the program): then every test that
needs an engine runs on them, but for those marked as being about the other engine. What is deselected here runs in the other run.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from graph_core.callers import Caller
from graph_core.elsewhere import Address, Elsewhere
from graph_core.embedded import DataFolder, EmbeddedEngine
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from tests.neo4j_server import PASSWORD, Neo4jServer, place

SERVERS = 3
ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("FOODFLOW_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of test inputs; a test that needs it is skipped by name where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"test data is absent: {DATA} (set FOODFLOW_TEST_DATA)")
    return DATA


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which engine the run is about."""
    parser.addoption("--engine", choices=("embedded", "neo4j"), default="embedded", help="the engine that holds the graphs of this run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that are about the engine of this run: those that need one, and none marked as another's."""
    engine = config.getoption("--engine")
    kept = [item for item in items if _about(item, engine)]
    if dropped := [item for item in items if item not in kept]:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _about(item: pytest.Item, engine: str) -> bool:
    mark = item.get_closest_marker("engine")
    return engine in mark.args if mark else engine == "embedded" or "platform" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def neo4j_servers() -> Iterator[list[Neo4jServer]]:
    """As many Neo4j servers as one test has tenants; a failure to start them is an error, never a skip."""
    with ExitStack() as held:
        servers = [Neo4jServer(held.enter_context(place(str(number)))) for number in range(SERVERS)]
        for server in servers:
            held.callback(server.stop)
            server.begin()
        for server in servers:
            server.wait()
        yield servers


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Platform]:
    """A running engine with its registry, for the whole run."""
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    folder.lock("tests")
    engine: EmbeddedEngine | Elsewhere = EmbeddedEngine(folder)
    if request.config.getoption("--engine") == "neo4j":
        servers = request.getfixturevalue("neo4j_servers")
        engine = Elsewhere([Address(server.url, "neo4j", PASSWORD) for server in servers])
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
