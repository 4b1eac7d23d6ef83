"""What the page of investigations shows: the list of them; of one its picture, scores, cases, decisions, and what can be done with what is chosen."""

from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.explorer.words import count, unit_name
from dashboards.icons import icon
from dashboards.investigations.asked import SCOPES, View
from dashboards.investigations.drawing import STEPS, elements, percent, scale, stylesheet
from dashboards.page import Address
from dashboards.parts import card, empty, explored, graph, head, link, number, state, table

Json = dict[str, Any]
_CHANGES = {
    "contaminates": ("Contaminates other food", "contaminates other food"),
    "clear": ("Ends contamination", "ends contamination"),
    "hidden": ("Leave it out", "is left out"),
    "weighs": ("", "weighs"),
}
_FILES = {"fcl.json": "FoodChain-Lab JSON", "fcl.xlsx": "FoodChain-Lab workbook", "utx.json": "UTX"}
_SAID = {"certain": "certain links", "probable": "and probable ones", "conceivable": "and conceivable ones"}


def act(words: str, step: str, of: str, told: str = "", **more: Any) -> Component:
    """A button that takes a step."""
    return dmc.Button(words, id={"step": step, "of": of, "told": told}, **({"variant": "default", "size": "compact-sm"} | more))


def listed(found: Json, address: Address) -> Component:
    """All investigations, and how to open one."""
    records = "record" in found["caller"]["permissions"]
    title = head("Investigations", "People are ill: gather the cases, and see which places and lots all of them can have come from.")
    rows = [
        [
            link(one["name"] or one["number"], address.to("/investigations", id=one["id"])),
            one["hazard"] or "–",
            one["issuer"] or "–",
            (one["opened"] or {}).get("text", "–")[:10],
            state("closed", "calm") if one["closed"] else state("open", "busy"),
        ]
        for one in found["investigations"]["nodes"]
    ]
    cases = number(found["cases"]["totalCount"])
    none = empty("No investigation yet", f"{cases} cases are recorded here. Open an investigation to see what they can have come from.")
    shown = card(table(["Name", "Hazard", "Opened by", "On", "State"], rows, "Investigations"), title="All of them") if rows else card(none)
    return dmc.Stack([title, shown, *([_opening()] if records else [])], gap="lg")


def _opening() -> Component:
    row = html.Div(
        [
            dmc.TextInput(id="investigation-name", label="Name", placeholder="Norovirus in schools", w=300),
            dmc.TextInput(id="investigation-hazard", label="Hazard, if known", placeholder="norovirus", w=200),
        ],
        className="row wrap wide-apart",
    )
    marked = dmc.Checkbox(
        id="investigation-marked", checked=True, label="Take in all cases that are in no investigation, and what imported files mark as an outbreak"
    )
    return card(row, marked, html.Div(dmc.Button("Open it", id="investigation-open")), title="Open an investigation")


def whole(found: Json, size: Json | None, view: View, address: Address, theme: str) -> Component:
    """One investigation."""
    file, may = found["investigation"], found["caller"]["permissions"]
    changes = "record" in may and not file["closed"]
    left = dmc.Stack([_what_ifs(file, view, address, changes), _picture(file, view, theme)], gap="sm")
    side: dict[str, Any] = {"aria-label": "What is chosen"}
    right = html.Aside(_chosen(file, size, view, address, may), className="chosen", **side)
    scores = file["scores"]
    return dmc.Stack(
        [
            _head(file, view, address, may),
            html.Div([left, right], className="investigation"),
            *_changes(file, view, address),
            *_suspects(file, address),
            html.Div([_ranked("Places", scores["places"], address), _ranked("Lots", scores["lots"], address)], className="two"),
            *_links(found, changes),
            html.Div([_log(file, changes), dmc.Stack([_cases(file, address, changes), *_tests(file, address, changes)], gap="lg")], className="two"),
            *_orders(file, address, may),
            *_clocks(file, may),
        ],
        gap="lg",
    )


