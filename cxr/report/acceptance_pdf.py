"""The report of an acceptance test, to be signed by whoever decides for the site."""

import datetime
import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table

from cxr import RESEARCH_USE
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.language.catalogue import translated
from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.model.released import UNRELEASED, is_released
from cxr.report.acceptance_words import NO_AGE_GROUP, day_words, error_words, verdict
from cxr.report.pdf_page import GAP, MARGIN, WIDTH
from cxr.report.pdf_text import BOLD, FAINT, REGULAR, RULE, paragraph, printable_language, register_fonts
from cxr.report.text import moment
from cxr.site.acceptance import Acceptance
from cxr.site.limits import auroc_of, shares_of
from cxr.triage.words import POPULATION_WORDS

PADDING = 6
"""Between a frame and what is in it, which reportlab adds to the margin."""
Say: TypeAlias = Callable[[str], str]
GREEN, AMBER, RED = HexColor("#1d7a46"), HexColor("#8a5a00"), HexColor("#b3261e")
COLUMNS = ("Films", "Pneumonia", "AUROC", "Sensitivity", "Specificity", "Not scored")


def acceptance_pdf(found: Acceptance, language: Language = Language.ENGLISH) -> bytes:
    """Print an acceptance test: verdicts, measures, a day at the site, parts, errors, and lines to sign.

    Times are in the time zone of the machine.
    """
    language = printable_language(language)
    say = partial(in_language, language)
    register_fonts()
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=say("Acceptance test"),
        subject=say(RESEARCH_USE),
        lang=language.tag,
    )
    tested = moment(found.tested_at, datetime.datetime.now().astimezone(), language)
    story: list[Flowable] = [
        paragraph(say("Acceptance test"), 16, BOLD),
        paragraph(
            f"{say(f'Tested on {tested}.')} {say('Model')} {found.bundle}. {say(RESEARCH_USE)}",
            8,
            colour=FAINT,
        ),
        *([] if is_released(found.bundle) else [paragraph(say(UNRELEASED), 8, BOLD)]),
        Spacer(0, 10),
        paragraph(
            translated(language, verdict(found)),
            12,
            BOLD,
            (GREEN if found.certain else AMBER) if found.accepted else RED,
        ),
    ]
    for population, findings in found.verdicts.items():
        story += [Spacer(0, 8), paragraph(say(POPULATION_WORDS[population]).capitalize(), 11, BOLD)]
        story += [paragraph(f"• {say(str(finding))}") for finding in findings]
        story.append(paragraph(day_words(found, population, language)))
        if population is Population.UNKNOWN:
            story.append(paragraph(translated(language, NO_AGE_GROUP).replace("*", "")))
    titled = partial(_titled, columns=["", *map(say, COLUMNS)])
    rows = [_row(POPULATION_WORDS[population], group, say) for population, group in found.whole.items()]
    story += titled(say("Measured, with 95 % intervals over patients"), rows)
    for name, groups in found.parts.items():
        story += titled(say(name).capitalize(), [_row(part, group, say) for part, group in groups.items()])
    story += [Spacer(0, 10), paragraph(say("Errors to look at"), 11, BOLD)]
    errors = [error_words(error, language) for error in found.errors] or [say("None.")]
    story += [paragraph(words, 8) for words in errors]
    numbers = say("Numbers are lines of the labels file, or cases of the worklist.")
    story.append(paragraph(numbers, 8, colour=FAINT))
    story.append(_signatures(say))
    foot = partial(_foot, say=say)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _titled(title: str, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> list[Flowable]:
    if not rows:
        return []
    table = Table([columns, *rows], hAlign="LEFT", repeatRows=1)
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 7),
            ("FONT", (0, 0), (-1, 0), BOLD, 7),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
    )
    return [Spacer(0, 10), paragraph(title, 11, BOLD), table]


def _row(name: str, group: Group, say: Say) -> tuple[str, ...]:
    shares = shares_of(group)
    measures = (auroc_of(group), shares.sensitivity, shares.specificity, shares.refused)
    return (
        say(name),
        str(group.films),
        str(group.labels[Label.PNEUMONIA]),
        *(say(str(estimate)) if estimate else "–" for estimate in measures),
    )


def _signatures(say: Say) -> Flowable:
    """Leave room to write above each line; never parted by the end of a page."""
    room = WIDTH - 2 * GAP
    cells = [say("Date of signature"), "", say("Name"), "", say("Signature")]
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


def _foot(canvas: Canvas, document: BaseDocTemplate, say: Say) -> None:
    canvas.setFillColor(FAINT)
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN, MARGIN / 2, say(RESEARCH_USE))
    canvas.drawRightString(MARGIN + WIDTH, MARGIN / 2, say(f"Page {document.page}"))
