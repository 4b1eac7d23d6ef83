"""Above the picture: what is traced, how it is asked, what is shown of it; beside it: what is missing; instead of it: what went wrong."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.asking import Ask, Failed
from dashboards.explorer.asked import MOST_ACTS, SCOPES, Question, Traced
from dashboards.explorer.words import count
from dashboards.icons import icon
from dashboards.page import Address
from dashboards.parts import failure

VIEWS = {"graph": "Graph", "steps": "Steps", "table": "Table", "map": "Map"}
_WAYS = {"backward": "Came from", "both": "Both ways", "forward": "Went to"}
_MEANING = {
    "certain": "The records say so, or leave no other way",
    "probable": "The records fit, and nothing speaks against it",
    "conceivable": "It cannot be excluded, though no record points to it",
}


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def _share(value: Any) -> str | None:
    return f"{value / 100:g}" if value else None


_OPENS: dict[str, Any] = {"data-opens": "finder"}
FILTERS: dict[str, Callable[[Any], str | None]] = {
    "depth": lambda value: _text(value),
    "scope": lambda value: None if value == "conceivable" else _text(value),
    "confidence": _share,
    "since": _text,
    "until": _text,
    "asOf": _text,
    "knownAt": _text,
}
"""What each filter puts into the address."""


def heading(trace: Traced, shown: Traced, question: Question, address: Address, view: str) -> Component:
    """What is traced, how it is asked and shown."""
    label = " and ".join(one["label"] for one in trace.starts)
    bar = dmc.Group(
        [_choices("Direction", _WAYS, question.direction, "direction", address), _choices("View", VIEWS, view, "show", address)], gap="sm"
    )
    return dmc.Stack(
        [
            dmc.Group(
                [dmc.Title(label[:1].upper() + label[1:], order=1, size="h3"), dmc.Text(_extent(trace, shown), size="sm"), _gaps(trace)],
                gap="xs",
                align="baseline",
            ),
            dmc.Group([bar, _filters(question)], gap="sm", justify="space-between"),
            _cut(trace, question, address),
            _legend(trace, address, view == "graph") if view in ("graph", "steps") else None,
        ],
        gap="sm",
    )


def _gaps(trace: Traced) -> Component | None:
    return html.A(count(len(trace.missing), "thing missing", "things missing"), href="#missing", className="tag") if trace.missing else None


def _extent(trace: Traced, shown: Traced) -> str:
    said = f"{count(trace.total_acts, 'act')}, {count(trace.total_links, 'link')}"
    return said if len(shown.acts) == trace.total_acts else f"{said}; {count(len(shown.acts), 'act')} shown"


def _choices(name: str, choices: dict[str, str], chosen: str, parameter: str, address: Address) -> Component:
    links = []
    for value, said in choices.items():
        now: dict[str, Any] = {"className": "choice chosen", "title": f"{said} (now)"} if value == chosen else {"className": "choice"}
        links.append(dcc.Link(said, href=address.to(**{parameter: value}), **now))
    told: dict[str, Any] = {"aria-label": name}
    return html.Nav(links, className="choices", **told)


def _filters(question: Question) -> Component:
    bounds = (question.depth, question.since, question.until, question.as_of, question.known_at, question.confidence or None)
    used = sum(bound not in (None, "") for bound in bounds) + (question.scope != "conceivable")
    time = {"debounce": True, "placeholder": "2011-05 or 2011-05-23", "size": "sm"}
    fields = [
        dmc.NumberInput(
            label="Steps from the start, at most",
            id={"filter": "depth"},
            value=question.depth if question.depth is not None else "",
            min=0,
            debounce=True,
            size="sm",
        ),
        dmc.Select(
            label="Links, the least sure to follow",
            id={"filter": "scope"},
            value=question.scope,
            data=[{"value": scope, "label": f"{scope}: {_MEANING[scope][0].lower()}{_MEANING[scope][1:]}"} for scope in SCOPES],
            allowDeselect=False,
            size="sm",
        ),
        dmc.NumberInput(
            label="Each link at least this sure, in percent",
            id={"filter": "confidence"},
            value=round(question.confidence * 100) or "",
            min=0,
            max=100,
            debounce=True,
            size="sm",
        ),
        dmc.TextInput(label="Happened since", id={"filter": "since"}, value=question.since, **time),
        dmc.TextInput(label="Happened until", id={"filter": "until"}, value=question.until, **time),
        dmc.TextInput(label="As the world was on", id={"filter": "asOf"}, value=question.as_of, **time),
        dmc.TextInput(
            label="As we knew it on", id={"filter": "knownAt"}, value=question.known_at, description="What was recorded later is left out", **time
        ),
    ]
    words = "Narrow" + (f" ({used})" if used else "")
    return html.Details(
        [html.Summary([icon("filter", 16), words], className="button"), html.Div(fields, className="filters")], className="dropdown", id="narrow"
    )


def _cut(trace: Traced, question: Question, address: Address) -> Component | None:
    """What a limit left out, and how to ask for less."""
    if trace.total_acts <= MOST_ACTS and not trace.limited:
        return None
    said = []
    if trace.total_acts > MOST_ACTS:
        said.append(f"The {MOST_ACTS:,} acts nearest to the start are shown, of {trace.total_acts:,}; the list of recipients holds all.")
    if trace.limited:
        said.append(f"The trace goes on beyond {count(question.depth or 0, 'step')}: that limit was asked for.")
    nearer = address.to(depth=str(max((max((act["depth"] for act in trace.acts), default=2)) // 2, 1)))
    ways = [
        dcc.Link("fewer steps", href=nearer),
        ", ",
        dcc.Link("certain links only", href=address.to(scope="certain")),
        ", or a shorter time under Narrow.",
    ]
    more = [" ", dcc.Link("Show all steps", href=address.to(depth=None))] if trace.limited else [" Ask for less: ", *ways]
    return dmc.Alert([*" ".join(said), *more] if not said else [" ".join(said), *more], color="yellow", variant="light", id="cut")


def _legend(trace: Traced, address: Address, drawn: bool) -> Component:
    hidden = [scope for scope in address.get("hide").split(",") if scope]
    number = Counter(link["scope"] for link in trace.links)
    links = []
    for scope in SCOPES:
        without = ",".join(one for one in SCOPES if (one in hidden) != (one == scope))
        now = "hidden: show them" if scope in hidden else "shown: hide them"
        links.append(
            dcc.Link(
                [html.Span(className=f"sample {scope}"), f"{scope} {number[scope]:,}"],
                href=address.to(hide=without or None),
                className=f"mark-key{' off' if scope in hidden else ''}",
                title=f"{_MEANING[scope]} ({now})",
            )
        )
    shapes = (
        ("shipment", "shipment"),
        ("process", "process"),
        ("origin", "origin"),
        ("end", "last known holder"),
        ("open", "open end"),
        ("assumed", "assumed"),
    )
    marks = [html.Span([html.Span(className=f"shape {name}"), said], className="mark-key plain") for name, said in shapes if drawn]
    return html.Div([html.Span("Links:", className="mark-key plain"), *links, *marks], className="legend", id="legend")


def missing(trace: Traced, address: Address) -> Component:
    """What is not known, listed."""
    if not trace.missing:
        return html.Div([dmc.Title("What is missing", order=2, size="h5"), dmc.Text("Nothing is known to be missing.", size="sm")], className="card")
    groups: dict[str, list[dict[str, Any]]] = {}
    for gap in trace.missing:
        groups.setdefault(str(gap["sort"]), []).append(gap)
    parts: list[Component] = [dmc.Title(f"What is missing ({len(trace.missing)})", order=2, size="h5")]
    for sort, gaps in groups.items():
        lines = [html.Li(_gap(gap, sort, address)) for gap in gaps]
        parts.append(html.Details([html.Summary(f"{sort.capitalize()} ({len(gaps)})"), html.Ul(lines, className="lines")], open=len(gaps) <= 6))
    return html.Div(parts, className="card", id="missing")


def _gap(gap: dict[str, Any], sort: str, address: Address) -> Any:
    words = str(gap["words"]).removeprefix(f"{sort}: ")
    about = gap["act"] or gap["about"]
    return dcc.Link(words, href=address.to(at=about)) if about else words


_EXAMPLES = """{ lots(first: 3) { nodes { id code ofProduct { node { ... on Product { name } } } } }
  products(first: 5) { nodes { id name } } }"""


def nothing_asked(ask: Ask, address: Address) -> Component:
    """What would be here, and how to get it."""
    try:
        found = ask(_EXAMPLES)
    except Failed as failed:
        return refused(failed, address)
    lots = [(lot["id"], [*(edge["node"]["name"] for edge in lot["ofProduct"] if edge["node"]), lot["code"]]) for lot in found["lots"]["nodes"]]
    named = [*((key, " ".join(filter(None, name)) or "a lot without a code") for key, name in lots)]
    named += [(product["id"], product["name"]) for product in found["products"]["nodes"] if product["name"]]
    lines = [html.Li(dcc.Link(name, href=address.to(start=f"id:{key}"))) for key, name in named]
    empty = ["There is no lot here yet: ", dcc.Link("import a file", href=address.to("/imports")), " first."]
    return dmc.Stack(
        [
            dmc.Title("Explore", order=1, size="h3"),
            dmc.Text(
                "Where did a lot come from, where did it go, and who else got it? Find a lot, product, place or logistic unit by its code or name."
            ),
            html.Div(html.Button([icon("search", 18), "Find something to trace"], className="button primary", **_OPENS)),
            html.Div([dmc.Text("For example all of a lot, or of a product:"), html.Ul(lines, className="lines")]) if lines else dmc.Text(empty),
        ],
        id="nothing-asked",
    )


def refused(failed: Failed, address: Address) -> Component:
    """What went wrong, and what now: which of several things is meant, what is called nearly so, or the words of the API."""
    choices = [(choice["label"], choice["id"]) for choice in failed.told.get("choices", ())]
    near = [(word, word) for word in failed.told.get("near", ())]
    if choices or near:
        lines = [html.Li(dcc.Link(label, href=address.to(start=start, at=None, open=None))) for label, start in choices or near]
        title = (
            f"“{address.get('start')}” names {len(choices)} things: which is meant?"
            if choices
            else f"Nothing is called “{address.get('start')}”. Perhaps:"
        )
        return dmc.Stack([dmc.Title(title, order=1, size="h3"), html.Ul(lines, className="lines")], id="which")
    again = html.Button([icon("search", 18), "Find something else"], className="button primary", **_OPENS)
    now = dcc.Link("Trace it as it is known now", href=address.to(knownAt=None), className="button") if address.get("knownAt") else None
    return dmc.Stack([dmc.Title("This could not be traced", order=1, size="h3"), failure(failed, id="failure"), dmc.Group([now, again])])