def _head(file: Json, view: View, address: Address, may: list[str]) -> Component:
    scores = file["scores"]
    cases = count(len(file["cases"]), "case")
    words = f"{cases}; all of them can have come from {count(scores['commonPlaces'], 'place')} and {count(scores['commonLots'], 'lot')}."
    lost = len(scores["unknown"])
    unknown = (
        f" {count(lost, 'place')} with cases {'stands' if lost == 1 else 'stand'} in no record of food: see the broken links below." if lost else ""
    )
    badge = state("closed", "calm") if file["closed"] else state("open", "busy")
    about = " · ".join(filter(None, [file["hazard"], f"opened by {file['by']}" if file["by"] else "", file["number"]]))
    title = head(file["name"] or file["number"], f"{words if file['cases'] else 'No cases yet: add those who fell ill below.'}{unknown}", badge)
    again = act("Reopen it", "reopenInvestigation", file["id"]) if file["closed"] else act("Close it", "closeInvestigation", file["id"], "note")
    note = dmc.TextInput(id={"text": "note"}, placeholder="What it came to", size="xs", w=260, **{"aria-label": "What it came to"})
    ways = [*([] if file["closed"] else [note]), again] if "record" in may else []
    back = link("All investigations", address.to("/investigations"), size="sm")
    along = dmc.Group([dmc.Text("Take it along:", c="dimmed", size="sm"), *_downloads(file, view, address)], gap="xs")
    ways = [*_reports(file, view, address), *ways]
    lines = [dmc.Group([dmc.Text(about, c="dimmed", size="sm"), back, along], gap="md"), dmc.Group(ways, gap="xs")]
    told = [dmc.Text(file["note"], maw="90ch")] if file["note"] else []
    return dmc.Stack([title, *told, dmc.Group(lines, justify="space-between")], gap="xs")


def _downloads(file: Json, view: View, address: Address) -> list[Component]:
    """What is shown as files for other tools of tracing."""
    asked = {"investigation": file["id"], "scope": view.scope, "dates": None if view.dates else "no"}
    asked["whatIf"] = view.what_if if view.what_if in file["whatIfs"] else None
    return [html.A(words, href=address.to(f"/export/{name}", **asked), download="") for name, words in _FILES.items()]


def _reports(file: Json, view: View, address: Address) -> list[Component]:
    """Links to the report of what is shown; a what-if in which nothing was assumed yet is reported as if it were none."""
    told = view if view.what_if in file["whatIfs"] else replace(view, what_if="")
    return [
        html.A([icon("file", 16), f"Report ({kind.upper()})"], href=told.report(address, kind, file["number"] or ""), className="as-button small")
        for kind in ("pdf", "xlsx")
    ]


def _what_ifs(file: Json, view: View, address: Address, changes: bool) -> Component:
    names = ["", *dict.fromkeys([*file["whatIfs"], *([view.what_if] if view.what_if else [])])]
    chips = [
        dcc.Link(name or "Without a what-if", href=address.to(whatif=name or None), className=f"choice {'chosen' if name == view.what_if else ''}")
        for name in names
    ]
    scopes = [
        dcc.Link(_SAID[name], href=address.to(scope=name), className=f"choice {'chosen' if name == view.scope else ''}", title="Which links count")
        for name in SCOPES
    ]
    dates = dcc.Link(
        "Dates count" if view.dates else "Dates do not count",
        href=address.to(dates="no" if view.dates else None),
        className="button",
        title="Change it",
    )
    name = dmc.TextInput(id={"text": "whatif"}, placeholder="Name of a what-if", size="xs", w=170, **{"aria-label": "Name of a what-if"})
    new = [name, act("Begin it", "whatif", "new")] if changes else []
    return dmc.Group([html.Div(chips, className="choices"), *new, html.Div(scopes, className="choices"), dates], gap="sm")


