"""What is known of one thing of a trace: in words, its times and food, its neighbours, and every fact with its source."""

from collections.abc import Iterable, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.asking import Ask
from dashboards.explorer.asked import Act
from dashboards.explorer.drawing import line_words
from dashboards.explorer.words import amounts, count, day, minute
from dashboards.icons import icon
from dashboards.page import Address

ACTS = ("Shipment", "Process")
_KEYS = ("lot", "unit", "product", "end")
"""Values that are keys of other things, which stand above by their names, and the end of a shipment that a record speaks of."""
TRACEABLE = (*ACTS, "Lot", "Product", "Place", "LogisticUnit")

_PAPERS = "documents(first: 20) { node { id key ... on Document { type number } } }"
_THING = f"""__typename id key findings facts {{ source record document line told recorded reason at {{ text }} until {{ text }} values }}
  ... on Shipment {{ {_PAPERS} }} ... on Process {{ {_PAPERS} }} ... on Lot {{ {_PAPERS} code ofProduct {{ node {{ ... on Product {{ name }} }} }} }}
  ... on Product {{ name }} ... on Place {{ name }} ... on Party {{ name }}"""
_NODE = f"query($id: ID!, $knownAt: String) {{ node(id: $id, knownAt: $knownAt) {{ {_THING} }} }}"
_AROUND = """query($input: TraceInput!) { trace(input: $input) { totalActs
  acts(first: 100) { id kind direction depth what when ended confidence scope assumed step from { id name } to { id name }
    sender { id name } receiver { id name } goods { id name role quantity } }
  links(first: 200) { start end rule method confidence scope quantity } } }"""


def panel(ask: Ask, address: Address, thing: str) -> Component:
    """The panel of a thing. Raises Failed."""
    known_at = address.get("knownAt") or None
    node = ask(_NODE, id=thing, knownAt=known_at)["node"]
    bounds = {"knownAt": known_at} if known_at else {}
    acts: list[Act] = []
    links: list[Mapping[str, Any]] = []
    if node is None or node["__typename"] in ACTS:
        around = ask(_AROUND, input={"starts": [{"id": thing}], "mostDepth": 1, **bounds})["trace"]
        acts, links = around["acts"], around["links"]
    act = next((one for one in acts if one["id"] == thing), None)
    parts: list[Component | None] = [_head(node, act, address), *(_of_act(act, acts, links, address) if act else ())]
    if node:
        parts += [_findings(node), _known(node), _papers(node, address), _facts(node)]
    else:
        parts.append(dmc.Text("No record tells of this act itself: it was inferred from the lots and places of others.", size="sm"))
    return dmc.Stack([part for part in parts if part is not None], gap="md")


def _head(node: Mapping[str, Any] | None, act: Act | None, address: Address) -> Component:
    kind = act["kind"] if act else node["__typename"] if node else "Act"
    name = act["what"] if act else _called(node or {})
    close = dcc.Link(icon("close", 18), href=address.to(at=None), className="quiet", title="Close (Esc)", id="close-panel")
    thing = act["id"] if act else (node or {}).get("id")
    trace = None
    if kind in TRACEABLE and thing:
        here = Address(address.path, {"tenant": address.get("tenant"), "knownAt": address.get("knownAt")})
        trace = dcc.Link(dmc.Group([icon("trace", 16), "Trace from here"], gap=6), href=here.to(start=f"id:{thing}"), className="button")
    return dmc.Stack(
        [
            dmc.Group([dmc.Badge(_spaced(kind), variant="light", color="gray"), close], justify="space-between"),
            dmc.Title(name, order=2, size="h4"),
            trace,
        ],
        gap="xs",
    )


def _called(node: Mapping[str, Any]) -> str:
    product = next((edge["node"]["name"] for edge in node.get("ofProduct") or () if edge["node"]), "")
    name = " ".join(filter(None, [product, node.get("code") or node.get("name")]))
    return name or str(node.get("key", ""))


def _of_act(act: Act, acts: Iterable[Act], links: Iterable[Mapping[str, Any]], address: Address) -> list[Component | None]:
    named = {one["id"]: one["what"] for one in acts}
    told = [
        ("When", " to ".join(dict.fromkeys(filter(None, [day(act["when"]), day(act["ended"])]))) or "not told"),
        ("From", _link(act["from"], address) if act["kind"] == "Shipment" else None),
        ("To" if act["kind"] == "Shipment" else "At", _link(act["to"], address) or "not told"),
        ("Sent by", _link(act["sender"], address)),
        ("Sent to", _link(act["receiver"], address)),
        *((good["role"].capitalize(), [_link(good, address), _much(good)]) for good in act["goods"]),
        ("Assumed", act["assumed"]),
    ]
    sides = (("Came from", "end", "start"), ("Went on to", "start", "end"))
    return [
        _pairs(told),
        *(_neighbours(title, [one for one in links if one[here] == act["id"]], there, named, address) for title, here, there in sides),
    ]


