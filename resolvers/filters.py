"""Filters: one generic input per type of value, put together per kind from the ontology, compiled to Cypher with values as parameters."""

import keyword
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry import UNSET

from ontology.errors import Refused
from ontology.kinds import KINDS
from ontology.language import FieldOf
from ontology.values import Time, stamp
from resolvers.ids import key_of

MOST_TERMS = 100
"""The most comparisons in one filter."""


@strawberry.input(description="Compares a text, exactly as told and with case; all that is given must hold.")
class StringFilter:
    """A text."""

    eq: str | None = UNSET
    ne: str | None = UNSET
    in_: list[str] | None = strawberry.field(name="in", default=UNSET)
    contains: str | None = UNSET
    starts_with: str | None = UNSET
    gt: str | None = UNSET
    gte: str | None = UNSET
    lt: str | None = UNSET
    lte: str | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Compares a whole number.")
class IntFilter:
    """A whole number."""

    eq: int | None = UNSET
    ne: int | None = UNSET
    in_: list[int] | None = strawberry.field(name="in", default=UNSET)
    gt: int | None = UNSET
    gte: int | None = UNSET
    lt: int | None = UNSET
    lte: int | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Compares a number.")
class FloatFilter:
    """A number."""

    eq: float | None = UNSET
    ne: float | None = UNSET
    in_: list[float] | None = strawberry.field(name="in", default=UNSET)
    gt: float | None = UNSET
    gte: float | None = UNSET
    lt: float | None = UNSET
    lte: float | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Compares yes or no.")
class BooleanFilter:
    """Yes or no."""

    eq: bool | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Compares a reference with ids of things.")
class IDFilter:
    """A reference."""

    eq: strawberry.ID | None = UNSET
    in_: list[strawberry.ID] | None = strawberry.field(name="in", default=UNSET)
    is_null: bool | None = UNSET


@strawberry.input(
    description="Compares when something held with ISO 8601 times (2011, 2011-06, 2011-06-08T14:30Z): what may have been in the span counts."
)
class TimeFilter:
    """A time."""

    from_: str | None = strawberry.field(name="from", default=UNSET, description="Held at this time or later, or may have.")
    until: str | None = strawberry.field(default=UNSET, description="Held at this time or earlier, or may have.")
    is_null: bool | None = UNSET


_INPUTS: dict[str, Any] = {
    "str": StringFilter,
    "date": StringFilter,
    "int": IntFilter,
    "float": FloatFilter,
    "bool": BooleanFilter,
    "Time": TimeFilter,
}
_OPERATORS = {
    "eq": "{p} = {v}",
    "ne": "{p} <> {v}",
    "in_": "{p} IN {v}",
    "contains": "{p} CONTAINS {v}",
    "starts_with": "{p} STARTS WITH {v}",
    "gt": "{p} > {v}",
    "gte": "{p} >= {v}",
    "lt": "{p} < {v}",
    "lte": "{p} <= {v}",
    "from_": "coalesce({p}_latest, '9999') >= {v} AND {p} IS NOT NULL",
    "until": "coalesce({p}_earliest, '0000') <= {v} AND {p} IS NOT NULL",
}


def filtered(field: FieldOf) -> Any:
    """The input that compares a field; None for one that is not compared (lists, quantities, points, JSON)."""
    if field.many:
        return None
    return IDFilter if field.is_ref else _INPUTS.get(field.type)


def _filter(name: str) -> Any:
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": f"Conditions on a {name}."}
    for field in KINDS[name].fields.values():
        if compared := filtered(field):
            python = f"{field.name}_" if keyword.iskeyword(field.name) else field.name
            body["__annotations__"][python] = compared | None
            body[python] = strawberry.field(default=UNSET, description=field.definition)
    body["__annotations__"]["key"] = StringFilter | None
    body["key"] = strawberry.field(default=UNSET, description="The business key as text.")
    made = type(f"{name}Filter", (), body)
    for joined, said in (("and", "All of these hold."), ("or", "One of these holds."), ("not", "This does not hold.")):
        made.__annotations__[f"{joined}_"] = made | None if joined == "not" else list[made] | None  # type: ignore[valid-type]
        setattr(made, f"{joined}_", strawberry.field(name=joined, default=UNSET, description=said))
    return strawberry.input(made, description=f"Conditions on a {name}; all that are given must hold.")


FILTERS: dict[str, Any] = {name: _filter(name) for name in KINDS}
"""The filter input of every kind."""


class Conditions:
    """A filter as Cypher: `text` holds over a node `n`, `values` are its parameters, `plain` is what was asked as JSON values."""

    def __init__(self, kind: str, where: Any) -> None:
        """Raises Refused for too many comparisons, a malformed time or id, or an id of another kind."""
        self._fields = KINDS[kind].fields
        self.values: dict[str, Any] = {}
        self.text = self._all(where) if where else "true"

    def _all(self, where: Any) -> str:
        terms: list[str] = []
        for name, value in vars(where).items():
            if value is UNSET or value is None:
                continue
            if name in ("and_", "or_"):
                parts = [self._all(one) for one in value]
                terms.append("(" + (" AND " if name == "and_" else " OR ").join(parts or ["true"]) + ")")
            elif name == "not_":
                terms.append(f"NOT coalesce(({self._all(value)}), false)")
            else:
                terms.extend(self._compare(name, value))
        return " AND ".join(terms) or "true"

    def _compare(self, name: str, asked: Any) -> list[str]:
        held = name if name in self._fields or name == "key" else name.rstrip("_")
        terms = []
        for operator, value in vars(asked).items():
            if value is UNSET or value is None:
                continue
            if operator == "is_null":
                terms.append(f"n.{held} IS {'' if value else 'NOT '}NULL")
                continue
            parameter = f"w{len(self.values)}"
            if len(self.values) >= MOST_TERMS:
                raise Refused(f"A filter has at most {MOST_TERMS} comparisons: use `in` for many values.")
            self.values[parameter] = _VALUES.get(operator, _same)(_referred(self._fields.get(held), value))
            terms.append(_OPERATORS[operator].format(p=f"n.{held}", v=f"${parameter}"))
        return terms


def _referred(field: FieldOf | None, value: Any) -> Any:
    if field is None or not field.is_ref:
        return value
    keys = [key_of(one) for one in (value if isinstance(value, list) else [value])]
    if any(kind != field.type for kind, _ in keys):
        raise Refused(f"{field.name} refers to a {field.type}: give the id of one.")
    return [key for _, key in keys] if isinstance(value, list) else keys[0][1]


def _same(value: Any) -> Any:
    return value


def earliest(text: str) -> str | None:
    """The first instant that a told time can mean, ISO UTC. Raises Refused for a text that is no time."""
    return stamp(Time.told(text).earliest)


def latest(text: str) -> str | None:
    """The last instant that a told time can mean, ISO UTC. Raises Refused for a text that is no time."""
    return stamp(Time.told(text).latest)


_VALUES: dict[str, Callable[[Any], Any]] = {"from_": earliest, "until": latest}
