"""The workspace put together: the shell around the pages, and which page an address shows."""

import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, set_props
from dash.development.base_component import Component
from flask import Response

from dashboards import browse, explorer, finding, home, imports, investigations, settings
from dashboards.asking import Asking, Failed
from dashboards.icons import icon
from dashboards.page import Address, Page
from dashboards.parts import failure, head, skeleton
from dashboards.report import files

PAGES: tuple[Page, ...] = (home.PAGE, explorer.PAGE, investigations.PAGE, imports.PAGE, settings.PAGE, browse.PAGE)
_SLATE = ["#f8fafc", "#f1f5f9", "#e2e8f0", "#cbd5e1", "#94a3b8", "#64748b", "#475569", "#334155", "#1e293b", "#0f172a"]
_TEAL = ["#f0fdfa", "#ccfbf1", "#99f6e4", "#5eead4", "#2dd4bf", "#14b8a6", "#0d9488", "#0f766e", "#115e59", "#134e4a"]
_RED = ["#fef2f2", "#fee2e2", "#fecaca", "#fca5a5", "#f87171", "#ef4444", "#dc2626", "#b91c1c", "#991b1b", "#7f1d1d"]
_NIGHT = ["#e2e8f0", "#cbd5e1", "#a3b1c6", "#8494ad", "#334155", "#263349", "#1a2540", "#0f172a", "#0b1222", "#070d1a"]
_THEME = {
    "primaryColor": "teal",
    "primaryShade": {"light": 7, "dark": 4},
    "colors": {"gray": _SLATE, "dark": _NIGHT, "teal": _TEAL, "red": _RED},
    "black": "#1e293b",
    "fontFamily": "system-ui, sans-serif",
    "defaultRadius": "md",
    "cursorType": "pointer",
}
_log = logging.getLogger("foodflow.pages")


def workspace(url: str) -> Callable[..., Iterable[bytes]]:
    """The pages as a WSGI application that asks the API at this address as each page's visitor."""
    app = Dash(
        "dashboards",
        assets_url_path="workspace",
        title="FoodFlow OS",
        update_title="",
        suppress_callback_exceptions=True,
        on_error=_unexpected,
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="en">').replace("<!--[if IE]>", "<!--").replace("<![endif]-->", "-->")
    asking = Asking(url)
    app.layout = _shell()
    _routing(app, asking)
    finding.callbacks(app, asking)
    files.serve(app.server, asking)
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


def _told(error: Exception) -> Component:
    """A failure as the page shows it; one that is none of the API's goes into the log by its kind, under the identifier that the page shows."""
    if not isinstance(error, Failed):
        number = f"err_{secrets.token_hex(4)}"
        _log.error("a page failed: %s (%s)", type(error).__name__, number)
        _log.debug("its inside", exc_info=error)
        error = Failed("This page could not be made.", "INTERNAL", {"id": number})
    return failure(error)


def _unexpected(error: Exception) -> None:
    set_props("problem", {"children": _told(error)})


def _shell() -> Component:
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dcc.Store(id="titled"),
            dmc.NotificationContainer(id="notices", position="bottom-right"),
            html.A("Skip to the page", href="#page", className="skip"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(), px="md"),
                    dmc.AppShellNavbar([], id="navigation", p="sm"),
                    dmc.AppShellMain([html.Div(id="problem", role="alert"), html.Div(skeleton(), id="page", tabIndex=-1)]),
                ],
                id="shell",
                header={"height": 56},
                navbar={"width": 216, "breakpoint": "sm", "collapsed": {"mobile": True}},
                padding="lg",
            ),
            finding.boxes(),
        ],
        theme=_THEME,
        defaultColorScheme="auto",
    )


