"""Facts in the form they are kept and passed on: plain JSON values, checked against the ontology."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import orjson

from ontology import codes
from ontology.errors import OntologyViolation
from ontology.language import KINDS, RELATIONS, Fact, FieldOf, Kind, Link, Ref, Relation, Thing
from ontology.values import Coordinates, Quantity, Time, stamp

Told = dict[str, Any]
"""A fact as kept: kind, key, values, links [[relation, kind, key, properties]], source, record, ... and its id."""

LONGEST_KEY = 2_040
"""Characters of a key: in four bytes each they fit into the index of every engine (Neo4j: 8,167 bytes)."""

_IDENTITY = ("kind", "key", "values", "links", "source", "record", "at", "until", "told", "reason")


def told(fact: Fact) -> Told:
    """The wire form of a fact, checked. Raises OntologyViolation that names the fact, the rule and what would be right."""
    start, values, links = _subject(fact)
    form: Told = {
        "kind": start.kind.kind.name,
        "key": _fitting(start),
        "values": values,
        "links": [_told_link(start, link) for link in links],
        "source": fact.source.name,
        "record": fact.source.record,
    }
    if fact.at:
        form["at"] = fact.at.told_form()
    if fact.until:
        form["until"] = fact.until.told_form()
    if fact.told:
        form["told"] = stamp(fact.told)
    if fact.reason:
        form["reason"] = fact.reason
    form["id"] = identity(form)
    if fact.source.document is not None:
        form["document"] = fact.source.document
    if fact.source.line is not None:
        form["line"] = fact.source.line
    if fact.findings:
        form["findings"] = list(fact.findings)
    return form


def identity(form: Told) -> str:
    """The id of a fact: a hash of what it says and which record says it, not of the file it came in."""
    content = orjson.dumps([form.get(name) for name in _IDENTITY], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:24]


def _subject(fact: Fact) -> tuple[Ref[Any], dict[str, Any], tuple[Link, ...]]:
    if isinstance(fact.about, Thing):
        return fact.about.ref, told_values(fact.about), fact.links
    if isinstance(fact.about, Link):
        if fact.about.start is None:
            raise OntologyViolation(f"{fact.about.relation} needs two ends to be a fact of its own.")
        return fact.about.start, {}, (fact.about, *fact.links)
    return fact.about, {}, fact.links


def _fitting(ref: Ref[Any]) -> str:
    if len(ref.key) > LONGEST_KEY:
        raise OntologyViolation(
            f"The key of {ref.kind.kind.name} {ref.key[:40]!r}... has {len(ref.key):,} characters; at most {LONGEST_KEY:,} are found again in every "
            "engine: tell a shorter code or name, and the whole text as a note."
        )
    return ref.key


def told_values(thing: Thing) -> dict[str, Any]:
    """The told fields of a thing as plain JSON values, checked field by field."""
    held: dict[str, Any] = {}
    fields = thing.kind.fields
    for name, value in vars(thing).items():  # beside the fields only the cached key stands there
        if value is not None and (declared := fields.get(name)):
            held[name] = value if declared.type == "str" and type(value) is str and not declared.codes else _told_value(thing.kind, declared, value)
    return held


def _told_link(start: Ref[Any], link: Link) -> list[Any]:
    relation, kind, end = link.relation, start.kind.kind.name, link.end.kind.kind.name
    if not relation.allows(kind, end):
        raise OntologyViolation(
            f"{kind} {start.key!r} cannot be {relation} {end} {link.end.key!r}: {relation} joins {'/'.join(relation.starts)} to "
            f"{'/'.join(relation.ends)}. A {kind} may be: {', '.join(n for n, r in RELATIONS.items() if kind in r.starts)}."
        )
    properties = {}
    for name, value in link.properties.items():
        declared = relation.carries.get(name)
        if declared is None:
            raise OntologyViolation(f"{relation} carries no {name!r}; it carries {', '.join(relation.carries) or 'nothing'}.")
        properties[name] = _told_value(relation, declared, value)
    return [relation.name, end, _fitting(link.end), properties]


def _told_value(owner: Kind | Relation, declared: FieldOf, value: Any) -> Any:
    if type(value) is Time and declared.type == "Time" and not declared.many:
        return value.told_form()
    encode = _encode_ref if declared.is_ref else _ENCODE.get(declared.type)
    if encode is None:
        raise OntologyViolation(f"{owner.name}.{declared.name} has a type that facts cannot carry: {declared.type}.")
    try:
        form = [encode(v, declared) for v in value] if declared.many else encode(value, declared)
    except (TypeError, AttributeError, ValueError) as error:
        raise OntologyViolation(f"{owner.name}.{declared.name} is {value!r}; it takes {_wanted(declared)}. {error}".strip()) from None
    if declared.codes and not codes.allowed(declared.codes, value):
        raise OntologyViolation(f"{owner.name}.{declared.name} is {value!r}; the code list {declared.codes} allows {codes.some(declared.codes)}.")
    return form


def _wanted(declared: FieldOf) -> str:
    return f"a list of {declared.type}" if declared.many else f"a {declared.type}"


def _plain(*types: type) -> Callable[[Any, FieldOf], Any]:
    def encode(value: Any, declared: FieldOf) -> Any:
        if type(value) not in types:
            raise TypeError(f"It is of type {type(value).__name__}.")
        return value

    return encode


def _encode_ref(value: Any, declared: FieldOf) -> str:
    if value.kind.kind.name != declared.type:
        raise TypeError(f"It refers to a {value.kind.kind.name}.")
    return str(value.key)


def _encode_date(value: date, declared: FieldOf) -> str:
    return value.isoformat()


def _encode_float(value: Any, declared: FieldOf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in (float("inf"), float("-inf")):
        raise TypeError("It is not a finite number.")
    return float(value)


def _encode_json(value: Any, declared: FieldOf) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError("It is not an object.")
    return dict(value)


def _encode_time(value: Any, declared: FieldOf) -> Any:
    if type(value) is not Time:
        raise TypeError(f"It is of type {type(value).__name__}.")
    return value.told_form()


def _encode_quantity(value: Any, declared: FieldOf) -> Any:
    if type(value) is not Quantity:
        raise TypeError(f"It is of type {type(value).__name__}.")
    return value.told_form()


def _encode_coordinates(value: Any, declared: FieldOf) -> Any:
    if type(value) is not Coordinates:
        raise TypeError(f"It is of type {type(value).__name__}.")
    if problem := value.problem():
        raise ValueError(f"The {problem}.")
    return value.told_form()


_ENCODE: dict[str, Callable[[Any, FieldOf], Any]] = {
    "str": _plain(str),
    "int": _plain(int),
    "bool": _plain(bool),
    "float": _encode_float,
    "date": _encode_date,
    "Json": _encode_json,
    "Time": _encode_time,
    "Quantity": _encode_quantity,
    "Coordinates": _encode_coordinates,
}


def key_values(kind: str, key: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """What a key alone says of a thing: its values, and the links that its parts stand for."""
    declared = KINDS[kind]
    values: dict[str, Any] = declared.parts(key)
    links = [[relation, end, values[name], {}] for name, relation, end in declared.linking if name in values]
    return values, links
