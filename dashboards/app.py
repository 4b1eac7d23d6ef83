"""The workspace put together: the shell around the pages, and which page an address shows."""

from collections.abc import Callable, Iterable
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from flask import Response

from dashboards import explorer, finding, home
from dashboards.asking import Ask, Asking, Failed
from dashboards.icons import icon
from dashboards.page import Address, Page

PAGES: tuple[Page, ...] = (home.PAGE, explorer.PAGE)
_THEME = {"primaryColor": "teal", "primaryShade": {"light": 8, "dark": 5}, "fontFamily": "system-ui, sans-serif", "defaultRadius": "md"}


def workspace(url: str) -> Callable[..., Iterable[bytes]]:
    """The pages as a WSGI application that asks the API at this address as each page's visitor."""
    app = Dash("dashboards", assets_url_path="workspace", title="FoodFlow OS", update_title="", suppress_callback_exceptions=True)
    app.index_string = app.index_string.replace("<html>", '<html lang="en">').replace("<!--[if IE]>", "<!--").replace("<![endif]-->", "-->")
    asking = Asking(url)
    app.layout = lambda: _shell(asking.of(None))
    _routing(app, asking)
    finding.callbacks(app, asking)
    for page in PAGES:
        page.callbacks(app, asking)
    policy = (
        f"default-src 'none'; script-src 'self' {' '.join(app.csp_hashes())}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

    @app.server.after_request
    def guarded(answer: Response) -> Response:
        answer.headers["content-security-policy"] = policy
        return answer

    served: Callable[..., Iterable[bytes]] = app.server
    return served


def _shell(ask: Ask) -> Component:
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dmc.NotificationContainer(id="notices", position="bottom-right"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(), px="md"),
                    dmc.AppShellNavbar([], id="navigation", p="sm"),
                    dmc.AppShellMain(dmc.Box(id="page")),
                ],
                id="shell",
                header={"height": 56},
                navbar={"width": 200, "breakpoint": "sm", "collapsed": {"mobile": True}},
                padding="md",
            ),
            finding.boxes(),
        ],
        theme=_THEME,
        defaultColorScheme="auto",
    )


def _header() -> Component:
    brand = dcc.Link(dmc.Group([icon("logo", 26), dmc.Text("FoodFlow OS", fw=650)], gap="xs"), href="/", className="brand")
    theme = dmc.ColorSchemeToggle(lightIcon=icon("sun"), darkIcon=icon("moon"), variant="subtle", color="gray", **{"aria-label": "Light or dark"})
    out = html.Form(html.Button([icon("out", 18), "Sign out"], type="submit", className="quiet"), action="/sign-out", method="POST")
    left = dmc.Group([dmc.Burger(id="menu", size="sm", hiddenFrom="sm", **{"aria-label": "Pages"}), brand])
    return dmc.Group([left, dmc.Group([finding.button(), html.Div(id="who"), theme, out], gap="xs")], justify="space-between", h="100%")


def _routing(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("page", "children"),
        Output("navigation", "children"),
        Output("who", "children"),
        Input("address", "pathname"),
        State("address", "search"),
    )
    def show(path: str, search: str) -> tuple[Any, Any, Any]:
        address = Address.of(path, search)
        page = next((one for one in PAGES if one.path == address.path), None)
        links = [
            dmc.NavLink(label=one.name, leftSection=icon(one.icon), href=address.to(one.path), active=one is page or None, variant="light")
            for one in PAGES
        ]
        links.append(dmc.NavLink(label="Docs", leftSection=icon("docs"), href="/docs", refresh=True))
        links.append(dmc.NavLink(label="GraphiQL", leftSection=icon("graph"), href="/graphql", refresh=True))
        try:
            who = _caller(asking.of(None).callers(), address.get("tenant"))
            address = Address(address.path, {"tenant": who["tenant"], **address.parameters})
            ask = asking.of(who["tenant"])
            shown = page.layout(ask, address) if page else failure(Failed(f"There is no page {address.path}.", "NOT_FOUND"))
            return shown, links, dmc.Text(f"{who['name']} · {who['tenant']}", size="sm", c="dimmed", visibleFrom="sm")
        except Failed as failed:
            return failure(failed), links, no_update

    @app.callback(Output("shell", "navbar"), Input("menu", "opened"), State("shell", "navbar"), prevent_initial_call=True)
    def fold(opened: bool, navbar: dict[str, Any]) -> dict[str, Any]:
        return {**navbar, "collapsed": {"mobile": not opened}}


def _caller(callers: list[dict[str, Any]], tenant: str) -> dict[str, Any]:
    """As whom the visitor asks in a tenant; in the first one when the address names none. Raises Failed for one it is not signed in to."""
    found = next((one for one in callers if tenant in ("", one["tenant"])), None)
    if found is None:
        raise Failed(f"You are not signed in to {tenant}: sign out, and in again with a key of it.", "FORBIDDEN")
    return found


def failure(failed: Failed) -> Component:
    """What a page shows when the API refused: what, and what now."""
    return dmc.Alert(failed.words, title="This did not work", color="red", variant="light", id="failure")
