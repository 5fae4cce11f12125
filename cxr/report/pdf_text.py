"""Text on paper: an embedded font for most alphabets, and nothing wider or longer than its place."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from cxr.film.printable import printable

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INK, FAINT, RULE = HexColor("#1b2430"), HexColor("#5f6b7a"), HexColor("#d5dae1")
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for every sign that the font lacks: Chinese, Japanese, Korean and some more."""
ELLIPSIS = "…"
LONGEST_LINE = 400


def register_fonts() -> None:
    """Make the fonts known, which come with matplotlib."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (REGULAR, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def printed(text: str) -> str:
    """Text as it can be printed: tabs and the like are blanks, and every sign is one that the font has."""
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    text = re.sub(r"\r\n?", "\n", text)
    blanked = printable(text, keep="\n")
    return "".join(sign if sign == "\n" or ord(sign) in glyphs else UNPRINTABLE for sign in blanked)


def one_line(text: str, width: float, size: float, font: str = REGULAR) -> str:
    """Text in one line that is no wider than `width` points; what is too much gives way to an ellipsis."""
    text = " ".join(printed(text[:LONGEST_LINE]).split())
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(text + ELLIPSIS, font, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def paragraph(text: str, size: float = 9, font: str = REGULAR, colour: Color = INK) -> Paragraph:
    """Text that is broken into lines, within a word where the word is too long."""
    style = ParagraphStyle(
        font,
        fontName=font,
        fontSize=size,
        leading=1.4 * size,
        textColor=colour,
        splitLongWords=1,
        spaceShrinkage=0,
    )
    return Paragraph(escape(printed(text)).replace("\n", "<br/>"), style)
