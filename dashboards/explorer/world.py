"""The trace on a map: places where their coordinates lie, shipments between them, over outlines that come with the program."""

import json
from collections import Counter
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Any

from plotly import graph_objects as go

from dashboards.explorer.asked import Traced
from dashboards.explorer.colours import palette
from dashboards.explorer.words import count

_OUTLINES = Path(__file__).parent / "outlines.json"
_MARGIN = 4.0
"""Degrees shown around the outermost places."""


@cache
def outlines() -> tuple[list[float | None], list[float | None]]:
    """Longitudes and latitudes of all coasts and borders, a None after each line (Natural Earth, 1:110 million)."""
    longitudes: list[float | None] = []
    latitudes: list[float | None] = []
    for line in json.loads(_OUTLINES.read_text(encoding="utf-8")):  # tenths of a degree: the first point, then steps
        x, y = 0, 0
        for east, north in zip(line[::2], line[1::2], strict=True):
            x, y = x + east, y + north
            longitudes.append(x / 10)
            latitudes.append(y / 10)
        longitudes.append(None)
        latitudes.append(None)
    return longitudes, latitudes


Spot = tuple[float, float]


def spots(trace: Traced) -> dict[str, Spot]:
    """Longitude and latitude of each place that tells them."""
    return {key: (place["at"]["longitude"], place["at"]["latitude"]) for key, place in trace.places.items() if place["at"]}


def where_else(trace: Traced) -> str:
    """What the map cannot show, in one sentence; nothing where it shows all."""
    bare = [place for key, place in trace.places.items() if key not in spots(trace)]
    if not bare:
        return ""
    countries = Counter(place["country"] or "no country told" for place in bare)
    told = ", ".join(f"{country} {number}" for country, number in countries.most_common(12))
    return f"{count(len(bare), 'place')} of {len(trace.places):,} {'has' if len(bare) == 1 else 'have'} no coordinates ({told})."


def figure(trace: Traced, theme: str) -> go.Figure:
    """The map."""
    own, at = palette(theme), spots(trace)
    acts = Counter(side["id"] for act in trace.acts for side in (act["from"], act["to"]) if side)
    starts = {side["id"] for act in trace.acts if act["direction"] == "start" for side in (act["from"], act["to"]) if side}
    ways = Counter((a["from"]["id"], a["to"]["id"]) for a in trace.acts if a["from"] and a["to"] and a["from"]["id"] in at and a["to"]["id"] in at)
    made = go.Figure()
    land = outlines()
    made.add_scatter(x=land[0], y=land[1], mode="lines", line={"color": own.mark, "width": 1}, hoverinfo="skip", showlegend=False)
    for (start, end), number in ways.items():
        name = f"{trace.places[start]['name']} → {trace.places[end]['name']}: {count(number, 'shipment')}"
        (x1, y1), (x2, y2) = at[start], at[end]
        middle = {"x": [x1, (x1 + x2) / 2, x2], "y": [y1, (y1 + y2) / 2, y2]}
        made.add_scatter(
            **middle, mode="lines", line={"color": own.line, "width": 1 + number**0.5}, opacity=0.7, hoverinfo="text", text=name, showlegend=False
        )
    keys = list(at)
    made.add_scatter(
        x=[at[key][0] for key in keys],
        y=[at[key][1] for key in keys],
        mode="markers+text",
        marker={
            "size": [10 + 2 * acts[key] ** 0.5 for key in keys],
            "color": [own.accent if key in starts else own.choice for key in keys],
            "line": {"color": own.page, "width": 1.5},
        },
        text=[trace.places[key]["name"] if len(keys) <= 12 else "" for key in keys],
        textposition=["top center" if number % 2 else "bottom center" for number in range(len(keys))],
        textfont={"color": own.text, "size": 12},
        hovertext=[f"{trace.places[key]['name']} ({trace.places[key]['country'] or 'no country told'}): {count(acts[key], 'act')}" for key in keys],
        hoverinfo="text",
        showlegend=False,
    )
    made.update_layout(**_frame(list(at.values()), own.page, own.text))
    return made


def _frame(at: list[Spot], page: str, text: str) -> dict[str, Any]:
    east, north = [spot[0] for spot in at] or [-10.0, 40.0], [spot[1] for spot in at] or [35.0, 60.0]
    middle = (min(north) + max(north)) / 2
    plain: dict[str, Any] = {"showgrid": False, "zeroline": False, "visible": False}
    return {
        "xaxis": plain | {"range": [min(east) - _MARGIN, max(east) + _MARGIN]},
        "yaxis": plain | {"range": [min(north) - _MARGIN, max(north) + _MARGIN], "scaleanchor": "x", "scaleratio": 1 / cos(radians(middle))},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": page,
        "plot_bgcolor": page,
        "font": {"color": text, "family": "system-ui, sans-serif"},
        "dragmode": "pan",
        "hovermode": "closest",
    }
