"""The graph of a tenant as a file that other tools of tracing open, with the evidence of an investigation where one is named; written as a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import orjson
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from algorithms.columns import SCOPES
from algorithms.exported import Exported
from graph_core.callers import Caller, Permission
from graph_core.fold import Node
from graph_core.foodgraph import FoodGraph
from ingest.fcl.written import Tables, json_of, workbook_of
from ingest.utx import utx_of
from ontology.errors import Ambiguous, Refused, Unknown
from resolvers.flows import Flows
from resolvers.ids import id_of, key_of
from resolvers.investigating import File
from resolvers.opened import Opened
from resolvers.serving import SAYS, file_name

_NAMED = "MATCH (n:Investigation) WHERE n.number = $told OR n.name = $told RETURN n.key, n.number, n.name ORDER BY n.key LIMIT 20"


class Format(NamedTuple):
    """A kind of file: its media type, what writes it, and whether things can be hidden in it."""

    media: str
    write: Callable[[Tables], Iterator[bytes]]
    hides: bool = False


FORMATS = {
    "fcl.json": Format("application/json", json_of, hides=True),
    "fcl.xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_of),
    "utx.json": Format("application/json", utx_of),
}


class Exchange:
    """What writes such files for callers."""

    def __init__(self, opened: Opened, flows: Flows) -> None:
        self._opened, self._flows = opened, flows

    async def answer(self, caller: Caller, name: str, asked: Mapping[str, str]) -> StreamingResponse:
        """A file by the name of its format; `investigation` (id, number or name), `whatIf`, `scope` and `dates=no` may be asked.

        Raises Forbidden without READ, Refused for a format or scope that there is not, Unknown for an investigation.
        """
        caller.need(Permission.READ)
        if name not in FORMATS:
            raise Refused(f"There is no format {name!r}: take one of {', '.join(FORMATS)}.")
        if (scope := asked.get("scope") or SCOPES[0]) not in SCOPES:
            raise Refused(f"scope is {scope!r}; it is one of {', '.join(SCOPES)}.")
        async with self._opened.graph(caller) as graph:
            flow = await self._flows.now(graph)
            evidence = None
            if told := asked.get("investigation"):
                evidence = (await File.of(graph, await _investigation(graph, told))).evidence(asked.get("whatIf") or None)
            holding = _Holding(asyncio.get_running_loop(), graph, flow.seq)
            made = await asyncio.to_thread(Exported, flow, holding.read, evidence, scope, dates=asked.get("dates") != "no")
            tables = _shown(await asyncio.to_thread(made.tables), FORMATS[name])
            blocks = FORMATS[name].write(tables)
            first = await asyncio.to_thread(next, blocks, b"")  # what is refused is refused before the answer begins
        says = orjson.dumps({**made.size._asdict(), "notes": tables.notes}).decode()
        return StreamingResponse(
            self._body(caller, holding, first, blocks),
            media_type=FORMATS[name].media,
            headers={"content-disposition": f'attachment; filename="{file_name(caller.tenant)}.{name}"', SAYS: says},
        )

    async def _body(self, caller: Caller, holding: "_Holding", first: bytes, blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
        async with self._opened.graph(caller) as graph:
            holding.graph = graph
            yield first
            async for block in iterate_in_threadpool(blocks):
                yield block


class _Holding:
    """Things as the graph held them when the flow was made, read for a thread that writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, graph: FoodGraph, seq: int) -> None:
        self.graph, self._loop, self._seq = graph, loop, seq

    def read(self, kind: str, keys: list[str]) -> dict[str, Node]:
        """Things of a kind by key."""
        if not keys:
            return {}
        found = asyncio.run_coroutine_threadsafe(self.graph.nodes_at([(kind, key) for key in keys], self._seq), self._loop).result()
        return {key: node for (_, key), node in found.items()}


async def _investigation(graph: FoodGraph, told: str) -> str:
    """The key of an investigation by its id, number or name. Raises Unknown for none, Ambiguous for several."""
    found = await graph.read(_NAMED, told=told)
    if len(found) > 1:
        choices = tuple((str(id_of("Investigation", str(key))), f"{number} {name}") for key, number, name in found)
        raise Ambiguous(f"{told!r} names {len(found)} investigations: say which by its id.", choices)
    if found:
        return str(found[0][0])
    try:
        kind, key = key_of(told)
    except Refused:
        kind, key = "", ""
    if kind != "Investigation":
        raise Unknown(f"There is no investigation {told!r}: give its id, number or name.")
    return key


def _shown(tables: Tables, form: Format) -> Tables:
    """The tables, with a note more where what is hidden will be seen."""
    hidden = sum(map(len, tables.hidden.values()))
    note = f"{hidden:,} hidden stations and deliveries are written as others are: the format cannot hide."
    return replace(tables, notes=(*tables.notes, note)) if hidden and not form.hides else tables