def _picture(file: Json, view: View, theme: str) -> Component:
    picture = file["scores"]["picture"]
    if not picture["places"]:
        return card(
            empty("Nothing to draw yet", "As soon as a case lies at a place that food reached, the places that it can have come from are drawn here.")
        )
    drawn = graph("network", elements(picture, view.at), stylesheet(theme))
    said = "Places from farm on the left to cases on the right: the larger and warmer, the higher their score. The tables below say the same."
    frame: dict[str, Any] = {"role": "img", "aria-label": said}
    left = f"{count(picture['left'], 'place')} with lower scores are not drawn." if picture["left"] else ""
    return html.Div([html.Div(drawn, className="network", **frame), dmc.Group([_legend(theme), dmc.Text(left, size="sm", c="dimmed")], mt="xs")])


def _legend(theme: str) -> Component:
    colours = scale(theme)
    words = ("none", "some", "half", "most", "all of the cases")
    shades = [
        html.Span([html.Span(className="shade", style={"background": colours[place]}), words[place]], className="mark-key plain")
        for place in range(STEPS + 1)
    ]
    signs = [("common", "a common link"), ("case", "people fell ill"), ("clear", "contamination ends"), ("contaminates", "contaminates")]
    marks = [html.Span([html.Span(className=f"shade {name}"), said], className="mark-key plain") for name, said in signs]
    return html.Div([*shades, *marks], className="legend")


def _ranked(title: str, scores: list[Json], address: Address) -> Component:
    if not scores:
        return card(dmc.Text("Nothing scores: no case leads anywhere.", c="dimmed"), title=title)
    return card(table(["Of the cases", "Name"], [[_bar(one), _named(one, address)] for one in scores], title), title=title)


def _named(one: Json, address: Address) -> Component:
    badge: list[Any] = [" ", state("common link", "warn")] if one["common"] else []
    return html.Span([link(one["name"], address.to(at=one["id"]), size="sm"), *badge])


def _bar(one: Json) -> Component:
    width = {"width": f"{max(one['score'], 0) * 100:.0f}%"}
    return html.Span([html.Span(className="bar", style=width), html.Span(percent(one["score"]))], className="score")


def _changes(file: Json, view: View, address: Address) -> list[Component]:
    """What a what-if changes, most first."""
    if not view.what_if:
        return []
    changed = file.get("changes") or {"places": [], "lots": []}
    rows = [[percent(one["before"]), _bar(one), _named(one, address)] for one in [*changed["places"], *changed["lots"]]]
    none = dmc.Text("It changes nothing yet: choose a place and assume something of it.", c="dimmed")
    shown = table(["Without it", "With it", "Name"], rows, "What the what-if changes") if rows else none
    return [card(shown, title=f"What “{view.what_if}” changes")]


def _suspects(file: Json, address: Address) -> list[Component]:
    """Lots by all that is known, with the reasons of each."""
    found = file["scores"]["suspects"]
    if not found:
        return []
    rows = [
        [_bar({"score": one["posterior"]}), link(one["name"], address.to(at=one["id"]), size="sm"), html.Ul([html.Li(why) for why in one["reasons"]])]
        for one in found
    ]
    hazard = f"how often {file['hazard']} is found in such food, " if file["hazard"] else ""
    words = f"How likely all of the contamination went through each lot: cases and places without, {hazard}dates, which lot became part of which."
    shown = html.Div(table(["Likely", "Lot", "Why"], rows, "Lots by all that is known"), className="reasons")
    return [card(dmc.Text(words, size="sm", c="dimmed"), shown, title="Lots by all that is known")]


def _links(found: Json, changes: bool) -> list[Component]:
    """What the records are missing, to be confirmed or refused."""
    links, total = found["brokenLinks"]["links"], found["brokenLinks"]["total"]
    if not links:
        return []
    rows = [
        [
            _bar({"score": one["probability"]}),
            html.Div([dmc.Text(one["said"], size="sm"), dmc.Text("; ".join(one["reasons"]), size="xs", c="dimmed")]),
            dmc.Group(
                [act("Confirm", "settleLinks", one["id"], "confirm"), act("Refuse", "settleLinks", one["id"], "refuse")], gap="xs", wrap="nowrap"
            )
            if changes
            else "",
        ]
        for one in links
    ]
    words = "The records are missing these, it seems. What you confirm counts at once, here and in every trace; it can be opened again."
    why = dmc.TextInput(id={"text": "link"}, placeholder="Why, if you like", size="xs", w=220, **{"aria-label": "Why links are confirmed or refused"})
    named = [one["id"] for one in found["named"]["links"]]
    at_once = [act(f"Confirm the {len(named)} places of one name", "settleLinks", " ".join(named), "confirm")] if len(named) > 1 else []
    more = [dmc.Text(f"and {count(total - len(links), 'link')} more, less likely or as likely", size="sm", c="dimmed")] if total > len(links) else []
    shown = table(["Likely", "What is missing", "Is it so?"], rows, "Broken links")
    return [
        card(dmc.Text(words, size="sm", c="dimmed"), *([dmc.Group([why, *at_once], gap="xs")] if changes else []), shown, *more, title="Broken links")
    ]


