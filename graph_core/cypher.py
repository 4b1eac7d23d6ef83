"""Facts to statements: every Cypher text that writes is made here, of names from the ontology; values travel as parameters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import orjson

from graph_core.fold import Node, NodeKey
from ontology.facts import Told
from ontology.kinds import KINDS, RELATIONS
from ontology.language import FieldOf

Statement = tuple[str, list[Any]]
"""A text that begins with UNWIND $rows, and its rows."""

_INLINE = 12
_RANK = {name: rank for rank, name in enumerate(("Place", "Party", "Product", "Lot", "LogisticUnit", "Document", "Process", "Shipment", "Event"))}


def properties(node: Node, texts: Mapping[str, str]) -> dict[str, Any]:
    """The properties of a node: key, values in the engine's own types, findings, and its facts as JSON (`texts` by fact id)."""
    fields = KINDS[node.kind].fields
    held: dict[str, Any] = {"key": node.key}
    for name, value in node.values.items():
        if type(value) is str:
            held[name] = value
        else:
            _spread(held, fields[name], value)
    if node.findings:
        held["_findings"] = list(node.findings)
    if node.facts:
        held["_facts"] = [texts.get(fact["id"]) or text(fact) for fact in node.facts]
    return held


def text(fact: Told) -> str:
    """A fact as JSON text, the same on its node and in the journal."""
    return orjson.dumps(fact).decode()


def link_properties(link: list[Any]) -> dict[str, Any]:
    """The properties of a relation in the engine's own types."""
    held: dict[str, Any] = {}
    for name, value in link[3].items():
        _spread(held, RELATIONS[link[0]].carries[name], value)
    return held


def _spread(held: dict[str, Any], field: FieldOf, value: Any) -> None:
    name = field.name
    if field.type == "Time":
        held[name] = value[0]
        if value[1]:
            held[f"{name}_earliest"] = value[1]
        if value[2]:
            held[f"{name}_latest"] = value[2]
    elif field.type == "Coordinates":
        held[f"{name}_latitude"], held[f"{name}_longitude"] = value
    elif field.type in ("Json", "Quantity"):
        held[name] = orjson.dumps(value).decode()
    else:
        held[name] = value


def creations(nodes: Iterable[Node], texts: Mapping[str, str], seq: int) -> Iterator[Statement]:
    """Statements that create nodes that are not there, each with the links to nodes of a lower rank; the rest as `relations`.

    One statement per shape, its rows as lists: a node with its links in one statement loads about three times faster than apart.
    `_since` is the entry with which a node came.
    """
    shapes: dict[tuple[Any, ...], list[list[Any]]] = defaultdict(list)
    later: list[tuple[NodeKey, list[Any]]] = []
    for node in nodes:
        rank = _rank(node.kind)
        inline = sorted((link for link in node.links if _rank(link[1]) < rank), key=_shape)
        if len(inline) > _INLINE:
            inline = []
        if len(inline) < len(node.links):
            later.extend(((node.kind, node.key), link) for link in node.links if not inline or _rank(link[1]) >= rank)
        held = properties(node, texts)
        held["_since"] = seq
        row = list(held.values())
        shape: list[tuple[str, str, tuple[str, ...]]] = []
        for link in inline:
            carried = link_properties(link) if link[3] else {}
            row.append(link[2])
            row.extend(carried.values())
            shape.append((link[0], link[1], tuple(carried)))
        shapes[(rank, node.kind, tuple(held), tuple(shape))].append(row)
    for (_, kind, names, links), rows in sorted(shapes.items(), key=lambda item: item[0][:2]):
        yield _creation(kind, names, links), rows
    yield from relations(later)


def _shape(link: list[Any]) -> tuple[str, str, tuple[str, ...]]:
    return link[0], link[1], tuple(link[3])


@cache
def _rank(kind: str) -> int:
    return _RANK.get(kind, len(_RANK) if kind in _TELLING else -1)


_TELLING = frozenset(name for relation in RELATIONS.values() for name in relation.starts) - {"Product", "Place", "Party"}


