"""An acceptance test on films whose results are known."""

import datetime
import io

import numpy as np
import pytest
from measure.made_screened import screened
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4

from cxr.evidence.label import Label
from cxr.film import Population, Sex
from cxr.language.language import Language
from cxr.measure.screened import ScreenedFilm
from cxr.report.acceptance_pdf import acceptance_pdf
from cxr.report.acceptance_words import TOO_FEW, summary
from cxr.report.pdf_page import MARGIN
from cxr.report.text import moment
from cxr.site.acceptance import accept
from cxr.site.limits import Limits, patients_needed
from cxr.triage.flag import Flag

CHILD = Population.CHILD


def films(missed: int, alarms: int) -> dict[int, ScreenedFilm]:
    """A hundred films of each label, each of its own patient, with so many errors; two films not scored."""
    some = [
        *(screened(Label.PNEUMONIA, 0.1 if i < missed else 0.9, patient=f"p{i}") for i in range(100)),
        *(screened(Label.NORMAL, 0.5 if i < alarms else 0.1, patient=f"n{i}") for i in range(100)),
        *(screened(Label.NORMAL, None, patient=f"r{i}") for i in range(2)),
    ]
    return dict(enumerate(some, start=2))


def test_limits_are_met_or_not_and_say_whether_more_films_would_decide() -> None:
    found = accept(films(missed=4, alarms=60), "a-1", Limits(), prevalence=0.2, films_a_day=50)

    sensitivity, specificity, urgent, refused = found.verdicts[CHILD]
    assert sensitivity.measured and sensitivity.measured.value == 0.96
    assert sensitivity.met and sensitivity.certain
    assert specificity.measured and specificity.measured.value == 0.4
    assert not specificity.met and specificity.certain
    assert urgent.met and refused.met and refused.measured
    assert refused.measured.value == pytest.approx(2 / 202)
    assert not found.accepted
    assert "not accepted" in summary(found)

    close = accept(films(missed=9, alarms=30), "a-1", Limits(), prevalence=0.2, films_a_day=50)
    assert close.accepted
    assert not close.verdicts[CHILD][0].certain
    assert "more films would decide" in summary(close)


def test_few_films_that_all_agree_leave_the_verdict_open() -> None:
    some = [
        *(screened(Label.PNEUMONIA, 0.9, patient=f"p{i}") for i in range(5)),
        *(screened(Label.NORMAL, 0.1, patient=f"n{i}") for i in range(5)),
    ]
    found = accept(dict(enumerate(some)), "a-1", Limits(), prevalence=0.2, films_a_day=50)

    assert found.accepted and not any(verdict.certain for verdict in found.verdicts[CHILD][:3])
    assert summary(found).startswith(f"a-1: accepted. {TOO_FEW}\n")
    assert "AUROC 1.000 (0.566-1.000)" in summary(found)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(acceptance_pdf(found))).pages)
    assert TOO_FEW in " ".join(text.split()) and "1.000 (1.000-1.000)" not in text


def test_films_without_an_age_group_are_named_as_such() -> None:
    some = [
        screened(label, probability, population=population, patient=f"{label}{i}")
        for population in (CHILD, Population.UNKNOWN)
        for i in range(3)
        for label, probability in ((Label.PNEUMONIA, 0.9), (Label.NORMAL, 0.1))
    ]

    said = [
        summary(accept(dict(enumerate(films)), "a-1", Limits(), prevalence=0.2, films_a_day=50))
        for films in (some, some[:6])
    ]

    assert [words.count("These films state no age group") for words in said] == [1, 0]
    assert said[0].index("not stated:") < said[0].index("These films state no age group")