def _chosen(file: Json, size: Json | None, view: View, address: Address, may: list[str]) -> Component:
    changes, one = "record" in may and not file["closed"], file["scores"].get("of")
    if one is None:
        words = "Choose a place in the picture, or a place or lot in the tables: what it scores and what can be assumed of it stands here."
        return card(dmc.Text(words, c="dimmed"), title="What is chosen")
    facts = [dmc.Text(f"{percent(one['score'])} of the evidence leads here{', all of it: a common link' if one['common'] else ''}.")]
    facts += [dmc.Text("People fell ill here." if one["weight"] > 0 else "What is known here clears.")] if one["weight"] else []
    facts += [link("Trace it", explored(address, one["id"]), size="sm")]
    facts += _size(size) if size else []
    where = f"In the what-if “{view.what_if}”" if view.what_if else "In all what-ifs"
    doing: list[Any] = []
    if changes and one["kind"] == "Place":
        doing = [dmc.Text(f"{where}, assume that:", size="sm", c="dimmed"), *_switches(file, one, view)]
    if "record" in may and one["kind"] == "Lot":
        doing = _ordering(one, may)
    return card(*facts, *doing, title=one["name"])


def _size(size: Json) -> list[Component]:
    """What a recall would take in, in three scopes."""
    rows = [[one["scope"], number(one["customers"]), _called_back(one), ", ".join(one["countries"]) or "–"] for one in size["scopes"]]
    saved = size["savings"]["found"]
    most = f"{count(saved[0]['customers'], 'customer')} and {saved[0]['kilograms']:,.0f} kg fewer with {saved[0]['words']}." if saved else ""
    shown = table(["Recall", "Customers", "Amount", "Countries"], rows, "A recall in three scopes", (1, 2))
    expected = size["expected"]
    likely = f"To be expected, by how sure each way is: {expected['kilograms']:,.0f} kg from {expected['customers']:,.1f} customers."
    return [html.Div(shown, className="narrow"), dmc.Text(likely, size="sm"), *([dmc.Text(f"At most {most}", size="sm")] if most else [])]


def _called_back(one: Json) -> str:
    others = [f"{amount['value']:,.0f} {unit_name(amount['unit'])}" for amount in one["amounts"] if amount["unit"] != "KGM"]
    return ", ".join([*([f"{one['kilograms']:,.0f} kg"] if one["kilograms"] else []), *others]) or "not told"


def _switches(file: Json, one: Json, view: View) -> list[Component]:
    hidden = [
        decision["holds"]
        for decision in file["decisions"]
        if decision["change"] == "hidden"
        and not decision["undone"]
        and decision["whatIf"] in (None, view.what_if or None)
        and any(thing["id"] == one["id"] for thing in decision["of"])
    ]
    now = {"clear": one["clear"], "contaminates": one["contaminates"], "hidden": bool(hidden and hidden[-1])}
    switches = []
    for change, on in now.items():
        words = _CHANGES[change][0]
        pressed: dict[str, Any] = {"aria-pressed": "true" if on else "false"}
        colours = {"variant": "light" if on else "default", "color": "teal"}
        told = f"{change} {'no' if on else 'yes'}"
        switches.append(act(f"{'✓ ' if on else ''}{words}", "decide", one["id"], told, fullWidth=True, justify="flex-start", **colours, **pressed))
    return switches


