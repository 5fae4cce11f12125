from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.film import Population
from cxr.film.age import age_in_years, population_at


@pytest.mark.parametrize(
    ("patient_age", "years"),
    [
        ("012Y", 12),
        ("006M", 0.5),
        ("036M", 3),
        ("002W", 14 / 365.25),
        ("015D", 15 / 365.25),
        ("000D", 0),
        ("120Y", 120),
    ],
)
def test_an_age_is_read_in_its_unit(patient_age: str, years: float) -> None:
    assert age_in_years(patient_age, "", "") == pytest.approx(years)


@pytest.mark.parametrize(
    "patient_age", ["", "12", "81", "12Y", "0012Y", "012y", "012 Y", "-12Y", "999Y", "000Y", "٠١٢Y"]
)
def test_an_age_that_is_malformed_or_a_placeholder_is_unknown(patient_age: str) -> None:
    assert age_in_years(patient_age, "", "") is None


def test_a_malformed_age_gives_way_to_the_birth_date() -> None:
    assert age_in_years("81", "20150301", "20200301") == 5


@pytest.mark.parametrize(
    ("birth_date", "study_date"),
    [
        ("", "20200101"),
        ("20150301", ""),
        ("20150231", "20200101"),
        ("2015", "20200101"),
        ("20210101", "20200101"),
        ("18500101", "20200101"),
    ],
)
def test_dates_that_give_no_plausible_age_give_none(birth_date: str, study_date: str) -> None:
    assert age_in_years("", birth_date, study_date) is None


@given(st.dates(date(1950, 1, 1), date(1990, 12, 31)))
def test_a_child_is_an_adult_from_the_18th_birthday_and_not_a_day_before(born: date) -> None:
    is_leap_day = (born.month, born.day) == (2, 29)
    birthday = date(born.year + 18, 3, 1) if is_leap_day else born.replace(year=born.year + 18)

    ages = [
        age_in_years("", f"{born:%Y%m%d}", f"{day:%Y%m%d}") for day in (birthday - timedelta(1), birthday)
    ]

    assert [population_at(age) for age in ages] == [Population.CHILD, Population.ADULT]


@pytest.mark.parametrize(
    ("patient_age", "population"), [("215M", Population.CHILD), ("216M", Population.ADULT)]
)
def test_an_age_of_eighteen_years_in_months_is_adult(patient_age: str, population: Population) -> None:
    assert population_at(age_in_years(patient_age, "", "")) is population


def test_a_birthday_of_29_february_falls_on_1_march() -> None:
    assert age_in_years("", "20040229", "20220301") == 18


def test_without_an_age_the_population_is_unknown() -> None:
    assert population_at(None) is Population.UNKNOWN
