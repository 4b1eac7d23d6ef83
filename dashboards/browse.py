"""Everything of one kind, a page at a time: what the counts of the first page lead to."""

from functools import lru_cache
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboards.asking import Ask, Asking, Failed
from dashboards.page import Address, Page
from dashboards.parts import button, card, empty, explored, head, link, many, number, skeleton, spaced, table

ROWS = 50
_TRACED = ("Lot", "Product", "Place", "LogisticUnit", "Shipment", "Process")
_PLAIN = {"String": "", "Int": "", "Float": "", "Boolean": "", "Time": " { text }"}
_MOST_COLUMNS = 6
_TYPE = "query($name: String!) { __type(name: $name) { description fields { name type { name kind ofType { name kind } } } } }"


def layout(ask: Ask, address: Address) -> Component:
    """The page; what it lists follows the address."""
    return html.Div([dcc.Location(id="browse-address", refresh=False), html.Div([head(" ", ""), skeleton(6)], id="browse-shown")])


def callbacks(app: Dash, asking: Asking) -> None:
    """A page of a list, whatever page the address names."""

    @app.callback(Output("browse-shown", "children"), Input("browse-address", "search"))
    def show(search: str) -> Any:
        address = Address.of("/browse", search)
        return listed(asking.of(address.get("tenant") or None), address)


def listed(ask: Ask, address: Address) -> Component:
    """A page of a kind."""
    kind = address.get("kind", "Lot")
    described = ask(_TYPE, name=kind)["__type"]
    if not described or not described["fields"] or not kind.isidentifier():
        raise Failed(f"There is no kind {kind!r}: choose one on the first page.", "NOT_FOUND")
    columns = _columns(tuple((one["name"], one["type"]["name"]) for one in described["fields"]))
    found = ask(_question(kind, columns), first=ROWS, after=address.get("after") or None)["page"]
    title = many(kind)
    columns = [(name, inside) for name, inside in columns if any(node[name] is not None for node in found["nodes"])]
    rows = [_row(address, kind, node, columns) for node in found["nodes"]]
    headings = [*(["product"] if kind == "Lot" else []), *(spaced(name) for name, _ in columns), "Key"]
    if not rows:
        none = empty(f"No {title} yet", "They come with the files you import.", order=2)
        return dmc.Stack([head(title.capitalize(), described["description"]), card(none)], gap="lg")
    more = address.to(after=found["pageInfo"]["endCursor"]) if found["pageInfo"]["hasNextPage"] else None
    ways = [*([button("First page", address.to(after=None))] if address.get("after") else []), *([button("Next page", more)] if more else [])]
    said = dmc.Text(f"{number(found['totalCount'])} {title}, by key; Ctrl K finds one of them by its code or name.", c="dimmed")
    shown = card(said, table(headings, rows, title.capitalize()), dmc.Group(ways, gap="sm"))
    return dmc.Stack([head(title.capitalize(), described["description"]), shown], gap="lg")


@lru_cache(maxsize=128)
def _columns(fields: tuple[tuple[str, str | None], ...]) -> list[tuple[str, str]]:
    """The fields that say something in one word, each with what is asked of it."""
    plain = [(name, _PLAIN[type_]) for name, type_ in fields if type_ in _PLAIN]
    return plain[:_MOST_COLUMNS]


def _question(kind: str, columns: list[tuple[str, str]]) -> str:
    name = many(kind).title().replace(" ", "")
    listing = name[0].lower() + name[1:]
    product = " ofProduct { node { ... on Product { name } } }" if kind == "Lot" else ""
    asked = " ".join(f"{field}{inside}" for field, inside in columns) + product
    return (
        f"query($first: Int!, $after: String) {{ page: {listing}(first: $first, after: $after) "
        f"{{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ id key {asked} }} }} }}"
    )


def _row(address: Address, kind: str, node: dict[str, Any], columns: list[tuple[str, str]]) -> list[Any]:
    cells = [_cell(node[name]) for name, _ in columns]
    if kind == "Lot":
        cells = [", ".join(str(edge["node"].get("name") or "–") for edge in node["ofProduct"]), *cells]
    key = link(node["key"], explored(address, node["id"]), size="sm") if kind in _TRACED else dmc.Text(node["key"], size="sm")
    return [*cells, key]


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("text") or "–"
    return "–" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


PAGE = Page("/browse", "Browse", "home", layout, callbacks, listed=False)
