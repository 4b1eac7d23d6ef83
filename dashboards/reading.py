"""A file in hand, before it is imported: what it is, and for a table what each column means and how its first rows read."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.asking import Ask
from dashboards.parts import card, counted, number, table

KINDS = ("deliveries", "lots", "places", "cases", "recipes")
PARTS = ("field", "decimal", "dates", "unit")
_TABLE = "kind sheet sheets saved notes questions tried refused"
_COLUMN = "columns { heading field decimal dates unit confidence why values }"
_ROW = "rows { number cells told findings problem }"
_PREVIEW = f"""mutation($input: PreviewImportInput!) {{ previewImport(input: $input) {{
 file format userErrors {{ message }} table {{ {_TABLE} {_COLUMN} {_ROW} }} }} }}"""
_FIELDS = "query($kind: String!) { importFields(kind: $kind) { name sort description } }"
_DECIMALS = [{"value": ".", "label": "1.5, a point"}, {"value": ",", "label": "1,5, a comma"}]
_DATES = [{"value": "YMD", "label": "year-month-day"}, {"value": "DMY", "label": "day.month.year"}, {"value": "MDY", "label": "month/day/year"}]
_AS_TOLD, _LEFT_OUT = "+", "-"


def read(ask: Ask, upload: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """How a file that was sent would be read; `chosen` holds the mapping, or the kind of table and the sheet, that a person chose. Raises Failed."""
    asked = {"kind": chosen.get("kind"), "sheet": chosen.get("sheet"), "mapping": chosen.get("mapping"), "rows": 8}
    return ask.changed("previewImport", _PREVIEW, upload=upload, **{name: value for name, value in asked.items() if value})


def in_hand(ask: Ask, upload: str, chosen: dict[str, Any]) -> Component:
    """The file that was sent, how it would be read, and the ways on."""
    told = read(ask, upload, chosen)
    seen = told["table"]
    keep = {} if seen else {"display": "none"}
    return card(
        *([_how_read(seen), *_columns(ask, seen)] if seen else [dmc.Text(f"Recognised by its content: {told['format']}.")]),
        html.Div(first_rows(seen) if seen else [], id="read-rows"),
        dcc.Store(id="read-as", data={"upload": upload, "mapping": mapping_of(seen) if seen else None}),
        html.Div(
            [
                dmc.TextInput(id="import-dataset", label="Data set", description="What its rows belong to; the file's name, if empty", w=300),
                dmc.TextInput(id="import-keep", label="Keep this reading as", description="Tables of these headings are then read so", w=300, **keep),
                dmc.Checkbox(id="import-whole", label="All or nothing: record no row when any is refused", mt="lg"),
            ],
            className="row wrap",
        ),
        html.Div([dmc.Button("Import", id="send-import"), dmc.Button("Check only", id="send-check", variant="default")], className="row"),
        html.Div(id="send-problem", role="alert"),
        title=told["file"],
    )


def mapping_of(read: dict[str, Any]) -> dict[str, Any]:
    """The mapping by which a table was read."""
    columns = [{name: column[name] for name in ("heading", *PARTS)} for column in read["columns"]]
    return {"kind": read["kind"], "sheet": read["sheet"], "columns": columns}


def changed(mapping: dict[str, Any], parts: list[tuple[int, str, str | None]]) -> dict[str, Any]:
    """A mapping with what a person chose: which column, which part of it, and the value."""
    columns = [dict(column) for column in mapping["columns"]]
    for at, part, value in parts:
        columns[at][part] = "" if value in (None, _AS_TOLD) else value
    return {**mapping, "columns": columns}


def _how_read(read: dict[str, Any]) -> Component:
    named: dict[str, Any] = {"aria-label": "Which sheet is read", "allowDeselect": False}
    sheets = dmc.Select(id="table-sheet", data=read["sheets"], value=read["sheet"], w=200, size="sm", **named)
    several = {} if len(read["sheets"]) > 1 else {"display": "none"}
    saved = f"Read by the kept reading {read['saved']}." if read["saved"] else ""
    kinds = dmc.SegmentedControl(id="table-kind", data=[{"value": one, "label": one} for one in KINDS], value=read["kind"])
    return dmc.Stack(
        [
            dmc.Group([dmc.Text("A table of"), kinds, html.Div([dmc.Text("on the sheet"), sheets], className="row", style=several)], gap="sm"),
            *([dmc.Text(saved)] if saved else []),
        ],
        gap="sm",
    )


def _columns(ask: Ask, read: dict[str, Any]) -> list[Component]:
    fields = {one["name"]: one for one in ask(_FIELDS, kind=read["kind"])["importFields"]}
    options = [{"value": name, "label": name.replace("_", " ")} for name in fields]
    options += [{"value": _AS_TOLD, "label": "kept as told"}, {"value": _LEFT_OUT, "label": "left out"}]
    rows = [_column(at, column, fields.get(column["field"], {}), options) for at, column in enumerate(read["columns"])]
    unsure = sum(1 for column in read["columns"] if column["confidence"] < 0.8)
    said = f"What the columns mean: {counted(len(rows), 'column')}" + (f", {number(unsure)} to look at" if unsure else "")
    listed = table(["Column", "Means", "Written as", "First values", "Why"], rows, "Columns")
    return [html.Details([html.Summary(said, className="summary"), listed], open=True)]


def _column(at: int, column: dict[str, Any], field: dict[str, Any], options: list[dict[str, str]]) -> list[Any]:
    named = {"aria-label": f"What {column['heading']} means"}
    told: dict[str, Any] = {"data": options, "value": column["field"] or _AS_TOLD, "searchable": True, "allowDeselect": False}
    meaning = dmc.Select(id={"type": "column", "part": "field", "at": at}, w=190, size="xs", **told, **named)
    sure = "" if column["confidence"] >= 0.8 else " (look at it)"
    values = dmc.Text(", ".join(column["values"][:3]), size="sm", lineClamp=2)
    how = html.Div(_written(at, column, field.get("sort", "")), id={"type": "written", "at": at})
    return [html.Strong(column["heading"]), meaning, how, values, dmc.Text(column["why"] + sure, size="sm")]


def _written(at: int, column: dict[str, Any], sort: str) -> Any:
    """How numbers, days and amounts of a column are written, where that matters."""
    shown = {"decimal": sort in ("amount", "number", "share"), "dates": sort == "date"}
    lists = {"decimal": _DECIMALS, "dates": _DATES}
    for part, data in lists.items():
        if shown[part]:
            named = {"aria-label": f"How {column['heading']} is written"}
            return dmc.Select(
                id={"type": "column", "part": part, "at": at}, data=data, value=column[part] or None, placeholder="as it stands", clearable=True,
                w=150, size="xs", **named,
            )  # fmt: skip
    return ""


def written(ask: Ask, read: dict[str, Any]) -> list[Any]:
    """How each column is written, where that matters."""
    sorts = {one["name"]: one["sort"] for one in ask(_FIELDS, kind=read["kind"])["importFields"]}
    return [_written(at, column, sorts.get(column["field"], "")) for at, column in enumerate(read["columns"])]


def first_rows(read: dict[str, Any]) -> list[Component]:
    """What must be settled, what one should know, and how the first rows read."""
    notes = [dmc.List([dmc.ListItem(one) for one in read["notes"]], size="sm")] if read["notes"] else []
    listed = dmc.List([dmc.ListItem(one) for one in read["questions"]])
    questions = [dmc.Alert(listed, title="To be settled before it is imported", color="red", variant="light")] if read["questions"] else []
    said = f"Of the first {counted(read['tried'], 'row')} {number(read['refused'])} would be refused."
    rows = [[number(row["number"]), _told(row)] for row in read["rows"]]
    shown = [dmc.Text(["How the first rows read. ", said], fw=600), table(["Row", "What it tells"], rows, "First rows", (0,))]
    return [dmc.Stack([*questions, *notes, *shown], gap="sm")]


def _told(row: dict[str, Any]) -> Component:
    if row["problem"]:
        return html.Div([html.Span("would be refused", className="state bad"), " ", row["problem"]])
    odd = [dmc.Text(["odd: ", one], size="sm", c="dimmed") for one in row["findings"]]
    return html.Div([*[dmc.Text(one, size="sm") for one in row["told"]], *odd])
