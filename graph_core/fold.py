"""A thing is the fold of its facts; where two disagree the later told shows, and the disagreement is flagged."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ontology.facts import Told, key_values
from ontology.kinds import RELATIONS


class Node(NamedTuple):
    """A thing as its facts make it: values and links [relation, end kind, end key, properties] in wire form."""

    kind: str
    key: str
    values: dict[str, Any]
    links: list[list[Any]]
    findings: tuple[str, ...] = ()
    facts: tuple[Told, ...] = ()


NodeKey = tuple[str, str]
"""A kind and a key."""


def fold(kind: str, key: str, facts: Iterable[Told]) -> Node:
    """The thing that its unretracted facts make (design section 3: later `told`, then later `at`, then higher record key wins)."""
    ordered = sorted(facts, key=_rank)
    values, key_links = key_values(kind, key)
    links: dict[tuple[str, str, str], list[Any]] = {(link[0], link[1], link[2]): link for link in key_links}
    single: dict[str, tuple[str, str, str]] = {}
    findings: list[str] = []
    told_by: dict[str, Told] = {}
    for fact in ordered:
        for name, value in fact["values"].items():
            if name in told_by and values[name] != value:
                other = told_by[name]
                findings.append(f"{other['source']} {other['record']} and {fact['source']} {fact['record']} disagree on {name}")
            values[name] = value
            told_by[name] = fact
        for link in fact["links"]:
            _link(links, single, link, findings)
        findings.extend(fact.get("findings", ()))
    return Node(kind, key, values, list(links.values()), tuple(dict.fromkeys(findings)), tuple(ordered))


def _rank(fact: Told) -> tuple[str, str, str, str]:
    at = fact.get("at")
    return (fact.get("told") or "", (at[1] or "") if at else "", fact["record"], fact["id"])


def holds(fact: Told, as_of: str) -> bool:
    """Whether a fact held in the world at an instant (ISO UTC): begun by then, and not yet over; without times it always holds."""
    at, until = fact.get("at"), fact.get("until")
    return not (at and at[1] and at[1] > as_of) and not (until and until[2] and until[2] < as_of)


def _link(links: dict[tuple[str, str, str], list[Any]], single: dict[str, tuple[str, str, str]], link: list[Any], findings: list[str]) -> None:
    name = (link[0], link[1], link[2])
    if RELATIONS[link[0]].at_most == 1:
        before = single.get(link[0])
        if before and before != name:
            findings.append(f"sources disagree on {link[0]}: {before[2]} and {link[2]}")
            links.pop(before, None)
        single[link[0]] = name
    links[name] = link


class Replay:
    """The facts of every thing after some journal entries: what the graph must hold then."""

    def __init__(self) -> None:
        self.facts: dict[NodeKey, dict[str, Told]] = {}
        self.seq = 0

    def apply(self, content: dict[str, list[Told]], seq: int) -> None:
        """Add one entry's `facts` and take away those that it `ended`."""
        for fact in content["ended"]:
            name = (fact["kind"], fact["key"])
            held = self.facts.get(name, {})
            held.pop(fact["id"], None)
            if not held:
                self.facts.pop(name, None)
        for fact in content["facts"]:
            self.facts.setdefault((fact["kind"], fact["key"]), {})[fact["id"]] = fact
        self.seq = seq

    def node(self, kind: str, key: str) -> Node | None:
        """The thing, if any fact tells of it."""
        held = self.facts.get((kind, key))
        return fold(kind, key, held.values()) if held else None

    def nodes(self) -> Iterator[Node]:
        """Every thing told of, and every thing that a link or key mentions, once each."""
        mentioned: dict[NodeKey, None] = {}
        for (kind, key), held in self.facts.items():
            node = fold(kind, key, held.values())
            mentioned.update(((link[1], link[2]), None) for link in node.links)
            yield node
        done: set[NodeKey] = set()
        while mentioned:
            (kind, key), _ = mentioned.popitem()
            if (kind, key) in self.facts or (kind, key) in done:
                continue
            done.add((kind, key))
            node = fold(kind, key, ())
            mentioned.update(((link[1], link[2]), None) for link in node.links)
            yield node
