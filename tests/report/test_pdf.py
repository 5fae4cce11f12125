import io
import zoneinfo
from dataclasses import replace

import numpy as np
import pytest
from made_films import made_film
from pypdf import PdfReader
from report.reported_cases import (
    NOW,
    REASON,
    VERSION,
    read_case,
    refused_case,
    routine_case,
    scored_case,
    waiting_case,
)
from reportlab.pdfbase.pdfmetrics import stringWidth

from cxr import RESEARCH_USE
from cxr.explain.gradcam import HeatMap
from cxr.explain.region import NO_REGION, OUTLINED
from cxr.film import Film, Population
from cxr.language.language import Language
from cxr.model.released import RELEASED, UNRELEASED, version_of
from cxr.report.pdf import FOOT, report_pdf
from cxr.report.pdf_page import GOES_ON, MARGIN
from cxr.report.pdf_text import UNPRINTABLE
from cxr.triage.flag import ADVICE, Flag, Reason
from cxr.worklist.case import Case, Finding, Report
from cxr.worklist.location import Location, Side, Zone
from cxr.worklist.reading.desk import NOTE_LENGTH, READER_LENGTH

FILM = made_film(0, 320, 240)
A4 = (595, 842)
NOTES = {
    "sentences": "Opacity with air bronchogram. ",
    "one word": "x",
    "lines": "x\n",
    "blank lines": "\n",
    "chinese": "肺炎",
    "cyrillic": "Пневмония справа. ",
    "markup": "<b>&amp;</b><img src='x'/> ",
    "odd": "\x00\x07\u202e\ud83d\U0001f642\t\r\n",
}


def page(case: Case, film: Film | None = FILM, patient: str | None = None, **options: float) -> str:
    """Text of the only page."""
    (found,) = PdfReader(io.BytesIO(report_pdf(case, film, patient, NOW, **options))).pages
    assert tuple(round(side) for side in found.mediabox[2:]) == A4
    return " ".join(found.extract_text().split())


def pictures(case: Case, film: Film | None = FILM) -> int:
    (found,) = PdfReader(io.BytesIO(report_pdf(case, film, None, NOW))).pages
    return len(found.images)


def extent(case: Case, patient: str | None = None) -> tuple[float, float]:
    """Height of the lowest line above the foot's own, and how far to the right the longest line goes."""
    lows, rights = [], []

    def visit(
        text: str, place: list[float], within: list[float], font: dict[str, str] | None, size: float
    ) -> None:
        line = text.strip()
        if not line or line.startswith(
            (RESEARCH_USE, "Model", UNRELEASED, "Signature", "Date", f"{UNPRINTABLE} replaces")
        ):
            return
        assert font
        lows.append(place[5] + within[5])
        rights.append(place[4] + within[4] + stringWidth(line, font["/BaseFont"].split("+")[-1], size))

    (found,) = PdfReader(io.BytesIO(report_pdf(case, FILM, patient, NOW))).pages
    found.extract_text(visitor_text=visit)
    return min(lows), max(rights)


def test_a_page_shows_everything_known_about_a_case() -> None:
    text = page(read_case(), patient="Rossi, Maria, MRN-4711", prevalence=0.2)
    for words in (
        "Case 12",
        "Rossi, Maria, MRN-4711",
        "film.dcm",
        "Age not known Sex not known",
        "Signature Date",
        "Urgent",
        ADVICE[Flag.URGENT],
        "87.0 %",
        "where 20 % of films show pneumonia",
        "review from 25.0 %",
        "urgent from 75.0 %",
        "Arrived 3 May 2024, 09:05 UTC",
        "Printed 3 May 2024, 10:05 UTC",
        "Pneumonia, agrees with the flag. Ada, 3 May 2024, 10:00 UTC.",
        "Rechts unten; справа",
        f"Model {VERSION}",
        RESEARCH_USE,
    ):
        assert words in text, words
    assert pictures(read_case()) == 2


def test_a_page_says_where_the_reader_sees_pneumonia() -> None:
    report = Report(Finding.PNEUMONIA, NOW, agrees=True, location=Location(Side.LEFT, Zone.UPPER))
    text = page(read_case(report=report))
    assert "Pneumonia, left upper zone, agrees with the flag. Ada, 3 May 2024" in text


def test_only_the_result_of_a_released_model_lacks_the_line_that_it_was_not() -> None:
    released = [version_of(name, digest) for digest, name in RELEASED.items()]

    assert UNRELEASED in page(scored_case())
    assert all(UNRELEASED not in page(replace(scored_case(), bundle_version=one)) for one in released)


def test_a_page_names_no_patient_who_is_not_given() -> None:
    assert "Patient" not in page(scored_case(patient="pseudonym"))


def test_the_id_of_a_patient_with_a_long_name_is_printed_in_full() -> None:
    name = "Featherstonehaugh-Cholmondeley-Warburton, Alexandrina Wilhelmina Philippa Georgiana"
    assert f"{name} · MRN-4711-2024" in page(scored_case(), patient=f"{name} · MRN-4711-2024")


def test_a_refused_film_is_shown_with_its_reason_and_without_a_number_or_heat() -> None:
    text = page(refused_case())
    assert "Not scored" in text and REASON.sentence in text and "Why it was not scored" in text
    assert "%" not in text
    assert pictures(refused_case()) == 1


