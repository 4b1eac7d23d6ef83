"""An outbreak on the command line: what all cases can have come from, and links that the records are missing, to be confirmed or refused."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from ontology.errors import Refused
from resolvers.asking import PAGE, Json

if TYPE_CHECKING:
    from resolvers.client import Api

SHOWN = 10
_ALL = 1_000
_FILE = """id number name hazard cases { name } scores {
    unknown { name } places(first: 10) { name score common } suspects(first: 5) { name posterior reasons } }"""
_OPEN = f"mutation($input: OpenInvestigationInput!) {{ openInvestigation(input: $input) {{ investigation {{ {_FILE} }} userErrors {{ message }} }} }}"
_SEE = f"query($id: ID!) {{ investigation(id: $id) {{ {_FILE} }} }}"
_LINKS = """query($first: Int!, $offset: Int!, $among: LinkSort, $atLeast: Float!) {
  brokenLinks(first: $first, offset: $offset, among: $among, atLeast: $atLeast) {
    total looseEnds lookedAt links { id said probability reasons candidates } } }"""
_SETTLED = "query($first: Int!) { settledLinks(first: $first) { id confirmed by decided { text } why start { name } end { name } } }"
_SETTLE = "mutation($input: SettleLinksInput!) { settleLinks(input: $input) { count userErrors { message } } }"
_REOPEN = "mutation($input: ReopenLinksInput!) { reopenLinks(input: $input) { count userErrors { message } } }"
_AMONG = {"acts": "FED", "lots": "SAME_LOT", "places": "SAME_PLACE"}
Ids = Annotated[list[str] | None, "The links, as `foodflow repair list` calls them.", "LINK"]
Among = Annotated[str | None, "Only acts that fed others, lots that are one, or places that are one.", "acts|lots|places"]
AtLeast = Annotated[float, "Only links of at least this probability, from 0 to 1.", "P"]
Why = Annotated[str | None, "Why; kept with it.", "TEXT"]


async def investigate(
    api: "Api",
    id: Annotated[str | None, "An investigation to look at again; else one is opened.", "ID"] = None,
    *,
    name: Annotated[str, "What it is called.", "TEXT"] = "Outbreak",
    hazard: Annotated[str | None, "The hazard that is looked for, such as norovirus.", "TEXT"] = None,
) -> Json:
    """Open an investigation of all cases that are in none, and say what they can have come from.

    Every place is scored by the share of the cases that it can have caused, and lots are weighed by all that is known. The page
    Investigations shows the same, and more.
    """
    if id:
        if not (found := (await api.ask(_SEE, {"id": id}))["investigation"]):
            raise Refused("There is no such investigation: take its id from the answer that opened it, or from the page Investigations.")
        return dict(found)
    told = await api.ask(_OPEN, {"input": {"name": name, "hazard": hazard, "marked": True}})
    return dict(_done(told["openInvestigation"])["investigation"])


def seen(found: Json) -> Iterator[str]:
    """An investigation in words."""
    scores, cases = found["scores"], len(found["cases"])
    yield f"{found['name']} ({found['number']}), {cases} case{'' if cases == 1 else 's'}; id {found['id']}"
    if scores["unknown"]:
        yield ""
        yield f"{len(scores['unknown'])} of the places where people fell ill stand in no record of food; `foodflow repair list` may know them:"
        yield from (f"  - {one['name']}" for one in scores["unknown"][:SHOWN])
        yield from _more(len(scores["unknown"]))
    yield ""
    yield "Places that cases can have come from:"
    yield from (f"  {one['score']:>6.1%}  {one['name']}{'  (all of them)' if one['common'] else ''}" for one in scores["places"] if one["score"])
    yield ""
    yield "Lots by all that is known (through which of them everything went):"
    for one in scores["suspects"]:
        yield f"  {one['posterior']:>6.1%}  {one['name']}"
        yield from (f"          {reason}" for reason in one["reasons"])


async def repair_list(
    api: "Api",
    *,
    among: Among = None,
    at_least: AtLeast = 0.0,
    settled: Annotated[bool, "What was confirmed or refused, instead."] = False,
) -> Json:
    """List links that the records are missing, the likeliest first.

    Food that came and food that left, lots of unknown code and lots of the same product, places of one name: each with how likely they belong
    together, and why. Nothing counts until it is confirmed.
    """
    if settled:
        return {"settled": (await api.ask(_SETTLED, {"first": PAGE}))["settledLinks"]}
    return await _links(api, among, at_least)


def listed(found: Json) -> Iterator[str]:
    """Proposals, or what was settled, in words."""
    if "settled" in found:
        for one in found["settled"]:
            did = "confirmed" if one["confirmed"] else "refused"
            yield f"{one['id']}  {did} by {one['by']}, {one['decided']['text'][:16]}: {one['start']['name']} - {one['end']['name']}"
            if one["why"]:
                yield f"    {one['why']}"
        if not found["settled"]:
            yield "Nothing was confirmed or refused yet."
        return
    for one in found["links"][:SHOWN]:
        yield f"{one['id']}  {one['probability']:>5.1%}  {one['said']}"
        yield f"    {'; '.join(one['reasons'])}"
    yield from _more(found["total"], " (the likeliest 1,000 with --json)")
    if not found["links"]:
        yield "No link is proposed."
    if found["lookedAt"] < found["looseEnds"]:
        yield f"{found['lookedAt']:,} of {found['looseEnds']:,} loose ends were looked at."


async def repair_confirm(api: "Api", links: Ids = None, *, among: Among = None, at_least: AtLeast = 1.0, why: Why = None) -> Json:
    """Confirm links by name, or all from a probability on; they count from then on."""
    return await _settle(api, links or [one["id"] for one in (await _links(api, among, at_least))["links"]], True, why)


async def repair_refuse(api: "Api", links: Annotated[list[str], "The links.", "LINK"], *, why: Why = None) -> Json:
    """Refuse links; they are not proposed again."""
    return await _settle(api, links, False, why)


async def repair_reopen(api: "Api", links: Annotated[list[str], "The links.", "LINK"], *, why: Annotated[str, "Why.", "TEXT"]) -> Json:
    """Take back what was confirmed or refused."""
    return dict(_done((await api.ask(_REOPEN, {"input": {"links": links, "why": why}}))["reopenLinks"]), did="opened again")


def done(found: Json) -> list[str]:
    """How many links were settled."""
    return [f"{found['count']:,} link{'' if found['count'] == 1 else 's'} {found['did']}."]


async def _links(api: "Api", among: str | None, at_least: float) -> Json:
    if among and among not in _AMONG:
        raise Refused(f"--among is one of {', '.join(_AMONG)}; {among} was told.")
    found: Json = {"links": []}
    while True:
        asked = {"first": PAGE, "offset": len(found["links"]), "among": _AMONG.get(among or ""), "atLeast": at_least}
        page: Any = (await api.ask(_LINKS, asked))["brokenLinks"]
        found = {**page, "links": [*found["links"], *page["links"]]}
        if len(found["links"]) >= min(_ALL, page["total"]) or not page["links"]:
            return found


async def _settle(api: "Api", links: list[str], confirm: bool, why: str | None) -> Json:
    if not links:
        raise Refused("Nothing is proposed so likely: name the links, or tell --at-least a smaller probability.")
    told = await api.ask(_SETTLE, {"input": {"links": links, "confirm": confirm, "why": why}})
    return dict(_done(told["settleLinks"]), did="confirmed" if confirm else "refused")


def _done(answer: Json) -> Json:
    if answer["userErrors"]:
        raise Refused(answer["userErrors"][0]["message"])
    return answer


def _more(total: int, where: str = "") -> Iterator[str]:
    if total > SHOWN:
        yield f"  and {total - SHOWN:,} more{where}"
