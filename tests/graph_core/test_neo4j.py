"""What is true of Neo4j alone: a Community server takes one tenant, and is empty again when it is gone."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_core.elsewhere import Address, Elsewhere, reached
from graph_core.embedded import DataFolder
from graph_core.foodgraph import FoodGraph
from graph_core.health import engine_checks
from graph_core.neo4j_server import Community, Enterprise, allowances
from graph_core.platform import Platform
from graph_core.server import Capability
from graph_core.verify import verify
from ingest.fcl import SAMPLE
from ontology.errors import Refused, Unavailable
from ontology.language import Fact, Source
from ontology.places import Place
from tests.cli.shell import Shell
from tests.neo4j_server import PASSWORD, Neo4jServer
from tests.resolvers.conftest import Desk, opened

pytestmark = pytest.mark.engine("neo4j")


@pytest.fixture
def spare(neo4j_servers: list[Neo4jServer]) -> Iterator[Neo4jServer]:
    """A server that no tenant of the run lives on, emptied afterwards."""
    server = neo4j_servers[-1]
    yield server
    with community(server) as whole:
        for database in whole.databases():
            whole.drop_database(database)
        asked(server, "MATCH (n) DETACH DELETE n")
        for row in asked(server, "SHOW CONSTRAINTS YIELD name"):
            asked(server, f"DROP CONSTRAINT `{row[0]}`")


class community:  # noqa: N801
    """The server as its administrator sees it."""

    def __init__(self, server: Neo4jServer) -> None:
        self._server = server

    def __enter__(self) -> Community:
        found = reached(Address(self._server.url, "neo4j", PASSWORD))
        assert isinstance(found, Community)
        self._found = found
        return found

    def __exit__(self, *error: object) -> None:
        self._found.close()


def asked(server: Neo4jServer, statement: str, database: str = "neo4j", **values: Any) -> list[list[Any]]:
    with neo4j.GraphDatabase.driver(server.url, auth=("neo4j", PASSWORD)) as driver, driver.session(database=database) as session:
        return [list(row) for row in session.run(statement, values)]


def left(server: Neo4jServer) -> tuple[int, int, int]:
    """How many things, constraints and indexes beyond Neo4j's own a server holds."""
    indexes = [row for row in asked(server, "SHOW INDEXES YIELD name, type") if row[1] != "LOOKUP"]
    return asked(server, "MATCH (n) RETURN count(n)")[0][0], len(asked(server, "SHOW CONSTRAINTS")), len(indexes)


@pytest.fixture
def alone(spare: Neo4jServer, tmp_path: Path) -> Iterator[Platform]:
    """A data folder of its own over the spare server."""
    platform = over(spare.url, tmp_path)
    yield platform
    platform.close()


def over(url: str, folder: Path, password: str = PASSWORD) -> Platform:
    data = DataFolder(folder / "data")
    data.lock("tests")
    engine = Elsewhere([Address(url, "neo4j", password)])
    try:
        engine.start()
    except BaseException:
        data.unlock()
        raise
    return Platform(data, engine)


def tell(platform: Platform, tenant: str, code: str) -> None:
    async def work() -> None:
        graph = platform.open(platform.owner(tenant))
        try:
            await graph.record([Fact(Place(owner="o", code=code), Source("test", code))])
        finally:
            await graph.close()

    asyncio.run(work())


def places(platform: Platform, tenant: str) -> Any:
    async def work() -> Any:
        graph: FoodGraph = platform.open(platform.owner(tenant))
        try:
            return await graph.read("MATCH (p:Place) RETURN p.code ORDER BY p.code")
        finally:
            await graph.close()

    return asyncio.run(work())


def test_it_is_recognised_with_its_edition_and_declares_what_it_lacks(spare: Neo4jServer) -> None:
    with community(spare) as server:
        assert server.product.startswith("Neo4j 5.26.") and server.product.endswith(" Community")
        assert server.can == frozenset() and server.databases() == []
        for capability in Capability:
            with pytest.raises(Unavailable, match=capability.does):
                server.need(capability)


def test_a_tenant_that_is_dropped_leaves_the_server_empty(alone: Platform, spare: Neo4jServer) -> None:
    alone.create_tenant("acme")
    tell(alone, "acme", "a")
    things, rules, _ = left(spare)
    assert things >= 4 and rules > 20
    alone.drop_tenant("acme")
    assert left(spare) == (0, 0, 0) and alone.registry.tenants() == []
    alone.create_tenant("globex")
    assert places(alone, "globex") == []


