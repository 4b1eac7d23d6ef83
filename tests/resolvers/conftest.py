"""Companies behind the API in this process: keys of any permissions, questions in a line."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from graph_core.callers import ALL, Permission
from graph_core.platform import Platform
from ontology.food import Lot, Product
from ontology.language import Fact, Source
from ontology.places import Place
from ontology.relations import OF_PRODUCT
from ontology.values import Time
from resolvers.server import Service, application

FLOUR = Product(gtin="09506000134352", name="Wheat flour")
MILL = Place(owner="Mill Ltd", name="Mill by the river", country="NL")


def lots(count: int) -> list[Fact]:
    """A product, a place and lots: some share a time, some have none, some share a note."""
    facts: list[Fact] = [Fact(FLOUR, Source("erp", "p1")), Fact(MILL, Source("erp", "s1"))]
    for number in range(count):
        made = None if number % 5 == 0 else Time.told(f"2025-03-{1 + number % 9:02}")
        note = None if number % 3 == 0 else f"Silo {number % 4}"
        lot = Lot(product=FLOUR.ref, code=f"L{number:03}", made=made, note=note, code_known=number % 2 == 0)
        facts.append(Fact(lot, Source("erp", f"l{number}"), links=(OF_PRODUCT(FLOUR),)))
    return facts


class Asking:
    """A caller of one tenant: `ask` answers with the whole JSON of the response."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self.client, self.key, self.headers = client, key, {"Authorization": f"Bearer {key}"}

    async def answer(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        return (await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=self.headers)).json()

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data; fails the test when there are errors."""
        told = await self.answer(query, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def upload(self, name: str, content: bytes, **asked: Any) -> Any:
        """The payload of importFile."""
        document = "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id state } userErrors { code field message } } }"
        operations = {"query": document, "variables": {"input": {**asked, "file": None}}}
        sent = {"operations": json.dumps(operations), "map": '{"0": ["variables.input.file"]}'}
        answer = await self.client.post("/graphql", data=sent, files={"0": (name, content)}, headers=self.headers)
        return answer.json()["data"]["importFile"] if "data" in answer.json() else answer.json()

    async def finished(self, number: str) -> Any:
        """The import, when it is done."""
        query = (
            "query($id: ID!) { importJob(id: $id) { id file format dataset state position total recorded known refused findings created finished "
            "message refusals { place rule remedy text record } } }"
        )
        while (job := (await self.ask(query, id=number))["importJob"])["state"] in ("checking", "recording"):
            await asyncio.sleep(0.05)
        return job


Work = Callable[["Desk"], Awaitable[Any]]


class Desk:
    """The application of this process, and callers of its tenants."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient, service: Service) -> None:
        self.platform, self.client, self.service = platform, client, service

    def of(self, tenant: str, permissions: frozenset[Permission] = ALL, name: str = "tester") -> Asking:
        """A caller with a fresh key."""
        return Asking(self.client, self.platform.registry.create_key(tenant, name, permissions))

    async def recorded_at(self, tenant: str, seq: int) -> str:
        """When a journal entry was recorded."""
        graph = self.platform.open(self.platform.owner(tenant))
        try:
            return str(next(iter([entry.recorded async for entry in graph.entries(seq - 1, seq)])))
        finally:
            await graph.close()


@asynccontextmanager
async def opened(platform: Platform) -> AsyncIterator[Desk]:
    app = application(platform)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        try:
            yield Desk(platform, client, app.state.service)
        finally:
            await app.state.service.close()


@pytest.fixture
def at_desk(platform: Platform) -> Callable[[Work], Any]:
    """Run a coroutine function on the application of this process."""

    def run(work: Work) -> Any:
        async def whole() -> Any:
            async with opened(platform) as desk:
                return await work(desk)

        return asyncio.run(whole())

    return run


@pytest.fixture(scope="module")
def company(platform: Platform, request: pytest.FixtureRequest) -> Iterator[str]:
    """A tenant of this module with 120 lots of flour."""
    name = f"company of {request.module.__name__}"[-60:]
    platform.create_tenant(name)

    async def load() -> None:
        graph = platform.open(platform.owner(name))
        await graph.record(lots(120))
        await graph.close()

    asyncio.run(load())
    yield name
    platform.drop_tenant(name)
