"""Tables of a document: rows in few columns, a bar for each score, and a sentence about what is left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.platypus import Flowable, LongTable, Paragraph, Spacer, TableStyle

from dashboards.explorer.colours import LIGHT
from dashboards.investigations.drawing import percent, scale, shade
from dashboards.report.letters import LONGEST, REGULAR, escaped, said, style
from dashboards.report.pages import WIDTH, Section

Row = dict[str, Any]
_BAND, _RULE = "#f8fafc", "#e2e8f0"


@dataclass(frozen=True)
class Column:
    """A column: its heading, its share of the width, what stands in it, and whether numbers stand at its right."""

    heading: str
    share: float
    cell: Callable[[Row], Any]
    right: bool = False


class Bar(Flowable):
    """A score as a bar in the colours of the investigation's page, with the share beside it."""

    def __init__(self, score: float, width: float = 48) -> None:
        super().__init__()
        self.score, self.width, self.height = score, width, 9.0

    def wrap(self, *_room: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw it."""
        canvas, room = self.canv, self.width - 25
        canvas.setFillColor(_RULE)
        canvas.roundRect(0, 1.2, room, 5, 2, stroke=0, fill=1)
        if self.score > 0:
            canvas.setFillColor(scale("light")[shade(self.score)])
            canvas.roundRect(0, 1.2, max(room * min(self.score, 1.0), 3), 5, 2, stroke=0, fill=1)
        canvas.setFillColor(LIGHT.text)
        canvas.setFont(REGULAR, 7.5)
        canvas.drawRightString(self.width, 1.2, percent(self.score))


def field(name: str, missing: str = "") -> Callable[[Row], Any]:
    """What a row has for a field."""
    return lambda row: missing if row.get(name) in (None, "") else row[name]


def table(columns: Sequence[Column], rows: Sequence[Row], struck: Callable[[Row], bool] = lambda _: False) -> Flowable:
    """A table that goes on over pages with its head on each; rows that are `struck` are crossed out."""
    plain, faint = style(7.5), style(7.5, colour=LIGHT.faint)
    right, head = style(7.5, alignment=2), style(7.5, bold=True, colour=LIGHT.faint)
    body = [[_cell(column.cell(row), right if column.right else faint if struck(row) else plain, struck(row)) for column in columns] for row in rows]
    heads = [said(column.heading, style(7.5, bold=True, colour=LIGHT.faint, alignment=2) if column.right else head) for column in columns]
    whole = sum(column.share for column in columns)
    made = LongTable([heads, *body], colWidths=[WIDTH * column.share / whole for column in columns], repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, LIGHT.accent),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, _RULE),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), ("#ffffff", _BAND)),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
    )
    return made


def _cell(told: Any, how: Any, struck: bool) -> Flowable:
    if isinstance(told, Flowable):
        return told
    text = escaped(told, LONGEST)
    return Paragraph(f"<strike>{text}</strike>" if struck and text else text, how)


def section(heading: str, columns: Sequence[Column], rows: Sequence[Row], *notes: str, none: str, **more: Any) -> list[Flowable]:
    """A table under its heading, with notes between them; `none` is said where it has no row."""
    lead = [said(note, style(8.5, colour=LIGHT.faint)) for note in (notes if rows else (none,)) if note]
    return [Section(heading), *lead, Spacer(0, 5), *([table(columns, rows, **more)] if rows else []), Spacer(0, 14)]


def bullets(lines: Iterable[str], size: float = 9.5) -> list[Flowable]:
    """Sentences as a list."""
    how = style(size, leftIndent=10, bulletIndent=1, spaceAfter=2)
    return [Paragraph(escaped(line), how, bulletText="•") for line in lines]
