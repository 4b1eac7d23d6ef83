"""Imports: bring a file, see it checked, mend what was refused, undo what should not be here."""

import time
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.asking import Ask, Asking
from dashboards.icons import icon
from dashboards.page import Address, Page
from dashboards.parts import asked, card, counted, empty, head, link, many, moment, number, skeleton, spaced, table
from dashboards.states import AT_WORK, shown_state, what_now

SHOWN = 100
"""Refused rows that the page shows; the file to mend has all."""
_JOB = "id file format dataset state position total recorded known refused findings created finished message"
_LIST = f"{{ importJobs(first: 100) {{ {_JOB} }} caller {{ permissions }} }}"
_ONE = f"query($id: ID!) {{ importJob(id: $id) {{ {_JOB} refusals(first: {SHOWN}) {{ place rule remedy text }} }} caller {{ permissions }} }}"
_CONSEQUENCE = "query($id: ID!) { importJob(id: $id) { file recorded consequence { facts things { kind count } } } }"
_UNDO = "mutation($input: UndoImportInput!) { undoImport(input: $input) { ended userErrors { message } } }"


def layout(ask: Ask, address: Address) -> Component:
    """The page; what it lists is asked for when it is there."""
    records = "record" in ask("{ caller { permissions } }")["caller"]["permissions"]
    tenant = address.get("tenant")
    return dmc.Stack(
        [
            head("Imports", "Bring in what other systems wrote. Every row is checked before anything is recorded, and an import can be undone."),
            _drop(tenant) if records else dmc.Alert("Your key may not record: ask who administers this company for one that may.", color="gray"),
            html.Div(id="import-panel"),
            html.Div(card(skeleton(4), title="All imports"), id="import-list"),
            dcc.Location(id="import-address", refresh=False),
            dcc.Interval(id="import-tick", interval=700, disabled=True),
            dcc.Store(id="import-undone"),
            dcc.Store(id="import-tenant", data=tenant),
        ],
        gap="lg",
    )


def _drop(tenant: str) -> Component:
    """Where a file is dropped or chosen; `workspace.js` sends it straight to the API and shows how far it is."""
    told: dict[str, Any] = {"data-tenant": tenant}
    return html.Div(
        [
            html.Div(
                [
                    icon("import", 28),
                    html.Div([html.Strong("Drop a file here"), dmc.Text(["What it is, its content tells: ", _formats()], c="dimmed", size="sm")]),
                    dmc.Button("Choose a file", id="choose-file", variant="default"),
                ],
                className="drop-ask",
            ),
            html.Div(
                [
                    html.Div(
                        [icon("file", 20), html.Strong(id="chosen-name"), html.Span(id="chosen-size", className="number dimmed")], className="row"
                    ),
                    html.Div(
                        [
                            dmc.TextInput(
                                id="import-dataset",
                                label="Data set",
                                description="Rows of one data set belong together; the file's name, if empty.",
                                w=320,
                            ),
                            dmc.Checkbox(id="import-whole", label="All or nothing: record no row when any is refused", mt="md"),
                        ],
                        className="row wrap",
                    ),
                    html.Div([dmc.Button("Import", id="send-import"), dmc.Button("Check only", id="send-check", variant="default")], className="row"),
                ],
                id="chosen",
                hidden=True,
                className="in-hand",
            ),
            html.Div([html.Progress(id="sending-bar", max="100"), html.Span(id="sending-words", role="status")], id="sending", hidden=True),
            html.Div(id="sending-problem", role="alert", className="said-bad"),
        ],
        id="drop",
        className="drop",
        **told,
    )


def _formats() -> Component:
    return link("EPCIS, FoodChain-Lab, tables and more", "/docs/formats", refresh=True)


def panel(address: Address, job: dict[str, Any], records: bool) -> Component:
    """One import: where it stands, what was refused and why, what to do now."""
    tenant, at_work = address.get("tenant"), job["state"] in AT_WORK
    bar = dmc.Progress(value=_share(job), animated=True, size="lg", **{"aria-label": "How far the import is"}) if at_work else None
    counts = [("facts recorded", job["recorded"]), ("known already", job["known"]), ("rows refused", job["refused"]), ("findings", job["findings"])]
    facts = html.Dl([html.Div([html.Dt(name), html.Dd(number(value), className="number")]) for name, value in counts], className="facts")
    undoing = dmc.Button("Undo this import", id="undo", variant="default", leftSection=icon("back", 18))
    go_on = dmc.Button("Import it now", id="import-now")
    actions = [
        *([go_on] if job["state"] == "checked" and records else []),
        *([undoing] if records and job["recorded"] and job["state"] not in (*AT_WORK, "undone") else []),
    ]
    return card(
        dmc.Group([dmc.Title(job["file"], order=2, fz=18), shown_state(job["state"], job["refused"])], gap="sm"),
        html.Div([dmc.Text(job["message"] or what_now(job)), *([dmc.Text(what_now(job))] if job["message"] else [])], role="status"),
        *([bar] if bar else [facts]),
        *_refused(tenant, job),
        *([dmc.Group(actions, gap="sm")] if actions else []),
        html.Div(id="undo-asked", role="status"),
        html.Div(id="resend-problem", role="alert", className="said-bad"),
        dmc.Text(
            [f"{job['format']}, data set {job['dataset'] or 'named as the file'}, begun ", moment(job["created"]), " UTC"], c="dimmed", size="sm"
        ),
    )


