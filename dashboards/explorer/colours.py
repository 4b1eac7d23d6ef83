"""The colours and strokes of the picture, in light and dark."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Palette:
    """Colours of a theme: what is written, what lies behind it, neutral marks and lines, accent, attention, choice."""

    text: str
    faint: str
    page: str
    mark: str
    edge: str
    line: str
    accent: str
    attention: str
    choice: str


LIGHT = Palette("#1e293b", "#475569", "#ffffff", "#cbd5e1", "#475569", "#94a3b8", "#0f766e", "#b45309", "#2563eb")
DARK = Palette("#e2e8f0", "#a3b1c6", "#0f172a", "#334155", "#cbd5e1", "#7486a3", "#2dd4bf", "#fbbf24", "#60a5fa")


def palette(theme: str) -> Palette:
    """The colours of a theme."""
    return DARK if theme == "dark" else LIGHT


def _question(colour: str) -> str:
    letter = "x='12' y='18' font-family='sans-serif' font-size='17' font-weight='700' text-anchor='middle'"
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24'><text {letter} fill='{colour}'>?</text></svg>"
    return f"data:image/svg+xml;utf8,{quote(drawn)}"


BENT = {
    "curve-style": "unbundled-bezier",
    "control-point-weights": "data(weights)",
    "control-point-distances": "data(distances)",
    "edge-distances": "node-position",
}
"""How a line is drawn that leaves and arrives level."""


def labelled(own: Palette) -> dict[str, Any]:
    """How the words under a mark stand."""
    return {
        "text-valign": "bottom",
        "text-margin-y": 5,
        "text-wrap": "wrap",
        "text-max-width": "128px",
        "line-height": 1.12,
        "font-size": 13,
        "font-family": "system-ui, sans-serif",
        "text-background-color": own.page,
        "text-background-opacity": 0.82,
        "text-background-padding": "2px",
        "text-background-shape": "roundrectangle",
        "min-zoomed-font-size": 7,
    }


def _marks(own: Palette) -> list[dict[str, Any]]:
    plain = {
        "label": "data(label)",
        "color": own.text,
        "background-color": own.mark,
        "border-width": 2,
        "border-color": own.edge,
        "width": 20,
        "height": 20,
    }
    large = {"width": "data(size)", "height": "data(size)", "border-style": "double", "border-width": 5}
    hollow = {"background-opacity": 0, "border-color": own.attention, "background-image": _question(own.attention), "width": 26, "height": 26}
    return [
        {"selector": "node", "style": {**labelled(own), **plain}},
        {"selector": ".shipment", "style": {"shape": "ellipse"}},
        {"selector": ".process", "style": {"shape": "round-rectangle", "width": 32, "height": 24}},
        {"selector": ".origin", "style": {"shape": "diamond", "width": 32, "height": 32}},
        {"selector": ".end", "style": {"shape": "ellipse", "width": 26, "height": 26, "border-width": 5}},
        {"selector": ".start", "style": {"background-color": own.accent, "border-color": own.accent, "font-weight": 700}},
        {"selector": ".group", "style": large},
        {"selector": ".assumed", "style": {"border-style": "dashed", "border-color": own.attention}},
        {"selector": ".open", "style": hollow},
        {"selector": ".group.open", "style": {"width": "data(size)", "height": "data(size)"}},
    ]


def stylesheet(theme: str) -> list[dict[str, Any]]:
    """How Cytoscape draws marks and lines in a theme."""
    own = palette(theme)
    line = {"line-color": own.line, "target-arrow-color": own.line, "target-arrow-shape": "triangle", "arrow-scale": 0.9, "width": "data(width)"}
    chosen = {
        "border-color": own.choice,
        "border-width": 4,
        "border-style": "solid",
        "underlay-color": own.choice,
        "underlay-opacity": 0.25,
        "underlay-padding": 7,
    }
    near = {"line-color": own.choice, "target-arrow-color": own.choice}
    return [
        *_marks(own),
        {"selector": "edge", "style": {**line, "curve-style": "straight"}},
        {"selector": "edge.bent", "style": BENT},
        {"selector": ".probable", "style": {"line-style": "dashed", "line-dash-pattern": [8, 5]}},
        {"selector": ".conceivable", "style": {"line-style": "dashed", "line-dash-pattern": [2, 5], "line-cap": "round"}},
        {"selector": ".dim", "style": {"opacity": 0.28}},
        {"selector": "edge.near", "style": near},
        {"selector": "node:selected", "style": chosen},
        {"selector": "edge:selected", "style": {**near, "width": 4}},
    ]
