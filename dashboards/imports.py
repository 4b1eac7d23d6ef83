"""Imports: bring a file, see it checked, mend what was refused, undo what should not be here."""

import time
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.asking import Ask, Asking, Failed
from dashboards.icons import icon
from dashboards.page import Address, Page
from dashboards.parts import asked, card, counted, empty, failure, head, link, many, moment, number, skeleton, spaced, table
from dashboards.reading import KINDS, changed, first_rows, in_hand, mapping_of, read, written
from dashboards.states import AT_WORK, shown_state, what_now

SHOWN = 100
"""Refused rows, and findings, that the page shows; the file to mend has all that was refused."""
_JOB = "id file format dataset state position total recorded known refused findings created finished message share"
_LIST = f"{{ importJobs(first: 100) {{ {_JOB} }} caller {{ permissions }} }}"
_SHOWN = f"refusals(first: {SHOWN}) {{ place rule remedy text }} oddities(first: {SHOWN}) {{ place said }}"
_ONE = f"query($id: ID!) {{ importJob(id: $id) {{ {_JOB} {_SHOWN} }} caller {{ permissions }} }}"
_CONSEQUENCE = "query($id: ID!) { importJob(id: $id) { file recorded consequence { facts things { kind count } } } }"
_IMPORT = "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } userErrors { message } } }"
_UNDO = "mutation($input: UndoImportInput!) { undoImport(input: $input) { ended userErrors { message } } }"


def layout(ask: Ask, address: Address) -> Component:
    """The page; what it lists is asked for when it is there."""
    records = "record" in ask("{ caller { permissions } }")["caller"]["permissions"]
    tenant = address.get("tenant")
    return dmc.Stack(
        [
            head("Imports", "Bring in what other systems wrote. Every row is checked before anything is recorded, and an import can be undone."),
            _drop(tenant) if records else dmc.Alert("Your key may not record: ask who administers this company for one that may.", color="gray"),
            html.Div(id="upload-panel"),
            html.Div(id="import-panel"),
            html.Div(card(skeleton(4), title="All imports"), id="import-list"),
            dcc.Location(id="import-address", refresh=False),
            dcc.Interval(id="import-tick", interval=700, disabled=True),
            dcc.Store(id="import-undone"),
            dcc.Store(id="upload-chosen", storage_type="session", data={}),
            dcc.Store(id="upload-kind"),
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
            dmc.Text(["No file at hand? Fill in an example: ", *_examples()], size="sm", c="dimmed"),
            html.Div([html.Progress(id="sending-bar", max="100"), html.Span(id="sending-words", role="status")], id="sending", hidden=True),
            html.Div(id="sending-problem", role="alert", className="said-bad"),
        ],
        id="drop",
        className="drop",
        **told,
    )


def _examples() -> list[Any]:
    links = [html.A(kind, href=f"/examples/{kind}.csv", download=f"{kind}.csv") for kind in KINDS]
    return [part for one in links for part in (one, ", ")][:-1]


def _formats() -> Component:
    return link("EPCIS, FoodChain-Lab, tables and more", "/docs/formats", refresh=True)


def panel(address: Address, job: dict[str, Any], records: bool) -> Component:
    """One import: where it stands, what was refused and why, what to do now."""
    tenant, at_work = address.get("tenant"), job["state"] in AT_WORK
    bar = dmc.Progress(value=_share(job), animated=True, size="lg", **{"aria-label": "How far the import is"}) if at_work else None
    counts = [("facts recorded", job["recorded"]), ("known already", job["known"]), ("rows refused", job["refused"]), ("findings", job["findings"])]
    facts = html.Dl([html.Div([html.Dt(name), html.Dd(number(value), className="number")]) for name, value in counts], className="facts")
    undoing = dmc.Button("Undo this import", id="undo", variant="default", leftSection=icon("back", 18))
    go_on = dmc.Button("Import it now", id="import-now", disabled=not address.get("upload"))
    actions = [
        *([go_on] if job["state"] == "checked" and records else []),
        *([undoing] if records and job["recorded"] and job["state"] not in (*AT_WORK, "undone") else []),
    ]
    return card(
        dmc.Group([dmc.Title(job["file"], order=2, fz=18), shown_state(job["state"], job["refused"])], gap="sm"),
        html.Div([dmc.Text(job["message"] or what_now(job)), *([dmc.Text(what_now(job))] if job["message"] else [])], role="status"),
        *([bar] if bar else [facts]),
        *_refused(tenant, job),
        *_odd(job),
        *([dmc.Group(actions, gap="sm")] if actions else []),
        html.Div(id="undo-asked", role="status"),
        html.Div(id="resend-problem", role="alert"),
        dmc.Text(
            [f"{job['format']}, data set {job['dataset'] or 'named as the file'}, begun ", moment(job["created"]), " UTC"], c="dimmed", size="sm"
        ),
    )


def _share(job: dict[str, Any]) -> float:
    return 100.0 if job["share"] is None else 100.0 * float(job["share"])


def _odd(job: dict[str, Any]) -> list[Component]:
    if not job["findings"] or job["state"] in AT_WORK:
        return []
    more = job["findings"] - len(job["oddities"])
    return [
        dmc.Title("Marked as odd", order=3, fz=16, mt="sm"),
        dmc.Text("Recorded as told. Look whether your records say it better, or whether a broken link is proposed for it."),
        table(["Place", "What is odd"], [[one["place"], one["said"]] for one in job["oddities"]], "Findings"),
        *([dmc.Text(f"and {counted(more, 'more')}, each at the fact that it is about.", c="dimmed")] if more > 0 else []),
    ]


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
    """A file in hand is read and sent on; the panel follows its import while it is at work; an undo asks first."""
    _reading(app, asking)
    _starting(app, asking)
    _following(app, asking)
    _undoing(app, asking)


