"""The page of the explorer: one address holds the whole view, and each part of the page is drawn from it."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.asking import Ask, Asking, Failed
from dashboards.explorer.asked import Question, Traced, everyone, traced
from dashboards.explorer.colours import palette
from dashboards.explorer.drawing import elements
from dashboards.explorer.heading import FILTERS, heading, missing, nothing_asked, refused
from dashboards.explorer.panel import panel
from dashboards.explorer.picture import svg
from dashboards.explorer.rows import RECIPIENT_COLUMNS, recipients
from dashboards.explorer.views import body
from dashboards.explorer.words import count
from dashboards.explorer.workbook import separated, workbook
from dashboards.page import Address, Page

PATH = "/explore"


def layout(ask: Ask, address: Address) -> Component:
    """The frame of the explorer; its parts are drawn from the address as soon as it stands."""
    waiting = html.Div(
        [
            dmc.Skeleton(height=36, width="40%"),
            dmc.Skeleton(height=20, width="70%"),
            dmc.Skeleton(height=380),
            html.P(className="patience", role="status"),
        ],
        className="walking",
    )
    main = [html.Div(waiting, id="explorer-head"), html.Div(id="explorer-body"), html.Div(id="explorer-missing")]
    side: dict[str, Any] = {"aria-label": "Details"}
    stores = [dcc.Store(id="surroundings"), dcc.Store(id="drawn"), dcc.Store(id="attached"), dcc.Store(id="shown"), dcc.Download(id="file")]
    return html.Div([*stores, html.Div(main, className="explorer-main"), html.Aside(id="explorer-panel", **side)], className="explorer")


def callbacks(app: Dash, asking: Asking) -> None:
    """What happens in the explorer."""
    at_once: Any = app.clientside_callback
    at_once(ClientsideFunction("explorer", "surroundings"), Output("surroundings", "data"), Input("explorer-body", "id"))
    at_once(ClientsideFunction("explorer", "attach"), Output("attached", "data"), Input("drawn", "data"), Input("address", "search"))
    _draw(app, asking)
    _detail(app, asking)
    _choose(app)
    _files(app, asking)


def _draw(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("explorer-head", "children"),
        Output("explorer-body", "children"),
        Output("explorer-missing", "children"),
        Output("drawn", "data"),
        Input("address", "search"),
        Input("surroundings", "data"),
        State("address", "pathname"),
        State("drawn", "data"),
    )
    def draw(search: str, surroundings: dict[str, Any] | None, path: str, drawn: dict[str, Any] | None) -> tuple[Any, ...]:
        address = Address.of(path, search)
        if path != PATH or surroundings is None:
            return (no_update,) * 4
        ask, question = asking.of(address.get("tenant") or None), Question.of(address)
        view = address.get("show") or ("steps" if surroundings["narrow"] else "graph")
        if not question.start:
            return nothing_asked(ask, address), None, None, None
        try:
            trace = traced(ask, question, places=view == "map")
        except Failed as failed:
            return refused(failed, address), None, None, None
        shown = trace.without(filter(None, address.get("hide").split(",")))
        head = heading(trace, shown, question, address, view)
        picture = {"view": view, **surroundings, **{name: value for name, value in address.parameters.items() if name not in ("at", "show")}}
        if picture == drawn and view != "steps":
            return head, no_update, missing(trace, address), no_update
        return head, body(view, shown, address, surroundings["theme"]), missing(trace, address), picture


def _detail(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("explorer-panel", "children"),
        Output("shown", "data"),
        Input("address", "search"),
        State("address", "pathname"),
        State("shown", "data"),
    )
    def detail(search: str, path: str, shown: list[str] | None) -> tuple[Any, Any]:
        address = Address.of(path, search)
        if path != PATH:
            return no_update, no_update
        thing = address.get("at")
        wanted = [search]
        if not thing:
            return None, None
        if wanted == shown:
            return no_update, no_update
        try:
            return html.Div(panel(asking.of(address.get("tenant") or None), address, thing), className="card"), wanted
        except Failed as failed:
            return refused(failed, address), None


def _choose(app: Dash) -> None:
    @app.callback(
        Output("address", "search", allow_duplicate=True),
        Input("graph", "tapNodeData"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def tapped(mark: dict[str, Any] | None, path: str, search: str) -> Any:
        address = Address.of(path, search)
        if not mark:
            return no_update
        if "opens" not in mark:
            return address.query(at=mark["id"])
        if not mark["opens"]:
            return address.query(show="table")
        return address.query(open=",".join([*filter(None, address.get("open").split(",")), mark["id"]]))

    @app.callback(
        Output("address", "search", allow_duplicate=True),
        Input("rows", "cellClicked"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def row(cell: dict[str, Any] | None, path: str, search: str) -> Any:
        return Address.of(path, search).query(at=cell["rowId"].partition(" ")[0]) if cell else no_update

    @app.callback(
        Output("address", "search", allow_duplicate=True),
        Input({"filter": ALL}, "value"),
        State({"filter": ALL}, "id"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def filtered(values: list[Any], names: list[dict[str, str]], path: str, search: str) -> Any:
        address = Address.of(path, search)
        told = {one["filter"]: FILTERS[one["filter"]](value) for one, value in zip(names, values, strict=True)}
        if not told or all(address.get(name) == (value or "") for name, value in told.items()):
            return no_update
        return address.query(**told)


def _files(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("file", "data"),
        Input({"file": ALL}, "n_clicks"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def file(clicks: list[int | None], path: str, search: str) -> Any:
        if not any(clicks) or not ctx.triggered_id:
            return no_update
        address = Address.of(path, search)
        ask, question = asking.of(address.get("tenant") or None), Question.of(address)
        made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        listed = recipients(*everyone(ask, question))
        name = "recipients-" + "".join(letter if letter.isalnum() else "-" for letter in question.start.removeprefix("id:")[:40])
        if ctx.triggered_id["file"] == "csv":
            return {"content": separated(RECIPIENT_COLUMNS, listed), "filename": f"{name}.csv", "type": "text/csv"}
        told = about(traced(ask, question), question, address, len(listed), made)
        content = b64encode(workbook("Who got it", RECIPIENT_COLUMNS, listed, told)).decode()
        return {"content": content, "filename": f"{name}.xlsx", "base64": True}

    @app.callback(Output("rows", "exportDataAsCsv"), Input("csv-table", "n_clicks"), prevent_initial_call=True)
    def csv_table(clicks: int | None) -> bool:
        return bool(clicks)

    @app.callback(Output("graph", "generateImage"), Input("picture-png", "n_clicks"), State("surroundings", "data"), prevent_initial_call=True)
    def png(clicks: int | None, surroundings: dict[str, Any]) -> Any:
        kept = {"full": True, "scale": 2, "bg": palette(surroundings["theme"]).page}
        return {"type": "png", "action": "download", "filename": "trace", "options": kept} if clicks else no_update

    @app.callback(
        Output("file", "data", allow_duplicate=True),
        Input("picture-svg", "n_clicks"),
        State("address", "pathname"),
        State("address", "search"),
        State("surroundings", "data"),
        prevent_initial_call=True,
    )
    def vectors(clicks: int | None, path: str, search: str, surroundings: dict[str, Any]) -> Any:
        if not clicks:
            return no_update
        address = Address.of(path, search)
        trace = traced(asking.of(address.get("tenant") or None), Question.of(address))
        shown = trace.without(filter(None, address.get("hide").split(",")))
        title = " and ".join(one["label"] for one in trace.starts)
        told = f"{count(len(shown.acts), 'act')} of {trace.total_acts:,}, {datetime.now(UTC):%Y-%m-%d}, {address.get('tenant')}"
        marks = elements(shown, filter(None, address.get("open").split(",")))
        return {"content": svg(marks, surroundings["theme"], title, told), "filename": "trace.svg", "type": "image/svg+xml"}


def about(trace: Traced, question: Question, address: Address, listed: int, made: str) -> list[tuple[str, str]]:
    """What a list of recipients is: of which food, asked how and when, and what it does not know."""
    bounds = {name: value for name, value in vars(question).items() if value not in ("", None) and name not in ("start", "direction")}
    return [
        ("What", "Everyone who is known to have received this food or what was made of it, one row for each lot of each shipment"),
        ("Of", "; ".join(one["label"] for one in trace.starts)),
        ("Company", address.get("tenant")),
        ("Made", made),
        ("Asked with", ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in bounds.items())),
        ("Rows", f"{listed:,}"),
        ("Cut off", "yes: a limit of steps was reached, the food went further" if trace.limited else "no"),
        ("Kilograms", "the lower bound where the source tells a span; empty where it tells no weight"),
        ("Not known", "; ".join(str(gap["words"]) for gap in trace.missing) or "nothing is known to be missing"),
    ]


PAGE = Page(PATH, "Explore", "trace", layout, callbacks)
