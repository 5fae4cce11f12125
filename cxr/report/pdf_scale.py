"""The printed scale of a probability, with its thresholds marked."""

from collections.abc import Callable

from reportlab.lib.colors import HexColor, white
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from cxr.model.card import OperatingPoints
from cxr.report.pdf_text import BOLD, FAINT, INK, REGULAR
from cxr.triage.flag import FLAG_OF_POINTS
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS, percent

COLOURS = {flag: HexColor(colour) for flag, colour in FLAG_COLOURS.items()}
SCALE_HEIGHT = 50.0
_BAR, _SIZE = 12.0, 7.0


def draw_scale(
    canvas: Canvas,
    left: float,
    top: float,
    width: float,
    probability: float,
    points: OperatingPoints,
    say: Callable[[str], str],
) -> None:
    """Draw the scale with its upper left corner at (`left`, `top`), `SCALE_HEIGHT` points high.

    `say` says its words in a language.
    """
    bar = top - 10 - _BAR
    edges = (0.0, points.low, points.high, 1.0)
    for flag, start, end in zip(FLAG_OF_POINTS, edges[:-1], edges[1:], strict=True):
        canvas.setFillColor(COLOURS[flag])
        canvas.rect(left + start * width, bar, (end - start) * width, _BAR, stroke=0, fill=1)
        words = say(FLAG_WORDS[flag])
        word = stringWidth(words, BOLD, _SIZE)
        if (end - start) * width > word + 12:
            canvas.setFillColor(white)
            canvas.setFont(BOLD, _SIZE)
            middle = (start + end) / 2
            # The marker must not hide the word.
            hidden = abs(middle - probability) * width < word / 2 + 3
            at = left + start * width + 5 if hidden else left + middle * width - word / 2
            canvas.drawString(at, bar + 3.5, words)
    # The lower threshold, further left, has the lower label: no line runs through a label.
    _tick(canvas, left, bar, width, points.low, say(f"review from {percent(points.low)}"), 19)
    _tick(canvas, left, bar, width, points.high, say(f"urgent from {percent(points.high)}"), 9)
    at = left + probability * width
    canvas.setFillColor(INK)
    canvas.setStrokeColor(white)
    canvas.setLineWidth(3)
    canvas.line(at, bar, at, bar + _BAR)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.2)
    canvas.line(at, bar - 2, at, bar + _BAR + 2)
    arrow = canvas.beginPath()
    arrow.moveTo(at, bar + _BAR + 1)
    arrow.lineTo(at - 4, bar + _BAR + 8)
    arrow.lineTo(at + 4, bar + _BAR + 8)
    arrow.close()
    canvas.drawPath(arrow, stroke=0, fill=1)


def _tick(canvas: Canvas, left: float, bar: float, width: float, at: float, words: str, below: float) -> None:
    """Draw a line from the bar down to a label, which stays within the ends of the bar."""
    canvas.setStrokeColor(FAINT)
    canvas.setLineWidth(0.6)
    canvas.line(left + at * width, bar, left + at * width, bar - below + 6.5)
    canvas.setFillColor(FAINT)
    canvas.setFont(REGULAR, _SIZE)
    start = min(at * width - 1, width - stringWidth(words, REGULAR, _SIZE))
    canvas.drawString(left + start, bar - below - 1, words)
