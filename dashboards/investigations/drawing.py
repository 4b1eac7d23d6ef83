"""The places of an investigation as a picture: the larger and warmer a mark, the more of the cases can have come from it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from dashboards.explorer.colours import BENT, labelled, palette
from dashboards.explorer.drawing import bend
from dashboards.explorer.placing import COLUMN, Pair, Place, levels, placed
from dashboards.explorer.words import short

Json = dict[str, Any]
_LIGHT = ("#e2e8f0", "#fed7aa", "#fdba74", "#f97316", "#c2410c")
_DARK = ("#334155", "#7c4a21", "#b45f1c", "#f08a2c", "#fdba74")
TALLEST, CROWD = 6, 12
"""Marks that stand in a column before it stands in several, and before those stand close, and only high scores are named."""
ROW, GAP, CLOSE = 104.0, 30.0, 56.0
STEPS = 4
"""Steps of the scale: nothing, up to a third, up to two thirds, nearly all, all of the evidence."""


def scale(theme: str) -> tuple[str, ...]:
    """The colours of the scale, from nothing to all."""
    return _DARK if theme == "dark" else _LIGHT


def shade(score: float) -> int:
    """The step of the scale that a score lies on."""
    return STEPS if score > 1 - 1e-9 else 0 if score <= 0 else min(STEPS - 1, 1 + int(score * 3))


def percent(score: float) -> str:
    """A score as a share of the evidence; negative where more clears than speaks for it."""
    return f"{'−' if score < 0 else ''}{abs(score):.0%}"


def elements(picture: Json, selected: str) -> list[Json]:
    """Marks for places, from farm on the left to where people fell ill on the right, and lines for what was shipped."""
    places = {place["id"]: place for place in picture["places"]}
    pairs = {(way["start"], way["end"]): way for way in picture["ways"]}
    level = levels(list(places), pairs)
    where = arranged(level, pairs)
    tall = {column for column, size in Counter(level.values()).items() if size > CROWD}
    marks = [_mark(place, where[name], name == selected, level[name] not in tall) for name, place in places.items()]
    return marks + [_line(way, pair, where) for pair, way in pairs.items()]


def arranged(level: Mapping[str, int], pairs: Iterable[Pair]) -> dict[str, Place]:
    """Where marks stand, given their column: a column that is taller than can be read stands in several beside each other, all of them centred."""
    height = {name: y for name, (_, y) in placed(level, pairs).items()}
    columns: dict[int, list[str]] = defaultdict(list)
    for name in sorted(level, key=lambda name: (height[name], name)):
        columns[level[name]].append(name)
    where: dict[str, Place] = {}
    left = 0.0
    for _, names in sorted(columns.items()):
        beside = -(-len(names) // TALLEST)
        apart = CLOSE if len(names) > CROWD else COLUMN
        rows = -(-len(names) // beside)
        for at, name in enumerate(names):
            row, column = divmod(at, beside)
            where[name] = left + apart * column, ROW * (row - (rows - 1) / 2)
        left += apart * beside + GAP
    return where


def _mark(place: Json, at: Place, selected: bool, named: bool) -> Json:
    classes = [f"s{shade(place['score'])}"]
    classes += [name for name in ("common", "contaminates", "clear") if place[name]]
    classes += ["case"] if place["weight"] > 0 else []
    named = named or selected or shade(place["score"]) > 1
    label = f"{short(place['name'], 26)}\n{percent(place['score'])}" if named else ""
    data = {"id": place["id"], "label": label, "size": round(16 + 26 * max(place["score"], 0) ** 0.5)}
    return {"data": data, "position": {"x": at[0], "y": at[1]}, "classes": " ".join(classes), "selected": selected, "grabbable": False}


def _line(way: Json, pair: Pair, where: Mapping[str, Place]) -> Json:
    width = 1.2 + min(way["shipments"], 9) ** 0.5 / 2
    data = {"id": f"{pair[0]}>{pair[1]}", "source": pair[0], "target": pair[1], "width": width}
    bent = bend(where[pair[0]], where[pair[1]])
    return {"data": data | bent, "classes": f"s{shade(way['score'])} {'bent' if bent else ''}".strip()}


def stylesheet(theme: str) -> list[Json]:
    """How Cytoscape draws it in a theme."""
    own, colours = palette(theme), scale(theme)
    text = {**labelled(own), "label": "data(label)", "color": own.text, "font-size": 15, "text-max-width": "120px"}
    mark = {"width": "data(size)", "height": "data(size)", "border-width": 1.5, "border-color": own.edge, "shape": "ellipse"}
    line = {"width": "data(width)", "line-color": own.line, "target-arrow-color": own.line, "target-arrow-shape": "triangle", "arrow-scale": 0.8}
    chosen = {"border-color": own.choice, "border-width": 4, "underlay-color": own.choice, "underlay-opacity": 0.25, "underlay-padding": 7}
    steps = [{"selector": f"node.s{number}", "style": {"background-color": colour}} for number, colour in enumerate(colours)]
    hot = {"line-color": colours[-1], "target-arrow-color": colours[-1]}
    return [
        {"selector": "node", "style": {**text, **mark}},
        *steps,
        {"selector": "node.case", "style": {"shape": "round-rectangle"}},
        {"selector": "node.common", "style": {"border-width": 6, "border-style": "double", "border-color": own.text, "font-weight": 700}},
        {"selector": "node.contaminates", "style": {"border-style": "dashed", "border-width": 4, "border-color": own.attention}},
        {"selector": "node.clear", "style": {"shape": "octagon", "border-width": 4, "border-color": own.accent}},
        {"selector": "edge", "style": {**line, "curve-style": "straight", "opacity": 0.75}},
        {"selector": f"edge.s{STEPS}", "style": {**hot, "opacity": 1}},
        {"selector": "edge.bent", "style": BENT},
        {"selector": "node:selected", "style": chosen},
    ]
