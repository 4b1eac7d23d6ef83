"""The picture as an SVG file of its own: sharp at any size, with its title in it, and nothing to fetch."""

from collections.abc import Iterable, Mapping
from html import escape
from textwrap import wrap

from dashboards.explorer.colours import Palette, palette
from dashboards.explorer.drawing import Element

_EDGE, _TOP = 80, 120
_DASHES = {"certain": "", "probable": "8 5", "conceivable": "2 5"}


def svg(marks: Iterable[Element], theme: str, title: str, told: str) -> str:
    """The marks and lines as SVG, under a title and a line that says what they are."""
    own, listed = palette(theme), list(marks)
    nodes = {str(one["data"]["id"]): one for one in listed if "position" in one}
    places = [(one["position"]["x"], one["position"]["y"]) for one in nodes.values()] or [(0.0, 0.0)]
    left, top = min(x for x, _ in places) - _EDGE, min(y for _, y in places) - _TOP
    width, height = max(x for x, _ in places) + _EDGE - left, max(y for _, y in places) + _EDGE + 20 - top
    lines = [_line(one, nodes, own) for one in listed if "position" not in one]
    heading = f'<text x="{left + 16:g}" y="{top + 32:g}" font-size="20" font-weight="700">{escape(title)}</text>'
    below = f'<text x="{left + 16:g}" y="{top + 54:g}" font-size="13">{escape(told)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'font-family="system-ui, sans-serif" fill="{own.text}"><title>{escape(title)}</title>'
        f'<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        f'<path d="M0 0L8 4L0 8z" fill="{own.line}"/></marker></defs>'
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" fill="{own.page}"/>{heading}{below}'
        f"{''.join(lines)}{''.join(_mark(one, own) for one in nodes.values())}</svg>\n"
    )


def _line(line: Element, nodes: Mapping[str, Element], own: Palette) -> str:
    start, end = nodes[line["data"]["source"]], nodes[line["data"]["target"]]
    (x1, y1), (tip, y2) = ((float(one["position"]["x"]), float(one["position"]["y"])) for one in (start, end))
    x2 = tip - _size(end) / 2 - 3 if tip > x1 else tip
    middle = (x1 + x2) / 2
    dashes = _DASHES[line["classes"].split()[0]]
    return (
        f'<path d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}" fill="none" stroke="{own.line}" '
        f'stroke-width="{line["data"]["width"]:.2g}" stroke-dasharray="{dashes}" marker-end="url(#arrow)">'
        f"<title>{escape(line['data']['said'])}</title></path>"
    )


def _size(mark: Element) -> float:
    return float(mark["data"].get("size", 24))


def _mark(mark: Element, own: Palette) -> str:
    (x, y), half, classes = mark["position"].values(), _size(mark) / 2, set(mark["classes"].split())
    open_end, start = "open" in classes, "start" in classes
    fill = own.page if open_end else own.accent if start else own.mark
    edge = own.attention if classes & {"open", "assumed"} else own.accent if start else own.edge
    dashes = ' stroke-dasharray="4 3"' if "assumed" in classes and not open_end else ""
    look = f'fill="{fill}" stroke="{edge}" stroke-width="{4 if classes & {"end", "group"} else 2}"{dashes}'
    if "process" in classes:
        shape = f'<rect x="{x - half - 4:g}" y="{y - half:g}" width="{2 * half + 8:g}" height="{2 * half:g}" rx="5" {look}/>'
    elif "origin" in classes:
        shape = f'<path d="M{x:g} {y - half - 4:g}l{half + 4:g} {half + 4:g}l-{half + 4:g} {half + 4:g}l-{half + 4:g} -{half + 4:g}z" {look}/>'
    else:
        shape = f'<circle cx="{x:g}" cy="{y:g}" r="{half:g}" {look}/>'
    inside = f'<text x="{x:g}" y="{y + 6:g}" text-anchor="middle" font-size="16" font-weight="700" fill="{edge}">?</text>' if open_end else ""
    words = [line for part in str(mark["data"]["label"]).splitlines() for line in wrap(part, 17)]
    bold = ' font-weight="700"' if start else ""
    rows = [f'<tspan x="{x:g}" dy="{0 if number == 0 else 14.5:g}">{escape(line)}</tspan>' for number, line in enumerate(words)]
    label = f'<text y="{y + half + 18:g}" text-anchor="middle" font-size="13"{bold}>{"".join(rows)}</text>'
    return f"<g><title>{escape(mark['data']['said'])}</title>{shape}{inside}{label}</g>"
