"""A case on one page of A4; the code follows the page from top to bottom."""

import datetime
import io

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from cxr import RESEARCH_USE
from cxr.explain.overlay import OPACITY, Colour, Grey, display, overlay
from cxr.explain.place import place_sentence
from cxr.explain.region import OUTLINED, caption
from cxr.film import AS_STORED, Film
from cxr.language.language import Language
from cxr.report.pdf_page import GAP, MARGIN, WIDTH, PdfPage
from cxr.report.pdf_scale import COLOURS, SCALE_HEIGHT, draw_scale
from cxr.report.pdf_text import (
    BOLD,
    FAINT,
    INK,
    LONGEST_LINE,
    REGULAR,
    RULE,
    UNPRINTABLE,
    paragraph,
    printable_language,
    printed,
    register_fonts,
)
from cxr.report.text import caveats
from cxr.triage.flag import ADVICE, Flag
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS, SEX_WORDS, age_words, at_prevalence, percent
from cxr.worklist.case import Case

FOOT = 104.0
"""Height of the footer, in points from the lower edge of the page."""
LOWEST_PICTURES, HIGHEST_PICTURES = 150.0, 440.0
REASONS_HEIGHT = 110.0
FILM_SHARE = 0.6
"""Of the width that film and overlay share."""
LINE_GAP = 20.0
WAITING = "This film is waiting to be scored: nothing is known about it yet."


def report_pdf(
    case: Case,
    film: Film | None,
    patient: str | None,
    now: datetime.datetime,
    prevalence: float | None = None,
    language: Language = Language.ENGLISH,
) -> bytes:
    """Print a case: film and overlay, flag, probability, reasons, the reader's finding.

    Parameters
    ----------
    film
        `None` where the file could not be read, or its pixels were removed.
    patient
        Name, ID or pseudonym of the patient, if it may be printed.
    now
        Time of printing; all times are printed in its time zone.
    prevalence
        Share of films with pneumonia that the probability assumes, if the case does not record it.
    language
        Of the report, where it can be printed.
    """
    language = printable_language(language)
    register_fonts()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, lang=language.tag, initialFontName=REGULAR)
    page = PdfPage(canvas, language)
    canvas.setTitle(page.say(f"Case {case.number}"))
    canvas.setSubject(page.say(RESEARCH_USE))
    _head(page, case, now)
    _show_facts(page, patient, _facts(page, case, film, now))
    _result(page, case, case.prevalence or prevalence)
    place = place_sentence(case.heat) if case.heat else ""
    sentences = [f"{page.say(OUTLINED)}. {page.say(place)}"] if place else []
    sentences += [page.say(reason.sentence) for reason in case.reasons]
    reasons = [paragraph(f"• {sentence}") for sentence in sentences]
    finding, note = _reading(page, case, now)
    below = sum(text.wrap(WIDTH, A4[1])[1] for text in (*reasons, finding, note)) + 60
    room = page.y - FOOT - below
    _pictures(page, case, film, min(HIGHEST_PICTURES, max(LOWEST_PICTURES, room)))
    if reasons:
        _heading(page, page.say("Why it was not scored" if case.flag is Flag.REFUSED else "Please note"))
        lowest = page.y - REASONS_HEIGHT
        for reason in reasons:
            if page.y - lowest > 2 * reason.style.leading:
                page.put(reason, page.y - lowest)
        page.y -= GAP
    _heading(page, page.say("Reader's finding"))
    page.put(finding, page.y - FOOT)
    page.y -= 3
    page.put(note, page.y - FOOT)
    _lines(page)
    _foot(page, case, lacking=any(UNPRINTABLE in printed(text) for text in _free_text(case, patient)))
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _head(page: PdfPage, case: Case, now: datetime.datetime) -> None:
    page.y -= 14
    page.text(page.say("Chest radiograph, screened for pneumonia"), MARGIN, WIDTH - 120, 15, BOLD)
    page.canvas.drawRightString(MARGIN + WIDTH, page.y, page.say(f"Case {case.number}"))
    page.y -= 14
    printed_at = page.say(f"Printed {page.moment(now, now)}. {RESEARCH_USE}")
    size = 7.5 * min(1.0, WIDTH / stringWidth(printed_at, REGULAR, 7.5))
    page.text(printed_at, MARGIN, WIDTH, size, colour=FAINT)
    page.y -= 9
    page.rule()


