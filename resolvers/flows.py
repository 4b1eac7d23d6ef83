"""The material flow of each tenant: made once, kept current from the journal; a past one is made anew and kept for a while."""

import asyncio
from collections import OrderedDict
from pathlib import Path

from algorithms.flow import Flow
from graph_core.fold import Replay
from graph_core.foodgraph import FoodGraph

_PAST = 4
"""How many past flows are kept."""


class Flows:
    """Flows by tenant and journal entry; callers of one tenant share them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now: dict[str, tuple[Replay, Flow]] = {}
        self._past: OrderedDict[tuple[str, str], Flow] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def now(self, graph: FoodGraph) -> Flow:
        """The present flow: entries recorded since the last question are taken in first."""
        name = graph.tenant.database
        async with self._turns.setdefault(name, asyncio.Lock()):
            held = self._now.get(name)
            before = held[0].seq if held else -1
            replay = await graph.replay(base=held[0] if held else None)
            if held is None or replay.seq != before:
                held = self._now[name] = (replay, await asyncio.to_thread(lambda: Flow.of(replay.nodes())))
            return held[1]

    async def then(self, graph: FoodGraph, known_at: str) -> Flow:
        """The flow as it was known at an instant (ISO UTC)."""
        name = (graph.tenant.database, known_at)
        if name not in self._past:
            replay = await graph.replay(known_at)
            self._past[name] = await asyncio.to_thread(lambda: Flow.of(replay.nodes()))
            while len(self._past) > _PAST:
                self._past.popitem(last=False)
        self._past.move_to_end(name)
        return self._past[name]

    def forget(self, database: str) -> None:
        """Let go of the flows of a database that was replaced."""
        self._now.pop(database, None)
        for name in [name for name in self._past if name[0] == database]:
            del self._past[name]