def _reading(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("upload-panel", "children"),
        Input("import-address", "search"),
        Input("upload-kind", "data"),
        State("upload-chosen", "data"),
        State("import-tenant", "data"),
    )
    def shown(search: str, kind: dict[str, str] | None, chosen: dict[str, Any] | None, tenant: str) -> Any:
        address = Address.of("/imports", search)
        upload = address.get("upload")
        if not upload or address.get("id"):
            return None
        other = ctx.triggered_id == "upload-kind"
        try:
            return in_hand(asking.of(tenant), upload, kind if other and kind else _chosen(chosen, upload))
        except Failed as failed:
            if failed.code != "REFUSED":
                raise
            if other:  # a sheet without a table, say: the file is still in hand
                return [failure(failed), in_hand(asking.of(tenant), upload, {})]
            return card(empty("Choose the file again", failed.words, order=2))

    @app.callback(
        Output("upload-kind", "data"),
        Input("table-kind", "value"),
        Input("table-sheet", "value"),
        State("read-as", "data"),
        prevent_initial_call=True,
    )
    def otherwise(kind: str, sheet: str, told: dict[str, Any]) -> dict[str, str]:
        held = told["mapping"]
        if (kind, sheet) == (held["kind"], held["sheet"]):
            raise PreventUpdate
        return {"kind": kind if kind != held["kind"] else "", "sheet": sheet}

    @app.callback(
        Output("read-rows", "children"),
        Output("read-as", "data"),
        Output("upload-chosen", "data"),
        Output({"type": "written", "at": ALL}, "children"),
        Input({"type": "column", "part": ALL, "at": ALL}, "value"),
        State("read-as", "data"),
        State("import-tenant", "data"),
        prevent_initial_call=True,
    )
    def choose(_values: list[Any], told: dict[str, Any], tenant: str) -> tuple[Any, Any, Any, Any]:
        mapping = changed(told["mapping"], [(one["id"]["at"], one["id"]["part"], one.get("value")) for one in ctx.inputs_list[0]])
        if mapping == told["mapping"]:
            raise PreventUpdate
        ask, chosen = asking.of(tenant), {"upload": told["upload"], "mapping": mapping}
        try:
            seen = read(ask, told["upload"], chosen)["table"]
        except Failed as failed:  # two columns of one meaning, say: the choice stays, and what is wrong with it is said
            return failure(failed), chosen, chosen, [no_update] * len(mapping["columns"])
        kept = {**chosen, "mapping": mapping_of(seen)}
        return first_rows(seen), kept, kept, written(ask, seen)


def _chosen(chosen: dict[str, Any] | None, upload: str) -> dict[str, Any]:
    """What a person chose for this file; nothing when it was for another."""
    return chosen if chosen and chosen.get("upload") == upload else {}


def _starting(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("import-address", "search"),
        Output("send-problem", "children"),
        Input("send-import", "n_clicks"),
        Input("send-check", "n_clicks"),
        State("read-as", "data"),
        State("import-dataset", "value"),
        State("import-keep", "value"),
        State("import-whole", "checked"),
        State("import-tenant", "data"),
        prevent_initial_call=True,
    )
    def send(now: int | None, check: int | None, told: dict[str, Any], dataset: str, keep: str, whole: bool, tenant: str) -> tuple[Any, Any]:
        if not (now or check):
            raise PreventUpdate
        wanted = {"upload": told["upload"], "mapping": told["mapping"], "dataset": (dataset or "").strip(), "saveMapping": (keep or "").strip()}
        return _started(asking.of(tenant), told["upload"], {**wanted, "allOrNothing": bool(whole), "dryRun": ctx.triggered_id == "send-check"})

    @app.callback(
        Output("import-address", "search", allow_duplicate=True),
        Output("resend-problem", "children"),
        Input("import-now", "n_clicks"),
        State("import-address", "search"),
        State("upload-chosen", "data"),
        State("import-tenant", "data"),
        prevent_initial_call=True,
    )
    def go_on(clicks: int | None, search: str, chosen: dict[str, Any], tenant: str) -> tuple[Any, Any]:
        if not clicks:
            raise PreventUpdate
        ask, address = asking.of(tenant), Address.of("/imports", search)
        dataset = ask(_ONE, id=address.get("id"))["importJob"]["dataset"]
        mapping = _chosen(chosen, address.get("upload")).get("mapping")
        return _started(ask, address.get("upload"), {"upload": address.get("upload"), "mapping": mapping, "dataset": dataset})


def _started(ask: Ask, upload: str, wanted: dict[str, Any]) -> tuple[Any, Any]:
    """The address of the import that began, or why it did not."""
    try:
        job = ask.changed("importFile", _IMPORT, **{name: value for name, value in wanted.items() if value})["job"]
    except Failed as failed:
        return no_update, failure(failed)
    return Address("", {"tenant": ask.tenant or "", "upload": upload, "id": job["id"]}).to(), None


def _following(app: Dash, asking: Asking) -> None:
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


def _undoing(app: Dash, asking: Asking) -> None:
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