def test_an_unread_film_is_reported_as_unread() -> None:
    assert "This film has not been read yet." in page(scored_case())
    assert "Ben is reading it" in page(scored_case(reader="Ben"))


def test_a_film_not_scored_yet_says_that_nothing_is_known_about_it() -> None:
    text = page(waiting_case())
    assert "To be scored" in text and "Scored not yet" in text and "%" not in text


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (scored_case(purged_at=NOW), "its pixels are no longer kept"),
        (refused_case(), "the film could not be read"),
    ],
    ids=["purged", "unreadable"],
)
def test_without_a_film_a_page_says_why_there_is_no_picture(case: Case, why: str) -> None:
    assert f"No picture: {why}." in page(case, film=None)
    assert pictures(case, film=None) == 0


def test_a_routine_film_has_an_overlay_without_heat() -> None:
    text = page(routine_case())
    assert "nothing is drawn for a routine film" in text and "10.0 %" in text
    assert pictures(routine_case()) == 2


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_no_probability_is_certain(probability: float) -> None:
    text = page(scored_case(probability=probability))
    assert ("under 0.1 %" if probability == 0 else "over 99.9 %") in text


@pytest.mark.parametrize("text", NOTES.values(), ids=NOTES)
def test_whatever_people_write_stays_on_one_page_and_above_its_foot(text: str) -> None:
    note = (text * NOTE_LENGTH)[:NOTE_LENGTH]
    case = read_case(
        name=(text * 300)[:300],
        reader=(text * READER_LENGTH)[:READER_LENGTH],
        report=Report(Finding.OTHER, NOW, False, note),
        reasons=(Reason("long", "A sentence that goes on for quite a while, and further. " * 5),) * 6,
    )
    lowest, right = extent(case, patient=(text * 200)[:200])
    assert lowest >= FOOT
    assert right <= A4[0] - MARGIN + 1
    assert RESEARCH_USE in page(case)


def test_a_note_that_is_cut_says_that_it_continues() -> None:
    long = read_case(report=Report(Finding.OTHER, NOW, note="Opacity with air bronchogram. " * 130))
    assert GOES_ON in page(long)
    assert GOES_ON not in page(read_case())


def test_cyrillic_is_printed_and_missing_characters_are_marked() -> None:
    text = page(scored_case(), patient="Иванова, 王小东")
    assert f"Иванова, {UNPRINTABLE * 3}" in text
    assert f"{UNPRINTABLE} replaces a character that this font lacks" in text
    assert "this font lacks" not in page(scored_case(), patient="Иванова")


def test_every_font_on_the_page_is_embedded() -> None:
    (found,) = PdfReader(io.BytesIO(report_pdf(read_case(), FILM, "Иванова", NOW))).pages
    fonts = [font.get_object() for font in found["/Resources"]["/Font"].values()]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_times_are_printed_in_the_time_zone_of_printing() -> None:
    tokyo = NOW.astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
    (found,) = PdfReader(io.BytesIO(report_pdf(scored_case(), None, None, tokyo))).pages
    assert "Arrived 3 May 2024, 18:05 JST" in " ".join(found.extract_text().split())


@pytest.mark.parametrize("shape", [(128, 3000), (3000, 128)])
def test_a_long_or_narrow_film_keeps_its_shape(shape: tuple[int, int]) -> None:
    (found,) = PdfReader(io.BytesIO(report_pdf(scored_case(), made_film(0, *shape), None, NOW))).pages
    sizes = {picture.image.size for picture in found.images if picture.image}
    assert len(sizes) == 1
    (width, height) = sizes.pop()
    assert np.isclose(width / height, shape[1] / shape[0], rtol=0.05)


def test_a_population_that_nobody_stated_is_printed_as_not_stated() -> None:
    unknown = Population.UNKNOWN
    case = scored_case(population=unknown, stated=unknown, points_for=Population.CHILD)
    assert "Population not stated, thresholds for child" in page(case)


def test_an_urgent_film_without_a_region_says_that_the_model_cannot_show_where() -> None:
    cold = HeatMap(np.full((14, 14), 0.2, np.float32), 0.5, True)
    text = page(scored_case(heat=cold))
    assert "Urgent" in text and f"{NO_REGION}" in text and OUTLINED not in text
    assert OUTLINED in page(scored_case())


def test_what_is_left_of_the_page_has_lines_to_write_on() -> None:
    wide = made_film(0, 240, 320)
    assert "Remarks by hand" in page(scored_case(), wide)
    long = replace(read_case(), report=Report(Finding.PNEUMONIA, NOW, note=NOTES["sentences"] * 60))
    assert "Remarks by hand" not in page(long, wide)


def test_a_report_is_printed_in_spanish_and_french_and_a_chinese_page_prints_it_in_english() -> None:
    def printed(language: Language) -> str:
        (found,) = PdfReader(
            io.BytesIO(report_pdf(read_case(), FILM, "García", NOW, language=language))
        ).pages
        return str(found.extract_text())

    spanish, french = printed(Language.SPANISH), printed(Language.FRENCH)
    assert "Radiografía de tórax, cribado de neumonía" in spanish and "García" in spanish
    assert "Solo para investigación" in spanish and "Firma" in spanish
    assert "Thorax de face, dépistage de pneumonie" in french and "Constat du lecteur" in french
    for english in ("Printed", "Signature", "Reader's finding", "finding", "probability", "Not scored"):
        assert english not in spanish
    assert "Chest radiograph, screened for pneumonia" in printed(Language.CHINESE)
