"""The trace as a picture: one shape for each kind of act, lines that say how sure they are, what is missing drawn hollow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import hypot
from typing import Any

from dashboards.explorer.asked import SCOPES, Act, Link, Traced
from dashboards.explorer.groups import TALLEST, Group, grouped, product
from dashboards.explorer.placing import Place, levels, placed
from dashboards.explorer.words import amounts, count, day, share, short

Element = dict[str, Any]
FINEST = 200
"""More marks than this are not drawn unless groups are opened: alike ones stand together even in columns that are not tall."""


def elements(trace: Traced, opened: Iterable[str] = (), selected: str = "") -> list[Element]:
    """The marks and lines of a trace."""
    level = levels([act["id"] for act in trace.acts], [(link["start"], link["end"]) for link in trace.links])
    level, groups = _legible(trace, level, opened)
    stands_for = {str(act["id"]): group.id for group in groups for act in group.acts}
    marks = {stands_for.get(act, act): column for act, column in level.items()}
    lines = _lines(trace.links, stands_for)
    place = placed(marks, lines)
    by_id = {group.id: group for group in groups}
    shown = stands_for.get(selected, selected)
    named = {mark: " ".join(told_together(by_id[mark])) if mark in by_id else str(trace.by_id[mark]["what"]) for mark in marks}
    return [
        *(
            _of_group(by_id[mark], trace, place[mark], mark == shown) if mark in by_id else _mark(trace, mark, place[mark], mark == shown)
            for mark in marks
        ),
        *(_line(named, pair, links, place) for pair, links in lines.items()),
    ]


def _legible(trace: Traced, level: dict[str, int], opened: Iterable[str]) -> tuple[dict[str, int], list[Group]]:
    """Columns and groups so that the picture can be read: columns as tall as there is room for all marks; of a very long chain several in one."""
    apart = dict.fromkeys(trace.open_ends, True)
    for tallest in range(TALLEST, 0, -1):
        if _drawn(trace, grouped(trace.acts, level, (), apart, tallest)) <= FINEST:
            return level, grouped(trace.acts, level, opened, apart, tallest)
    folded = -(-4 * len(set(level.values())) // FINEST)
    level = {act: column // folded for act, column in level.items()}
    return level, grouped(trace.acts, level, opened, apart, tallest=1)


def _drawn(trace: Traced, groups: Iterable[Group]) -> int:
    return len(trace.acts) - sum(len(group.acts) - 1 for group in groups)


def _lines(links: Iterable[Link], stands_for: Mapping[str, str]) -> dict[tuple[str, str], list[Link]]:
    lines: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        pair = stands_for.get(link["start"], link["start"]), stands_for.get(link["end"], link["end"])
        if pair[0] != pair[1]:
            lines[pair].append(link)
    return lines


def _mark(trace: Traced, mark: str, at: Place, selected: bool) -> Element:
    act = trace.by_id[mark]
    classes = [trace.shapes[mark], act["direction"]]
    classes += ["open"] if mark in trace.open_ends else []
    classes += ["assumed"] if act["assumed"] else []
    data = {"id": mark, "label": "\n".join(labels(act)), "said": sentence(act, trace.open_ends.get(mark)), "column": at[0]}
    return {"data": data, "position": {"x": at[0], "y": at[1]}, "classes": " ".join(classes), "selected": selected, "grabbable": False}


def _of_group(group: Group, trace: Traced, at: Place, selected: bool) -> Element:
    first = group.acts[0]
    classes = [trace.shapes[first["id"]], first["direction"], "group"]
    classes += ["open"] if first["id"] in trace.open_ends else []
    classes += ["assumed"] if all(act["assumed"] for act in group.acts) else []
    what, where = told_together(group)
    then = "A click shows them one by one." if group.opens else "They are too many to draw: the table lists them."
    size = 24 + 3 * min(len(group.acts), 100) ** 0.5
    data = {
        "id": group.id,
        "label": f"{what}\n{where}",
        "said": f"{what} {where}. {then}",
        "size": round(size),
        "opens": group.opens,
        "column": at[0],
    }
    return {"data": data, "position": {"x": at[0], "y": at[1]}, "classes": " ".join(classes), "selected": selected, "grabbable": False}


def told_together(group: Group) -> tuple[str, str]:
    """A group in two lines: how many of what, and where."""
    names = sorted({product(act) for act in group.acts})
    what = f"{len(group.acts)} × {short(names[0], 30) if len(names) == 1 else count(len(names), 'product')}"
    shipped = group.acts[0]["kind"] == "Shipment"
    places = {place["name"] for act in group.acts if (place := act["to"])}
    unknown = len(group.acts) if not places else 0
    if unknown:
        return what, "to unknown places" if shipped else "place unknown"
    where = short(min(places), 30) if len(places) == 1 else count(len(places), "place")
    return what, f"to {where}" if shipped else f"{group.acts[0]['step'] or 'done'} at {where}"


def labels(act: Act) -> tuple[str, str]:
    """An act in two short lines."""
    goods = [good for good in act["goods"] if good["role"] == "made"] or act["goods"]
    named = (
        f"{goods[0]['product']['name']} {goods[0]['code'] or ''}".strip() if goods and goods[0]["product"] else goods[0]["name"] if goods else "food"
    )
    if act["kind"] == "Shipment":
        return short(named, 28), f"→ {short(act['to']['name'], 22)}" if act["to"] else "→ ?"
    step = (act["step"] or "process").replace("_", " ")
    done = f"{step}: {named}" if len(step) < 14 else step
    return short(done[:1].upper() + done[1:], 30), short(act["to"]["name"], 26) if act["to"] else "" if "unknown" in step else "place unknown"


def sentence(act: Act, unknown: str | None = None) -> str:
    """An act in one sentence, for who points at it."""
    much = amounts(amount for good in act["goods"][:1] for amount in good["quantity"])
    parts = [act["what"], day(act["when"]) or "no date", much, "" if act["confidence"] == 1 else f"{share(act['confidence'])} sure"]
    more = [f"Assumed: {act['assumed'].removeprefix('assumed: ')}." if act["assumed"] else "", f"{unknown.capitalize()}." if unknown else ""]
    return " ".join(filter(None, [", ".join(filter(None, parts)) + ".", *more]))


def line_words(link: Link) -> str:
    """A link in one sentence."""
    much = amounts(link["quantity"])
    return f"{link['scope'].capitalize()} link, {share(link['confidence'])}, {link['method']} (rule {link['rule']}){f', {much}' if much else ''}"


def _line(named: Mapping[str, str], pair: tuple[str, str], links: Sequence[Link], place: Mapping[str, Place]) -> Element:
    best = min(links, key=lambda link: (SCOPES.index(link["scope"]), -link["confidence"]))
    many = "" if len(links) == 1 else f" ({len(links)} links; the surest is told)"
    said = f"{line_words(best)}{many}: {named[pair[0]]} went into {named[pair[1]]}."
    data = {"id": f"{pair[0]}>{pair[1]}", "source": pair[0], "target": pair[1], "said": said, "width": 1.5 + min(len(links), 9) ** 0.5 / 2}
    bent = bend(place[pair[0]], place[pair[1]])
    return {"data": data | bent, "classes": f"{best['scope']} {'bent' if bent else ''}".strip()}


def bend(start: Place, end: Place) -> dict[str, list[float]]:
    """The two points that make a line leave and arrive level, as Cytoscape wants them: along the straight line, and away from it."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down)
    if not down or not length:
        return {}
    points = ((across / 2, 0.0), (across / 2, down))
    weights = [round((x * across + y * down) / length**2, 4) for x, y in points]
    return {"weights": weights, "distances": [round((y * across - x * down) / length, 1) for x, y in points]}
