"""Enrichers on the command line: run them, and see what they found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from ontology.errors import Refused
from resolvers.asking import PAGE, Json

if TYPE_CHECKING:
    from resolvers.client import Api

SHOWN = 20
_KNOWN = "{ enrichers { name } }"
_RUN = "mutation($input: RunEnricherInput!) { runEnricher(input: $input) { found new gone leftOut userErrors { message } } }"
_ANOMALIES = f"{{ anomalies(first: {PAGE}) {{ totalCount nodes {{ id sort said }} }} }}"


async def enrich(api: "Api", names: Annotated[list[str] | None, "The enrichers, by name; else all.", "NAME"] = None) -> Json:
    """Look for what cannot be, or is unusual, and keep it in the graph.

    Each enricher attaches what it finds to the things that it concerns; what no longer holds is taken back. Running it again adds nothing.
    """
    ran = {}
    for name in names or [one["name"] for one in (await api.ask(_KNOWN))["enrichers"]]:
        told = (await api.ask(_RUN, {"input": {"name": name}}))["runEnricher"]
        if told["userErrors"]:
            raise Refused(told["userErrors"][0]["message"])
        ran[name] = {key: told[key] for key in ("found", "new", "gone", "leftOut")}
    return {"ran": ran, **(await api.ask(_ANOMALIES))}


def found(told: Json) -> Iterator[str]:
    """What enrichers found, in words."""
    for name, ran in told["ran"].items():
        more = f", {ran['leftOut']:,} more left out" if ran["leftOut"] else ""
        yield f"{name}: {ran['found']:,} found, {ran['new']:,} new, {ran['gone']:,} taken back{more}"
    for one in told["anomalies"]["nodes"][:SHOWN]:
        yield f"  {one['sort']}: {one['said']}"
    if told["anomalies"]["totalCount"] > SHOWN:
        yield f"  and {told['anomalies']['totalCount'] - SHOWN:,} more (`anomalies` in GraphQL lists them)"