def _header() -> Component:
    brand = dcc.Link([icon("logo", 26), html.Span("FoodFlow OS", className="wide-only")], href="/", className="brand", title="FoodFlow OS, home")
    theme = dmc.ColorSchemeToggle(lightIcon=icon("sun"), darkIcon=icon("moon"), variant="subtle", color="gray", **{"aria-label": "Light or dark"})
    words = html.Span("Sign out", className="wide-only")
    out = html.Form(html.Button([icon("out", 18), words], type="submit", className="quiet", title="Sign out"), action="/sign-out", method="POST")
    menu = dmc.Burger(id="menu", opened=False, size="sm", hiddenFrom="sm", **{"aria-label": "Pages"})
    left = dmc.Group([menu, brand], gap="sm", wrap="nowrap")
    right = dmc.Group([finding.button(), html.Div(id="who"), theme, out], gap="xs", wrap="nowrap")
    return dmc.Group([left, right], justify="space-between", h="100%", wrap="nowrap", gap="xs")


def _who(callers: list[dict[str, Any]], caller: dict[str, Any] | None) -> Component:
    """In which company the visitor is and as whom, with the way to the others."""
    said = [html.P(f"{caller['name']} may {', '.join(caller['permissions'])}.")] if caller else []
    others = [html.A(one["tenant"], href=Address("/", {"tenant": one["tenant"]}).to()) for one in callers if one is not caller]
    heading = [html.P("Change to", className="label")] if others else []
    enter = html.A([icon("key", 16), "Another company, by its key"], href="/sign-in")
    name = html.Span(caller["tenant"] if caller else "Choose a company", className="tenant")
    shown = html.Summary([name, icon("down", 16)], className="quiet", title="Who you are here, and other companies")
    return html.Details([shown, html.Div([*said, *heading, *others, enter], className="menu")], className="menu-of")


def _navigation(address: Address, here: Page | None) -> list[Component]:
    links = [
        dmc.NavLink(label=one.name, leftSection=icon(one.icon), href=address.to(one.path), active=one is here or None, variant="light")
        for one in PAGES
        if one.listed
    ]
    apart = dmc.Divider(my="xs")
    docs = dmc.NavLink(label="Docs", leftSection=icon("docs"), href="/docs", refresh=True)
    return [*links, apart, docs, dmc.NavLink(label="GraphiQL", leftSection=icon("graph"), href=address.to("/graphql"), refresh=True)]


def _routing(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("page", "children"),
        Output("navigation", "children"),
        Output("who", "children"),
        Output("problem", "children"),
        Output("menu", "opened"),
        Output("titled", "data"),
        Input("address", "pathname"),
        State("address", "search"),
    )
    def show(path: str, search: str) -> tuple[Any, ...]:
        address = Address.of(path, search)
        page = next((one for one in PAGES if one.path == address.path), None)
        callers: list[dict[str, Any]] = []
        caller, shown, problem = None, None, None
        try:
            callers = asking.of(None).callers()
            caller = _caller(callers, address.get("tenant"))
            address = Address(address.path, {**address.parameters, "tenant": caller["tenant"]})
            if page is None:
                raise Failed(f"There is no page {address.path}: choose one of those in the menu.", "NOT_FOUND")
            shown = page.layout(asking.of(caller["tenant"]), address)
        except Exception as error:  # whatever it is, the visitor is told, and the rest of the shell stays
            shown, problem = head(page.name if page else "Not found", ""), _told(error)
        title = " · ".join(part for part in (page.name if page else "", address.get("tenant"), "FoodFlow OS") if part)
        return shown, _navigation(address, page), _who(callers, caller), problem, False, title

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("workspace", "title"), Output("titled", "clear_data"), Input("titled", "data")
    )

    @app.callback(Output("shell", "navbar"), Input("menu", "opened"), State("shell", "navbar"), prevent_initial_call=True)
    def fold(opened: bool, navbar: dict[str, Any]) -> dict[str, Any]:
        return {**navbar, "collapsed": {"mobile": not opened}}


def _caller(callers: list[dict[str, Any]], tenant: str) -> dict[str, Any]:
    """As whom the visitor asks in a tenant; in the first one when the address names none. Raises Failed for one it is not signed in to."""
    found = next((one for one in callers if tenant in ("", one["tenant"])), None)
    if found is None:
        raise Failed(f"You are not signed in to {tenant}: choose another company above, or sign in with a key of it.", "FORBIDDEN")
    return found
