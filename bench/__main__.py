"""`python -m bench`: the import of the generated company and traces of its lots, a day of mixed work, extreme networks, outbreak scores, pages.

Each figure stands against a reference of the same run.
"""

import argparse
import asyncio
import gc
import io
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import neo4j

from bench import day, extremes, pages, scores
from bench.machine import Peak, Row, disk, mb
from graph_core import cypher, imports
from graph_core.fold import Replay
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from graph_core.spool import BATCH, here
from graph_core.writer import Receipt
from ingest.company import Company, facts
from ingest.connector import Document
from ontology.facts import told
from ontology.language import Fact
from resolvers.server import application

RECALL = """query($input: RecallSizeInput!) { recallSize(input: $input) { accounted { share } savings { doubts } missing { sort }
  scopes { kilograms customers consignees(first: 100) { name } } } }"""
RECALLS = 20
TRACE = """query($input: TraceInput!) { trace(input: $input) { totalActs totalLinks limited missing { sort words }
  origins { act { id what } confidence } holders { act { id what } confidence } amounts { placeName productName unit received sent }
  acts(first: 100) { id what when depth } links(first: 100) { start end rule confidence } } }"""
SEED = 2026
_PATIENCE = 1_800.0
"""Seconds for which a trace is asked for."""


def main() -> None:
    """Measure, and print one table: what, ours, the reference of the same run, their ratio, the target."""
    wanted = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    wanted.add_argument("--shipments", type=int, default=100_000, help="size of the generated company")
    wanted.add_argument("--traces", type=int, default=1_000, help="how many random lots are traced")
    wanted.add_argument("--alone", action="store_true", help="the first import and its traces alone, without the references: for a million shipments")
    wanted.add_argument("--only", choices=("company", "day", "extremes", "scores", "pages"), help="one part alone")
    asked = wanted.parse_args()
    rows: list[Row] = []
    if asked.only not in ("extremes", "scores", "pages"):
        with tempfile.TemporaryDirectory() as folder:
            rows += in_engine(Path(folder), asked)
    if asked.only in (None, "extremes") and not asked.alone:
        rows += extremes.rows(asked.shipments)
    if asked.only in (None, "scores") and not asked.alone:
        rows += scores.rows(asked.shipments)
    if asked.only in (None, "pages") and not asked.alone:
        rows += pages.rows(min(asked.shipments, 20_000))
    table(rows)