def test_a_second_tenant_on_one_server_is_refused_with_the_way_out(alone: Platform) -> None:
    alone.create_tenant("acme")
    tell(alone, "acme", "a")
    words = r"No graph server has room for another tenant \(.* holds a tenant already\): name a further, empty one in FOODFLOW_GRAPH_URL\."
    with pytest.raises(Refused, match=words):
        alone.create_tenant("globex")
    assert [tenant.name for tenant in alone.registry.tenants()] == ["acme"] and places(alone, "acme") == [["a"]]


@pytest.mark.parametrize(
    "theirs", ["CREATE (:Customer {name: 'theirs'})", "CREATE CONSTRAINT theirs FOR (n:Customer) REQUIRE n.id IS UNIQUE"], ids=["data", "rules"]
)
def test_a_server_that_holds_data_of_others_is_refused_and_not_touched(alone: Platform, spare: Neo4jServer, theirs: str) -> None:
    asked(spare, theirs)
    before = left(spare)
    with pytest.raises(Refused, match="holds data that is not ours"):
        alone.create_tenant("acme")
    assert left(spare) == before and alone.registry.tenants() == []


def test_a_server_that_holds_the_tenant_of_another_data_folder_is_refused(alone: Platform, spare: Neo4jServer, tmp_path: Path) -> None:
    alone.create_tenant("acme")
    other = over(spare.url, tmp_path / "other")
    try:
        with pytest.raises(Refused, match="holds a tenant already"):
            other.create_tenant("globex")
    finally:
        other.close()
    assert alone.server.databases() == [alone.registry.tenant("acme").database]


def test_a_tenant_is_found_whatever_the_order_of_the_addresses(neo4j_servers: list[Neo4jServer], tmp_path: Path) -> None:
    urls = [server.url for server in neo4j_servers[1:]]
    first = Platform(_locked(tmp_path), _started(urls))
    for name in ("acme", "globex"):
        first.create_tenant(name)
        tell(first, name, name)
    first.close()
    again = Platform(_locked(tmp_path), _started(urls[::-1]))
    try:
        assert (places(again, "acme"), places(again, "globex")) == ([["acme"]], [["globex"]])
        homes = {again.server.home(again.registry.tenant(name)).bolt for name in ("acme", "globex")}
        assert homes == set(urls)
    finally:
        for name in ("acme", "globex"):
            again.drop_tenant(name)
        again.close()


def _locked(folder: Path) -> DataFolder:
    data = DataFolder(folder / "data")
    data.lock("tests")
    return data


def _started(urls: list[str]) -> Elsewhere:
    engine = Elsewhere([Address(url, "neo4j", PASSWORD) for url in urls])
    engine.start()
    return engine


def test_one_server_that_is_down_keeps_its_own_tenant_waiting_alone(neo4j_servers: list[Neo4jServer], tmp_path: Path) -> None:
    engine = _started([neo4j_servers[-1].url, "bolt://127.0.0.1:9"])
    platform = Platform(_locked(tmp_path), engine)
    try:
        platform.create_tenant("acme")
        tell(platform, "acme", "a")
        assert engine.alive() and places(platform, "acme") == [["a"]]
        with pytest.raises(Refused, match=r"bolt://127.0.0.1:9 does not answer.*holds a tenant already"):
            platform.create_tenant("globex")
        problems = [check.problem for check in engine_checks(engine) if check.problem]
        assert problems == ["The graph server at bolt://127.0.0.1:9 does not answer: start it, or check FOODFLOW_GRAPH_URL."]
    finally:
        platform.drop_tenant("acme")
        platform.close()


def test_a_tenant_whose_server_is_not_named_is_said_to_be_on_none(alone: Platform, spare: Neo4jServer) -> None:
    alone.create_tenant("acme")
    with community(spare) as server:
        server.drop_database(alone.registry.tenant("acme").database)
    with pytest.raises(Unavailable, match="does not hold the graph of this tenant any more"):
        places(alone, "acme")
    assert alone.drop_tenant("acme").left == []


def test_a_tenant_is_not_said_to_be_deleted_while_its_server_is_silent(neo4j_servers: list[Neo4jServer], tmp_path: Path) -> None:
    first, second = (server.url for server in neo4j_servers[1:])
    both = Platform(_locked(tmp_path), _started([first, second]))
    for name in ("acme", "globex"):
        both.create_tenant(name)
    both.close()
    half = Platform(_locked(tmp_path), _started([first, "bolt://127.0.0.1:9"]))
    try:
        with pytest.raises(Unavailable, match="The graph of this tenant may be on bolt://127.0.0.1:9, which does not answer"):
            half.drop_tenant("globex")
        assert half.drop_tenant("acme").left == [] and [tenant.name for tenant in half.registry.tenants()] == ["globex"]
    finally:
        half.close()
    whole = Platform(_locked(tmp_path), _started([first, second]))
    try:
        assert whole.drop_tenant("globex").left == [] and whole.server.databases() == []
    finally:
        whole.close()


