"""Which language a person reads, and how sentences, numbers and dates are said in it."""

import datetime
import re
from decimal import Decimal

import pytest
from film.film_files import picture_file
from hypothesis import given
from hypothesis import strategies as st
from made_films import grey_level
from PIL import Image

from cxr.film.left_out import left_out
from cxr.language import formats
from cxr.language.catalogue import counted, texts_of, translated
from cxr.language.language import Language, accepted_language, chosen_language
from cxr.language.sentences import in_language, pattern_of
from cxr.triage.flag import Reason
from cxr.triage.words import age_words, of_a_hundred_films

ENGLISH, SPANISH, FRENCH, CHINESE = Language


def test_what_a_person_chose_comes_before_the_setting_and_the_setting_before_the_browser() -> None:
    assert chosen_language("fr", "es", "zh-CN") is FRENCH
    assert chosen_language(None, "es", "zh-CN") is SPANISH
    assert chosen_language(None, "auto", "zh-CN,zh;q=0.9,en;q=0.8") is CHINESE
    assert chosen_language("klingon", "en", "es") is ENGLISH


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", ENGLISH),
        ("de-DE,de;q=0.9", ENGLISH),
        ("de, fr;q=0.5, es;q=0.7", SPANISH),
        ("fr;q=0, es;q=0.1", SPANISH),
        ("es;q=much, fr", FRENCH),
    ],
)
def test_the_browser_names_the_language_that_it_prefers(header: str, language: Language) -> None:
    assert accepted_language(header) is language


def test_a_stored_sentence_is_said_in_another_language_with_its_values() -> None:
    stored = Reason(
        "population_differs", "Stated as child, but the DICOM header says adult: treated as adult."
    )

    assert in_language(SPANISH, stored.sentence) == (
        "Indicado como niño, pero la cabecera DICOM dice adulto: se trata como adulto."
    )
    assert in_language(ENGLISH, stored.sentence) == stored.sentence
    assert stored.sentence.startswith("Stated as child")


def test_a_file_that_never_was_a_film_is_named_in_the_language() -> None:
    small = left_out(picture_file(Image.fromarray(grey_level(1, 60, 60)), "PNG"))
    empty = left_out(b"")
    assert small and in_language(SPANISH, small.kind) == "imagen de menos de 128 píxeles"
    assert empty and in_language(FRENCH, empty.kind) == "fichier vide"


def test_a_sentence_within_a_sentence_is_said_too() -> None:
    inner = "There seems to be more than one film in this picture. Add each film separately."
    outer = f"Scored because a person overruled the quality check, which said: “{inner}”"

    assert "Añada cada una por separado" in in_language(SPANISH, outer)


def test_words_that_people_wrote_stay_as_they_are() -> None:
    assert in_language(FRENCH, "Looks like my cat.") == "Looks like my cat."
    named = in_language(FRENCH, "Urgent has this case. Claim another one, or take it over from Urgent.")
    assert named == "Urgent a ce cas. Prenez-en un autre, ou reprenez-le à Urgent."


@pytest.mark.parametrize("language", [SPANISH, FRENCH, CHINESE])
def test_counts_of_films_and_ages_are_said_in_each_language(language: Language) -> None:
    for probability in (0.001, 0.4, 0.999):
        said = in_language(language, of_a_hundred_films(probability, 0.2))
        assert "100" in said and "show" not in said and not re.search(r"\b(about|than)\b", said)
    assert in_language(language, age_words(4.5)) != "4 years"


@given(st.text(max_size=300))
def test_any_text_is_said_without_an_error(text: str) -> None:
    assert isinstance(in_language(SPANISH, text), str)


@pytest.mark.parametrize("language", [SPANISH, FRENCH, CHINESE])
def test_each_sentence_is_recognised_when_its_placeholders_are_filled(language: Language) -> None:
    texts = texts_of(language)
    assert len(texts.sentences) > 150
    for text in texts.sentences:
        filled = re.sub(r"\{(\w+)\}", "7", text)
        names = re.findall(r"\{(\w+)\}", texts.single[text])
        assert in_language(language, filled) == texts.single[text].format(**dict.fromkeys(names, "7"))
        assert pattern_of(text).fullmatch(filled)


def test_a_count_takes_the_form_that_its_language_asks_for() -> None:
    assert [counted(SPANISH, "{count} film", "{count} films", n) for n in (0, 1, 2)] == [
        "0 radiografías",
        "1 radiografía",
        "2 radiografías",
    ]
    assert counted(FRENCH, "{count} film", "{count} films", 0) == "0 cliché"
    assert counted(CHINESE, "{count} film", "{count} films", 1200) == "1,200 张胸片"
    assert counted(ENGLISH, "{count} film", "{count} films", 1) == "1 film"


def test_a_text_without_a_translation_stays_english() -> None:
    assert translated(FRENCH, "Nobody wrote {what} yet", what="this") == "Nobody wrote this yet"


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        (ENGLISH, "1,200.5", 1200.5),
        (ENGLISH, "6,5", 6.5),
        (SPANISH, " 6,5 ", 6.5),
        (SPANISH, "6.5", 6.5),
        (SPANISH, "1.200", 1200),
        (FRENCH, "1\u202f200,25", 1200.25),
        (CHINESE, "-3", -3),
    ],
)
def test_a_number_is_read_as_it_is_written_in_the_language_or_with_the_other_decimal_sign(
    language: Language, text: str, value: float
) -> None:
    assert formats.number_in(language, text) == value


@pytest.mark.parametrize("text", ["", "two", "6,5 h", "1,2,3", "nan", "inf"])
def test_what_is_no_number_is_quoted_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=f"^“{text}” is not a number. Write it like 6,5.$"):
        formats.number_in(FRENCH, text)


def test_numbers_percentages_and_dates_follow_the_language() -> None:
    may, today = datetime.datetime(2024, 5, 3, 9, 5), datetime.date(2026, 1, 1)

    assert [formats.number(language, Decimal("1234.5"), 1) for language in (ENGLISH, SPANISH)] == [
        "1,234.5",
        "1.234,5",
    ]
    assert formats.percentage(ENGLISH, 0.42) == "42.0 %"
    assert formats.percentage(FRENCH, 0.42) == "42,0\u00a0%"
    assert formats.percentage(CHINESE, 0.42) == "42.0%"
    assert formats.moment(ENGLISH, may, today) == "3 May 2024, 09:05"
    assert formats.moment(SPANISH, may, today) == "3 de mayo de 2024, 09:05"
    assert formats.moment(CHINESE, may, today) == "2024年5月3日 09:05"
    assert formats.moment(FRENCH, may, may.date()) == "09:05"
