"""Graphs kept open between requests, one per caller: a small question never waits for a new connection."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graph_core.callers import Caller
from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform

MOST = 64
"""Graphs kept open; the one not asked for longest goes first."""


@dataclass
class _Held:
    graph: FoodGraph
    users: int = 0
    left: bool = False


class Opened:
    """The open graphs of a platform; one that is in use is closed only when its last user is done."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._held: OrderedDict[Caller, _Held] = OrderedDict()

    @asynccontextmanager
    async def graph(self, caller: Caller) -> AsyncIterator[FoodGraph]:
        """The caller's graph. Raises Refused when its tenant is gone, Unavailable when the engine is."""
        held = await self._of(caller)
        held.users += 1
        try:
            yield held.graph
        finally:
            held.users -= 1
            if held.left and not held.users:
                await held.graph.close()

    async def _of(self, caller: Caller) -> _Held:
        tenant = self._platform.registry.tenant(caller.tenant)
        held = self._held.get(caller)
        if held and held.graph.tenant != tenant:  # restored from a backup into another database
            await self._leave(caller)
            held = None
        if held is None:
            held = self._held[caller] = _Held(self._platform.open(caller))
        self._held.move_to_end(caller)
        if len(self._held) > MOST:
            await self._leave(next(iter(self._held)))
        return held

    async def _leave(self, caller: Caller) -> None:
        held = self._held.pop(caller)
        held.left = True
        if not held.users:
            await held.graph.close()

    async def leave(self, tenant: str) -> None:
        """Close the graphs of a tenant, each when its last user is done."""
        for caller in [caller for caller in self._held if caller.tenant == tenant]:
            await self._leave(caller)

    async def close(self) -> None:
        """Close every graph."""
        for caller in list(self._held):
            await self._leave(caller)