def _creation(kind: str, names: tuple[str, ...], links: tuple[tuple[str, str, tuple[str, ...]], ...]) -> str:
    held = ", ".join(f"{name}: r[{place}]" for place, name in enumerate(names))
    place = len(names)
    ends = drawn = ""
    for number, (relation, end, carried) in enumerate(links):
        ends += f" MATCH (e{number}:{end} {{key: r[{place}]}})"
        told = ", ".join(f"{name}: r[{place + 1 + n}]" for n, name in enumerate(carried))
        drawn += f" CREATE (n)-[:{relation}{' {' + told + '}' if told else ''}]->(e{number})"
        place += 1 + len(carried)
    return f"UNWIND $rows AS r{ends} CREATE (n:{kind} {{{held}}}){drawn}"


def _map(names: tuple[str, ...], prefix: str) -> str:
    return " {" + ", ".join(f"{name}: {prefix}{name}" for name in names) + "}" if names else ""


def relations(links: Iterable[tuple[NodeKey, list[Any]]]) -> Iterator[Statement]:
    """Statements that draw relations between nodes that are there."""
    shapes: dict[tuple[str, str, str, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for (kind, key), link in links:
        carried = link_properties(link)
        shapes[(link[0], kind, link[1], tuple(carried))].append({"a": key, "b": link[2], **carried})
    for (relation, start, end, names), rows in shapes.items():
        yield f"UNWIND $rows AS r MATCH (a:{start} {{key: r.a}}) MATCH (b:{end} {{key: r.b}}) CREATE (a)-[:{relation}{_map(names, 'r.')}]->(b)", rows


def cuts(links: Iterable[tuple[NodeKey, list[Any]]]) -> Iterator[Statement]:
    """Statements that take relations away."""
    shapes: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for (kind, key), link in links:
        shapes[(link[0], kind, link[1])].append({"a": key, "b": link[2]})
    for (relation, start, end), rows in shapes.items():
        yield f"UNWIND $rows AS r MATCH (a:{start} {{key: r.a}})-[x:{relation}]->(b:{end} {{key: r.b}}) DELETE x", rows


def updates(nodes: Iterable[Node], texts: Mapping[str, str]) -> Iterator[Statement]:
    """Statements that set all properties of nodes that are there."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for node in nodes:
        kinds[node.kind].append({"key": node.key, "held": properties(node, texts)})
    for kind, rows in kinds.items():
        yield f"UNWIND $rows AS r MATCH (n:{kind} {{key: r.key}}) WITH n, r, n._since AS since SET n = r.held SET n._since = since", rows


def orphans(kind: str) -> str:
    """A statement that removes nodes that no fact tells of and nothing points to, and answers their keys and since which entry they were."""
    return (
        f"UNWIND $rows AS r MATCH (n:{kind} {{key: r.key}}) WHERE n._facts IS NULL AND NOT EXISTS {{ MATCH ()-->(n) }} "
        "WITH n, n.key AS key, n._since AS since DETACH DELETE n RETURN collect(key), collect(since)"
    )


def keys_of(kind: str) -> str:
    """A reading statement: which keys of $keys are there."""
    return f"UNWIND $keys AS k MATCH (n:{kind} {{key: k}}) RETURN collect(n.key)"


def facts_of(kind: str) -> str:
    """A reading statement: the keys of $keys that are there, their facts, and since which entry they are."""
    return f"UNWIND $keys AS k MATCH (n:{kind} {{key: k}}) RETURN collect(n.key), collect(coalesce(n._facts, [])), collect(n._since)"


def count_of(kind: str) -> str:
    """A reading statement: how many things of a kind there are."""
    return f"MATCH (n:{kind}) RETURN count(n)"


def all_keys_of(kind: str) -> str:
    """A reading statement: the keys of all things of a kind, as one list."""
    return f"MATCH (n:{kind}) RETURN collect(n.key)"


def each_key_of(kind: str) -> str:
    """A reading statement: the keys of all things of a kind, a row each."""
    return f"MATCH (n:{kind}) RETURN n.key"


def all_facts_of(kind: str) -> str:
    """A reading statement: key, facts and entry of every thing of a kind, a row each."""
    return f"MATCH (n:{kind}) RETURN n.key, n._facts, n._since"
