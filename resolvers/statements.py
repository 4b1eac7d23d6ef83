"""What a person or program states through the API, read into facts: field by field, so that an error names the field and the rule."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from graph_core.callers import Caller
from ontology import codes, identifiers
from ontology.errors import FoodFlowError, OntologyViolation, Refused
from ontology.facts import told
from ontology.kinds import KINDS, RELATIONS
from ontology.language import Fact, FieldOf, Kind, Link, Ref, Source, Thing
from ontology.values import Coordinates, Quantity, Time, instant
from resolvers.filters import latest
from resolvers.ids import key_of
from resolvers.lookups import key_parts
from resolvers.views import camel

_CHECKED = {"gtin": identifiers.gtin, "gln": identifiers.gln, "sscc": identifiers.sscc}


@strawberry.input(description='The far end of a relation: a thing by id, or by its kind and the parts of its key ({"gtin": "..."}).')
class EndInput:
    """A far end."""

    id: strawberry.ID | None = None
    kind: str | None = None
    key: JSON | None = None


@strawberry.input(description="A relation of the thing that a fact is about, such as OF_PRODUCT, with what it carries.")
class LinkInput:
    """A relation."""

    relation: str
    to: EndInput
    carries: JSON | None = None


@strawberry.input(
    description="A fact: a thing with what is said of it. The thing is named by `id`, or by `kind` and the parts of its key among `values`. "
    "`values` has the fields of the kind as the schema spells them: text, numbers, dates and times as ISO 8601 text, a quantity as "
    '{"value": 20, "unit": "KGM"} (also low, high, about, text), a point as {"latitude", "longitude"}, a reference as id or as the parts of its key.'
)
class FactInput:
    """A fact as stated."""

    kind: str | None = None
    id: strawberry.ID | None = None
    values: JSON | None = None
    links: list[LinkInput] = strawberry.field(default_factory=list)
    record: str | None = strawberry.field(default=None, description="The key of the record that says so; the action, if not given.")
    at: str | None = strawberry.field(default=None, description="Since when it holds in the world.")
    until: str | None = strawberry.field(default=None, description="Until when it holds in the world.")
    told: str | None = strawberry.field(default=None, description="When it was stated; now, if not given.")
    reason: str | None = None


class Wrong(Exception):
    """A field of a statement breaks a rule."""

    def __init__(self, field: str, message: str, code: str = Refused.code) -> None:
        super().__init__(message)
        self.field, self.code = field, code


def fact_of(stated: FactInput, caller: Caller, action: str, where: str) -> Fact:
    """The fact that a caller states in an action. Raises Wrong with the field and the rule."""
    subject = _subject(stated, where)
    links = tuple(_link(link, f"{where}.links.{number}") for number, link in enumerate(stated.links))
    if isinstance(subject, Ref) and not links:
        raise Wrong(f"{where}.values", "A fact says something: give values or links.")
    moment = read(f"{where}.told", latest, stated.told) if stated.told else None
    source = Source(caller.name, stated.record or action)
    fact = Fact(subject, source, links, told=instant(moment) or datetime.now(UTC), reason=stated.reason)
    for name in ("at", "until"):
        if text := getattr(stated, name):
            fact = replace(fact, **{name: read(f"{where}.{name}", Time.told, text)})
    read(where, told, fact)
    return fact


def read(where: str, way: Any, *values: Any) -> Any:
    """What `way` makes of the values; what it refuses is said of the field."""
    try:
        return way(*values)
    except FoodFlowError as error:
        raise Wrong(where, str(error), error.code) from None


def _subject(stated: FactInput, where: str) -> Thing | Ref[Any]:
    named = read(f"{where}.id", key_of, stated.id) if stated.id else None
    kind = KINDS.get(named[0] if named else stated.kind or "")
    if kind is None:
        raise Wrong(f"{where}.kind", f"{stated.kind!r} is no kind: choose of {', '.join(KINDS)}, or give an id.")
    if named and stated.kind not in (None, kind.name):
        raise Wrong(f"{where}.kind", f"The id names a {kind.name}, not a {stated.kind}.")
    values = _values(kind.fields, stated.values, f"{where}.values", kind.name)
    if named is None:
        thing = kind.thing(**values)
        read(where, lambda: thing.key)
        return thing
    if not values:
        return Ref(kind.thing, named[1])
    thing = kind.thing(**(_parts(kind, named[1]) | values))
    if read(where, lambda: thing.key) != named[1]:
        raise Wrong(f"{where}.values", "The values name another thing than the id: leave the parts of the key away.")
    return thing


def _parts(kind: Kind, key: str) -> dict[str, Any]:
    return {name: Ref(KINDS[kind.fields[name].type].thing, text) if kind.fields[name].is_ref else text for name, text in kind.parts(key).items()}


def _link(stated: LinkInput, where: str) -> Link:
    relation = RELATIONS.get(stated.relation)
    if relation is None:
        raise Wrong(f"{where}.relation", f"{stated.relation!r} is no relation: choose of {', '.join(RELATIONS)}.")
    carried = _values(relation.carries, stated.carries, f"{where}.carries", relation.name)
    return Link(relation, _end(stated.to, f"{where}.to"), carried)


def _end(stated: EndInput, where: str) -> Ref[Any]:
    if (stated.id is None) == (stated.kind is None):
        raise Wrong(where, "An end is named by exactly one of id and kind.")
    if stated.id is not None:
        kind, key = read(f"{where}.id", key_of, stated.id)
        return Ref(KINDS[kind].thing, key)
    if stated.kind not in KINDS:
        raise Wrong(f"{where}.kind", f"{stated.kind!r} is no kind: choose of {', '.join(KINDS)}.")
    return _keyed(KINDS[stated.kind], stated.key, f"{where}.key")


def _keyed(kind: Kind, parts: Any, where: str) -> Ref[Any]:
    fields = {field.name: field for field in key_parts(kind)}
    thing = kind.thing(**_values(fields, parts, where, f"key of a {kind.name}"))
    return Ref(kind.thing, read(where, lambda: thing.key))


def _values(fields: Mapping[str, FieldOf], stated: Any, where: str, owner: str) -> dict[str, Any]:
    if stated is None:
        return {}
    if not isinstance(stated, Mapping):
        raise Wrong(where, "It is an object of fields.")
    named = {camel(name): field for name, field in fields.items()}
    held = {}
    for name, value in stated.items():
        if name not in named:
            raise Wrong(f"{where}.{name}", f"{owner} has no {name!r}; it has {', '.join(named) or 'nothing'}.")
        if value is not None:
            held[named[name].name] = _value(named[name], value, f"{where}.{name}")
    return held


def _value(field: FieldOf, stated: Any, where: str) -> Any:
    if not field.many:
        return _one(field, stated, where)
    if not isinstance(stated, list):
        raise Wrong(where, "It is a list.")
    return tuple(_one(field, one, f"{where}.{number}") for number, one in enumerate(stated))


def _one(field: FieldOf, stated: Any, where: str) -> Any:
    try:
        value = _READ.get(field.type, _referred if field.is_ref else _plain)(field, stated, where)
    except FoodFlowError as error:
        raise Wrong(where, str(error), error.code) from None
    except (TypeError, ValueError, KeyError) as error:
        raise Wrong(where, f"{stated!r} is no {field.type}: {error}.", OntologyViolation.code) from None
    if field.codes in codes.OPEN and not codes.listed(field.codes, value):
        raise Wrong(where, f"{value!r} is not in the list {field.codes}: {codes.some(field.codes)} …", OntologyViolation.code)
    return value


def _plain(field: FieldOf, stated: Any, where: str) -> Any:
    if field.type == "float" and type(stated) is int:
        return float(stated)
    if field.type in _PLAIN and type(stated) is not _PLAIN[field.type]:
        raise TypeError(f"it takes a {field.type}")
    return _CHECKED[field.name](stated) if field.name in _CHECKED else stated


def _referred(field: FieldOf, stated: Any, where: str) -> Ref[Any]:
    kind = KINDS[field.type]
    if isinstance(stated, Mapping):
        return _keyed(kind, stated, where)
    named, key = key_of(str(stated))
    if named != kind.name:
        raise ValueError(f"the id names a {named}")
    return Ref(kind.thing, key)


def _quantity(field: FieldOf, stated: Any, where: str) -> Quantity:
    amounts: dict[str, Any] = {
        name: _number(stated[name], f"{where}.{name}") for name in ("value", "low", "high", "about") if stated.get(name) is not None
    }
    words: dict[str, Any] = {name: str(stated[name]) for name in ("unit", "text") if stated.get(name) is not None}
    unknown = set(stated) - set(amounts) - set(words) - {name for name, value in stated.items() if value is None}
    if unknown or not (amounts or words):
        raise ValueError("it has value, low, high, about, unit and text")
    if "unit" in words and not codes.listed("units", words["unit"]):
        raise Wrong(f"{where}.unit", f"{words['unit']!r} is no UNECE rec 20/21 unit code: KGM, LTR, H87 …", OntologyViolation.code)
    return Quantity(**amounts, **words)


def _number(stated: Any, where: str) -> float:
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        raise Wrong(where, f"{stated!r} is no number.")
    return float(stated)


def _coordinates(field: FieldOf, stated: Any, where: str) -> Coordinates:
    return Coordinates(_number(stated["latitude"], f"{where}.latitude"), _number(stated["longitude"], f"{where}.longitude"))


_PLAIN: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_READ: dict[str, Any] = {
    "Time": lambda field, stated, where: Time.told(str(stated)),
    "date": lambda field, stated, where: date.fromisoformat(str(stated)),
    "Quantity": _quantity,
    "Coordinates": _coordinates,
    "Json": lambda field, stated, where: stated,
}
