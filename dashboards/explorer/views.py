"""The four views of a trace: the graph, the steps, the table and the map."""

from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.explorer.asked import Traced
from dashboards.explorer.colours import stylesheet
from dashboards.explorer.drawing import elements
from dashboards.explorer.rows import COLUMNS, rows
from dashboards.explorer.steps import steps
from dashboards.explorer.words import count
from dashboards.explorer.world import figure, spots, where_else
from dashboards.icons import icon
from dashboards.page import Address
from dashboards.parts import graph

_NUMBERS = {"steps", "kilograms", "sure"}


def body(view: str, trace: Traced, address: Address, theme: str) -> Component:
    """The view that the address asks for."""
    if view == "table":
        return _table(trace)
    if view == "map":
        return _map(trace, theme)
    return steps(trace, address) if view == "steps" else _graph(trace, address, theme)


def _graph(trace: Traced, address: Address, theme: str) -> Component:
    opened = [group for group in address.get("open").split(",") if group]
    marks = elements(trace, opened, address.get("at"))
    groups = [mark for mark in marks if "opens" in mark["data"]]
    said = f"{count(len(trace.acts), 'act')} as {count(sum('source' not in mark['data'] for mark in marks), 'mark')}" if groups else ""
    tools: list[Any] = [dmc.Text([said, ": click a group to open it" if groups else ""], size="sm", className="dimmed")]
    tools += [dcc.Link("Close the groups again", href=address.to(open=None), className="button")] if opened else []
    images = [
        html.Button(name.upper(), id=f"picture-{name}", className="button", title=f"Keep the picture as {name.upper()}") for name in ("png", "svg")
    ]
    fit = html.Button("Fit", id="fit", className="button", title="Show the whole picture (0)")
    keys = (
        "Trace from farm on the left to fork on the right. Arrow keys go from act to act, Enter shows or opens one; "
        "the view Steps tells the same in words."
    )
    picture = graph("graph", marks, stylesheet(theme))
    hint = html.Div(id="hint", role="status")
    frame: dict[str, Any] = {"tabIndex": 0, "role": "application", "aria-label": keys}
    return html.Div(
        [html.Div([picture, hint], id="canvas", **frame), dmc.Group([*tools, dmc.Group([fit, *images], gap="xs")], justify="space-between", mt="xs")]
    )


def _table(trace: Traced) -> Component:
    listed = rows(trace)
    right = {"type": "rightAligned", "filter": "agNumberColumnFilter", "valueFormatter": {"function": "number(params.value)"}}
    columns = [{"field": field, "headerName": name, **(right if field in _NUMBERS else {})} for field, name in COLUMNS]
    grid = dag.AgGrid(
        id="rows",
        rowData=[row | {"row": f"{row['id']} {number}"} for number, row in enumerate(listed)],
        columnDefs=columns,
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "minWidth": 90},
        columnSize="autoSize",
        getRowId="params.data.row",
        csvExportParams={"fileName": "trace.csv", "processCellCallback": {"function": "plain(params)"}},
        dashGridOptions={
            "animateRows": False,
            "pagination": True,
            "paginationPageSize": 100,
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
        },
        style={"height": "max(420px, calc(100vh - 300px))"},
    )
    files = [
        html.Button(
            [icon("import", 16), "Who got it, XLSX"],
            id={"file": "xlsx"},
            className="button primary",
            title="All recipients with amounts, dates and places",
        ),
        html.Button("Who got it, CSV", id={"file": "csv"}, className="button"),
        html.Button("This table, CSV", id="csv-table", className="button", title="The rows as they are sorted and filtered here"),
    ]
    return html.Div(
        [
            dmc.Group(
                [dmc.Text(count(len(listed), "row"), size="sm", className="dimmed"), dmc.Group(files, gap="xs")], justify="space-between", mb="xs"
            ),
            grid,
        ]
    )


def _map(trace: Traced, theme: str) -> Component:
    bare = where_else(trace)
    if not spots(trace):
        return dmc.Stack(
            [
                dmc.Title("No place of this trace has coordinates", order=2, size="h4"),
                dmc.Text(f"{bare} A map can be drawn as soon as a source tells the latitude and longitude of places."),
                dmc.Text("Countries alone are not drawn as points: a point would claim to know more than the records do."),
            ],
            id="no-map",
        )
    config: Any = {"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
    drawn = dcc.Graph(id="map", figure=figure(trace, theme), config=config, style={"height": "max(420px, calc(100vh - 320px))"}, responsive=True)
    return html.Div([drawn, dmc.Text(f"{bare} Outlines: Natural Earth, public domain.".strip(), size="sm", className="dimmed")])
