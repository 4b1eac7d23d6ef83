"""The places of an investigation on a map: where their coordinates lie, over the outlines that come with the program."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import ceil, cos, floor, log10, radians
from typing import Any

from reportlab.platypus import Flowable

from dashboards.explorer.colours import LIGHT
from dashboards.explorer.world import outlines
from dashboards.report.letters import REGULAR
from dashboards.report.marks import Spot, line, mark, names, radius

Json = dict[str, Any]
Frame = tuple[float, float, float, float]
"""West, south, east, north."""
_SMALLEST = 0.2
"""Degrees that a map shows at least."""
_TALLEST, _FLATTEST = 1.0, 0.4
"""How high a map is at most, and at least, by its width."""
_KILOMETRES = 111.32
"""Of a degree of latitude."""
_PART = 0.25
"""The part of a map, by its sides, in which places stand close."""


def spots(picture: Json) -> dict[str, Spot]:
    """Longitude and latitude of each place of a picture that tells them."""
    told = ((one["id"], (one["thing"] or {}).get("at")) for one in picture["places"])
    return {key: (at["longitude"], at["latitude"]) for key, at in told if at}


def around(at: Iterable[Spot]) -> Frame:
    """What lies around some places: at least two tenths of a degree, with a margin."""
    east, north = zip(*at, strict=True)
    middle = (min(east) + max(east)) / 2, (min(north) + max(north)) / 2
    half = tuple(max((max(side) - min(side)) * 1.16, _SMALLEST) / 2 for side in (east, north))
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


def close(at: Mapping[str, Spot]) -> list[str]:
    """The places that stand so close on a map of all that they deserve one of their own; none where there are few of them."""
    west, south, east, north = around(at.values())
    reach = (east - west) * _PART / 2, (north - south) * _PART / 2
    best: list[str] = []
    for x, y in at.values():
        near = [key for key, spot in at.items() if abs(spot[0] - x) <= reach[0] and abs(spot[1] - y) <= reach[1]]
        best = near if len(near) > len(best) else best
    apart = len(at) - len(best)
    return best if len(best) >= max(8, len(at) / 3) and apart and len({at[key] for key in best}) > 3 else []


class Map(Flowable):
    """A map of the places of a picture that have coordinates, or of some of them and what lies between; `numbers` are those of the table of places.

    `part` are places whose surroundings are framed, as the part that another map shows.
    """

    def __init__(self, picture: Json, numbers: Mapping[str, int], width: float, among: Iterable[str] = (), part: Iterable[str] = ()) -> None:
        super().__init__()
        self._picture, self._numbers, self._at = picture, numbers, spots(picture)
        west, south, east, north = around([self._at[key] for key in among] or self._at.values())
        self._part = around([self._at[key] for key in part]) if part else None
        self._middle = (west + east) / 2, (south + north) / 2
        squeezed = cos(radians(min(abs(self._middle[1]), 80)))
        spans = (east - west) * squeezed, north - south
        self.width = width
        self.height = width * min(max(spans[1] / spans[0], _FLATTEST), _TALLEST)
        self._up = min(width / spans[0], self.height / spans[1])
        self._across = self._up * squeezed
        """Points of a degree of latitude, and of longitude."""

    def wrap(self, *_room: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height

    def _on_paper(self, at: Spot) -> Spot:
        x, y = (at[0] - self._middle[0]) * self._across, (at[1] - self._middle[1]) * self._up
        return self.width / 2 + x, self.height / 2 + y

    def draw(self) -> None:
        """Draw outlines, then ways, then places, then names."""
        canvas = self.canv
        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(0, 0, self.width, self.height)
        canvas.setStrokeColor(LIGHT.mark)
        canvas.setFillColor("#f8fafc")
        canvas.clipPath(frame, stroke=1, fill=1)
        self._degrees()
        self._lands()
        where = {key: self._on_paper(at) for key, at in self._at.items()}
        self._places(where)
        self._ruler()
        canvas.restoreState()

    def _places(self, where: Mapping[str, Spot]) -> None:
        canvas = self.canv
        places = [one for one in self._picture["places"] if one["id"] in where]
        size = {one["id"]: radius(one["score"]) for one in places}
        for way in sorted(self._picture["ways"], key=lambda way: way["score"]):
            start, end = way["start"], way["end"]
            if start in where and end in where:
                line(canvas, way, where[start], where[end], (size[start], size[end]), level=False)
        for one in reversed(places):
            mark(canvas, one, where[one["id"]], self._numbers.get(one["id"]))
        hidden = self._framed()
        seen = [one for one in places if self._inside(where[one["id"]], hidden)]
        names(canvas, seen, where, (self.width, self.height))

    def _framed(self) -> Frame | None:
        """Draw the frame of the part that another map shows; where it stands on the paper."""
        if self._part is None:
            return None
        (west, south), (east, north) = self._on_paper(self._part[:2]), self._on_paper(self._part[2:])
        self.canv.setStrokeColor(LIGHT.accent)
        self.canv.setLineWidth(0.9)
        self.canv.rect(west, south, east - west, north - south, stroke=1, fill=0)
        return west, south, east, north

    def _inside(self, at: Spot, hidden: Frame | None) -> bool:
        """Whether a place is in the map, and in no part of it that another map shows."""
        apart = hidden is None or not (hidden[0] <= at[0] <= hidden[2] and hidden[1] <= at[1] <= hidden[3])
        return apart and 0 <= at[0] <= self.width and 0 <= at[1] <= self.height

    def _degrees(self) -> None:
        """Lines of longitude and latitude, with their degrees."""
        canvas = self.canv
        canvas.setStrokeColor("#e2e8f0")
        canvas.setFillColor(LIGHT.line)
        canvas.setLineWidth(0.5)
        canvas.setFont(REGULAR, 6)
        for side, (room, points, letters) in enumerate(((self.width, self._across, "EW"), (self.height, self._up, "NS"))):
            half = room / 2 / points
            step = rounded(half)
            first = ceil((self._middle[side] - half) / step)
            for number in range(first, floor((self._middle[side] + half) / step) + 1):
                told = round(number * step, 6)
                far = room / 2 + (told - self._middle[side]) * points
                words = f"{abs(told):g}° {letters[told < 0]}"
                if side == 0:
                    canvas.line(far, 0, far, self.height)
                    canvas.drawString(far + 2, self.height - 7, words)
                else:
                    canvas.line(0, far, self.width, far)
                    canvas.drawRightString(self.width - 2, far + 2, words)

    def _lands(self) -> None:
        """Coasts and borders, as far as they cross the frame."""
        canvas = self.canv
        canvas.setStrokeColor("#94a3b8")
        canvas.setLineWidth(0.8)
        canvas.setLineJoin(1)
        for stretch in self._stretches():
            drawn = canvas.beginPath()
            drawn.moveTo(*stretch[0])
            for point in stretch[1:]:
                drawn.lineTo(*point)
            canvas.drawPath(drawn, stroke=1, fill=0)

    def _stretches(self) -> Iterator[list[Spot]]:
        stretch: list[Spot] = []
        points = [None if x is None or y is None else self._on_paper((x, y)) for x, y in zip(*outlines(), strict=True)]
        for before, after in pairwise(points):
            if before and after and self._crosses(before, after):
                stretch = stretch or [before]
                stretch.append(after)
            elif stretch:
                yield stretch
                stretch = []
        if stretch:
            yield stretch

    def _crosses(self, one: Spot, other: Spot) -> bool:
        """Whether a line can lie in the frame."""
        sides = ((one[0], other[0], self.width), (one[1], other[1], self.height))
        return all(min(start, end) <= most and max(start, end) >= 0 for start, end, most in sides)

    def _ruler(self) -> None:
        """A bar that says how far it is."""
        canvas = self.canv
        point = _KILOMETRES / self._up
        told = rounded(self.width / 4 * point)
        length = told / point
        canvas.setStrokeColor(LIGHT.faint)
        canvas.setFillColor(LIGHT.faint)
        canvas.setLineWidth(1)
        canvas.lines([(10, 10, 10 + length, 10), (10, 8, 10, 12), (10 + length, 8, 10 + length, 12)])
        canvas.setFont(REGULAR, 7)
        canvas.drawString(10, 14, f"{told:,.0f} km" if told >= 1 else f"{told * 1000:,.0f} m")


def rounded(most: float) -> float:
    """The largest of 0.1, 0.2, 0.5, 1, 2, 5, 10, 20 ... that is not more."""
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (5, 2, 1) if step == 1 or step * power <= most * (1 + 1e-9))
