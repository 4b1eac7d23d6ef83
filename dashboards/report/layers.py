"""The places of an investigation in layers: from the farm on the left to where people fell ill on the right."""

from collections.abc import Mapping
from typing import Any

from reportlab.platypus import Flowable

from dashboards.explorer.placing import levels
from dashboards.investigations.drawing import arranged
from dashboards.report.marks import Spot, line, mark, names, radius

Json = dict[str, Any]
MOST = 60
"""Places that are drawn."""
_EDGE = 34.0
_TALLEST = 0.85
"""How high the picture is at most, by its width."""


def important(picture: Json, most: int = MOST) -> Json:
    """The places that evidence speaks for or lies on, the highest scores first, and the ways between them."""
    places = [one for one in picture["places"] if one["score"] > 0 or one["weight"] > 0][:most]
    kept = {one["id"] for one in places}
    return {"places": places, "ways": [way for way in picture["ways"] if way["start"] in kept and way["end"] in kept]}


class Layers(Flowable):
    """The picture; `numbers` are those of the table of places."""

    def __init__(self, picture: Json, numbers: Mapping[str, int], width: float) -> None:
        super().__init__()
        self._picture, self._numbers = picture, numbers
        pairs = [(way["start"], way["end"]) for way in picture["ways"]]
        where = arranged(levels([one["id"] for one in picture["places"]], pairs), pairs)
        left, low = (min(at[side] for at in where.values()) for side in (0, 1))
        wide, high = (max(max(at[side] for at in where.values()) - least, 1.0) for side, least in ((0, left), (1, low)))
        self.width = width
        across = (width - 2 * _EDGE) / wide
        self.height = min(max(high * min(across, 0.75), 60.0), width * _TALLEST) + 2 * _EDGE
        up = min(across, (self.height - 2 * _EDGE) / high)
        middle = low + high / 2
        self._at: dict[str, Spot] = {
            key: (_EDGE + (x - left) * across if wide > 1 else width / 2, self.height / 2 - (y - middle) * up) for key, (x, y) in where.items()
        }

    def wrap(self, *_room: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw ways, then places, then names."""
        canvas, places = self.canv, self._picture["places"]
        size = {one["id"]: radius(one["score"]) for one in places}
        for way in sorted(self._picture["ways"], key=lambda way: way["score"]):
            start, end = way["start"], way["end"]
            line(canvas, way, self._at[start], self._at[end], (size[start], size[end]), level=True)
        for one in reversed(places):
            mark(canvas, one, self._at[one["id"]], self._numbers.get(one["id"]))
        names(canvas, places, self._at, (self.width, self.height))
