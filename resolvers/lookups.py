"""One thing: by its opaque id, or by the parts of its business key, now or as it was."""

import inspect
from collections.abc import Mapping
from typing import Any

import strawberry

from graph_core.fold import Node, fold
from graph_core.foodgraph import FoodGraph
from ontology import identifiers
from ontology.errors import FoodFlowError, Refused
from ontology.kinds import KINDS
from ontology.language import FieldOf, Kind, Ref
from resolvers.context import context_of
from resolvers.filters import latest
from resolvers.ids import key_of
from resolvers.views import MOST, VIEWS, ThingView, camel, shown

_CHECKED = {"gtin": identifiers.gtin, "gln": identifiers.gln, "sscc": identifiers.sscc}
"""Parts of keys that have more than one spelling (GTIN-8 to GTIN-14) and a check digit."""


async def held(graph: FoodGraph, kind: str, key: str, as_of: str | None, known_at: str | None) -> Node | None:
    """A thing now, as it was in the world at `as_of`, as we knew it at `known_at`. Raises Refused for malformed times."""
    then = latest(as_of) if as_of else None
    node = await graph.node(kind, key, known_at=latest(known_at) if known_at else None)
    if node is None or then is None:
        return node
    facts = [fact for fact in node.facts if _holds(fact, then)]
    return fold(kind, key, facts) if facts else None


def _holds(fact: Mapping[str, Any], then: str) -> bool:
    at, until = fact.get("at"), fact.get("until")
    begun = not (at and at[1]) or at[1] <= then
    ended = until and until[2] and until[2] < then
    return begun and not ended


def seen(node: Node | None) -> Any:
    """A thing as its GraphQL type, null where there is none."""
    return shown(node) if node else None


@strawberry.type
class Lookups:
    """Things by id."""

    @strawberry.field(description="The thing with this id, now, as it was at `asOf`, or as we knew it at `knownAt`; null where there is none.")
    async def node(self, info: strawberry.Info, id: strawberry.ID, as_of: str | None = None, known_at: str | None = None) -> ThingView | None:
        """One thing."""
        context, name = context_of(info), key_of(id)
        node = await (held(context.graph, *name, as_of, known_at) if as_of or known_at else context.things.load(name))
        return seen(node)  # type: ignore[no-any-return]

    @strawberry.field(description=f"The things with these ids, in order, null where there is none; at most {MOST}.")
    async def nodes(self, info: strawberry.Info, ids: list[strawberry.ID]) -> list[ThingView | None]:
        """Several things."""
        if len(ids) > MOST:
            raise Refused(f"nodes takes at most {MOST} ids; {len(ids)} were sent.")
        return [seen(node) for node in await context_of(info).things.load_many([key_of(one) for one in ids])]


def key_parts(kind: Kind) -> list[FieldOf]:
    """The fields that the alternatives of a kind's key are made of, in their order."""
    names = dict.fromkeys(part.rstrip("?") for alternative in kind.keys for part in alternative)
    return [kind.fields[name] for name in names]


def _key_input(kind: Kind) -> Any:
    body: dict[str, Any] = {"__annotations__": {"id": strawberry.ID | None}, "id": None, "__doc__": f"A {kind.name} by id or key."}
    for field in key_parts(kind):
        body["__annotations__"][field.name] = KEY_INPUTS[field.type] | None if field.is_ref else str | None
        body[field.name] = strawberry.field(default=None, description=field.definition)
    said = f"A {kind.name}: by its id, or by the parts of its key ({_alternatives(kind)})."
    return strawberry.input(type(f"{kind.name}KeyInput", (), body), description=said)


def _alternatives(kind: Kind) -> str:
    return ", or ".join(" and ".join(camel(part.rstrip("?")) for part in alternative) for alternative in kind.keys)


KEY_INPUTS: dict[str, Any] = {}
"""The inputs of the kinds that other kinds' keys refer to."""
for _name in dict.fromkeys(field.type for kind in KINDS.values() for field in key_parts(kind) if field.is_ref):
    KEY_INPUTS[_name] = _key_input(KINDS[_name])


def key_from(kind: Kind, told: Mapping[str, Any]) -> str:
    """The key that these parts make. Raises OntologyViolation when they make none."""
    parts: dict[str, Any] = {}
    for field in key_parts(kind):
        value = told.get(field.name)
        if value is not None and value != "":
            parts[field.name] = _referred(field, value) if field.is_ref else _spelt(field.name, value)
    return kind.thing(**parts).key


def _referred(field: FieldOf, value: Any) -> Ref[Any]:
    kind = KINDS[field.type]
    if value.id is None:
        return Ref(kind.thing, key_from(kind, vars(value)))
    named, key = key_of(value.id)
    if named != field.type:
        raise Refused(f"{field.name} is a {field.type}; the id names a {named}.")
    return Ref(kind.thing, key)


def _spelt(name: str, value: str) -> str:
    """The spelling in the key; what is malformed is looked up as told, since documents of others are kept so."""
    try:
        return _CHECKED[name](value) if name in _CHECKED else value
    except FoodFlowError:
        return value


def by_key(kind: Kind) -> Any:
    """The field that finds a kind by the parts of its key."""

    async def resolve(**told: Any) -> Any:
        graph = context_of(told["info"]).graph
        return seen(await held(graph, kind.name, key_from(kind, told), told.get("as_of"), told.get("known_at")))

    hints: dict[str, Any] = {"info": strawberry.Info}
    hints |= {field.name: KEY_INPUTS[field.type] | None if field.is_ref else str | None for field in key_parts(kind)}
    hints |= {"as_of": str | None, "known_at": str | None}
    answers = VIEWS[kind.name] | None
    resolve.__annotations__ = {**hints, "return": answers}
    ways = [_parameter(name, hint) for name, hint in hints.items()]
    resolve.__signature__ = inspect.Signature(ways, return_annotation=answers)  # type: ignore[attr-defined]
    name = kind.name[0].lower() + kind.name[1:] + "ByKey"
    said = f"The {kind.name} known by {_alternatives(kind)}; null where there is none."
    return strawberry.field(resolver=resolve, name=name, description=said)


def _parameter(name: str, hint: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if name == "info" else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
