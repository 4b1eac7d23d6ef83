"""Marks and lines of a picture on paper, in the shapes and colours of the investigation's page; names stand where they hide nothing."""

from collections.abc import Iterable, Mapping, Sequence
from math import hypot
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from dashboards.explorer.colours import LIGHT
from dashboards.explorer.words import short
from dashboards.investigations.drawing import STEPS, percent, scale, shade
from dashboards.report.letters import BOLD, REGULAR, legible, wide

Json = dict[str, Any]
Spot = tuple[float, float]
Box = tuple[float, float, float, float]
_COLOURS = scale("light")
_SIZE = 6.5
"""Points of a name."""


def radius(score: float) -> float:
    """How large a mark is: the larger, the more of the evidence leads to it."""
    return 4.2 + 5.2 * max(score, 0.0) ** 0.5


def line(canvas: Any, way: Json, start: Spot, end: Spot, room: tuple[float, float], *, level: bool) -> None:
    """What was shipped from one mark to another: an arrow that leaves and arrives level, or one with a slight bow.

    `room` is how far the two marks reach from their middle.
    """
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down)
    if length < 1:
        return
    hot = shade(way["score"]) == STEPS
    colour = HexColor(f"{_COLOURS[-1]}e6" if hot else f"{LIGHT.line}80", hasAlpha=True)
    canvas.setStrokeColor(colour)
    canvas.setFillColor(colour)
    canvas.setLineWidth(0.5 + min(way["shipments"], 9) ** 0.5 / 3)
    if level and abs(down) > 1:
        bend = (start[0] + across / 2, start[1]), (start[0] + across / 2, end[1])
    else:
        bow = (-down * 0.09, across * 0.09)
        bend = (start[0] + across / 3 + bow[0], start[1] + down / 3 + bow[1]), (start[0] + across / 1.5 + bow[0], start[1] + down / 1.5 + bow[1])
    tip = _towards(end, bend[1], room[1] + 1)
    canvas.bezier(*start, *bend[0], *bend[1], *_towards(tip, bend[1], 2.5))
    _arrow(canvas, tip, bend[1])


def _towards(point: Spot, other: Spot, far: float) -> Spot:
    length = hypot(other[0] - point[0], other[1] - point[1]) or 1.0
    return point[0] + (other[0] - point[0]) * far / length, point[1] + (other[1] - point[1]) * far / length


def _arrow(canvas: Any, tip: Spot, behind: Spot) -> None:
    base = _towards(tip, behind, 4.2)
    aside = (base[1] - tip[1]) * 0.42, (tip[0] - base[0]) * 0.42
    drawn = canvas.beginPath()
    drawn.moveTo(*tip)
    drawn.lineTo(base[0] + aside[0], base[1] + aside[1])
    drawn.lineTo(base[0] - aside[0], base[1] - aside[1])
    drawn.close()
    canvas.drawPath(drawn, stroke=0, fill=1)


def mark(canvas: Any, place: Json, at: Spot, number: int | None) -> None:
    """A place: a square where people fell ill, a double ring for a common link; its number is that of the table of places."""
    size, (x, y) = radius(place["score"]), at
    canvas.setFillColor(_COLOURS[shade(place["score"])])
    canvas.setStrokeColor(LIGHT.accent if place["clear"] else LIGHT.attention if place["contaminates"] else LIGHT.edge)
    canvas.setLineWidth(1.6 if place["clear"] or place["contaminates"] else 0.7)
    canvas.setDash([2, 1.4] if place["contaminates"] else [])
    _shape(canvas, place, x, y, size)
    canvas.setDash([])
    if place["common"]:
        canvas.setStrokeColor(LIGHT.text)
        canvas.setLineWidth(1.1)
        canvas.circle(x, y, size + 2, stroke=1, fill=0)
    if number is not None:
        canvas.setFillColor("#ffffff" if shade(place["score"]) >= STEPS - 1 else LIGHT.text)
        canvas.setFont(BOLD, 5.2)
        canvas.drawCentredString(x, y - 1.8, str(number))


