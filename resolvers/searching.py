"""Search: things by words of their code, name, number or key; exact first, then prefixes, then whatever contains all the words."""

import asyncio
from typing import Any

import strawberry

from ontology.errors import Refused, Unavailable
from ontology.food import Lot
from ontology.identifiers import Identified, identified
from ontology.kinds import KINDS
from ontology.language import Ref
from resolvers.context import Context, context_of
from resolvers.loading import things
from resolvers.views import MOST, ThingView, shown

MOST_WORDS = 8
LONGEST = 200
PATIENCE = 5.0
"""Seconds after which a search gives up: it looks at every name, so its time grows with the graph."""

_NAMES = ("code", "name", "serial", "gtin", "gln", "sscc", "number")


def _named(kind: str) -> list[str]:
    return [name for name in _NAMES if name in KINDS[kind].fields]


NAMED = tuple(kind for kind in KINDS if _named(kind))
"""The kinds that have a name or code of their own; others are found by key, exactly."""


def statement(kind: str, words: int) -> str:
    """The Cypher that answers [rank, kind, key] of the best matches among things of a kind."""
    fields = [f"n.{name}" for name in _named(kind)] + ["n.key"]
    whole = " OR ".join(f"toLower({field}) = $text" for field in fields)
    begins = " OR ".join(f"toLower({field}) STARTS WITH $text" for field in fields)
    holds = " AND ".join("(" + " OR ".join(f"toLower({field}) CONTAINS $word{number}" for field in fields) + ")" for number in range(words))
    return (
        f"MATCH (n:{kind}) WHERE {holds} WITH n.key AS key, CASE WHEN {whole} THEN 0 WHEN {begins} THEN 1 ELSE 2 END AS rank "
        "RETURN rank, key ORDER BY rank, size(key), key LIMIT $first"
    )


@strawberry.type
class Search:
    """Things by words."""

    @strawberry.field(
        description="Things whose code, name, number or key holds all the words of the text: exact ones first, then those that begin with it. "
        "A GS1 Digital Link, an EPC or an element string, as typed or scanned, finds the thing that it names. "
        "`kinds` names the kinds to look at (all that have a name, if not given; other kinds are found by their exact key)."
    )
    async def search(self, info: strawberry.Info, text: str, kinds: list[str] | None = None, first: int = 20) -> list[ThingView]:
        """Things by words."""
        words = text.lower().split()
        if not words or len(words) > MOST_WORDS or len(text) > LONGEST:
            raise Refused(f"search takes 1 to {MOST_WORDS} words of together at most {LONGEST} characters.")
        unknown = [kind for kind in kinds or () if kind not in KINDS]
        if unknown:
            raise Refused(f"{unknown[0]!r} is no kind: choose of {', '.join(KINDS)}.")
        if not 0 <= first <= MOST:
            raise Refused(f"first is {first}; a page has 0 to {MOST} rows.")
        context = context_of(info)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await _found(context, text.strip(), words, list(dict.fromkeys(kinds or ())), first)
        except TimeoutError:
            raise Unavailable("The search took too long: name the kinds to look at, or use a look-up by key.") from None
        held = await things(context.graph, found)
        return [shown(held[one]) for one in found if one in held]


async def _found(context: Context, told: str, words: list[str], kinds: list[str], first: int) -> list[tuple[str, str]]:
    text = " ".join(words)
    scanned = identified(told)
    named = [(one.kind.kind.name, one.key) for one in _meant(scanned) if one.kind.kind.name in (kinds or KINDS)]
    known = await things(context.graph, named)
    if known:
        return [one for one in named if one in known][:first]
    values = {"text": text, "first": first, **{f"word{number}": word for number, word in enumerate(words)}}
    ranked = []
    for kind in kinds or NAMED:
        ranked += [(rank, len(key), kind, key) for rank, key in await context.graph.read(statement(kind, len(words)), **values)]
    if not kinds:
        for kind in (kind for kind in KINDS if kind not in NAMED):
            rows = await context.graph.read(f"MATCH (n:{kind} {{key: $text}}) RETURN n.key", text=text)
            ranked += [(0, len(key), kind, key) for (key,) in rows]
    return [(kind, key) for _, _, kind, key in sorted(ranked)[:first]]


def _meant(scanned: Identified | None) -> list[Ref[Any]]:
    """What a scanned code names: the lot or item, the lot that an item is part of, the product."""
    if scanned is None:
        return []
    lots = [one for one in (scanned.thing, scanned.part_of) if one is not None]
    return [one.ref for one in lots] + [one.product for one in lots[:1] if isinstance(one, Lot) and one.product]
