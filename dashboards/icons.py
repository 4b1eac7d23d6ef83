"""Icons of our own, drawn inline: nothing is fetched for them. 24 units square, lines in the colour of the text."""

from typing import Any
from urllib.parse import quote

from dash import html

_LINES = {
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "trace": "M5 12h4m6-5l-6 5 6 5M19 6a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM19 18a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM5 12a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
    "import": "M12 4v11m-5-5l5 5 5-5M4 20h16",
    "key": "M14 10a4 4 0 1 0-3.5 4L13 16.5V19h3v2h4v-3.5L13.6 11.6",
    "docs": "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7",
    "graph": "M6 6h4v4H6zM14 14h4v4h-4zM10 8h6v6",
    "search": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
    "inquiry": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5M11 8v4M11 14v1",
    "down": "M6 9l6 6 6-6",
    "file": "M6 3h9l4 4v14H6zM14 3v5h5",
    "back": "M5 9h9a5 5 0 0 1 0 10H9M9 5L5 9l4 4",
    "alert": "M12 3l10 18H2zM12 10v5M12 17v2",
    "close": "M5 5l14 14M19 5L5 19",
    "filter": "M3 5h18M6 12h12M10 19h4",
    "sun": "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M20 4l-2 2M4 20l2-2",
    "moon": "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
    "out": "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
    "logo": "M8 11l8-5M8 13l8 5M8 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM22 5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM22 19a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
}


def icon(name: str, size: int = 20) -> html.Span:
    """An icon beside words, which say what it means."""
    line = "fill='none' stroke='black' stroke-width='2' stroke-linejoin='round'"
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' {line}><path d='{_LINES[name]}'/></svg>"
    mask = f'url("data:image/svg+xml,{quote(drawn)}") center / contain no-repeat'
    hidden: dict[str, Any] = {"aria-hidden": "true"}
    style = {"mask": mask, "WebkitMask": mask, "background": "currentColor", "display": "inline-block", "width": size, "height": size, "flex": "none"}
    return html.Span(style=style, **hidden)