def _facts(page: PdfPage, case: Case, film: Film | None, now: datetime.datetime) -> list[tuple[str, str]]:
    facts = [
        ("Film", case.name),
        ("Population", _population(page, case)),
        ("Age", page.say(age_words(case.age_years) or "not known")),
        ("Sex", page.say(SEX_WORDS[film.sex] if film and film.sex else "not known")),
        ("Arrived", page.moment(case.arrived_at, now)),
        ("Scored", page.moment(case.scored_at, now) if case.scored_at else page.say("not yet")),
    ]
    if case.raised:
        facts.append(("Priority", page.say(f"raised to {case.raised}")))
    return [(page.say(name), value) for name, value in facts]


def _population(page: PdfPage, case: Case) -> str:
    population = case.population or case.stated
    differs = case.points_for and case.points_for is not population
    thresholds = page.say(f", thresholds for {case.points_for}") if differs else ""
    return page.say(POPULATION_WORDS[population]) + thresholds


def _show_facts(page: PdfPage, patient: str | None, facts: list[tuple[str, str]]) -> None:
    half = WIDTH / 2
    if patient:
        _show_patient(page, page.say("Patient"), patient)
    for index, (name, value) in enumerate(facts):
        column = MARGIN + half * (index % 2)
        if index % 2 == 0:
            page.y -= 16
        page.text(name, column, 60, 8, colour=FAINT)
        page.text(value, column + 62, half - 72, 9)
    page.y -= 10
    page.rule()


def _show_patient(page: PdfPage, name: str, patient: str) -> None:
    """Print name and ID in full, smaller and on several lines where they are long: whose film it is."""
    page.y -= 18
    page.text(name, MARGIN, 60, 8, colour=FAINT)
    who, room = " ".join(patient[:LONGEST_LINE].split()), WIDTH - 62
    size = 11 if stringWidth(printed(who), BOLD, 11) <= room else 9
    text = paragraph(who, size, BOLD)
    _, height = text.wrap(room, A4[1])
    text.drawOn(page.canvas, MARGIN + 62, page.y + size - height)
    page.y -= height - text.style.leading


def _result(page: PdfPage, case: Case, prevalence: float | None) -> None:
    scored = case.probability is not None and case.operating_points is not None
    colour = COLOURS[case.flag] if case.flag else FAINT
    page.y -= GAP + 20
    page.canvas.setFillColor(colour)
    page.canvas.rect(MARGIN, page.y - 14, 4, 34, stroke=0, fill=1)
    page.text(page.say(FLAG_WORDS[case.flag]), MARGIN + 12, 200, 18, BOLD, colour)
    if case.probability is not None:
        page.canvas.setFillColor(INK)
        page.canvas.drawRightString(MARGIN + WIDTH, page.y, page.say(percent(case.probability)))
    page.y -= 13
    beside = 0.0
    if case.probability is not None:
        assumed = f", {page.say(at_prevalence(prevalence))}" if prevalence is not None else ""
        words = page.say("probability of pneumonia") + assumed
        page.canvas.setFillColor(FAINT)
        page.canvas.setFont(REGULAR, 7.5)
        page.canvas.drawRightString(MARGIN + WIDTH, page.y, words)
        beside = stringWidth(words, REGULAR, 7.5)
    page.y += 4
    advice = paragraph(page.say(ADVICE[case.flag] if case.flag else WAITING))
    advice.wrap(min(WIDTH / 2, WIDTH - beside - 2 * GAP), 60)
    page.y -= advice.height
    advice.drawOn(page.canvas, MARGIN + 12, page.y)
    page.y -= GAP - 2
    if scored:
        assert case.probability is not None and case.operating_points
        draw_scale(page.canvas, MARGIN, page.y, WIDTH, case.probability, case.operating_points, page.say)
        page.y -= SCALE_HEIGHT