def _shape(canvas: Any, place: Json, x: float, y: float, size: float) -> None:
    if place["clear"]:
        edge = size * 0.42
        corners = [(-size, -edge), (-edge, -size), (edge, -size), (size, -edge), (size, edge), (edge, size), (-edge, size), (-size, edge)]
        drawn = canvas.beginPath()
        drawn.moveTo(x + corners[0][0], y + corners[0][1])
        for corner in corners[1:]:
            drawn.lineTo(x + corner[0], y + corner[1])
        drawn.close()
        canvas.drawPath(drawn, stroke=1, fill=1)
    elif place["weight"] > 0:
        canvas.roundRect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8, 1.5, stroke=1, fill=1)
    else:
        canvas.circle(x, y, size, stroke=1, fill=1)


def names(canvas: Any, places: Sequence[Json], where: Mapping[str, Spot], frame: tuple[float, float]) -> None:
    """Write the names of the places, those of the highest scores first, each where it hides no mark and no other name; the rest go without."""
    taken: list[Box] = [_around(where[one["id"]], radius(one["score"]) + 2.5) for one in places]
    for one in sorted(places, key=lambda one: (not one["common"], -one["score"])):
        words = f"{short(legible(one['name']), 34)} {percent(one['score'])}"
        found = next((box for box in _beside(where[one["id"]], radius(one["score"]) + 3, words) if _free(box, taken, frame)), None)
        if found is None:
            continue
        taken.append(found)
        canvas.setFillColor(HexColor(f"{LIGHT.page}b8", hasAlpha=True))
        canvas.rect(found[0], found[1], found[2] - found[0], found[3] - found[1], stroke=0, fill=1)
        canvas.setFillColor(LIGHT.text)
        canvas.setFont(BOLD if one["common"] else REGULAR, _SIZE)
        canvas.drawString(found[0] + 1, found[1] + 1.6, words)


def _beside(at: Spot, far: float, words: str) -> Iterable[Box]:
    """Where a name can stand: under its mark, right of it, above it, left of it."""
    length, height = wide(words, _SIZE, BOLD) + 2, _SIZE + 1
    x, y = at
    for left, bottom in (
        (x - length / 2, y - far - height),
        (x + far, y - height / 2),
        (x - length / 2, y + far),
        (x - far - length, y - height / 2),
    ):
        yield left, bottom, left + length, bottom + height


def _around(at: Spot, far: float) -> Box:
    return at[0] - far, at[1] - far, at[0] + far, at[1] + far


def _free(box: Box, taken: Iterable[Box], frame: tuple[float, float]) -> bool:
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= frame[0] and box[3] <= frame[1]
    return inside and not any(box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3] for one in taken)


class Legend(Flowable):
    """What the colours and shapes mean."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.width, self.height = width, 30.0

    def wrap(self, *_room: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it."""
        plain = {"weight": 0.0, "common": False, "clear": False, "contaminates": False}
        steps = ((0.0, "none"), (0.2, "up to a third"), (0.5, "up to two thirds"), (0.8, "nearly all"), (1.0, "all of the cases"))
        shapes = (("common", "a common link"), ("weight", "people fell ill"), ("clear", "contamination ends"), ("contaminates", "contaminates"))
        self._row(20, [({**plain, "score": score}, words) for score, words in steps])
        self._row(5, [({**plain, "score": 0.2, name: 1.0}, words) for name, words in shapes])

    def _row(self, height: float, keys: Iterable[tuple[Json, str]]) -> None:
        canvas, x = self.canv, 6.0
        for place, words in keys:
            canvas.saveState()
            canvas.translate(x, height)
            canvas.scale(0.62, 0.62)
            mark(canvas, place, (0.0, 0.0), None)
            canvas.restoreState()
            canvas.setFillColor(LIGHT.faint)
            canvas.setFont(REGULAR, 7.5)
            canvas.drawString(x + 9, height - 2.5, words)
            x += wide(words, 7.5) + 26
