import numpy as np
import pytest
from made_films import made_film

from cxr.film import Film, Population
from cxr.quality.check import RefusalCode, check_film

CHILDREN = {Population.CHILD}


def stripes(dark: int, bright: int, dtype: type = np.uint8) -> Film:
    """Half of the film dark, half of it bright."""
    pixels = np.full((200, 300), dark, dtype=dtype)
    pixels[:, 150:] = bright
    return Film(pixels, sha256="0" * 64)


def codes(film: Film, population: Population = Population.CHILD) -> list[RefusalCode]:
    return [refusal.code for refusal in check_film(film, population, CHILDREN).refusals]


def test_an_ordinary_film_of_a_child_is_accepted() -> None:
    quality_check = check_film(made_film(), Population.CHILD, CHILDREN)

    assert quality_check.accepted and quality_check.refusals == ()


@pytest.mark.parametrize(("dtype", "levels"), [(np.uint8, 255), (np.uint16, 65535)])
def test_a_blank_film_is_refused_with_its_range_in_the_sentence(dtype: type, levels: int) -> None:
    film = stripes(round(0.50 * levels), round(0.52 * levels), dtype)

    quality_check = check_film(film, Population.CHILD, CHILDREN)

    assert not quality_check.accepted
    (refusal,) = quality_check.refusals
    assert refusal.code is RefusalCode.BLANK
    assert "span 2% of the scale" in refusal.sentence and "needs 5%" in refusal.sentence


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_film_of_a_single_grey_is_blank_whatever_the_grey(grey: int) -> None:
    assert codes(stripes(grey, grey)) == [RefusalCode.BLANK]


def test_a_film_of_low_contrast_that_shows_something_is_accepted() -> None:
    assert codes(stripes(120, 140)) == []
    assert codes(stripes(30000, 34000, np.uint16)) == []


def test_a_bright_marker_does_not_make_a_blank_film_a_film() -> None:
    pixels = np.full((400, 400), 40, dtype=np.uint8)
    pixels[10:30, 10:30] = 255  # 0.25 % of the film

    assert codes(Film(pixels, sha256="0" * 64)) == [RefusalCode.BLANK]


def test_a_model_for_children_refuses_an_adult_and_names_its_population() -> None:
    (refusal,) = check_film(made_film(), Population.ADULT, CHILDREN).refusals

    assert refusal.code is RefusalCode.UNSUPPORTED_POPULATION
    assert "trained on child films only" in refusal.sentence
    assert "no operating points for adult films" in refusal.sentence


def test_a_model_for_adults_refuses_a_child_in_english() -> None:
    (refusal,) = check_film(made_film(), Population.CHILD, {Population.ADULT}).refusals

    assert "no operating points for child films" in refusal.sentence


def test_a_model_for_both_accepts_both() -> None:
    both = {Population.CHILD, Population.ADULT}

    assert check_film(made_film(), Population.ADULT, both).accepted
    assert check_film(made_film(), Population.CHILD, both).accepted


def test_a_film_of_unknown_population_is_accepted() -> None:
    assert codes(made_film(), Population.UNKNOWN) == []


def test_a_patient_under_one_year_is_refused_and_one_of_one_year_is_not() -> None:
    infant = made_film(population=Population.CHILD, age_years=0.99)
    toddler = made_film(population=Population.CHILD, age_years=1.0)

    assert codes(infant) == [RefusalCode.UNSUPPORTED_AGE]
    assert codes(toddler) == []


@pytest.mark.parametrize(("height", "width", "expected"), [(400, 150, ["cropped"]), (150, 300, [])])
def test_no_whole_chest_is_a_strip(height: int, width: int, expected: list[str]) -> None:
    pixels = np.tile(np.linspace(0, 255, width, dtype=np.uint8), (height, 1))

    film = Film(pixels, "0" * 64)

    assert codes(film) == expected


def test_a_film_is_refused_with_every_reason_that_applies() -> None:
    film = Film(np.zeros((200, 200), dtype=np.uint8), "0" * 64, Population.CHILD, age_years=0.1)

    quality_check = check_film(film, Population.CHILD, {Population.ADULT})

    assert [refusal.code for refusal in quality_check.refusals] == [
        *(RefusalCode.BLANK, RefusalCode.UNSUPPORTED_POPULATION, RefusalCode.UNSUPPORTED_AGE)
    ]
    assert all(refusal.sentence.endswith(".") for refusal in quality_check.refusals)