def test_a_day_at_the_site_follows_its_own_prevalence() -> None:
    found = accept(films(missed=10, alarms=20), "a-1", Limits(), prevalence=0.1, films_a_day=102)
    day = found.days[CHILD]

    # A tenth of 102 films show pneumonia, nine in ten of them urgent; of the others 80 in 102 are routine.
    assert day.films[Flag.URGENT] == pytest.approx(10.2 * 0.9)
    assert day.films[Flag.ROUTINE] == pytest.approx(10.2 * 0.1 + 91.8 * 80 / 102)
    assert sum(day.films.values()) == pytest.approx(102)
    assert day.with_pneumonia[Flag.URGENT] == 1


def test_the_worst_errors_are_named_by_their_place_missed_pneumonia_first() -> None:
    found = accept(films(missed=30, alarms=30), "a-1", Limits(), prevalence=0.2, films_a_day=50)

    assert len(found.errors) == 20
    assert [error.label for error in found.errors] == [Label.PNEUMONIA] * 10 + [Label.NORMAL] * 10
    assert {error.place for error in found.errors[:10]} <= set(range(2, 32))


def test_parts_with_enough_films_are_measured_by_themselves() -> None:
    some = films(missed=0, alarms=0)
    by_sex = {
        place: ScreenedFilm(film.labelled, film.flag, film.refused_for, film.score, sex=sex)
        for (place, film), sex in zip(some.items(), np.resize([Sex.FEMALE, Sex.MALE], len(some)), strict=True)
    }
    found = accept(by_sex, "a-1", Limits(), prevalence=0.2, films_a_day=50)

    assert set(found.parts["sex"]) == {"female", "male"}
    assert found.parts["view"] == {}  # none states one


def test_the_report_can_be_signed_and_says_what_the_test_found() -> None:
    found = accept(films(missed=4, alarms=60), "a-1", Limits(), prevalence=0.2, films_a_day=50)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(acceptance_pdf(found))).pages)

    assert "Not all limits are met" in text
    assert "0.400 (" in text and "Signature" in text and "Not a medical device" in text
    assert f"Tested on {moment(found.tested_at, datetime.datetime.now().astimezone())}" in text


def test_nothing_on_the_report_passes_its_margins() -> None:
    found = accept(films(missed=4, alarms=60), "a-1", Limits(), prevalence=0.2, films_a_day=50)
    lines: list[tuple[float, float]] = []

    def drawn(operator: bytes, operands: list[float], at: list[float], _: list[float]) -> None:
        if operator in (b"m", b"l"):
            lines.append((at[4] + float(operands[0]), at[5] + float(operands[1])))

    for page in PdfReader(io.BytesIO(acceptance_pdf(found))).pages:
        page.extract_text(visitor_operand_before=drawn)

    assert lines and all(MARGIN - 1 <= x <= A4[0] - MARGIN + 1 for x, _ in lines)


def test_more_patients_give_a_narrower_interval() -> None:
    # Wilson's interval of 45 in 50 is 0.786 to 0.957.
    assert 48 <= patients_needed(0.9, 0.17) <= 51
    assert patients_needed(0.9, 0.1) > 2.5 * 50
    with pytest.raises(ValueError, match="wider"):
        patients_needed(0.5, 0.001)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            Language.SPANISH,
            ("No se cumplen todos los límites", "medido 0,960 (0,9", "Firma", "Errores que revisar"),
        ),
        (Language.FRENCH, ("Les limites ne sont pas toutes respectées", "Signature", "Erreurs à examiner")),
        # The font has no Chinese characters.
        (Language.CHINESE, ("Not all limits are met", "Errors to look at", "Date of signature")),
    ],
)
def test_the_report_is_in_the_language_of_the_page_where_it_can_be_printed(
    language: Language, said: tuple[str, ...]
) -> None:
    found = accept(films(missed=4, alarms=60), "a-1", Limits(), prevalence=0.2, films_a_day=50)
    pages = PdfReader(io.BytesIO(acceptance_pdf(found, language))).pages
    text = " ".join(page.extract_text() for page in pages)

    assert [words for words in said if words not in text] == []
    english = ("Errors to look at", "with pneumonia", "measured")
    assert language is Language.CHINESE or not [words for words in english if words in text]
