"""The trace as a list of steps, for phones, for screen readers, and for who likes words better than pictures."""

from collections import defaultdict
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.explorer.asked import Act, Traced
from dashboards.explorer.words import amounts, count, day, share
from dashboards.page import Address

MOST_SHOWN = 300
"""Steps of the list; the table holds them all."""


def steps(trace: Traced, address: Address) -> Component:
    """The steps from farm to fork: what came before the start, the start, what came after."""
    parts: dict[int, list[Act]] = defaultdict(list)
    for act in trace.acts[:MOST_SHOWN]:
        parts[act["depth"] * (-1 if act["direction"] == "backward" else 1)].append(act)
    listed: list[Component] = []
    for distance in sorted(parts):
        listed.append(dmc.Title(_heading(distance), order=2, size="h5"))
        listed.append(html.Ol([_step(trace, act, address) for act in parts[distance]], className="steps"))
    if len(trace.acts) > MOST_SHOWN:
        rest = count(len(trace.acts) - MOST_SHOWN, "step")
        listed.append(dmc.Text([f"{rest} more, further away: ", dcc.Link("the table lists them", href=address.to(show="table")), "."], size="sm"))
    return dmc.Stack(listed, gap="xs", id="steps")


def _heading(distance: int) -> str:
    if distance == 0:
        return "Where the trace starts"
    return f"{count(abs(distance), 'step')} {'before: came from' if distance < 0 else 'on: went to'}"


def _step(trace: Traced, act: Act, address: Address) -> Component:
    unknown = trace.open_ends.get(act["id"])
    much = amounts(amount for good in act["goods"][:1] for amount in good["quantity"])
    told = [day(act["when"]) or "no date", much, f"{share(act['confidence'])} sure, {act['scope']}" if act["confidence"] < 1 else ""]
    marks = [html.Span("open end", className="tag", title=unknown)] if unknown else []
    marks += [html.Span("assumed", className="tag", title=act["assumed"])] if act["assumed"] else []
    current: dict[str, Any] = {"aria-current": "true"} if address.get("at") == act["id"] else {}
    link = dcc.Link(act["what"], href=address.to(at=act["id"]), className=f"step {trace.shapes[act['id']]}")
    return html.Li([link, html.Small([" · ".join(filter(None, told)), " ", *marks])], **current)
