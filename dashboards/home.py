"""Home: what is in this tenant, what came in lately, what is missing, and what to do next."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.asking import Ask, Asking
from dashboards.icons import icon
from dashboards.page import Address, Page
from dashboards.parts import button, card, counted, empty, explored, head, link, many, moment, number, skeleton, table
from dashboards.states import shown_state

_WHOLE = """{ tenant { name created kinds { kind definition count } datasets { name imports recorded latest } }
 importJobs(first: 5) { id file state recorded refused created } caller { permissions } }"""
_GAPS = "{ tenant { days gaps { sort count examples { words about } } findings { sort count examples { words about } } } }"
_FIRST = ("Lot", "Product", "Shipment", "Process", "Place", "Party")
_MEANING = {
    "unknown origin": ("without an origin", "Nothing tells where this food came from: a trace back ends here."),
    "unknown destination": ("without a receiver", "Nothing tells where this food went: a trace forward ends here."),
    "unknown lot code": ("lots without a code", "They can be followed only along the lines that they stand on."),
    "unknown contents": ("units of unknown contents", "Nothing tells what these pallets or containers held."),
    "dates contradict": ("dates that contradict", "Food was taken before it was made: one of the dates is wrong."),
    "code used twice": ("lot codes used twice", "One code stands for two lots: a trace may join what does not belong together."),
    "impossible quantity": ("impossible quantities", "More left a place than came there: a unit or a number is wrong."),
    "finding": ("open findings", "Sources that disagree, identifiers that are malformed, values that were assumed."),
}


def layout(ask: Ask, address: Address) -> Component:
    """What is here."""
    told = ask(_WHOLE)
    found = told["tenant"]
    if not found["kinds"]:
        return _new(address, found["name"], "record" in told["caller"]["permissions"], told["importJobs"])
    beside = button("Import a file", address.to("/imports"), "import", main=True)
    return dmc.Stack(
        [
            head(found["name"], "What is recorded of this company's food, what came in lately, and what a trace will miss.", beside),
            _counts(address, found["kinds"]),
            html.Div(
                [
                    dmc.Stack([card(html.Div(skeleton(5), id="home-missing"), title="What is missing or odd")], gap="lg"),
                    dmc.Stack([_recent(address, told["importJobs"]), _datasets(found), _next(address)], gap="lg"),
                ],
                className="two",
            ),
            dcc.Store(id="home-tenant", data=address.get("tenant")),
        ],
        gap="lg",
    )


def _counts(address: Address, kinds: list[dict[str, Any]]) -> Component:
    known = {one["kind"]: one for one in kinds}
    rest = sorted((one for one in kinds if one["kind"] not in _FIRST), key=lambda one: -int(one["count"]))
    order = [known[kind] for kind in _FIRST if kind in known] + rest
    tiles = [
        dcc.Link(
            [html.Span(number(one["count"]), className="count"), html.Span(many(one["kind"]), className="of")],
            href=address.to("/browse", kind=one["kind"]),
            className="tile",
            title=one["definition"],
        )
        for one in order
    ]
    days: Any = html.Div(skeleton(1), id="home-days")
    return html.Div([html.Div(tiles, className="tiles"), days])


def _recent(address: Address, jobs: list[dict[str, Any]]) -> Component:
    rows = [
        [
            link(job["file"], address.to("/imports", id=job["id"])),
            shown_state(job["state"], job["refused"]),
            number(job["recorded"]),
            moment(job["created"]),
        ]
        for job in jobs
    ]
    if not rows:
        return card(dmc.Text("No file was imported yet; what is here was recorded through the API.", c="dimmed"), title="Recent imports")
    return card(
        table(["File", "State", "Facts", "When (UTC)"], rows, "Recent imports", (2,)),
        link("All imports", address.to("/imports")),
        title="Recent imports",
    )


def _datasets(found: dict[str, Any]) -> Component:
    rows = [[one["name"], number(one["imports"]), number(one["recorded"]), moment(one["latest"])] for one in found["datasets"]]
    since = dmc.Text(["This company's records are kept here since ", moment(found["created"]), " UTC."], c="dimmed", size="sm")
    listed = [table(["Name", "Imports", "Facts", "Last (UTC)"], rows, "Data sets", (1, 2))] if rows else []
    return card(*listed, since, title="Data sets")


def _next(address: Address) -> Component:
    ways = [
        (address.to("/explore"), "trace", "Trace a lot", "from farm to fork, and who else got it"),
        (address.to("/imports"), "import", "Import a file", "checked first, undone at any time"),
        (address.to("/docs/formats"), "docs", "See which files are read", "with an example of each"),
    ]
    lines = [
        html.Li([icon(symbol, 18), html.Span([link(words, to, refresh=to.startswith("/docs")), f": {why}."])]) for to, symbol, words, why in ways
    ]
    return card(html.Ul(lines, className="ways"), title="What next")


def _new(address: Address, name: str, records: bool, jobs: list[dict[str, Any]]) -> Component:
    """The page of a tenant in which nothing is recorded yet: the three steps to a first trace."""
    first = (
        [
            button("Import the first file", address.to("/imports"), "import", main=True),
            html.A([icon("file", 18), "Try an example"], href="/examples/deliveries.csv", download="deliveries.csv", className="as-button"),
        ]
        if records
        else [dmc.Text("Your key may not record: ask who administers this company for one that may.", fw=600)]
    )
    steps = [
        ("Bring a file", "A delivery list, recipes or lots as CSV or Excel, EPCIS events, or a FoodChain-Lab export."),
        (
            "See it checked",
            "Every row that cannot be understood is named with its place, the rule and what would be right; nothing is recorded before.",
        ),
        ("Trace a lot", "Enter a lot code, and see where it came from, where it went, and what is missing."),
    ]
    listed = dmc.List([dmc.ListItem([html.Strong(what), f": {words}"]) for what, words in steps], type="ordered", spacing="sm")
    return dmc.Stack(
        [
            head(name, "Nothing is recorded of this company yet."),
            card(empty("Three steps to the first trace", "Your first file is enough; you can undo it with one click.", *first, order=2), listed),
            *([_recent(address, jobs)] if jobs else []),
        ],
        gap="lg",
    )


def _missing(address: Address, sorts: list[dict[str, Any]]) -> Any:
    if not sorts:
        return empty("Nothing is missing", "Every shipment has an origin, a receiver and a lot code, and no two sources disagree.")
    return [_sort(address, one) for one in sorts]


def _sort(address: Address, one: dict[str, Any]) -> Component:
    words, why = _MEANING.get(one["sort"], (one["sort"], ""))
    shown = [html.Li(_example(address, example)) for example in one["examples"]]
    rest = one["count"] - len(shown)
    more = [html.Li(dmc.Text(f"and {counted(rest, 'more like it', 'more like them')}", c="dimmed", size="sm"))] if rest > 0 else []
    summary = html.Summary(
        [html.Span(number(one["count"]), className="number gap-count"), html.Span([html.Strong(words), dmc.Text(why, c="dimmed", size="sm")])]
    )
    return html.Details([summary, html.Ul([*shown, *more])], className="gap")


def _example(address: Address, example: dict[str, Any]) -> Component:
    words = example["words"].partition(": ")[2] or example["words"]
    return link(words[:1].upper() + words[1:], explored(address, example["about"]), size="sm") if example["about"] else dmc.Text(words, size="sm")


def callbacks(app: Dash, asking: Asking) -> None:
    """What takes longer than the counts comes after them."""

    @app.callback(Output("home-missing", "children"), Output("home-days", "children"), Input("home-tenant", "data"), State("address", "search"))
    def missing(tenant: str, search: str) -> tuple[Any, Any]:
        found = asking.of(tenant)(_GAPS)["tenant"]
        sorts = found["gaps"] + ([found["findings"]] if found["findings"]["count"] else [])
        told = f"Records reach from {found['days'][0]} to {found['days'][1]}." if found["days"] else "No record tells a date yet."
        return _missing(Address("/", {"tenant": tenant}), sorts), dmc.Text(told, c="dimmed")


PAGE = Page("/", "Home", "home", layout, callbacks)
