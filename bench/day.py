"""A day of mixed work in small: ten tenants in one engine, imports running in some while lots of all are traced."""

import asyncio
import json
import random
import time
from typing import Any

import httpx
from starlette.applications import Starlette

from bench.machine import Row, descriptors, mb, memory
from graph_core.platform import Platform
from resolvers.server import application

TENANTS, TRACES, TABLES = 10, 400, 3
_ASK = "query($input: TraceInput!) { trace(input: $input) { totalActs origins { act { id what } } acts(first: 100) { id what } missing { sort } } }"
_IMPORT = "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } userErrors { message } } }"
_JOB = "query($id: ID!) { importJob(id: $id) { state message refused } }"
_LOTS = "{ lots(first: 100) { nodes { key } } }"


class Tenant:
    """One company and its client."""

    def __init__(self, name: str, client: httpx.AsyncClient) -> None:
        self.name, self._client = name, client
        self.lots: list[str] = []

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of a question. Raises AssertionError for an answer with errors."""
        answer = (await self._client.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, (self.name, answer["errors"])
        return answer["data"]

    async def load(self, name: str, content: bytes) -> None:
        """Import a file and wait for it."""
        sent = {"operations": json.dumps({"query": _IMPORT, "variables": {"input": {"file": None}}}), "map": '{"0": ["variables.input.file"]}'}
        answer = (await self._client.post("/graphql", data=sent, files={"0": (name, content)})).json()
        number = answer["data"]["importFile"]["job"]["id"]
        while (job := (await self.ask(_JOB, id=number))["importJob"])["state"] in ("checking", "recording"):
            await asyncio.sleep(0.1)
        assert job["state"] == "done" and not job["refused"], job

    async def traced(self, chance: random.Random) -> float:
        """Trace one lot; milliseconds."""
        began = time.perf_counter()
        await self.ask(_ASK, input={"starts": [{"code": chance.choice(self.lots)}]})
        return (time.perf_counter() - began) * 1000


async def rows(platform: Platform, shipments: int = 1_000, traces: int = TRACES) -> list[Row]:
    """Rows of the table: traces of ten tenants quiet, and while three of them import; what ten tenants take of the machine."""
    before = memory(), descriptors()
    made = time.perf_counter()
    for number in range(TENANTS):
        platform.create_tenant(f"tenant {number}")
    made = (time.perf_counter() - made) / TENANTS
    app = application(platform)
    async with app.router.lifespan_context(app):
        quiet, busy = await _day(platform, app, shipments, traces)
        taken = memory() - before[0], descriptors() - before[1]
    p99 = [times[int(len(times) * 0.99)] for times in (quiet, busy)]
    bar = f"{max(50, 2 * p99[0]):.0f} ms"
    size = f"{TENANTS} tenants of {shipments:,} shipments"
    return [
        (
            f"traces while three of {size} import, p99 of {len(busy)} (the slowest {busy[-1]:.0f} ms)",
            f"{p99[1]:.0f} ms",
            f"{p99[0]:.0f} ms quiet",
            f"{p99[1] / p99[0]:.1f}",
            bar,
        ),
        (f"{size} in one engine take", mb(taken[0]), f"{mb(before[0])} before", "-", f"{taken[1]:,} files open more"),
        ("a tenant is made in", f"{made * 1000:.0f} ms", "-", "-", "-"),
    ]


async def _day(platform: Platform, app: Starlette, shipments: int, traces: int) -> tuple[list[float], list[float]]:
    """Milliseconds of traces of all tenants, sorted: quiet, and while three of them import tables one after the other."""
    tenants = []
    for number in range(TENANTS):
        headers = {"Authorization": f"Bearer {platform.registry.create_key(f'tenant {number}', 'bench')}"}
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", headers=headers, timeout=600)
        tenants.append(Tenant(f"tenant {number}", client))
    for number, tenant in enumerate(tenants):
        await tenant.load("company.json", _company(shipments, number))
        tenant.lots = [one["key"] for one in (await tenant.ask(_LOTS))["lots"]["nodes"]]
        await tenant.traced(random.Random(0))
    chance = random.Random(1)
    quiet = [await chance.choice(tenants).traced(chance) for _ in range(traces)]

    async def imports(tenant: Tenant) -> None:
        for table in range(TABLES):
            await tenant.load(f"deliveries {table}.csv", _deliveries(table, 3 * shipments))

    importing = asyncio.gather(*(imports(tenant) for tenant in tenants[:3]))
    busy: list[float] = []
    while not importing.done():
        busy.append(await chance.choice(tenants).traced(chance))
        await asyncio.sleep(0.01)
    await importing
    return sorted(quiet), sorted(busy)


def _company(shipments: int, seed: int) -> bytes:
    return json.dumps({"format": "foodflow-company/1", "shipments": shipments, "seed": seed}).encode()


def _deliveries(table: int, rows: int) -> bytes:
    """A table of deliveries from ten mills to a hundred bakeries, a lot each."""
    lines = ["Number,From name,To name,Product name,Lot,Amount,Unit,Departed,Arrived"]
    for number in range(rows):
        ends, days = f"Mill {number % 10},Bakery {number % 100}", f"2026-{1 + number % 12:02}-10,2026-{1 + number % 12:02}-11"
        lines.append(f"D{table}-{number},{ends},Wheat flour,F{table}-{number},{20 + number % 50},kg,{days}")
    return "\n".join(lines).encode()
