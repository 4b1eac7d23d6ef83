"""What the explorer asks: the question that an address holds, and the trace that the API answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dashboards.asking import Ask
from dashboards.page import Address

MOST_ACTS, MOST_LINKS, MOST_PLACES = 2_000, 4_000, 1_000
"""What is drawn at most; what lies further away is counted and left out."""
_PAGE = 1_000

DIRECTIONS = ("both", "backward", "forward")
SCOPES = ("certain", "probable", "conceivable")

_ACT = """fragment A on TracedAct { id kind direction depth what when ended confidence scope end assumed step
  from { id name } to { id name } goods { name role code product { name } quantity } }"""
_LINK = "fragment L on TracedLink { start end rule method confidence scope quantity }"


def _pages(name: str, most: int, fragment: str, more: str = "") -> str:
    offsets = range(0, most, _PAGE)
    return " ".join(f"{name}{offset}: {name}(first: {_PAGE}, offset: {offset}{more}) {{ {fragment} }}" for offset in offsets)


_ACTS = _pages("acts", MOST_ACTS, "...A")
_LINKS = _pages("links", MOST_LINKS, "...L", f", among: {MOST_ACTS}")
_TRACE = f"""query($input: TraceInput!) {{ trace(input: $input) {{ starts {{ id label }} totalActs totalLinks limited
  missing {{ sort words about act }} {_ACTS} {_LINKS} }} }} {_ACT} {_LINK}"""
_PLACES = f"""query($input: TraceInput!) {{ trace(input: $input) {{ {_pages("places", MOST_PLACES, "...P")} }} }}
fragment P on Place {{ id name sort country address at {{ latitude longitude }} }}"""
_EVERYONE = f"""query($input: TraceInput!, $offset: Int!) {{ trace(input: $input) {{ totalActs
  acts(first: {_PAGE}, offset: $offset) {{ ...A receiver {{ name }} }}
  places(first: {_PAGE}, offset: $offset) {{ ... on Place {{ id sort country address }} }}
}} }} {_ACT}"""


@dataclass(frozen=True)
class Question:
    """A trace as the address asks for it."""

    start: str
    direction: str = "both"
    scope: str = "conceivable"
    confidence: float = 0.0
    depth: int | None = None
    since: str = ""
    until: str = ""
    as_of: str = ""
    known_at: str = ""

    @classmethod
    def of(cls, address: Address) -> "Question":
        """The question of an address; what is no number or word of ours counts as not given."""
        direction, scope = address.get("direction", "both"), address.get("scope", "conceivable")
        return cls(
            start=address.get("start"),
            direction=direction if direction in DIRECTIONS else "both",
            scope=scope if scope in SCOPES else "conceivable",
            confidence=min(max(_number(address.get("confidence")) or 0.0, 0.0), 1.0),
            depth=None if (depth := _number(address.get("depth"))) is None else max(int(depth), 0),
            since=address.get("since"),
            until=address.get("until"),
            as_of=address.get("asOf"),
            known_at=address.get("knownAt"),
        )

    def input(self, direction: str | None = None) -> dict[str, Any]:
        """The question as the API takes it: a start is an id if the address says `id:`, else a code or name."""
        start = {"id": self.start.removeprefix("id:")} if self.start.startswith("id:") else {"code": self.start}
        bounds = {"since": self.since, "until": self.until, "asOf": self.as_of, "knownAt": self.known_at, "mostDepth": self.depth}
        told = {name: value for name, value in bounds.items() if value not in ("", None)}
        chosen = {"direction": (direction or self.direction).upper(), "scope": self.scope.upper(), "lowestConfidence": self.confidence}
        return {"starts": [start], **chosen, **told}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


Act = dict[str, Any]
Link = dict[str, Any]


@dataclass(frozen=True)
class Traced:
    """A trace: its acts, the links between them, what is missing, and how much there is of it in all."""

    starts: list[dict[str, str]]
    acts: list[Act]
    links: list[Link]
    missing: list[dict[str, str | None]]
    total_acts: int
    total_links: int
    limited: bool
    places: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Act]:
        """The acts by id."""
        return {act["id"]: act for act in self.acts}

    @cached_property
    def open_ends(self) -> dict[str, str]:
        """In one sentence what is not known, by the act whose origin or destination it is."""
        unknown = ("unknown origin", "unknown destination")
        return {str(gap["act"]): str(gap["words"]) for gap in self.missing if gap["act"] and gap["sort"] in unknown}

    @cached_property
    def shapes(self) -> dict[str, str]:
        """What each act is in the chain: an origin, an end, a process or a shipment."""
        fed, feeding = ({link[side] for link in self.links} for side in ("end", "start"))
        return {act["id"]: _shape(act, act["id"] in fed, act["id"] in feeding) for act in self.acts}

    def without(self, hidden: Iterable[str]) -> "Traced":
        """The part that is still reached from the starts when links of some scopes are left out."""
        gone = set(hidden)
        if not gone:
            return self
        links = [link for link in self.links if link["scope"] not in gone]
        kept = self._reached(links)
        acts = [act for act in self.acts if act["id"] in kept]
        links = [link for link in links if link["start"] in kept and link["end"] in kept]
        missing = [gap for gap in self.missing if not gap["act"] or gap["act"] in kept]
        return Traced(self.starts, acts, links, missing, self.total_acts, self.total_links, self.limited, self.places)

    def _reached(self, links: Iterable[Link]) -> set[str]:
        beside: dict[str, list[str]] = {}
        for link in links:
            beside.setdefault(link["start"], []).append(link["end"])
            beside.setdefault(link["end"], []).append(link["start"])
        kept = {act["id"] for act in self.acts if act["direction"] == "start"}
        waiting = list(kept)
        while waiting:
            for other in beside.get(waiting.pop(), ()):
                if other not in kept:
                    kept.add(other)
                    waiting.append(other)
        return kept


def _shape(act: Act, fed: bool, feeding: bool) -> str:
    if act["end"] and not fed and act["kind"] == "Process":
        return "origin"
    return "end" if act["end"] and not feeding else str(act["kind"]).lower()


def traced(ask: Ask, question: Question, places: bool = False) -> Traced:
    """The trace that a question asks for, in one request (a second one brings its places). Raises Failed."""
    told = ask(_TRACE, input=question.input())["trace"]
    found = ask(_PLACES, input=question.input())["trace"] if places else {}
    return Traced(
        starts=told["starts"],
        acts=_all(told, "acts"),
        links=_all(told, "links"),
        missing=told["missing"],
        total_acts=told["totalActs"],
        total_links=told["totalLinks"],
        limited=told["limited"],
        places={place["id"]: place for place in _all(found, "places") if place},
    )


def _all(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for page, rows in told.items() if page.startswith(name) and page[len(name) :].isdigit() for one in rows]


def everyone(ask: Ask, question: Question) -> tuple[list[Act], dict[str, dict[str, Any]]]:
    """All shipments that the food went on by, however many, with their places by id: who else got it."""
    acts: list[Act] = []
    places: dict[str, dict[str, Any]] = {}
    asked, offset = question.input("forward"), 0
    total = 1
    while offset < total:
        told = ask(_EVERYONE, input=asked, offset=offset)["trace"]
        acts += told["acts"]
        places |= {place["id"]: place for place in told["places"]}
        offset, total = offset + _PAGE, told["totalActs"]
    return [act for act in acts if act["kind"] == "Shipment"], places
