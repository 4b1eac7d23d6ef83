"""A trace as it is asked on the command line: the codes, what limits the walk, and the whole answer page by page."""

import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from ontology.errors import Ambiguous, Refused
from resolvers.commands import Headed

if TYPE_CHECKING:
    from resolvers.client import Api

Json = dict[str, Any]
Choose = Callable[[str, tuple[tuple[str, str], ...]], str]
"""Asks a person which of the (key, label) a code means; answers the key."""

PAGE = 1000
NODES = 100
SCOPES = ("certain", "probable", "conceivable")
COLUMNS = ("direction", "depth", "kind", "what", "when", "placeName", "confidence", "scope", "end", "assumed", "key", "id")
_ACT = "id kind key direction depth what when place placeName confidence scope end assumed"
_LINK = "start end rule method confidence scope quantity candidates"
_END = f"{{ act {{ {_ACT} }} path {{ {_LINK} }} confidence }}"
_KEYS = "query($ids: [ID!]!) { nodes(ids: $ids) { key } }"
_WORDS = "query($input: TraceInput!) { trace(input: $input) { words limited } }"
_STARTS = "query($input: TraceInput!) { trace(input: $input) { starts { id label } } }"
_WHOLE = f"""query($input: TraceInput!) {{ trace(input: $input) {{
  starts {{ id label }} totalActs totalLinks limited words
  origins(first: {PAGE}) {_END} holders(first: {PAGE}) {_END}
  amounts {{ place placeName product productName unit received sent }} missing {{ sort words about }} }} }}"""
_PAGES = {
    "acts": f"query($input: TraceInput!, $offset: Int!) {{ trace(input: $input) {{ acts(first: {PAGE}, offset: $offset) {{ {_ACT} }} }} }}",
    "links": f"query($input: TraceInput!, $offset: Int!) {{ trace(input: $input) {{ links(first: {PAGE}, offset: $offset) {{ {_LINK} }} }} }}",
    "events": f"query($input: TraceInput!, $offset: Int!) {{ trace(input: $input) {{ events(first: {PAGE}, offset: $offset) }} }}",
}


@dataclass(frozen=True)
class Question:
    """What is to be traced; `limits` are further fields of TraceInput, those that are None left out."""

    starts: tuple[Json, ...]
    direction: str
    limits: Json = field(default_factory=dict)

    @classmethod
    def of(cls, codes: Sequence[str], direction: str, **limits: Any) -> "Question":
        """A question about codes, names or keys, or ids that stand behind `id:`."""
        starts = tuple({"id": code[3:]} if code.startswith("id:") else {"code": code} for code in codes)
        return cls(starts, direction.upper(), {name: value for name, value in limits.items() if value is not None})

    @property
    def input(self) -> Json:
        """The question as the variables of the API."""
        return {"input": {"starts": list(self.starts), "direction": self.direction, **self.limits}}


async def trace(
    api: "Api",
    codes: Annotated[list[str], "Lot codes, names of places, numbers or keys; id:ID for an id of ours.", "CODE"],
    *,
    forward: Annotated[bool, "Where it went."] = False,
    backward: Annotated[bool, "Where it came from."] = False,
    both: Annotated[bool, "Both ways; so it is when neither is named."] = False,
    since: Annotated[str | None, "Only what happened then or later (2011-05, 2011-05-21, ...).", "DATE"] = None,
    until: Annotated[str | None, "Only what happened until then.", "DATE"] = None,
    as_of: Annotated[str | None, "As the world was then.", "TIME"] = None,
    known_at: Annotated[str | None, "As it was known then: nothing recorded later.", "TIME"] = None,
    scope: Annotated[str | None, "certain, probable or conceivable (all): the widest links to walk.", "SCOPE"] = None,
    lowest_confidence: Annotated[float | None, "Walk only links at least this sure.", "SHARE", range(2)] = None,
    limit: Annotated[int | None, "Stop after so many links; the answer says so.", "LINKS", range(1, sys.maxsize)] = None,
    table: Annotated[bool, "One act a line."] = False,
    csv_: Annotated[bool, "One act a line, as CSV."] = False,
    events: Annotated[bool, "The event trace: every EPCIS event that names what was reached."] = False,
    as_json: bool,
    choose: Choose,
) -> list[str]:
    """Say where food came from and where it went.

    With how sure each step is, what was assumed, and what is missing.
    """
    direction = "both" if both or forward == backward else "forward" if forward else "backward"
    limits = {"since": since, "until": until, "asOf": as_of, "knownAt": known_at, "lowestConfidence": lowest_confidence, "mostLinks": limit}
    question = await settled(api, Question.of(codes, direction, scope=scope and scope_of(scope), **limits), choose)
    if events:
        keys = await events_of(api, question)
        return [json.dumps(keys, ensure_ascii=False)] if as_json else keys
    if as_json:
        return [json.dumps(await whole(api, question), ensure_ascii=False)]
    if table or csv_:
        acts = await pages(api, question, "acts")
        return (csv_of(acts) if csv_ else table_of(acts)).splitlines()
    return Headed((await words(api, question)).splitlines())


async def settled(api: "Api", question: Question, choose: Choose) -> Question:
    """The question with every ambiguous code replaced by what a person chose. Raises Refused with near misses for an unknown code."""
    starts = []
    for start in question.starts:
        try:
            found = await api.ask(_STARTS, Question((start,), question.direction, {**question.limits, "mostDepth": 0}).input)
            starts.append({"id": found["trace"]["starts"][0]["id"]} if "code" in start else start)
        except Ambiguous as several:  # its choices are keys, which are codes that name one thing
            starts.append({"code": choose(str(several), several.choices)})
    return Question(tuple(starts), question.direction, question.limits)


async def words(api: "Api", question: Question) -> str:
    """The trace in plain words."""
    return str((await api.ask(_WORDS, question.input))["trace"]["words"])


async def pages(api: "Api", question: Question, of: str) -> list[Any]:
    """All acts, links or events of a trace."""
    rows: list[Any] = []
    while page := (await api.ask(_PAGES[of], {**question.input, "offset": len(rows)}))["trace"][of]:
        rows += page
        if len(page) < PAGE:
            break
    return rows


async def whole(api: "Api", question: Question) -> Json:
    """Everything the trace answers, as plain values."""
    answer = dict((await api.ask(_WHOLE, question.input))["trace"])
    return {**answer, "acts": await pages(api, question, "acts"), "links": await pages(api, question, "links")}


async def events_of(api: "Api", question: Question) -> list[str]:
    """The event trace: the ids of the events as their senders gave them."""
    ids = await pages(api, question, "events")
    keys: list[str] = []
    for start in range(0, len(ids), NODES):
        keys += [thing["key"] for thing in (await api.ask(_KEYS, {"ids": ids[start : start + NODES]}))["nodes"] if thing]
    return keys


def scope_of(told: str) -> str:
    """A scope as the API spells it. Raises Refused for a word that is none."""
    if told not in SCOPES:
        raise Refused(f"{told!r} is no scope: say one of {', '.join(SCOPES)}.")
    return told.upper()


def csv_of(acts: list[Json]) -> str:
    """Acts as CSV with a heading (RFC 4180, lines end with a line feed)."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    table.writerows(acts)
    return text.getvalue()


def table_of(acts: list[Json]) -> str:
    """Acts as a table for reading, columns as wide as they need."""
    shown = ("direction", "depth", "when", "what", "placeName", "scope", "confidence", "assumed")
    rows = [[_cell(act[name]) for name in shown] for act in acts]
    heads = ["direction", "depth", "when", "what", "at or to", "scope", "confidence", "assumed"]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in (heads, *rows))


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
