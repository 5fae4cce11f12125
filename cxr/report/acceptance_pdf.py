"""The report of an acceptance test, to be signed by whoever decides for the site."""

import io
from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.platypus import Flowable, SimpleDocTemplate, Spacer, Table

from cxr import RESEARCH_USE
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.model.estimate import Estimate
from cxr.model.released import UNRELEASED, is_released
from cxr.report.pdf_text import BOLD, FAINT, REGULAR, RULE, paragraph, register_fonts
from cxr.site.acceptance import Acceptance
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS

MARGIN = 42
GREEN, RED = HexColor("#1d7a46"), HexColor("#b3261e")
COLUMNS = ("", "Films", "Pneumonia", "AUROC", "Sensitivity", "Specificity", "Not scored")


def acceptance_pdf(found: Acceptance) -> bytes:
    """Print an acceptance test: verdicts, measures, a day at the site, parts, errors, and lines to sign."""
    register_fonts()
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, margin=MARGIN, title="Acceptance test", subject=RESEARCH_USE, lang="en"
    )
    story: list[Flowable] = [
        paragraph("Acceptance test", 16, BOLD),
        paragraph(f"Model {found.bundle}. {RESEARCH_USE}", 8, colour=FAINT),
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
    story += [Spacer(0, 30), _signatures()]
    document.build(story)
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


def _signatures() -> Table:
    table = Table([["Date", "Name", "Signature"]], colWidths=[100, 190, 190], hAlign="LEFT")
    table.setStyle([("FONT", (0, 0), (-1, -1), REGULAR, 8), ("LINEABOVE", (0, 0), (-1, -1), 0.6, FAINT)])
    return table
