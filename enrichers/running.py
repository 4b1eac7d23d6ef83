"""An enricher run over a tenant: what is new is recorded, what no longer holds is taken back, all in one entry of the journal."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from algorithms.flow import Flow
from enrichers.enricher import Enricher, Finding
from graph_core.foodgraph import FoodGraph
from ontology.facts import told
from ontology.language import Fact, Ref, Retraction, Source
from ontology.quality import ModelRun, ModelVersion
from ontology.relations import GENERATED_BY, USED_MODEL
from ontology.values import Time, stamp

Content = tuple[dict[str, Any], list[list[str]]]
MOST = 10_000
"""Findings of one run that are recorded; more are counted and left, for a person reads them."""


@dataclass(frozen=True)
class Ran:
    """What a run came to: how many findings hold, how many of them are new, how many were taken back, how many were left out."""

    found: int
    new: int
    gone: int
    left: int


async def run(enricher: Enricher, graph: FoodGraph, flow: Flow) -> Ran:
    """Run an enricher over the flow of a graph, on whose position its run depends. Recording the same again changes nothing."""
    findings = await asyncio.to_thread(lambda: list(enricher.find(flow)))
    kept, kind = findings[:MOST], enricher.adds.kind.name
    before = await _standing(enricher, graph)
    ref = ModelRun(run=f"{enricher.name}/{enricher.version}/{flow.seq}").ref
    fresh = [one for one in kept if _content(told(Fact(one.thing, Source(enricher.source, "x"), one.links))) != before.get(one.thing.key)]
    gone = sorted(before.keys() - {one.thing.key for one in kept})
    if fresh or gone:
        reason = f"{enricher.name} no longer finds it at journal entry {flow.seq}"
        taken = [Retraction(Source(enricher.source, f"run {flow.seq}"), reason, Ref(enricher.adds, key), _record(kind, key)) for key in gone]
        await graph.record([*(_facts(enricher, ref, fresh) if fresh else ()), *taken])
    return Ran(len(kept), len(fresh), len(gone), len(findings) - len(kept))


async def _standing(enricher: Enricher, graph: FoodGraph) -> dict[str, Content]:
    """What it told before and still holds: the content of each finding by its key."""
    kind = enricher.adds.kind.name
    keys = [str(key) for (key,) in await graph.read(f"MATCH (n:{kind}) RETURN n.key ORDER BY n.key")]
    held = await graph.nodes(kind, keys) if keys else {}
    return {key: _content(fact) for key, node in held.items() for fact in node.facts if fact["source"] == enricher.source}


def _content(fact: dict[str, Any]) -> Content:
    """What a fact says, whichever run found it."""
    return fact["values"], sorted(link[:3] for link in fact["links"] if link[0] != GENERATED_BY.name)


def _facts(enricher: Enricher, run: "Ref[ModelRun]", findings: list[Finding]) -> Iterator[Fact]:
    version, now = ModelVersion(name=enricher.name, version=enricher.version), datetime.now(UTC)
    source = Source(enricher.source, f"run {run.key}")
    yield Fact(version, source, told=now)
    yield Fact(ModelRun(run=run.key, started=Time.told(stamp(now) or "")), source, (USED_MODEL(version),), told=now)
    for one in findings:
        where = Source(enricher.source, _record(enricher.adds.kind.name, one.thing.key))
        yield Fact(one.thing, where, (*one.links, GENERATED_BY(run)), told=now)


def _record(kind: str, key: str) -> str:
    return f"{kind} {key}"