def _ordering(one: Json, may: list[str]) -> list[Component]:
    why = dmc.TextInput(id={"text": "why"}, label="Why", placeholder="Suspected: norovirus", size="sm")
    level = dmc.Select(id={"text": "level"}, label="Class", data=["I", "II", "III"], value="I", size="sm", w=90, allowDeselect=False)
    depths = ["CONSUMERS", "SHOPS", "WHOLESALERS"]
    depth = dmc.Select(
        id={"text": "depth"},
        label="Down to",
        data=[{"value": name, "label": name.lower()} for name in depths],
        value=depths[0],
        size="sm",
        w=150,
        allowDeselect=False,
    )
    recall = [dmc.Group([level, depth], gap="xs"), act("Start a recall", "startRecall", one["id"], color="red", variant="light", size="sm")]
    return [why, act("Put it on hold", "placeHold", one["id"], size="sm"), *(recall if "approve" in may else [])]


def decided(one: Json, most: int = 3) -> str:
    """What a decision assumes, in words: of at most so many things by their names."""
    names = ", ".join(thing["name"] for thing in one["of"][:most]) + (f" and {len(one['of']) - most} more" if len(one["of"]) > most else "")
    said = _CHANGES.get(one["change"] or "", ("", one["change"] or "decided"))[1]
    weight = f" {one['weight']:g}" if one["weight"] is not None else ""
    return f"{names} {'' if one['holds'] else 'not: '}{said}{weight}"


def _log(file: Json, changes: bool) -> Component:
    if not file["decisions"]:
        return card(dmc.Text("Nothing was assumed yet: everything is as the records tell it.", c="dimmed"), title="Decisions")
    rows = []
    for one in reversed(file["decisions"]):
        line = html.Span(decided(one), className="undone" if one["undone"] else "")
        step = act("Redo", "redoDecision", one["id"]) if one["undone"] else act("Undo", "undoDecision", one["id"])
        rows.append(
            [line, one["whatIf"] or "all", one["by"], (one["decided"] or {}).get("text", "–")[:16].replace("T", " "), step if changes else ""]
        )
    return card(table(["What was assumed", "What-if", "By", "When (UTC)", ""], rows, "Decisions"), title="Decisions")


def _cases(file: Json, address: Address, changes: bool) -> Component:
    rows = [
        [
            one["name"],
            html.Span([link(thing["name"], address.to(at=thing["id"]), size="sm") for thing in one["at"][:2]]),
            "–" if one["count"] is None else number(one["count"]),
            f"{one['weight']:g}",
            (one["onset"] or {}).get("text", "–")[:10],
        ]
        for one in file["cases"]
    ]
    named: dict[str, Any] = {"size": "sm"}
    adding = [
        dmc.TextInput(id={"text": "place"}, label="Place, by name or code", w=200, **named),
        dmc.TextInput(id={"text": "case"}, label="What to call it", w=150, **named),
        dmc.NumberInput(id={"text": "count"}, label="People", min=1, w=90, **named),
        act("Add the case", "addCase", file["id"], size="sm"),
    ]
    form = (
        [html.Details([html.Summary("Add a case", className="summary"), dmc.Group(adding, align="flex-end", gap="xs", mt="xs")])] if changes else []
    )
    shown = [
        html.Details(
            [html.Summary(f"All {len(rows)}", className="summary"), table(["Case", "Where", "People", "Weight", "Began"], rows, "Cases", (2, 3))]
        )
    ]
    return card(*(shown if rows else [dmc.Text("No cases yet.", c="dimmed")]), *form, title="Cases")


