"""Finding anything from anywhere: Ctrl-K opens a box that looks for lots, products, places, units and companies by code or name."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.asking import Asking, Failed
from dashboards.icons import icon
from dashboards.page import Address

KINDS = ("Lot", "Product", "Place", "LogisticUnit", "Party")
_SPOKEN = {"LogisticUnit": "unit", "Party": "company"}
_TRACED = ("Lot", "Product", "Place", "LogisticUnit")
_FOUND = """query($text: String!, $kinds: [String!]) { search(text: $text, kinds: $kinds, first: 12) { __typename id key
  ... on Lot { code ofProduct { node { ... on Product { name } } } } ... on Product { name gtin } ... on Place { name sort country }
  ... on Party { name country } ... on LogisticUnit { sscc } } }"""

_KEYS = (
    ("Ctrl K", "find a lot, product, place or unit"),
    ("?", "these keys"),
    ("Esc", "close what is open"),
    ("g s t m", "in the explorer: graph, steps, table, map"),
    ("← →", "in the graph: what it came from, what it went into"),
    ("↑ ↓", "in the graph: the next act of the same column"),
    ("Enter", "in the graph: show the act, open the group"),
    ("+ − 0", "in the graph: larger, smaller, all of it"),
)


def button() -> Component:
    """The way in, in the header."""
    told: dict[str, Any] = {"data-opens": "finder", "aria-label": "Find anything, Ctrl K"}
    return html.Button([icon("search", 18), html.Span("Find"), html.Kbd("Ctrl K")], className="find", **told)


def boxes() -> Component:
    """The box that finds, and the list of keys; both closed."""
    field = dcc.Input(
        id="finder-text", type="search", placeholder="Lot code, product, place, GTIN, SSCC, Digital Link …", autoComplete="off", debounce=False
    )
    label = html.Label("Find a lot, product, place, unit or company", htmlFor="finder-text")
    listed = [part for keys, what in _KEYS for part in (html.Dt([html.Kbd(key) for key in keys.split()]), html.Dd(what))]
    finder = _box("finder", "Find", [label, field, html.Div(id="finder-found", role="status")])
    return html.Div([finder, _box("keys-help", "Keys", [html.H2("Keys"), html.Dl(listed, className="pairs")])])


def _box(name: str, said: str, content: list[Component]) -> Component:
    told: dict[str, Any] = {"aria-label": said}
    return html.Div(html.Div(content, className="box", role="dialog", **told), id=name, hidden=True, className="over")


def callbacks(app: Dash, asking: Asking) -> None:
    """What is found while one types."""

    @app.callback(
        Output("finder-found", "children"),
        Input("finder-text", "value"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def found(text: str | None, path: str, search: str) -> Any:
        told, address = (text or "").strip(), Address.of(path, search)
        if not told:
            return None
        if len(told) < 2:
            return no_update
        here = Address("/explore", {"tenant": address.get("tenant")})
        try:
            things = asking.of(address.get("tenant") or None)(_FOUND, text=told, kinds=list(KINDS))["search"]
        except Failed as failed:
            return dmc.Text(failed.words, size="sm")
        whole = html.Li(dcc.Link([icon("trace", 16), f"Trace “{told}”"], href=here.to(start=told), className="found"))
        lines = [
            html.Li(dcc.Link([html.Small(_kind(one)), html.Span(_name(one)), _apart(one)], href=_to(one, here), className="found")) for one in things
        ]
        nothing = (
            dmc.Text("No code or name holds these words. Trace it as typed: what is called nearly so is told then.", size="sm")
            if not things
            else None
        )
        return [nothing, html.Ul([*lines, whole], className="finds")]


def _kind(thing: Mapping[str, Any]) -> str:
    name = str(thing["__typename"])
    return _SPOKEN.get(name, name.lower())


def _name(thing: Mapping[str, Any]) -> str:
    product = next((edge["node"]["name"] for edge in thing.get("ofProduct") or () if edge["node"]), None)
    parts = (
        product,
        thing.get("code"),
        thing.get("name"),
        thing.get("sscc"),
        thing.get("gtin"),
        thing.get("country"),
    )
    return " ".join(str(part) for part in parts if part) or str(thing["key"])


def _apart(thing: Mapping[str, Any]) -> Component | None:
    """What tells a lot without a code from others of its product."""
    bare = thing["__typename"] == "Lot" and not thing["code"]
    return html.Small(f"no lot code, {str(thing['key']).rpartition('/')[2]}", className="apart") if bare else None


def _to(thing: Mapping[str, Any], here: Address) -> str:
    return here.to(start=f"id:{thing['id']}") if thing["__typename"] in _TRACED else here.to(at=thing["id"])