def in_engine(folder: Path, asked: argparse.Namespace) -> list[Row]:
    """The parts that need the engine, each on one of its own."""
    rows: list[Row] = []
    parts: list[Callable[[Platform], Coroutine[Any, Any, list[Row]]]] = []
    if asked.only in (None, "company"):
        parts.append(lambda platform: measured(platform, asked.shipments, asked.traces, asked.alone))
    if asked.only in (None, "day") and not asked.alone:
        parts.append(lambda platform: day.rows(platform, max(asked.shipments // 100, 10), asked.traces))
    for number, part in enumerate(parts):
        platform = Platform.start(folder / str(number), "bench")
        try:
            rows += asyncio.run(part(platform))
        finally:
            platform.close()
    return rows


def table(rows: list[Row]) -> None:
    """Print rows under a head, in columns."""
    lines = [("what", "ours", "reference in the same run", "ratio", "target"), *rows]
    widths = [max(len(row[n]) for row in lines) for n in range(5)]
    for row in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


async def measured(platform: Platform, shipments: int, traces: int, alone: bool) -> list[Row]:
    """The rows of the table: first the import into a fresh engine, then the same facts through `record()`, the bare writes beside it."""
    for name in ("bench", "again", "bare"):
        platform.create_tenant(name)
    graph, again = (platform.open(platform.owner(name)) for name in ("bench", "again"))
    try:
        with Peak() as peak:
            first, first_cpu = await timed(lambda: imported(platform, graph, shipments))
        counts = await counted(graph)
        print(", ".join(f"{count:,} {name}" for name, count in counts.items()), flush=True)
        rows, reference, against = list[Row](), "-", "-"
        if not alone:
            bare = await bare_writes(platform, shipments)
            made = list(facts(shipments, SEED))
            wall, cpu = await timed(lambda: recorded(again, made))
            reference, against = f"{bare:.1f} s bare CREATE", f"{first / bare:.2f}"
            rows.append(("company through record()", f"{wall:.1f} s (our CPU {cpu:.1f} s)", reference, f"{wall / bare:.2f}", "25 s, aim 15 s"))
        rows.append(("company as a first import", f"{first:.1f} s (our CPU {first_cpu:.1f} s)", reference, against, "a million: 360 s"))
        rows.append(("memory of the process tree while it imports", mb(peak.most), "-", "-", "a million: 4,000 MB"))
        rows.append(("disk", mb(disk(platform.folder.path)), "-", "-", "-"))
        return rows + await traced(platform, graph, traces)
    finally:
        await graph.close()
        await again.close()
        for name in ("bench", "again", "bare"):
            platform.drop_tenant(name)


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Wall seconds and CPU seconds of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


async def imported(platform: Platform, graph: FoodGraph, shipments: int) -> None:
    """The company through the import job: every fact checked, recorded and journalled."""
    text = json.dumps({"format": "foodflow-company/1", "shipments": shipments, "seed": SEED}).encode()
    document = Document("company.json", io.BytesIO(text), len(text))
    job = imports.job_for(platform.registry, "bench", "company.json", None, "0" * 64, len(text), "company")
    await imports.run(graph, platform.registry, job, here(lambda: Company().facts(document)), lambda job: None, proceed=True, dry_run=False)


async def recorded(graph: FoodGraph, made: list[Fact]) -> None:
    """All facts through `record()` in batches of 5,000, one prepared while the one before is carried out."""
    batches = [made[start : start + BATCH] for start in range(0, len(made), BATCH)]
    under_way: list[asyncio.Task[Receipt]] = []
    for batch in batches:
        under_way.append(asyncio.create_task(graph.record(batch)))
        if len(under_way) == 2:
            await under_way.pop(0)
    await asyncio.gather(*under_way)


async def counted(graph: FoodGraph) -> dict[str, int]:
    """Nodes and edges without the journal, and how many of the kinds that the figure names."""
    asked = {
        "nodes": "MATCH (n) WHERE n.key IS NOT NULL RETURN count(n)",
        "edges": "MATCH ()-[r]->() RETURN count(r)",
        "shipments": "MATCH (n:Shipment) RETURN count(n)",
        "lots": "MATCH (n:Lot) RETURN count(n)",
        "places": "MATCH (n:Place) RETURN count(n)",
    }
    return {name: int((await graph.read(statement))[0][0]) for name, statement in asked.items()}


async def bare_writes(platform: Platform, shipments: int) -> float:
    """The reference: the same nodes with their edges, created by the plain driver; nothing is checked, looked up or journalled. Seconds."""
    replay = Replay()
    replay.apply({"facts": [told(fact) for fact in facts(shipments, SEED)], "ended": []}, 1)
    statements = list(cypher.creations(list(replay.nodes()), {}, 1))
    tenant = platform.registry.tenant("bare")
    home = platform.server.home(tenant)
    driver = neo4j.AsyncGraphDatabase.driver(home.bolt, auth=home.writer, notifications_min_severity="OFF")
    started = time.perf_counter()
    async with driver, driver.session(database=home.database) as session:
        for statement, rows in statements:
            for start in range(0, len(rows), 5_000):
                async with await session.begin_transaction() as tx:
                    await (await tx.run(statement, rows=rows[start : start + 5_000])).consume()
                    await tx.commit()
    return time.perf_counter() - started


async def traced(platform: Platform, graph: FoodGraph, traces: int) -> list[Row]:
    """Traces of random lots through GraphQL, warm, one client, in this process; the flow is made once before, and read again from its snapshot."""
    headers = {"Authorization": f"Bearer {platform.registry.create_key('bench', 'bench')}"}
    keys = [row[0] async for row in graph.stream(cypher.each_key_of("Lot"))]
    chosen = random.Random(SEED).sample(sorted(keys), min(traces, len(keys)))
    with Peak() as peak:
        app = application(platform)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", headers=headers, timeout=3600) as client:
            first, _ = await asked_for(client, chosen[0])
        await app.state.service.close()
        del app, client
        gc.collect()  # what follows stands for a start: nothing is left of the flow before
        app = application(platform)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", headers=headers, timeout=3600) as client:
            ready, _ = await asked_for(client, chosen[0])
            told_ = [await asked_for(client, key) for key in chosen]
            recalls = [await recalled(client, key) for key in chosen[:RECALLS]]
            walks = [await frontier(graph, key) for key in chosen[:20]]
        await app.state.service.close()
    times, acts = sorted(one[0] for one in told_), sorted(one[1] for one in told_)
    p50, p99 = statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]
    walk = statistics.median(walks)
    anew = f"{first / 1000:.1f} s from the graph"
    sizes = f"{acts[len(acts) // 2]} acts in the median, {acts[-1]} at most"
    return [
        (f"trace of one lot, p50 ({sizes})", f"{p50:.1f} ms", f"{walk:.1f} ms hop by hop in the database", f"{p50 / walk:.2f}", "-"),
        ("trace of one lot, p99", f"{p99:.1f} ms", f"{walk:.1f} ms (its median)", f"{p99 / walk:.2f}", "50 ms"),
        (
            f"recall of one lot with consignees, savings and balance, slowest of {len(recalls)}",
            f"{max(recalls):.0f} ms",
            f"{p50:.1f} ms its trace, median",
            f"{max(recalls) / p50:.1f}",
            "2,000 ms",
        ),
        (
            "first trace after a start, from the snapshot",
            f"{ready / 1000:.2f} s",
            anew,
            f"{ready / first:.3f}",
            "5 s",
        ),
        ("memory of the process tree while it traces", mb(peak.most), "-", "-", "a million: 4,000 MB"),
    ]


async def asked_for(client: httpx.AsyncClient, key: str) -> tuple[float, int]:
    """Trace a lot, again while the server says that the flow is still being made: milliseconds, and how many acts it has."""
    started = time.perf_counter()
    while True:
        found = (await client.post("/graphql", json={"query": TRACE, "variables": {"input": {"starts": [{"code": key}]}}})).json()
        if "errors" not in found:
            return (time.perf_counter() - started) * 1000, found["data"]["trace"]["totalActs"]
        assert found["errors"][0]["extensions"]["code"] == "UNAVAILABLE" and time.perf_counter() - started < _PATIENCE, found["errors"]
        await asyncio.sleep(1)


async def recalled(client: httpx.AsyncClient, key: str) -> float:
    """Work out the recall of a lot with all that a mock recall looks for; milliseconds."""
    started = time.perf_counter()
    found = (await client.post("/graphql", json={"query": RECALL, "variables": {"input": {"starts": [{"code": key}]}}})).json()
    assert "errors" not in found, found["errors"]
    return (time.perf_counter() - started) * 1000


async def frontier(graph: FoodGraph, lot: str) -> float:
    """The reference: all acts around a lot, frontier by frontier through its lots, by the tenant's reader; milliseconds."""
    started = time.perf_counter()
    seen, lots = {lot}, [lot]
    while lots:
        statement = (
            "UNWIND $keys AS k MATCH (l:Lot {key: k})<-[:USED|MADE|CARRIES]-(a) WITH DISTINCT a MATCH (a)-[:USED|MADE]->(m:Lot) "
            "RETURN collect(DISTINCT m.key)"
        )
        found = (await graph.read(statement, keys=lots))[0][0]
        lots = [key for key in found if key not in seen][:2_000]
        seen.update(lots)
        if len(seen) > 2_000:
            break
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
