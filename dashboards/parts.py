"""What every page is built of: its head, its numbers, moments and states, and what it shows when it has nothing or something failed."""

from datetime import datetime
from typing import Any

import dash_cytoscape as cyto
import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.asking import Failed
from dashboards.icons import icon
from dashboards.page import Address

_TITLES = {
    "FORBIDDEN": "You may not do this",
    "NOT_FOUND": "There is nothing here",
    "UNAVAILABLE": "It does not answer just now",
    "INTERNAL": "Something went wrong on our side",
}
_REMEDIES = {
    "UNAVAILABLE": "Wait a moment, then load the page again: nothing is lost.",
    "INTERNAL": "Load the page again. If it comes back, tell who runs this server the identifier: its log says more under it.",
}


def head(title: str, help_line: str, *beside: Component) -> Component:
    """The head of a page: its name, what one does here, and what stands at its right."""
    words = html.Div([dmc.Title(title, order=1, fz=28), dmc.Text(help_line, c="dimmed", maw="76ch")])
    return dmc.Group([words, *beside], justify="space-between", align="flex-start", gap="md", className="page-head")


def card(*children: Any, title: str | None = None, **more: Any) -> Component:
    """A surface that holds one subject, under a heading."""
    named = [dmc.Title(title, order=2, fz=18)] if title else []
    return dmc.Paper(dmc.Stack([*named, *children], gap="sm"), withBorder=True, p="lg", radius="md", **more)


def failure(failed: Failed, **more: Any) -> Component:
    """What a page shows when something failed: what, why, what now, and an identifier to quote where the server's log knows more."""
    number, remedy = failed.told.get("id"), _REMEDIES.get(failed.code)
    lines = [dmc.Text(failed.words), *([dmc.Text(remedy)] if remedy else []), *([dmc.Text(["Identifier: ", dmc.Code(number)])] if number else [])]
    title = _TITLES.get(failed.code, "This did not work")
    return dmc.Alert(dmc.Stack(lines, gap=4), title=title, color="red", variant="light", className="failure", **more)


def empty(title: str, words: Any, *actions: Component, order: int = 3) -> Component:
    """What a page shows when nothing is there yet: what would be here, and how to get it."""
    return dmc.Stack(
        [dmc.Title(title, order=order, fz=18), dmc.Text(words, c="dimmed", maw="60ch"), dmc.Group(actions, gap="sm")], gap="xs", className="empty"
    )


def asked(question: str, *children: Any) -> Component:
    """A question before what cannot be taken lightly: the consequence in numbers, and the two ways on."""
    named: dict[str, Any] = {"aria-label": question}
    return html.Section(dmc.Stack([dmc.Text(question, fw=650), *children], gap="xs"), className="asked", **named)


def skeleton(lines: int = 3) -> Component:
    """Where something will stand that is still being asked for."""
    return html.Div([dmc.Skeleton(height=16, width=f"{90 - 12 * (line % 3)}%", mb="sm") for line in range(lines)], className="waiting", role="status")


def number(value: int | None) -> str:
    """A count with its thousands apart."""
    return "–" if value is None else f"{value:,}"


def counted(value: int, one: str, more: str | None = None) -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{number(value)} {one if value == 1 else more or one + 's'}"


def many(kind: str) -> str:
    """A kind in the plural: logistic units, parties, processes."""
    name = spaced(kind)
    return name[:-1] + "ies" if name.endswith("ty") else name + ("es" if name.endswith("s") else "s")


def spaced(name: str) -> str:
    """A name of the API as words: LogisticUnit, logistic unit."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def moment(told: str | None, missing: str = "–") -> Component:
    """An instant, to the minute; the whole of it, with its zone, on hover."""
    if not told:
        return html.Span(missing)
    instant = datetime.fromisoformat(told)
    whole = f"{instant:%Y-%m-%d %H:%M:%S} {instant.tzname() or ''}".strip()
    return html.Time(f"{instant:%Y-%m-%d %H:%M}", dateTime=told, title=whole, className="number")


def state(words: str, tone: str) -> Component:
    """A state in words; its tone (calm, good, busy, warn, bad) only repeats it as a colour."""
    return html.Span(words, className=f"state {tone}")


def link(words: Any, href: str, **more: Any) -> Component:
    """A link to another view of the workspace."""
    return dmc.Anchor(words, href=href, **({"underline": "always"} | more))


def table(columns: list[str], rows: list[list[Any]], label: str, numbers: tuple[int, ...] = ()) -> Component:
    """A plain table that scrolls in itself where it is too wide; `numbers` are the columns that stand at the right."""
    right: list[dict[str, Any]] = [{"className": "number right"} if place in numbers else {} for place in range(len(columns))]
    body = [dmc.TableTr([dmc.TableTd(cell, **right[place]) for place, cell in enumerate(row)]) for row in rows]
    heads = dmc.TableThead(dmc.TableTr([dmc.TableTh(column, **right[place]) for place, column in enumerate(columns)]))
    drawn = dmc.Table([heads, dmc.TableTbody(body)], verticalSpacing="xs", highlightOnHover=True)
    scrolling: dict[str, Any] = {"aria-label": label}
    return html.Div(drawn, className="scrolling", tabIndex=0, role="region", **scrolling)


def button(words: str, href: str, symbol: str | None = None, *, main: bool = False, **more: Any) -> Component:
    """A link that looks like a button."""
    drawn = [icon(symbol, 18)] if symbol else []
    return dmc.Anchor([*drawn, words], href=href, underline="never", className=f"as-button {'main' if main else ''}", **more)


def graph(name: str, elements: list[dict[str, Any]], stylesheet: list[dict[str, Any]]) -> Component:
    """A picture of marks that stand where they were placed, to look at and to choose from."""
    return cyto.Cytoscape(
        id=name,
        elements=elements,
        layout={"name": "preset", "fit": True, "padding": 40},
        stylesheet=stylesheet,
        style={"width": "100%", "height": "100%"},
        minZoom=0.08,
        maxZoom=2.5,
        boxSelectionEnabled=False,
        autoungrabify=True,
        responsive=False,
    )


def explored(address: Address, thing: str, **more: str) -> str:
    """The address of the trace from a thing."""
    return address.to("/explore", start=thing, **more)