def test_a_wrong_password_is_refused_in_words_without_it(spare: Neo4jServer, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"refuses the user 'neo4j': check FOODFLOW_GRAPH_USER and the password") as raised:
        over(spare.url, tmp_path, password="not-this-one")
    assert "not-this-one" not in str(raised.value)


def test_the_statements_for_enterprise_are_understood_and_refused_only_for_the_edition(spare: Neo4jServer) -> None:
    """No Enterprise server can be had here: what is known is that its statements are Cypher of this version."""
    statements = ["CREATE DATABASE `t-1` WAIT", "DROP DATABASE `t-1` IF EXISTS DESTROY DATA WAIT", "DROP ROLE `w_1` IF EXISTS"]
    statements += allowances("t-1", "w_1", writes=True)
    for statement in statements:
        with pytest.raises(neo4j.exceptions.Neo4jError) as raised:
            asked(spare, statement, database="system", password="long enough")
        code = "DatabaseError.Statement.ExecutionFailed" if "CREATE USER" in statement else "ClientError.Statement.UnsupportedAdministrationCommand"
        assert raised.value.code == f"Neo.{code}", statement
    server = Enterprise(spare.url, "", lambda: neo4j.GraphDatabase.driver(spare.url, auth=("neo4j", PASSWORD)))
    assert server.databases() == []
    server.close()


def test_the_application_is_not_ready_while_its_server_is_stopped_and_is_ready_again(alone: Platform, spare: Neo4jServer) -> None:
    alone.create_tenant("acme")

    async def ready(desk: Desk) -> tuple[int, str]:
        answer = await desk.client.get("/readyz")
        return answer.status_code, answer.text

    async def work() -> None:
        async with opened(alone) as desk:
            assert await ready(desk) == (200, "ready\n")
            assert spare.pid
            os.kill(spare.pid, signal.SIGSTOP)
            try:
                assert await ready(desk) == (503, "the graph engine does not answer\n")
            finally:
                os.kill(spare.pid, signal.SIGCONT)
            assert await ready(desk) == (200, "ready\n")

    asyncio.run(work())
    assert places(alone, "acme") == []


def test_a_server_that_is_killed_and_comes_back_has_lost_nothing_and_is_found_without_a_restart(alone: Platform, spare: Neo4jServer) -> None:
    alone.create_tenant("acme")
    told: list[str] = []
    for number in range(20):
        tell(alone, "acme", f"{number:02}")
        told.append(f"{number:02}")
    spare.stop()
    assert not alone.engine.alive()
    with pytest.raises(Unavailable):
        tell(alone, "acme", "while it is down")
    spare.begin()
    spare.wait()
    tell(alone, "acme", "after")

    async def verdict() -> list[str]:
        graph = alone.open(alone.owner("acme"))
        try:
            return (await verify(graph, graph.head())).problems
        finally:
            await graph.close()

    assert places(alone, "acme") == [[code] for code in (*told, "after")] and asyncio.run(verdict()) == []


def test_commands_work_on_it_and_show_its_password_nowhere(spare: Neo4jServer, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    shell = Shell(tmp_path)
    shell.environment |= {"FOODFLOW_GRAPH_URL": spare.url, "FOODFLOW_GRAPH_PASSWORD_FILE": str(secret)}
    (tmp_path / "bakery.json").write_text(SAMPLE)
    said = []
    for words in (
        ("import", "bakery.json", "--tenant", "acme", "--create"),
        ("trace", "L42", "--tenant", "acme"),
        ("journal", "verify", "--tenant", "acme"),
        ("doctor",),
    ):
        done = shell(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout + done.stderr)
    assert "The journal is whole" in said[2]
    assert f"Neo4j 5.26.30 Community, {spare.url}; holds a tenant" in said[3] and "no: " in said[3] and "All is well." in said[3]
    refused = shell("import", "bakery.json", "--tenant", "globex", "--create")
    assert refused.returncode == 1 and "holds a tenant already" in refused.stderr
    assert PASSWORD not in "".join(said) + refused.stderr
    assert not [file for file in (tmp_path / "data").rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]
