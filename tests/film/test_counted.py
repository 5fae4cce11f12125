"""A number and what it counts agree: none, one and several."""

import pytest

from cxr.film.counted import counted, films_of_patients
from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.triage.words import age_words, of_a_hundred_films


@pytest.mark.parametrize(
    ("number", "film", "study", "waits"),
    [
        (0, "0 films", "0 studies", "0 films wait"),
        (1, "1 film", "1 study", "1 film waits"),
        (2, "2 films", "2 studies", "2 films wait"),
        (1.0, "1 film", "1 study", "1 film waits"),
        (0.5, "0.5 films", "0.5 studies", "0.5 films wait"),
    ],
)
def test_a_noun_and_its_verb_agree_with_their_number(
    number: float, film: str, study: str, waits: str
) -> None:
    assert counted(number, "film") == film
    assert counted(number, "study", "studies") == study
    assert counted(number, "film waits", "films wait") == waits


def test_films_and_patients_are_counted_one_by_one() -> None:
    assert [films_of_patients(films, 1) for films in (0, 1, 2)] == [
        "0 films of 1 patient",
        "1 film of 1 patient",
        "2 films of 1 patient",
    ]


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.002, "fewer than 1 shows it."),
        (0.012, "about 1 shows it."),
        (0.02, "about 2 show it."),
        (0.995, "more than 99 show it."),
    ],
)
def test_one_film_of_a_hundred_shows_and_two_show(probability: float, words: str) -> None:
    assert of_a_hundred_films(probability, 0.2).endswith(words)


def test_ages_are_counted_in_each_language() -> None:
    ages = [age_words(months / 12) for months in (1.1, 6.1)]

    assert ages == ["1 month", "6 months"]
    assert [in_language(Language.SPANISH, age) for age in ages] == ["1 mes", "6 meses"]
    assert [in_language(Language.FRENCH, age) for age in ages] == ["1 mois", "6 mois"]


def test_words_of_a_person_that_end_like_a_count_stay_as_they_are() -> None:
    assert in_language(Language.SPANISH, "back in 3 days") == "back in 3 days"
    assert in_language(Language.SPANISH, "3 days") == "3 días"
