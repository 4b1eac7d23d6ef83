"""The GraphQL types of the ontology: one per kind, its fields and descriptions taken from the declarations."""

import dataclasses
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from graph_core.callers import Permission
from graph_core.fold import Node
from ontology.kinds import KINDS, RELATIONS
from ontology.language import FieldOf, Kind, Relation
from resolvers.context import context_of
from resolvers.ids import id_of, key_of
from resolvers.loading import Related

MOST = 100
"""The most rows of a page."""

USUAL = 50
"""The rows of a page when the query does not say."""

_SCALARS: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "Json": JSON, "date": str}


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


@strawberry.type(name="Fact", description="A fact as it was told: which record of which source says it, since when it holds, and what it says.")
class FactView:
    """A fact."""

    id: str
    source: str
    record: str
    document: str | None
    line: int | None
    at: Time | None
    until: Time | None
    told: str | None
    reason: str | None
    values: JSON
    entry: int = strawberry.field(description="The number of the journal entry that recorded it.")

    @strawberry.field(description="When it was recorded here (UTC).")
    async def recorded(self, info: strawberry.Info) -> str | None:
        """When it was recorded."""
        return await context_of(info, Permission.READ).recorded.load(self.entry)


@strawberry.interface(name="Thing", description="Anything the FoodGraph holds.")
class ThingView:
    """What every kind has."""

    told_as: strawberry.Private[Node]

    @strawberry.field(description="The opaque id; `node(id)` finds the thing by it.")
    def id(self) -> strawberry.ID:
        """The opaque id."""
        return id_of(self.told_as.kind, self.told_as.key)

    @strawberry.field(description="The business key as text, independent of source and time.")
    def key(self) -> str:
        """The business key."""
        return self.told_as.key

    @strawberry.field(description="What is odd about it: sources that disagree, malformed identifiers, assumptions.")
    def findings(self) -> list[str]:
        """What is odd."""
        return list(self.told_as.findings)

    @strawberry.field(description="The facts that it is made of, the one that shows last.")
    def facts(self) -> list[FactView]:
        """The facts."""
        return [_fact(fact) for fact in self.told_as.facts]


@strawberry.type(name="Edge", description="One end of a relation, with what the relation carries.")
class EdgeView:
    """A related thing."""

    node: ThingView | None
    carries: JSON


def camel(name: str) -> str:
    """snake_case to camelCase, as the API spells fields."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def time_view(form: list[Any] | None) -> Time | None:
    """A time in wire form as its GraphQL type."""
    return Time(text=form[0], earliest=form[1], latest=form[2]) if form else None


def _fact(fact: dict[str, Any]) -> FactView:
    plain = {name: fact.get(name) for name in ("id", "source", "record", "document", "line", "told", "reason", "values")}
    return FactView(entry=fact["seq"], at=time_view(fact.get("at")), until=time_view(fact.get("until")), **plain)  # type: ignore[arg-type]


def _type(field: FieldOf) -> Any:
    declared = {"Time": Time, "Quantity": Quantity, "Coordinates": Coordinates}
    base: Any = strawberry.ID if field.is_ref else _SCALARS.get(field.type) or declared[field.type]
    return (list[base] if field.many else base) | None


def _shown(field: FieldOf, value: Any) -> Any:
    if value is None:
        return None
    if field.many:
        return [_shown(dataclasses.replace(field, many=False), one) for one in value]
    if field.is_ref:
        return id_of(field.type, value)
    if field.type == "Time":
        return time_view(value)
    if field.type == "Quantity":
        return Quantity(**value)
    return Coordinates(latitude=value[0], longitude=value[1]) if field.type == "Coordinates" else value


def related(kind: str) -> dict[str, tuple[Relation, bool]]:
    """The relations that a thing of a kind is read by: field name to the relation and whether it leads away from the thing."""
    taken = {camel(name) for name in KINDS[kind].fields} | {"id", "key", "findings", "facts"}
    found: dict[str, tuple[Relation, bool]] = {}
    for relation in RELATIONS.values():
        for ends, name, forward in ((relation.starts, relation.reads, True), (relation.ends, relation.back, False)):
            if kind in ends and name and name not in taken:
                found.setdefault(name, (relation, forward))
    return found


def _related_field(name: str, relation: Relation, forward: bool) -> Any:
    async def resolve(self: ThingView, info: strawberry.Info, first: int = USUAL, after: strawberry.ID | None = None) -> list[EdgeView]:
        start = key_of(after) if after else ("", "")
        page = Related(self.told_as.kind, self.told_as.key, relation.name, forward, max(0, min(first, MOST)), start)
        rows = await context_of(info).related.load(page) if page.first else []
        return [EdgeView(node=shown(node), carries=cast(JSON, carried)) for node, carried in rows]

    said = f"{relation.definition} By key; `after` is the id of the last thing seen, at most {MOST} a page."
    return strawberry.field(resolver=resolve, name=name, description=said)


def _view(kind: Kind) -> Any:
    body: dict[str, Any] = {"__doc__": kind.definition, "__annotations__": {}}
    for field in kind.fields.values():
        body["__annotations__"][field.name] = _type(field)
        body[field.name] = strawberry.field(description=field.definition, default=None)
    for name, (relation, forward) in related(kind.name).items():
        body[f"related_{name}"] = _related_field(name, relation, forward)
    return strawberry.type(type(kind.name, (ThingView,), body), description=kind.definition)


VIEWS: dict[str, Any] = {name: _view(kind) for name, kind in KINDS.items()}
"""The GraphQL type of every kind."""


def shown(node: Node) -> Any:
    """A thing as its GraphQL type."""
    fields = KINDS[node.kind].fields
    values = {name: _shown(fields[name], value) for name, value in node.values.items() if name in fields}
    return VIEWS[node.kind](told_as=node, **values)
