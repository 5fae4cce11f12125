"""A page of A4 being drawn, in one language."""

import datetime
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.report.pdf_text import FAINT, INK, REGULAR, RULE, one_line, paragraph
from cxr.report.text import moment

MARGIN = 42.0
WIDTH = A4[0] - 2 * MARGIN
GAP = 12.0
GOES_ON = "The text continues: see the case in the program."


@dataclass(slots=True)
class PdfPage:
    """A page being drawn, and the current height on it."""

    canvas: Canvas
    language: Language = Language.ENGLISH
    y: float = A4[1] - MARGIN

    def say(self, sentence: str) -> str:
        """Say a sentence of the program in the language of the page."""
        return in_language(self.language, sentence)

    def moment(self, at: datetime.datetime, now: datetime.datetime) -> str:
        """Write a time in the language of the page."""
        return moment(at, now, self.language)

    def text(
        self, text: str, x: float, width: float, size: float, font: str = REGULAR, colour: object = INK
    ) -> None:
        """Draw one line with its baseline at the current height."""
        self.canvas.setFillColor(colour)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.y, one_line(text, width, size, font))

    def rule(self) -> None:
        """Draw a line across the page."""
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(0.8)
        self.canvas.line(MARGIN, self.y, MARGIN + WIDTH, self.y)

    def put(self, text: Paragraph, height: float) -> None:
        """Draw as much of a text as fits into `height`, with a note where it is cut, and move below it."""
        _, needed = text.wrap(WIDTH, A4[1])
        if needed <= height:
            self._draw(text)
            return
        note = paragraph(self.say(GOES_ON), 7.5, colour=FAINT)
        _, below = note.wrap(WIDTH, A4[1])
        for part in [*text.split(WIDTH, height - below)[:1], note]:
            self._draw(part)

    def _draw(self, text: Paragraph) -> None:
        _, height = text.wrap(WIDTH, A4[1])
        self.y -= height
        text.drawOn(self.canvas, MARGIN, self.y)