def _share(job: dict[str, Any]) -> float:
    return 100.0 * job["position"] / job["total"] if job["state"] == "recording" and job["total"] else 100.0


def _refused(tenant: str, job: dict[str, Any]) -> list[Component]:
    if not job["refused"] or job["state"] in AT_WORK:
        return []
    rows = [[one["place"], one["rule"], one["remedy"], dmc.Code(one["text"][:300])] for one in job["refusals"]]
    more = job["refused"] - len(rows)
    rest = [dmc.Text(f"and {counted(more, 'more')}: the file has all of them.", c="dimmed")] if more > 0 else []
    ask = "Mend them: download the refused rows, put them right, and drop the file above. Rows that are here already are not recorded twice."
    file = Address(f"/imports/{job['id']}/refused", {"tenant": tenant}).to()
    load = html.A(
        [icon("import", 18), f"Download {counted(job['refused'], 'refused row')}"],
        href=file,
        download="",
        className="as-button",
        id="download-refused",
    )
    return [
        dmc.Title("Refused rows", order=3, fz=16, mt="sm"),
        dmc.Text(ask),
        dmc.Group([load]),
        table(["Place", "What is wrong", "What would be right", "The row"], rows, "Refused rows"),
        *rest,
    ]


def listed(address: Address, jobs: list[dict[str, Any]]) -> Component:
    """All imports, the newest first."""
    if not jobs:
        return card(
            empty("No import yet", "The files that you import are listed here, each with what was recorded and refused."), title="All imports"
        )
    rows = [
        [
            link(job["file"], address.to("/imports", id=job["id"])),
            shown_state(job["state"], job["refused"]),
            number(job["recorded"]),
            number(job["known"]),
            number(job["refused"]),
            job["dataset"] or "–",
            moment(job["created"]),
        ]
        for job in jobs
    ]
    columns = ["File", "State", "Recorded", "Known", "Refused", "Data set", "Begun (UTC)"]
    return card(table(columns, rows, "All imports", (2, 3, 4)), title="All imports")


def consequence(told: dict[str, Any]) -> list[Component]:
    """What an undo takes back, in numbers."""
    found = told["consequence"]
    facts = counted(found["facts"] if found else told["recorded"], "fact")
    gone = [counted(one["count"], spaced(one["kind"]), many(one["kind"])) for one in (found["things"] if found else ())]
    lines = [dmc.Text([f"{'Up to ' if not found else ''}{facts} of ", html.Strong(told["file"]), " will be taken back."])]
    lines += [dmc.Text(f"Nothing else tells of {', '.join(gone)}: they go with it, and so do the traces through them.")] if gone else []
    return [*lines, dmc.Text("The journal keeps what they said and when; importing the file again brings them back.", c="dimmed")]


def callbacks(app: Dash, asking: Asking) -> None:
    """The panel follows its import while it is at work; an undo asks first."""

    @app.callback(
        Output("import-panel", "children"),
        Output("import-list", "children"),
        Output("import-tick", "disabled"),
        Input("import-address", "search"),
        Input("import-tick", "n_intervals"),
        Input("import-undone", "data"),
        State("import-tenant", "data"),
    )
    def follow(search: str, _ticks: int, _undone: str, tenant: str) -> tuple[Any, Any, bool]:
        ask, address = asking.of(tenant), Address("/imports", {**Address.of("/imports", search).parameters, "tenant": tenant})
        told = ask(_LIST)
        shown: Any = None
        job = ask(_ONE, id=address.get("id"))["importJob"] if address.get("id") else None
        if address.get("id"):
            there = "It may belong to another company: choose one of those below."
            shown = panel(address, job, "record" in told["caller"]["permissions"]) if job else card(empty("There is no such import", there, order=2))
        return shown, listed(address, told["importJobs"]), not (job and job["state"] in AT_WORK)

    @app.callback(
        Output("undo-asked", "children"),
        Input("undo", "n_clicks"),
        State("import-address", "search"),
        State("import-tenant", "data"),
        prevent_initial_call=True,
    )
    def ask_first(clicks: int | None, search: str, tenant: str) -> Any:
        if not clicks:
            raise PreventUpdate
        told = asking.of(tenant)(_CONSEQUENCE, id=Address.of("", search).get("id"))["importJob"]
        buttons = [dmc.Button("Keep it", id="undo-not", variant="default"), dmc.Button("Take it back", id="undo-sure", color="red")]
        return asked("Undo this import?", *consequence(told), dmc.Group(buttons, gap="sm"))

    @app.callback(
        Output("undo-asked", "children", allow_duplicate=True),
        Output("import-undone", "data"),
        Input("undo-sure", "n_clicks"),
        Input("undo-not", "n_clicks"),
        State("import-address", "search"),
        State("import-tenant", "data"),
        prevent_initial_call=True,
    )
    def undo(sure: int | None, kept: int | None, search: str, tenant: str) -> tuple[Any, Any]:
        if not (sure or kept):
            raise PreventUpdate
        if sure:
            asking.of(tenant).changed("undoImport", _UNDO, id=Address.of("", search).get("id"))
        return None, time.time() if sure else no_update


PAGE = Page("/imports", "Imports", "import", layout, callbacks)
