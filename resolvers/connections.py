"""Keyset connections: all things of a kind, filtered and ordered, a page at a time; a page costs the same wherever it lies."""

import hashlib
from enum import Enum
from typing import Any

import orjson
import strawberry

from ontology.errors import Refused
from ontology.kinds import KINDS
from ontology.language import FieldOf
from resolvers.context import Context, context_of
from resolvers.filters import FILTERS, Conditions, filtered
from resolvers.ids import packed, unpacked
from resolvers.loading import things
from resolvers.views import MOST, USUAL, VIEWS, camel, shown

BY_KEY = "key"


class CursorMismatch(Refused):
    """A cursor belongs to another order or filter than the one asked; begin again without it."""

    code = "CURSOR_MISMATCH"


@strawberry.enum(description="Which end of an order comes first; things without the value come last either way.")
class OrderDirection(Enum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


def plural(kind: str) -> str:
    """The name of the field that lists a kind: Lot, lots; Party, parties; Process, processes."""
    name = kind[0].lower() + kind[1:]
    return name[:-1] + "ies" if name.endswith("y") else name + ("es" if name.endswith("s") else "s")


def ordered(kind: str) -> dict[str, str]:
    """The fields that a kind can be ordered by, as the API spells them, with the property that is compared."""
    fields = {camel(field.name): _property(field) for field in KINDS[kind].fields.values() if filtered(field) and field.type != "bool"}
    return {BY_KEY: BY_KEY, **fields}


def _property(field: FieldOf) -> str:
    return f"{field.name}_earliest" if field.type == "Time" else field.name


def _order(kind: str) -> Any:
    names = Enum(f"{kind}OrderField", {name: name for name in ordered(kind)})  # type: ignore[misc]
    names.__doc__ = f"What a {kind} can be ordered by."
    chosen = strawberry.enum(names, description=f"What {plural(kind)} can be ordered by; a time by its earliest instant.")
    body = {"__annotations__": {"field": chosen, "direction": OrderDirection}, "direction": OrderDirection.ASC, "__doc__": f"An order of {kind}."}
    return strawberry.input(type(f"{kind}Order", (), body), description=f"An order of {plural(kind)}; ties stand by key.")


class Asked:
    """A page as asked: of which kind, which conditions, which order, after which cursor, how many."""

    def __init__(self, kind: str, first: int, after: str | None, order: Any, where: Any) -> None:
        """Raises Refused for a malformed page, filter or cursor, CursorMismatch for a cursor of another list."""
        if not 0 <= first <= MOST:
            raise Refused(f"first is {first}; a page has 0 to {MOST} rows.")
        self.kind, self.first = kind, first
        self.conditions = Conditions(kind, where)
        self.field = str(order.field.value) if order else BY_KEY
        self.down = bool(order) and order.direction is OrderDirection.DESC
        self.property = ordered(kind)[self.field]
        told = orjson.dumps([kind, self.conditions.text, self.conditions.values])
        self._list = [self.field, "DESC" if self.down else "ASC", hashlib.sha256(told).hexdigest()[:12]]
        self.after = self._read(after) if after else None

    def cursor(self, value: Any, key: str) -> str:
        """The cursor of a row: the order, a digest of the filter, the row's value and its key."""
        return packed(orjson.dumps([*self._list, value, key]))

    def _read(self, cursor: str) -> tuple[Any, str]:
        try:
            *listed, value, key = orjson.loads(unpacked(cursor))
        except ValueError:
            listed, value, key = [], None, None
        if len(listed) != 3 or not isinstance(key, str) or not isinstance(value, str | int | float | None):
            raise Refused("This is no cursor of ours: take `endCursor` of the page before.")
        if listed != self._list:
            raise CursorMismatch("The order or filter changed since the cursor was made: begin again without `after`.")
        return value, key

    def statement(self) -> tuple[str, dict[str, Any]]:
        """The Cypher that answers the rows of the page and one more: key and ordering value."""
        values = {**self.conditions.values, "limit": self.first + 1}
        text = f"MATCH (n:{self.kind}) WHERE ({self.conditions.text})"
        if self.after:
            text += f" AND ({self._later()})"
            values |= {"key": self.after[1]} | ({} if self.after[0] is None else {"value": self.after[0]})
        if self.property == BY_KEY:
            return f"{text} RETURN n.key AS key, null AS value ORDER BY key{' DESC' if self.down else ''} LIMIT $limit", values
        way = " DESC" if self.down else ""
        return (
            f"{text} WITH n.key AS key, n.{self.property} AS value RETURN key, value ORDER BY value IS NULL, value{way}, key LIMIT $limit"
        ), values

    def _later(self) -> str:
        assert self.after
        beyond = "<" if self.down else ">"
        if self.property == BY_KEY:
            return f"n.key {beyond} $key"
        if self.after[0] is None:
            return f"n.{self.property} IS NULL AND n.key > $key"
        at = f"n.{self.property}"
        return f"{at} {beyond} $value OR ({at} = $value AND n.key > $key) OR {at} IS NULL"


@strawberry.type
class Page:
    """What every page tells beside its things."""

    asked: strawberry.Private[Asked]
    page_info: PageInfo

    @strawberry.field(description="How many the filter leaves; counted only when asked for.")
    async def total_count(self, info: strawberry.Info) -> int:
        """How many the filter leaves."""
        conditions = self.asked.conditions
        statement = f"MATCH (n:{self.asked.kind}) WHERE {conditions.text} RETURN count(n)"
        return int((await context_of(info).graph.read(statement, **conditions.values))[0][0])


async def _page(asked: Asked, context: Context, connection: Any, edge: Any) -> Any:
    statement, values = asked.statement()
    rows = await context.graph.read(statement, **values)
    more, rows = len(rows) > asked.first, rows[: asked.first]
    held = await things(context.graph, [(asked.kind, key) for key, _ in rows])
    edges = [edge(cursor=asked.cursor(value, key), node=shown(held[(asked.kind, key)])) for key, value in rows if (asked.kind, key) in held]
    return connection(edges=edges, page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None), asked=asked)


def _list_of(kind: Any) -> Any:
    return list[kind]


def _edge(kind: str) -> Any:
    body = {"__annotations__": {"cursor": str, "node": VIEWS[kind]}, "__doc__": f"A {kind} in a list."}
    return strawberry.type(type(f"{kind}Edge", (), body), description=f"A {kind} and the cursor to go on from it.")


def _connection(kind: str, edge: Any) -> Any:
    def nodes(self: Any) -> Any:
        return [one.node for one in self.edges]

    nodes.__annotations__["return"] = _list_of(VIEWS[kind])
    body = {
        "__annotations__": {"edges": _list_of(edge)},
        "__doc__": f"A page of {plural(kind)}.",
        "nodes": strawberry.field(resolver=nodes, description="The things of the page."),
    }
    return strawberry.type(type(f"{kind}Connection", (Page,), body), description=f"A page of {plural(kind)}.")


def listing(kind: str) -> Any:
    """The field that lists a kind."""
    edge = _edge(kind)
    connection, order = _connection(kind, edge), _order(kind)

    async def resolve(info: strawberry.Info, first: int = USUAL, after: str | None = None, order_by: Any = None, where: Any = None) -> Any:
        return await _page(Asked(kind, first, after, order_by, where), context_of(info), connection, edge)

    resolve.__annotations__ |= {"order_by": order | None, "where": FILTERS[kind] | None, "return": connection}
    return strawberry.field(resolver=resolve, name=plural(kind), description=f"{KINDS[kind].definition} A page of all, at most {MOST}.")