def _tests(file: Json, address: Address, changes: bool) -> list[Component]:
    """What laboratories found, and how to add a result."""
    rows = [
        [
            html.Span([link(thing["name"], address.to(at=thing["id"]), size="sm") for thing in one["of"][:2]]),
            one["result"] or "–",
            state("positive", "warn") if one["positive"] else state("negative", "calm"),
            (one["found"] or {}).get("text", "–")[:10],
            act("Take it out", "removeTest", one["id"], "taken out") if changes else "",
        ]
        for one in file["tests"]
    ]
    adding = [
        dmc.TextInput(id={"text": "lot"}, label="Lot, by code", w=150, size="sm"),
        dmc.TextInput(id={"text": "result"}, label="What was looked for", w=170, size="sm"),
        act("Positive", "addTest", file["id"], "yes", size="sm"),
        act("Negative", "addTest", file["id"], "no", size="sm"),
    ]
    why = dmc.TextInput(id={"text": "taken out"}, placeholder="Why a test is taken out", size="xs", **{"aria-label": "Why a test is taken out"})
    form = (
        [html.Details([html.Summary("Add a test", className="summary"), dmc.Group(adding, align="flex-end", gap="xs", mt="xs")])] if changes else []
    )
    heads = ["Of", "Looked for", "Found", "On", "Wrong?"]
    shown = [table(heads, rows, "Laboratory tests"), *([why] if changes else [])] if rows else [dmc.Text("No test is known.", c="dimmed")]
    return [card(*shown, *form, title="Laboratory")] if rows or changes else []


def _clocks(file: Json, may: list[str]) -> list[Component]:
    """What is to be done by when since a recall began, and what is done."""
    rows = []
    for recall in file["recalls"]:
        for one in recall["clocks"]:
            late = one["secondsLeft"] < 0
            words = f"{'late by ' if late else ''}{_span(abs(one['secondsLeft']))}{'' if late else ' before it was due' if one['met'] else ' left'}"
            stands = (
                state("done", "calm")
                if one["met"] and not late
                else state("done late" if one["met"] else "late" if late else "running", "warn" if late else "busy")
            )
            done = f"{one['by']}, {one['met']['text'][:16].replace('T', ' ')}{': ' + one['how'] if one['how'] else ''}" if one["met"] else "–"
            how = dmc.TextInput(
                id={"text": f"{recall['id']} {one['name']}"}, placeholder="How", size="xs", w=140, **{"aria-label": f"How: {one['name']}"}
            )
            button = act("It is done", "meetClock", recall["id"], one["name"])
            say = "" if one["met"] or recall["until"] or "approve" not in may else dmc.Group([how, button], gap="xs", wrap="nowrap")
            said = html.Div([dmc.Text(one["said"], size="sm"), dmc.Text(one["source"], size="xs", c="dimmed")])
            rows.append([said, one["due"][:16].replace("T", " "), stands, words, done, say])
    heads = ["What is to be done", "By (UTC)", "State", "Time", "Done by", "Is it done?"]
    return [card(table(heads, rows, "Clocks of recalls"), title="Clocks")] if rows else []


def _span(seconds: float) -> str:
    """A time in hours and minutes."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes:02} min"


def _orders(file: Json, address: Address, may: list[str]) -> list[Component]:
    rows = []
    for sort, name, ending in (("holds", "hold", "releaseHold"), ("recalls", "recall", "closeRecall")):
        for one in file[sort]:
            more = f", class {one['level']}, down to {one['depth']}" if sort == "recalls" else ""
            names = html.Span([link(thing["name"], explored(address, thing["id"]), size="sm") for thing in one["of"][:3]])
            done = one["until"] is not None
            word = ("released" if sort == "holds" else "closed") if done else ("held" if sort == "holds" else "under way")
            end = dmc.Group(
                [
                    dmc.TextInput(id={"text": one["id"]}, placeholder="Why", size="xs", w=140, **{"aria-label": "Why"}),
                    act("Release" if sort == "holds" else "Close", ending, one["id"], one["id"]),
                ],
                gap="xs",
                wrap="nowrap",
            )
            since = (one["since"] or {}).get("text", "–")[:16].replace("T", " ")
            told = [f"{name}{more}", names, one["reason"] or "–", since, state(word, "calm" if done else "warn"), one["outcome"] or "–"]
            rows.append([*told, end if not done and "approve" in may else ""])
    heads = ["What", "Of", "Why", "Since (UTC)", "State", "What it came to", ""]
    return [card(table(heads, rows, "Holds and recalls"), title="Holds and recalls")] if rows else []
