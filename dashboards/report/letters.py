"""What a document is set in: the typeface that comes with the program, and text as far as it has letters for it."""

import unicodedata
from functools import cache
from html import escape

import font_source_sans_pro
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from dashboards.explorer.colours import LIGHT

REGULAR, BOLD = "SourceSansPro", "SourceSansProBold"
LACKING = "■"
"""What stands for a letter that the typeface lacks."""
LONGEST = 600
"""Characters of a text in a cell of a table; the workbook holds all of it."""


@cache
def letters() -> frozenset[int]:
    """The letters that the typeface has; from the first call on it can be written with."""
    held = []
    for name in (REGULAR, BOLD):
        font = TTFont(name, font_source_sans_pro.font_files_ttf[name])
        registerFont(font)
        held.append(frozenset(font.face.charToGlyph))
    registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return held[0] & held[1]


def legible(text: object, most: int = LONGEST) -> str:
    """A text in letters of the typeface, cut where it is longer than there is room for."""
    told = " ".join(unicodedata.normalize("NFC", str(text if text is not None else "")).split())
    told = told if len(told) <= most else told[: most - 1].rstrip() + "…"
    return "".join(letter if ord(letter) in letters() else LACKING for letter in told if unicodedata.category(letter) not in ("Mn", "Cf", "Cc"))


def wide(text: str, size: float, font: str = REGULAR) -> float:
    """How wide a text is."""
    letters()
    return float(stringWidth(text, font, size))


def style(size: float = 9.5, *, bold: bool = False, colour: str = LIGHT.text, **more: object) -> ParagraphStyle:
    """How a paragraph is set."""
    letters()
    told = {"fontName": BOLD if bold else REGULAR, "fontSize": size, "leading": round(size * 1.32, 1), "textColor": colour}
    return ParagraphStyle("said", **{**told, **more})


def escaped(text: object, most: int = 4_000) -> str:
    """A text as the inside of a paragraph; nothing in it is markup."""
    return escape(legible(text, most), quote=False)


def said(text: object, how: ParagraphStyle | None = None, most: int = 4_000) -> Paragraph:
    """A text as a paragraph."""
    return Paragraph(escaped(text, most), how or style())