def _much(good: Mapping[str, Any]) -> str:
    told = amounts(good["quantity"])
    return f" {told}" if told else ""


def _link(thing: Mapping[str, str] | None, address: Address) -> Component | None:
    return dcc.Link(thing["name"], href=address.to(at=thing["id"])) if thing else None


def _pairs(told: Iterable[tuple[str, Any]]) -> Component:
    return html.Dl([part for name, value in told if value for part in (html.Dt(name), html.Dd(value))], className="pairs")


def _neighbours(title: str, links: list[Mapping[str, Any]], end: str, named: Mapping[str, str], address: Address) -> Component | None:
    if not links:
        return None
    most = 12
    lines = [
        html.Li([dcc.Link(named.get(link[end], "an act further away"), href=address.to(at=link[end])), html.Small(line_words(link))])  # type: ignore[arg-type]
        for link in links[:most]
    ]
    more = [html.Li(f"and {len(links) - most:,} more")] if len(links) > most else []
    return _part(f"{title} ({len(links)})", html.Ul(lines + more, className="lines"))


def _part(title: str, body: Any) -> Component:
    return html.Section([dmc.Title(title, order=3, size="sm"), body])


def _findings(node: Mapping[str, Any]) -> Component | None:
    if not node["findings"]:
        return None
    return dmc.Alert(html.Ul([html.Li(one) for one in node["findings"]], className="lines"), title="Odd about it", color="yellow", variant="light")


def _known(node: Mapping[str, Any]) -> Component | None:
    """The values that show: of each the one that was told last."""
    values = {
        name: value for fact in node["facts"] for name, value in fact["values"].items() if value not in (None, "", [], {}) and name not in _KEYS
    }
    if not values:
        return None
    return _part("What is known", _pairs((_spaced(name), readable(value)) for name, value in values.items()))


def _papers(node: Mapping[str, Any], address: Address) -> Component | None:
    papers = [edge["node"] for edge in node.get("documents") or () if edge["node"]]
    if not papers:
        return None
    lines = [
        html.Li(dcc.Link(" ".join(filter(None, [one.get("type"), one.get("number")])) or one["key"], href=address.to(at=one["id"]))) for one in papers
    ]
    return _part("Documents", html.Ul(lines, className="lines"))


def _facts(node: Mapping[str, Any]) -> Component:
    facts = node["facts"]
    lines = [html.Li(_fact(fact)) for fact in reversed(facts)]
    return _part(f"Sources and history ({count(len(facts), 'fact')}, the latest first)", html.Ol(lines, className="lines facts"))


def _fact(fact: Mapping[str, Any]) -> list[Any]:
    place = ", ".join(filter(None, [fact["document"], f"line {fact['line']}" if fact["line"] else ""]))
    held = " to ".join(filter(None, [(fact["at"] or {}).get("text"), (fact["until"] or {}).get("text")]))
    recorded = f"recorded {minute(fact['recorded'])}" if fact["recorded"] else ""
    about = [f"told {day(fact['told'])}" if fact["told"] else "", recorded, f"holds {held}" if held else "", fact["reason"] or ""]
    said = "; ".join(f"{_spaced(name).lower()} {readable(value)}" for name, value in fact["values"].items() if value not in (None, "", [], {}))
    return [html.Strong(fact["source"]), f" {fact['record']}", html.Small(" · ".join(filter(None, [place, *about]))), html.Small(said)]


def readable(value: Any) -> str:
    """A value of a fact as people read it."""
    if isinstance(value, dict):
        if {"value", "unit", "low", "high", "about"} & value.keys():
            return amounts([value])
        if "text" in value:
            return str(value["text"])
        return ", ".join(f"{name} {readable(one)}" for name, one in value.items())
    if isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], str) and all(one is None or isinstance(one, str) for one in value):
            return value[0]  # a time: the text told, earliest, latest
        return ", ".join(map(readable, value))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _spaced(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).replace("_", " ").strip()
    return words.capitalize()
