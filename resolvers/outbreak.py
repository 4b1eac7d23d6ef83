"""The demo's question: where do all clusters of the outbreak of 2011 lead back to?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ingest
from resolvers import commands
from resolvers.client import Api
from resolvers.reach import Connect, tenant_of

TENANT = "outbreak-2011"
FILE = Path(ingest.__file__).parent / "ehec_2011.json"
"""The transcription of what was published, with its sources."""

PAGE = f"/explore?tenant={TENANT}&start=48088&direction=both"
"""The page that shows the answer: the trace of the seed that all clusters lead back to."""

_CASES = "{ cases(first: 100) { nodes { id tookPlaceAt { node { id } } } } }"
_COMMON = """query($input: TraceInput!) { trace(input: $input) { totalActs totalLinks
  common(first: 10) { act { id what when placeName assumed } scope depth } } }"""

MEANS = {
    "certain": "the records say so, or leave no other way",
    "probable": "the records fit, and nothing speaks against it",
    "conceivable": "it cannot be excluded, though no record points to it",
}
"""What the three scopes of an answer mean to a reader."""


@dataclass(frozen=True)
class Origin:
    """Where all clusters can have come from: what and when, how sure, how many steps upstream, and what is assumed about it."""

    what: str
    when: str | None
    scope: str
    depth: int
    assumed: str | None


@dataclass(frozen=True)
class Answer:
    """The common origins of all clusters, the surest first and the furthest upstream first, and how many records were walked."""

    clusters: int
    acts: int
    links: int
    origins: tuple[Origin, ...]


async def ask_where_from(api: Api) -> Answer:
    """Ask backwards from the places of all cases of the tenant."""
    cases = (await api.ask(_CASES))["cases"]["nodes"]
    places = sorted({end["node"]["id"] for case in cases for end in case["tookPlaceAt"]})
    asked = {"starts": [{"id": place} for place in places], "direction": "BACKWARD"}
    trace = (await api.ask(_COMMON, {"input": asked}))["trace"]
    return Answer(len(cases), trace["totalActs"], trace["totalLinks"], tuple(_origin(one) for one in trace["common"]))


def _origin(common: dict[str, Any]) -> Origin:
    act = common["act"]
    return Origin(act["what"], act["when"], str(common["scope"]).lower(), common["depth"], act["assumed"])


async def answered(connect: Connect, step: Callable[[str], AbstractContextManager[None]]) -> Answer:
    """The demo's answer: the transcription loaded, the question asked, each told as a step."""
    async with connect(await tenant_of(connect, TENANT, create=True)) as api:
        with step("Loading the outbreak of 2011"):
            await commands.have(api, FILE, {"allOrNothing": True})
        with step("Asking where its clusters of cases came from"):
            return await ask_where_from(api)


def introduction(answer: Answer) -> list[str]:
    """What is shown, for someone who has never heard of it."""
    return [
        "In May and June 2011 sprouts with the germ STEC O104:H4 made more than 4,000 people ill in Germany and France; 50 died.",
        f"The records know {answer.clusters} clusters of cases. Asked backwards from all of them, {answer.acts} shipments and processes",
        f"over {answer.links} links, every cluster leads back to:",
    ]


def legend(answer: Answer) -> list[str]:
    """What the words and marks beside the origins mean."""
    used = {origin.scope for origin in answer.origins}
    lines = [f"{scope:<12} {meaning}" for scope, meaning in MEANS.items() if scope in used]
    return [
        *lines,
        *(["*            assumed: it was never published, and the graph says so"] if any(origin.assumed for origin in answer.origins) else []),
    ]
