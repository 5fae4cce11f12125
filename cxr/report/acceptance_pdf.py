"""The report of an acceptance test, to be signed by whoever decides for the site."""

import datetime
import io
from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table

from cxr import RESEARCH_USE
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.model.estimate import Estimate
from cxr.model.released import UNRELEASED, is_released
from cxr.report.pdf_page import GAP, MARGIN, WIDTH
from cxr.report.pdf_text import BOLD, FAINT, REGULAR, RULE, paragraph, register_fonts
from cxr.report.text import moment
from cxr.site.acceptance import Acceptance
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS

PADDING = 6
"""Between a frame and what is in it, which reportlab adds to the margin."""
GREEN, RED = HexColor("#1d7a46"), HexColor("#b3261e")
COLUMNS = ("", "Films", "Pneumonia", "AUROC", "Sensitivity", "Specificity", "Not scored")


def acceptance_pdf(found: Acceptance) -> bytes:
    """Print an acceptance test: verdicts, measures, a day at the site, parts, errors, and lines to sign.

    It is in English, as it is kept. Times are in the time zone of the machine.
    """
    register_fonts()
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title="Acceptance test",
        subject=RESEARCH_USE,
        lang="en",
    )
    tested = moment(found.tested_at, datetime.datetime.now().astimezone())
    story: list[Flowable] = [
        paragraph("Acceptance test", 16, BOLD),
        paragraph(f"Tested on {tested}. Model {found.bundle}. {RESEARCH_USE}", 8, colour=FAINT),
        *([] if is_released(found.bundle) else [paragraph(UNRELEASED, 8, BOLD)]),
        Spacer(0, 10),
        paragraph(
            "All limits are met." if found.accepted else "Not all limits are met.",
            12,
            BOLD,
            GREEN if found.accepted else RED,
        ),
    ]
    for population, findings in found.verdicts.items():
        story += [Spacer(0, 8), paragraph(POPULATION_WORDS[population].capitalize(), 11, BOLD)]
        story += [paragraph(f"• {finding}") for finding in findings]
        story.append(paragraph(found.day_in_words(population)))
    rows = [_row(POPULATION_WORDS[population], group) for population, group in found.whole.items()]
    story += _titled("Measured, with 95 % intervals over patients", rows)
    for name, groups in found.parts.items():
        story += _titled(f"By {name}", [_row(part, group) for part, group in groups.items()])
    story += [Spacer(0, 10), paragraph("Errors to look at", 11, BOLD)]
    story += [
        paragraph(
            f"{error.place}: {'pneumonia' if error.label is Label.PNEUMONIA else 'no pneumonia'}, flagged "
            f"{FLAG_WORDS[error.flag].lower()}, probability {error.probability:.3f}",
            8,
        )
        for error in found.errors
    ] or [paragraph("None.", 8)]
    story.append(
        paragraph("Numbers are lines of the labels file, or cases of the worklist.", 8, colour=FAINT)
    )
    story.append(_signatures())
    document.build(story, onFirstPage=_foot, onLaterPages=_foot)
    return file.getvalue()


def _titled(title: str, rows: Sequence[Sequence[str]]) -> list[Flowable]:
    if not rows:
        return []
    table = Table([COLUMNS, *rows], hAlign="LEFT", repeatRows=1)
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 7),
            ("FONT", (0, 0), (-1, 0), BOLD, 7),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
    )
    return [Spacer(0, 10), paragraph(title, 11, BOLD), table]


def _row(name: str, group: Group) -> tuple[str, ...]:
    return (
        name,
        str(group.films),
        str(group.labels[Label.PNEUMONIA]),
        *map(_words, (group.auroc, group.low.sensitivity, group.low.specificity, group.refusals.share)),
    )


def _words(estimate: Estimate | None) -> str:
    return str(estimate) if estimate else "–"


def _signatures() -> Flowable:
    """Leave room to write above each line; never parted by the end of a page."""
    room = WIDTH - 2 * GAP
    cells = ["Date of signature", "", "Name", "", "Signature"]
    widths = [0.22 * room, GAP, 0.39 * room, GAP, 0.39 * room]
    table = Table([cells], colWidths=widths, hAlign="LEFT")
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 8),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            *(("LINEABOVE", (column, 0), (column, 0), 0.6, FAINT) for column in (0, 2, 4)),
        ]
    )
    return KeepTogether([Spacer(0, 44), table])


def _foot(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFillColor(FAINT)
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN, MARGIN / 2, RESEARCH_USE)
    canvas.drawRightString(MARGIN + WIDTH, MARGIN / 2, f"Page {document.page}")
