"""Printed text: an embedded font for most alphabets, and nothing wider or longer than its space."""

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
from cxr.language.language import Language

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INK, FAINT, RULE = HexColor("#1b2430"), HexColor("#5f6b7a"), HexColor("#d5dae1")
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
"""Replaces characters that the font lacks: Chinese, Japanese, Korean and some others."""
ELLIPSIS = "…"
LONGEST_LINE = 400


def register_fonts() -> None:
    """Register the fonts, which come with matplotlib."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (REGULAR, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def printable_language(language: Language) -> Language:
    """Choose the language of a document: English for Chinese, whose characters the embedded font lacks."""
    return Language.ENGLISH if language is Language.CHINESE else language


def printed(text: str) -> str:
    """Make text printable: control characters become spaces, and missing characters `UNPRINTABLE`."""
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    text = re.sub(r"\r\n?", "\n", text)
    blanked = printable(text, keep="\n")
    return "".join(char if char == "\n" or ord(char) in glyphs else UNPRINTABLE for char in blanked)


def one_line(text: str, width: float, size: float, font: str = REGULAR) -> str:
    """Fit text into one line of at most `width` points, cut with an ellipsis where it is longer."""
    text = " ".join(printed(text[:LONGEST_LINE]).split())
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(text + ELLIPSIS, font, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def paragraph(text: str, size: float = 9, font: str = REGULAR, colour: Color = INK) -> Paragraph:
    """Wrap text into lines, breaking words that are longer than a line."""
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
