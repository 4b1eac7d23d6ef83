"""The pages of a document: their frame, what stands above and below the text, and how many there are."""

from datetime import datetime
from hashlib import md5
from typing import Any, BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, TableStyle
from reportlab.platypus.tableofcontents import TableOfContents

from dashboards.explorer.colours import LIGHT
from dashboards.report.letters import BOLD, REGULAR, legible, letters, style

LEFT, RIGHT, TOP, BOTTOM = 18 * mm, 18 * mm, 20 * mm, 20 * mm
WIDTH, HEIGHT = A4[0] - LEFT - RIGHT, A4[1] - TOP - BOTTOM
"""The room for text."""


class Counted(Canvas):
    """A canvas that writes its pages at the end, when it is known how many they are."""

    def __init__(self, *told: Any, made: datetime, head: str = "", foot: str = "", **more: Any) -> None:
        super().__init__(*told, **more)
        self._pages: list[dict[str, Any]] = []
        self._head, self._foot = head, foot
        stamp = self._doc._timeStamp  # asks the clock or the environment; a report asks neither
        stamp.lt, stamp.YMDhms, stamp.dhh, stamp.dmm, stamp.tzname = made.timetuple(), made.timetuple()[:6], 0, 0, "UTC"
        self._doc.signature = md5(made.isoformat().encode(), usedforsecurity=False)

    def showPage(self) -> None:  # noqa: N802
        """Keep the page."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages, each with its number."""
        pages = self._pages
        for number, page in enumerate(pages, 1):
            self.__dict__.update(page)
            self._frame(number, len(pages))
            super().showPage()
        super().save()

    def _frame(self, number: int, pages: int) -> None:
        right = A4[0] - RIGHT
        self.setFillColor(LIGHT.accent)
        self.rect(0, A4[1] - 4 * mm, A4[0], 4 * mm, stroke=0, fill=1)
        self.setStrokeColor(LIGHT.mark)
        self.setLineWidth(0.5)
        self.line(LEFT, BOTTOM - 5 * mm, right, BOTTOM - 5 * mm)
        self.setFillColor(LIGHT.faint)
        self.setFont(REGULAR, 7.5)
        self.drawString(LEFT, BOTTOM - 9 * mm, legible(self._foot, 130))
        self.drawRightString(right, BOTTOM - 9 * mm, f"Page {number} of {pages}")
        self.drawString(LEFT, A4[1] - 12 * mm, "Report of an investigation" if number == 1 else legible(self._head, 100))
        self.setFont(BOLD, 7.5)
        self.drawRightString(right, A4[1] - 12 * mm, "FoodFlow OS")


class Section(Flowable):
    """A heading that stands in the outline of the document, too."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.name, self.width, self.height = text, text.replace(" ", "-").lower(), WIDTH, 26.0
        self.keepWithNext = True

    def wrap(self, *_room: float) -> tuple[float, float]:
        """How much room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Write it."""
        canvas = self.canv
        canvas.bookmarkPage(self.name, fit="FitH", top=canvas.absolutePosition(0, 30)[1])
        canvas.addOutlineEntry(self.text, self.name, 0)
        canvas.setFillColor(LIGHT.accent)
        canvas.setFont(BOLD, 14)
        canvas.drawString(0, 9, self.text)


class Pages(BaseDocTemplate):
    """A document that tells its list of contents where each section stands."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        """Tell of a section that was just set."""
        if isinstance(flowable, Section):
            self.notify("TOCEntry", (0, flowable.text, self.page, flowable.name))


def contents() -> Flowable:
    """The list of sections with their pages."""
    made = TableOfContents(dotsMinLevel=0)
    made.levelStyles = [style(8.5, colour=LIGHT.faint, leading=11)]
    made.tableStyle = TableStyle([(name, (0, 0), (-1, -1), 0) for name in ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")])
    return made


def build(target: BinaryIO, story: list[Flowable], title: str, author: str, state: str, made: datetime) -> None:
    """Write the pages; the same story gives the same bytes. `made` is the time (UTC) that the document bears."""
    letters()
    frame = Frame(LEFT, BOTTOM, WIDTH, HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    template = PageTemplate("page", [frame])
    told = {"title": legible(title, 200), "author": legible(author, 200), "subject": legible(state, 300), "creator": "FoodFlow OS", "lang": "en"}
    document = Pages(target, pagesize=A4, pageTemplates=[template], invariant=1, pageCompression=1, **told)
    document.multiBuild(story, canvasmaker=lambda *given, **more: Counted(*given, made=made, head=title, foot=state, **more))
