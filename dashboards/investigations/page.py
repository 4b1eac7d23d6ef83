"""The page of investigations: one address holds the whole view, and each step shows at once."""

import time
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.asking import Ask, Asking, Failed
from dashboards.investigations import asked
from dashboards.investigations.asked import View
from dashboards.investigations.shown import listed, whole
from dashboards.page import Address, Page
from dashboards.parts import failure, head, skeleton

PATH = "/investigations"


def layout(ask: Ask, address: Address) -> Component:
    """The frame; what it shows follows the address."""
    stores = [dcc.Store(id="investigation-theme"), dcc.Store(id="investigation-turn"), html.Div(id="investigation-said", role="status")]
    return html.Div([*stores, html.Div([head(" ", ""), skeleton(8)], id="investigation-shown")], className="explorer")


def callbacks(app: Dash, asking: Asking) -> None:
    """What happens on the page."""
    at_once: Any = app.clientside_callback
    at_once(ClientsideFunction("explorer", "surroundings"), Output("investigation-theme", "data"), Input("investigation-shown", "id"))
    _show(app, asking)
    _open(app, asking)
    _step(app, asking)

    @app.callback(
        Output("address", "search", allow_duplicate=True),
        Input("network", "tapNodeData"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def tapped(mark: dict[str, Any] | None, path: str, search: str) -> Any:
        return Address.of(path, search).query(at=mark["id"]) if mark else no_update


def _show(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("investigation-shown", "children"),
        Input("address", "search"),
        Input("investigation-turn", "data"),
        Input("investigation-theme", "data"),
        State("address", "pathname"),
    )
    def show(search: str, _turn: float | None, theme: dict[str, Any] | None, path: str) -> Any:
        address = Address.of(path, search)
        if path != PATH or theme is None:
            return no_update
        ask, view = asking.of(address.get("tenant") or None), View.of(address)
        try:
            if not view.id:
                return listed(asked.every(ask), address)
            found = asked.whole(ask, view)
            if found["investigation"] is None:
                raise Failed("There is no such investigation: choose one of the list.", "NOT_FOUND")
            one = found["investigation"]["scores"].get("of")
            size = asked.size(ask, view.at) if one and one["kind"] == "Lot" else None
            return whole(found, size, view, address, theme["theme"])
        except Failed as failed:
            return dmc.Stack([head("Investigations", ""), failure(failed), dcc.Link("All investigations", href=address.to(PATH))])


def _open(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("address", "search", allow_duplicate=True),
        Output("investigation-said", "children"),
        Input("investigation-open", "n_clicks"),
        State("investigation-name", "value"),
        State("investigation-hazard", "value"),
        State("investigation-marked", "checked"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def opened(clicks: int | None, name: str | None, hazard: str | None, marked: bool, search: str) -> tuple[Any, Any]:
        if not clicks:
            raise PreventUpdate
        address = Address.of(PATH, search)
        try:
            made = asked.step(asking.of(address.get("tenant") or None), "openInvestigation", name=name or "", hazard=hazard or None, marked=marked)
        except Failed as failed:
            return no_update, failure(failed)
        return address.query(id=made["id"]), None


def _step(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("investigation-turn", "data"),
        Output("investigation-said", "children", allow_duplicate=True),
        Output("address", "search", allow_duplicate=True),
        Input({"step": ALL, "of": ALL, "told": ALL}, "n_clicks"),
        State({"text": ALL}, "value"),
        State({"text": ALL}, "id"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def taken(clicks: list[int | None], values: list[Any], names: list[dict[str, str]], search: str) -> tuple[Any, Any, Any]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        address, meant = Address.of(PATH, search), ctx.triggered_id
        told = {name["text"]: value for name, value in zip(names, values, strict=True)}
        if meant["step"] == "whatif":
            return no_update, None, address.query(whatif=str(told.get("whatif") or "").strip() or None)
        try:
            asked.step(asking.of(address.get("tenant") or None), meant["step"], **_input(meant, told, View.of(address)))
        except Failed as failed:
            return no_update, failure(failed), no_update
        return time.time(), None, no_update


def _input(meant: dict[str, str], told: dict[str, Any], view: View) -> dict[str, Any]:
    """What a button means, with what was typed beside it."""
    thing, step = [{"id": meant["of"]}], meant["step"]
    if step == "decide":
        change, _, holds = meant["told"].partition(" ")
        return {"investigation": view.id, "change": change.upper(), "of": thing, "holds": holds == "yes", "whatIf": view.what_if or None}
    if step == "addCase":
        place = str(told.get("place") or "").strip()
        counted = int(told["count"]) if told.get("count") else None
        return {"investigation": view.id, "at": [{"code": place}] if place else [], "name": told.get("case") or None, "count": counted}
    if step == "placeHold":
        return {"investigation": view.id, "of": thing, "reason": told.get("why") or ""}
    if step == "startRecall":
        return {"investigation": view.id, "of": thing, "reason": told.get("why") or "", "level": told["level"], "depth": told["depth"]}
    if step == "addTest":
        lot = str(told.get("lot") or "").strip()
        return {
            "investigation": view.id,
            "of": [{"code": lot}] if lot else [],
            "result": told.get("result") or "",
            "positive": meant["told"] == "yes",
        }
    if step == "meetClock":
        return {"id": meant["of"], "clock": meant["told"], "why": told.get(f"{meant['of']} {meant['told']}") or None}
    if step == "settleLinks":
        return {"links": meant["of"].split(), "confirm": meant["told"] == "confirm", "why": told.get("link") or None}
    return {"id": meant["of"], "why": told.get(meant["told"]) if meant["told"] else None}


PAGE = Page(PATH, "Investigations", "inquiry", layout, callbacks)