def _pictures(page: PdfPage, case: Case, film: Film | None, height: float) -> None:
    if film is None:
        gone = "its pixels are no longer kept" if case.purged_at else "the film could not be read"
        page.put(paragraph(page.say(f"No picture: {gone}."), colour=FAINT), 40)
        page.y -= GAP
        return
    grey = display(film)
    words = page.say("Film") + (page.say(", inverted") if film.inverted_by_reader else "")
    words += page.say(", orientation corrected") if film.orientation != AS_STORED else ""
    pictures: list[tuple[Grey | Colour, str]] = [(grey, words)]
    if case.heat:
        pictures.append((overlay(grey, case.heat, OPACITY), page.say(caption(case.heat))))
    shares = (FILM_SHARE, 1 - FILM_SHARE) if case.heat else (1.0,)
    room, wide, left, deepest = height - 24, WIDTH - GAP * (len(pictures) - 1), MARGIN, 0.0
    for (pixels, words), share in zip(pictures, shares, strict=True):
        scale = min(share * wide / pixels.shape[1], room / pixels.shape[0])
        width, high = scale * pixels.shape[1], scale * pixels.shape[0]
        page.canvas.drawImage(_jpeg(pixels), left, page.y - high, width, high)
        below = paragraph(words, 7.5, colour=FAINT)
        _, lines = below.wrap(share * wide, height)
        below.drawOn(page.canvas, left, page.y - high - lines - 2)
        left += share * wide + GAP
        deepest = max(deepest, high + lines)
    page.y -= deepest + GAP


def _reading(page: PdfPage, case: Case, now: datetime.datetime) -> tuple[Paragraph, Paragraph]:
    reader = " ".join((case.reader or "").split())
    if case.report is None:
        reading = f" {reader} is reading it." if reader else ""
        return paragraph(page.say(f"This film has not been read yet.{reading}")), paragraph("")
    agrees = {True: ", agrees with the flag", False: ", disagrees with the flag", None: ""}
    report = case.report
    seen = ", ".join(page.say(word) for word in report.words.split(", ")).capitalize()
    finding = f"{seen}{page.say(agrees[report.agrees])}."
    words = f"{finding} {reader}, {page.moment(report.read_at, now)}."
    return paragraph(words, font=BOLD), paragraph(report.note)


def _heading(page: PdfPage, words: str) -> None:
    page.y -= 8
    page.text(words, MARGIN, WIDTH, 8, BOLD, FAINT)
    page.y -= 4


def _lines(page: PdfPage) -> None:
    """Rule lines for handwriting in what is left of the page above its foot."""
    page.y -= GAP
    lines = int((page.y - FOOT - GAP) // LINE_GAP) - 1
    if lines < 2:
        return
    _heading(page, page.say("Remarks by hand"))
    page.canvas.setStrokeColor(RULE)
    for _ in range(lines):
        page.y -= LINE_GAP
        page.canvas.line(MARGIN, page.y, MARGIN + WIDTH, page.y)


def _foot(page: PdfPage, case: Case, lacking: bool) -> None:
    page.y = FOOT - GAP - 4
    for words, left, width in (
        ("Signature", MARGIN, 0.62 * WIDTH),
        ("Date", MARGIN + 0.66 * WIDTH, 0.34 * WIDTH),
    ):
        page.text(page.say(words), left, width, 8, colour=FAINT)
        page.canvas.setStrokeColor(INK)
        page.canvas.line(left + 50, page.y - 2, left + width, page.y - 2)
    page.y -= 20
    page.rule()
    page.y -= 13
    page.text(page.say(RESEARCH_USE), MARGIN, WIDTH, 8, BOLD)
    page.y -= 11
    engine = f", {case.engine}" if case.engine else ""
    page.text(
        f"{page.say('Model')} {case.bundle_version or page.say('none yet')}{engine}",
        MARGIN,
        WIDTH,
        7.5,
        colour=FAINT,
    )
    for caveat in caveats(case):
        page.y -= 11
        page.text(page.say(caveat), MARGIN, WIDTH, 8, BOLD)
    if lacking:
        page.y -= 11
        lacks = f"{UNPRINTABLE} replaces a character that this font lacks: see the case in the program."
        page.text(page.say(lacks), MARGIN, WIDTH, 7.5, colour=FAINT)


def _free_text(case: Case, patient: str | None) -> tuple[str, ...]:
    return (patient or "", case.name, case.reader or "", case.report.note if case.report else "")


def _jpeg(pixels: Grey | Colour) -> ImageReader:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    file.seek(0)
    return ImageReader(file)
