"""The schema as a page: what can be asked, what can be changed, and every type with its fields, linked to each other."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
)
from graphql.type import is_introspection_type, is_specified_scalar_type

from ontology.kinds import KINDS
from resolvers.schema import schema


@cache
def schema_page() -> str:
    """The page's text, without its frame."""
    types = [one for one in schema._schema.type_map.values() if not is_introspection_type(one) and not is_specified_scalar_type(one)]
    roots = [one for one in types if one.name in ("Query", "Mutation")]
    kinds = [one for one in types if one.name in KINDS]
    rest = [one for one in types if one not in roots and one not in kinds]
    return "".join(
        (
            "<h1>GraphQL schema</h1><p>One schema of the food chain. Every kind has a look-up by its business key and a list in pages; "
            'try them in <a href="/graphql">GraphiQL</a>. The same as text: <code>schema.graphql</code>, <code>foodflow schema</code>.</p>',
            *(_type(one, "h2") for one in sorted(roots, key=lambda one: one.name, reverse=True)),
            '<h2 id="kinds">Kinds</h2>',
            *_listed(kinds),
            '<h2 id="other">Other types</h2>',
            *_listed(rest),
        )
    )


def _listed(types: Iterable[GraphQLNamedType]) -> list[str]:
    return [_type(one, "h3") for one in sorted(types, key=lambda one: one.name)]


def _type(one: GraphQLNamedType, heading: str) -> str:
    body = f'<{heading} id="{one.name}">{one.name} <small>{_sort(one)}</small></{heading}><p>{_said(one.description)}</p>'
    if isinstance(one, GraphQLEnumType):
        return body + "<p>" + ", ".join(f"<code>{name}</code>" for name in one.values) + "</p>"
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
        return body + _table((f"<code>{name}</code>{_arguments(field)}", field.type, field.description) for name, field in one.fields.items())
    if isinstance(one, GraphQLInputObjectType):
        return body + _table((f"<code>{name}</code>", field.type, field.description) for name, field in one.fields.items())
    return body


def _said(text: str | None) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text or ""))


def _sort(one: GraphQLNamedType) -> str:
    sorts = ((GraphQLEnumType, "choice"), (GraphQLInputObjectType, "input"), (GraphQLInterfaceType, "interface"), (GraphQLScalarType, "scalar"))
    return next((said for kind, said in sorts if isinstance(one, kind)), "type")


def _table(rows: Iterable[tuple[str, object, str | None]]) -> str:
    lines = "".join(f"<tr><td>{name}</td><td>{_linked(kind)}</td><td>{_said(said)}</td></tr>" for name, kind, said in rows)
    return f'<div class="wide"><table><thead><tr><th>field</th><th>type</th><th>what it is</th></tr></thead><tbody>{lines}</tbody></table></div>'


def _arguments(field: GraphQLField) -> str:
    return "<ul>" + "".join(f"<li>{name}: {_linked(one.type)}</li>" for name, one in field.args.items()) + "</ul>" if field.args else ""


def _linked(kind: object) -> str:
    named = get_named_type(kind)  # type: ignore[call-overload]
    name = named.name
    to = name if is_specified_scalar_type(named) else f'<a href="#{name}">{name}</a>'
    return escape(str(kind)).replace(name, to)
