"""What a server does once a day for every company: run the enrichers, and work out a mock recall of one of its lots, kept as evidence."""

import asyncio
import logging
import os
import random
from datetime import UTC, datetime, time

from algorithms.charted import chart
from algorithms.flow import Flow
from enrichers.enricher import enrichers
from enrichers.running import run
from graph_core.platform import Platform
from ontology.errors import FoodFlowError, Refused
from ontology.quality import MockRecall
from resolvers.context import Context
from resolvers.flows import Flows
from resolvers.ids import id_of
from resolvers.jobs import Jobs
from resolvers.opened import Opened
from resolvers.recalls import mocked
from resolvers.traceability import StartInput

STANDING = "standing mock recall"
"""Who asks for the mock recalls that nobody asks for."""
_HOURLY = 3600.0
_LOG = logging.getLogger(__name__)


def hour() -> time | None:
    """From when on it is done each day, in UTC: setting FOODFLOW_NIGHTLY, or 03:00; None where it is `off`. Raises Refused for what is no time."""
    told = os.environ.get("FOODFLOW_NIGHTLY") or "03:00"
    if told == "off":
        return None
    try:
        return time.fromisoformat(told)
    except ValueError:
        raise Refused(f"FOODFLOW_NIGHTLY is {told!r}: write a time such as 03:00 (UTC), or off.") from None


class Nightly:
    """The daily round over all companies that are not suspended. Started or stopped at any time, it does for a day what was not done that day."""

    def __init__(self, platform: Platform, opened: Opened, flows: Flows, jobs: Jobs) -> None:
        self._platform, self._opened, self._flows, self._jobs = platform, opened, flows, jobs

    async def watch(self) -> None:
        """Look every hour whether the round of the day is due."""
        while (due := hour()) is not None:
            await asyncio.sleep(_HOURLY)
            if datetime.now(UTC).time() >= due:
                await self.round()

    async def round(self) -> list[str]:
        """The round of today; answers for which companies something was done. What goes wrong with one is logged and does not stop the others."""
        done = []
        for tenant in self._platform.registry.tenants():
            try:
                if not tenant.suspended and await self._of(tenant.name):
                    done.append(tenant.name)
            except FoodFlowError as error:
                _LOG.warning("the daily round failed for one company: %s", type(error).__name__)
        return done

    async def _of(self, tenant: str) -> bool:
        caller, today = self._platform.owner(tenant), datetime.now(UTC).date().isoformat()
        async with self._opened.graph(caller) as graph:
            number = f"STANDING-{today}"
            if await graph.node("MockRecall", MockRecall(issuer=STANDING, number=number).key):
                return False
            flow = await self._flows.now(graph)
            for enricher in enrichers().values():
                await run(enricher, graph, flow)
            lot = chosen(flow, today)
            if lot is None:
                return False
            context = Context(self._platform, caller, self._opened, self._flows, self._jobs, graph)
            await mocked(context, StartInput(id=id_of("Lot", lot)), STANDING, "Chosen by chance.", number)
        return True


def chosen(flow: Flow, day: str) -> str | None:
    """A lot that was sent or used, by chance: the same for the same day and flow; None where there is none."""
    lots = sorted(flow.keys[number] for number in chart(flow, "certain").lots.tolist())
    return random.Random(day).choice(lots) if lots else None
