"""The GraphQL types of the ontology: one per kind, its fields and descriptions taken from the declarations."""

import base64
import dataclasses
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from graph_core.fold import Node
from ontology.errors import Refused
from ontology.kinds import KINDS, RELATIONS
from ontology.language import FieldOf

_SCALARS: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "Json": JSON}


@strawberry.type(description="When something held: the earliest and latest possible instant (ISO 8601 UTC) and the text told.")
class Time:
    """A time as told."""

    text: str
    earliest: str | None
    latest: str | None


@strawberry.type(description="An amount as told; `unit` is a UNECE rec 20/21 code, null for pieces.")
class Quantity:
    """A quantity as told."""

    value: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    about: float | None = None
    text: str | None = None


@strawberry.type(description="A point on the Earth, WGS 84, decimal degrees.")
class Coordinates:
    """A point."""

    latitude: float
    longitude: float


@strawberry.type(description="A fact as it was told: which record of which source says it, and what it says.")
class FactView:
    """A fact."""

    id: str
    source: str
    record: str
    document: str | None
    line: int | None
    told: str | None
    values: JSON


@strawberry.interface(name="Thing", description="Anything the FoodGraph holds.")
class ThingView:
    """What every kind has."""

    id: strawberry.ID
    key: str
    findings: list[str]
    facts: list[FactView]


@strawberry.type(description="One end of a relation, with what the relation carries.")
class Edge:
    """A related thing."""

    node: ThingView | None
    carries: JSON


def id_of(kind: str, key: str) -> strawberry.ID:
    """The opaque id of a thing: base64url of its kind and key."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def key_of(opaque: str) -> tuple[str, str]:
    """Kind and key of an opaque id. Raises Refused for a text that is none."""
    try:
        text = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode()
    except ValueError:
        text = ""
    kind, _, key = text.partition(":")
    if kind not in KINDS or not key:
        raise Refused(f"{opaque!r} is no id of ours: take one from an answer, or use a look-up by business key.")
    return kind, key


def camel(name: str) -> str:
    """snake_case to camelCase, as the API spells fields."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _type(field: FieldOf) -> Any:
    if field.is_ref:
        base: Any = strawberry.ID
    else:
        base = _SCALARS.get(field.type) or {"Time": Time, "Quantity": Quantity, "Coordinates": Coordinates, "date": str}[field.type]
    return (list[base] if field.many else base) | None


def _shown(field: FieldOf, value: Any) -> Any:
    if value is None:
        return None
    if field.many:
        return [_shown(dataclasses.replace(field, many=False), one) for one in value]
    if field.is_ref:
        return id_of(field.type, value)
    if field.type == "Time":
        return Time(text=value[0], earliest=value[1], latest=value[2])
    if field.type == "Quantity":
        return Quantity(**value)
    return Coordinates(latitude=value[0], longitude=value[1]) if field.type == "Coordinates" else value


def _reader(relation: str, forward: bool) -> Any:
    async def related(self: Any, info: strawberry.Info, first: int = 50) -> list[Edge]:
        rows = await info.context["related"].load((self.kind, self.key, relation, forward))
        return [Edge(node=node and shown(node), carries=carried) for node, carried in rows[: max(0, min(first, 100))]]

    return related


def _view(name: str) -> Any:
    kind = KINDS[name]
    hints: dict[str, Any] = {}
    body: dict[str, Any] = {"__doc__": kind.definition}
    for field in kind.fields.values():
        hints[field.name] = Annotated[_type(field), ...]
        hints[field.name] = _type(field)
        body[field.name] = strawberry.field(description=field.definition, default=None)
    hints["kind"] = strawberry.Private[str]
    body["kind"] = name
    for relation in RELATIONS.values():
        for ends, read, forward in ((relation.starts, relation.reads, True), (relation.ends, relation.back, False)):
            if name in ends and read and read not in {camel(field) for field in (*kind.fields, *body)}:
                body[f"related_{read}"] = strawberry.field(resolver=_reader(relation.name, forward), name=read, description=relation.definition)
    body["__annotations__"] = hints
    return strawberry.type(type(name, (ThingView,), body), description=kind.definition)


VIEWS: dict[str, Any] = {name: _view(name) for name in KINDS}


def shown(node: Node) -> Any:
    """A thing as its GraphQL type."""
    fields = KINDS[node.kind].fields
    facts = [
        FactView(
            id=fact["id"],
            source=fact["source"],
            record=fact["record"],
            document=fact.get("document"),
            line=fact.get("line"),
            told=fact.get("told"),
            values=fact["values"],
        )
        for fact in node.facts
    ]
    values = {name: _shown(field, node.values.get(name)) for name, field in fields.items()}
    return VIEWS[node.kind](id=id_of(node.kind, node.key), key=node.key, kind=node.kind, findings=list(node.findings), facts=facts, **values)
