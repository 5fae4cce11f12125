from datetime import date, timedelta

import pytest
from film_files import dicom_file, ramp
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr.film import Population, read_film
from cxr.film.age import UNREADABLE, PatientAge, date_of, patient_age, population_at
from cxr.film.deidentify import Deidentifier

OLDEST = 120


def years(stated: str = "", born: str = "", *taken: str) -> float | None:
    return patient_age(stated, born, taken).years


def birthday(born: date, age: int) -> date:
    """A birthday of 29 February falls on 1 March in other years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        *(("012Y", 12), ("4.", 4), ("12 .", 12), ("006M", 0.5), ("036M", 3), ("120Y", 120), ("000D", 0)),
        *(("002W", 14 / 365), ("015D", 15 / 365), ("365D", 1), ("52W", 11 / 12)),
        *(("6M", 0.5), ("20D", 20 / 365), ("3W", 21 / 365), ("006m", 0.5), ("42Y", 42), ("42", 42)),
        *(("042y", 42), ("81", 81), (" 012 Y ", 12), ("6 months", 0.5), ("2 wks", 14 / 365)),
        *(("<1Y", 0.5), ("< 1 year", 0.5), ("<1", 0.5), ("<6M", 0.25)),
        *(("0.5Y", 0.5), ("0,5Y", 0.5), ("1.5Y", 1.5), ("42 years", 42)),
        *(("000W", 0), ("000M", 0), ("0.25", 0.25)),
        *(("٠١٢Y", 12), ("０１２Ｙ", 12), ("12yr", 12), ("1 day", 1 / 365)),
        *(("Y042", 42), ("M006", 0.5), ("42yo", 42), ("42 years old", 42)),
        *(("12H", 0), ("36 hours", 1 / 365), ("20 hrs.", 1 / 365), ("2D 12H", 2 / 365)),
        *(("6/12", 0.5), ("3/52", 21 / 365), ("5/7", 5 / 365), ("18/12", 1.5)),
        *(("P6M", 0.5), ("P42Y", 42), ("P1Y6M", 1.5), ("Age: 042Y", 42), ("age 6M", 0.5), ("42 Y/O", 42)),
        *(("6-M", 0.5), ("6 - months", 0.5), ("6_M", 0.5), ("6 month(s)", 0.5), ("42 year(s)", 42)),
        *(("4-year-old", 4), ("4 year old", 4)),
        *(("1Y6M", 1.5), ("042Y06M", 42.5), ("0Y6M", 0.5), ("1 year, 6 months", 1.5)),
    ],
)
def test_an_age_is_read_in_its_unit(stated: str, expected: float) -> None:
    assert years(stated) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        *(("12 Stunden", 0), ("12 часов", 0), ("12小时", 0), ("만42세", 42), ("生後6ヶ月", 0.5)),
        *(("42 años", 42), ("42A", 42), ("42 ans", 42), ("5 Jahre", 5), ("5 let", 5)),
        *(("5 yaş", 5), ("42岁", 42), ("6ヶ月", 0.5)),
        *(("6 meses", 0.5), ("6 mois", 0.5), ("6 Monate", 0.5), ("6 мес.", 0.5), ("6个月", 0.5)),
        *(("6 महीने", 0.5), ("42 वर्ष", 42), ("6 মাস", 0.5), ("6 ماہ", 0.5), ("6 buwan", 0.5), ("42 taon", 42)),
        *(("6 mėn.", 0.5), ("6 kuud", 0.5), ("42 metai", 42), ("42 vjeç", 42), ("42 χρονών", 42)),
        *(("6개월", 0.5), ("6 شهر", 0.5), ("6 ay", 0.5), ("3 Wochen", 21 / 365), ("15 дней", 15 / 365)),
    ],
)
def test_an_age_is_read_in_other_languages(stated: str, expected: float) -> None:
    assert years(stated) == pytest.approx(expected)

    film = read_film(written(stated, "ISO_IR 192"))
    assert (film.age_years, film.population) == (years(stated), population_at(expected))


def written(age: str, character_set: str) -> bytes:
    """A film with an age whose bytes are UTF-8: an age string allows none but ASCII."""
    held = "045Y" + "\0" * (len(age.encode()) - 4 + len(age.encode()) % 2)
    data = dicom_file(ramp(), PatientAge=held, SpecificCharacterSet=character_set)
    return data.replace(held.encode(), age.encode().ljust(len(held)))


@pytest.mark.parametrize("stated", ["19840302", "02.03.1984"])
def test_a_date_in_place_of_the_age_is_the_birth_date(stated: str) -> None:
    assert years(stated, "", "20260301") == 41 + 11 / 12


@pytest.mark.parametrize(
    "stated",
    [
        *(
            "0012Y",
            "-12Y",
            "12-",
            "999Y",
            "twelve",
            "12-14Y",
            "6X",
            "6/11",
            "1/0",
            "P",
            "AGE",
            "PATIENT",
            "42J",
            "4M2Y",
            "<2Y",
            "<30M",
            "<0D",
            ">89Y",
        ),
        *("000Y", "0Y", "0", "0.0Y", "000y", "UNKNOWN", "n/a", "UNK", "NONE"),
    ],
)
def test_an_age_that_cannot_be_read_is_reported_as_such(stated: str) -> None:
    assert patient_age(stated, "", ()) == PatientAge(unreadable=True)


@pytest.mark.parametrize("stated", ["", " ", "\0"])
def test_an_age_that_is_not_stated_is_unknown_and_not_unreadable(stated: str) -> None:
    assert patient_age(stated, "", ()) == PatientAge()


def test_a_malformed_age_gives_way_to_the_birth_date() -> None:
    assert years("12-14Y", "20150301", "20200301") == 5


@pytest.mark.parametrize(
    "born",
    [
        *("19840302", "1984.03.02", "1984-03-02", "1984/03/02", "1984 03 02", "1984-3-2", "02.03.1984"),
        *("2.3.1984", "02-MAR-1984", "19840302120000", "1984:03:02", "1984. 3. 2.", "1984.03.02."),
        *("02MAR1984", "2 Mar 1984", "02 March 1984", "1984年3月2日", "1984년 3월 2일"),
    ],
)
@pytest.mark.parametrize("taken", ["20260301", "2026.03.01", "01.03.2026", "2026-03-01T10:15:00+01:00"])
def test_dates_are_read_in_other_forms_too(born: str, taken: str) -> None:
    assert years("", born, taken) == 41 + 11 / 12


@pytest.mark.parametrize(
    ("text", "day"),
    [("25/02/1984", date(1984, 2, 25)), ("02/25/1984", date(1984, 2, 25)), ("02/02/1984", date(1984, 2, 2))],
)
def test_a_date_with_the_year_last_is_read_where_day_and_month_are_certain(text: str, day: date) -> None:
    assert date_of(text) == day
    assert date_of("02/03/1984") is None


@pytest.mark.parametrize("study_date", ["", "20209999", "unknown", "19000101"])
def test_another_date_of_the_film_is_taken_where_the_study_date_is_unusable(study_date: str) -> None:
    assert years("", "20150301", study_date, "", "20200301") == 5


@pytest.mark.parametrize(
    "tag", ["StudyDate", "AcquisitionDate", "AcquisitionDateTime", "SeriesDate", "ContentDate"]
)
def test_every_date_of_a_header_gives_the_age(tag: str) -> None:
    date_text = "20200301120000" if tag.endswith("Time") else "20200301"

    assert read_film(dicom_file(ramp(), PatientBirthDate="20150301", **{tag: date_text})).age_years == 5


@pytest.mark.parametrize(
    ("birth_date", "study_date"),
    [
        ("20150301", ""),
        ("20150231", "20200101"),
        ("2015", "20200101"),
        ("20210101", "20200101"),
        ("18500101", "20200101"),
    ],
)
def test_a_birth_date_that_gives_no_plausible_age_is_unreadable(birth_date: str, study_date: str) -> None:
    assert patient_age("", birth_date, [study_date]) == PatientAge(unreadable=True)


@given(st.dates(date(1950, 1, 1), date(1990, 12, 31)))
def test_a_child_is_an_adult_from_the_18th_birthday_and_not_a_day_before(born: date) -> None:
    days = (birthday(born, 18) - timedelta(1), birthday(born, 18))

    ages = [patient_age("", f"{born:%Y%m%d}", [f"{day:%Y%m%d}"]) for day in days]

    assert [age.population for age in ages] == [Population.CHILD, Population.ADULT]


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(1, OLDEST - 1))
def test_whole_years_are_reached_on_the_birthday(born: date, age: int) -> None:
    days = (birthday(born, age) - timedelta(1), birthday(born, age))

    before, on = (years("", f"{born:%Y%m%d}", f"{day:%Y%m%d}") for day in days)

    assert before is not None and before < age == on


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, OLDEST * 365))
def test_an_age_survives_storing_it_as_patients_age(born: date, days: int) -> None:
    age = patient_age("", f"{born:%Y%m%d}", [f"{born + timedelta(days):%Y%m%d}"])

    assert len(age.text) == 4 and patient_age(age.text, "", ()) == age


@given(st.integers(0, 999), st.sampled_from("DWMYdwmy"))
def test_a_stated_age_survives_storing_it_too(number: int, unit: str) -> None:
    age = patient_age(f"{number}{unit}", "", ())

    assert patient_age(age.text, "", ()) == age


@settings(deadline=None, max_examples=50)
@given(st.dates(date(1906, 1, 1), date(2026, 1, 1)), st.integers(0, OLDEST * 365))
def test_the_stored_film_has_the_age_of_the_film_that_came(born: date, days: int) -> None:
    data = dicom_file(
        ramp(128, 128), PatientBirthDate=f"{born:%Y%m%d}", StudyDate=f"{born + timedelta(days):%Y%m%d}"
    )

    came, stored = (read_film(one) for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)))

    assert came.age_years == stored.age_years and came.population is stored.population
    assert came.age_unreadable == stored.age_unreadable


@pytest.mark.parametrize("stated", ["ROSSI", "12Y3M", "", "000Y", "6m", "045Y", "<1Y"])
def test_the_stored_film_has_a_stated_age_or_says_that_it_is_unreadable(stated: str) -> None:
    data = dicom_file(ramp(), PatientAge="045Y").replace(b"045Y", stated.ljust(4).encode()[:4])
    data = data if len(stated) < 5 else dicom_file(ramp(), PatientAge=stated)

    clean = Deidentifier(b"k" * 32).deidentified(data, None)

    came, stored = read_film(data), read_film(clean)
    assert (came.age_years, came.age_unreadable) == (stored.age_years, stored.age_unreadable)
    assert b"ROSSI" not in clean


@pytest.mark.parametrize(
    ("stated", "born", "expected", "contradictory"),
    [
        ("045Y", "20191001", 5 / 12, True),
        ("003Y", "20191001", 5 / 12, True),
        ("001Y", "20191001", 5 / 12, True),
        ("006M", "19750301", 0.5, True),
        ("045Y", "19700301", 45, True),
        ("045Y", "19750301", 45, False),
        ("017Y", "20010301", 17, False),
        ("000Y", "20191001", 5 / 12, False),
        ("045Y", "20210301", 45, True),  # born after the film
    ],
)
def test_of_two_ages_that_contradict_each_other_that_of_the_younger_child_is_taken(
    stated: str, born: str, expected: float, contradictory: bool
) -> None:
    data = dicom_file(ramp(), PatientAge=stated, PatientBirthDate=born, StudyDate="20200301")

    for film in (read_film(one) for one in (data, Deidentifier(b"k" * 32).deidentified(data, None))):
        assert (film.age_years, film.age_contradictory) == (pytest.approx(expected), contradictory)


def test_an_unreadable_age_has_a_text_of_its_own() -> None:
    assert PatientAge(unreadable=True).text == UNREADABLE and PatientAge().text == ""


@pytest.mark.parametrize(("stated", "population"), [("215M", Population.CHILD), ("216M", Population.ADULT)])
def test_an_age_of_eighteen_years_in_months_is_adult(stated: str, population: Population) -> None:
    assert patient_age(stated, "", ()).population is population


def test_a_birthday_of_29_february_falls_on_1_march() -> None:
    assert years("", "20040229", "20220301") == 18 and years("", "20040229", "20220228") == 17 + 11 / 12


def test_without_an_age_the_population_is_unknown() -> None:
    assert population_at(None) is Population.UNKNOWN


@pytest.mark.parametrize(
    ("stated", "dates", "expected"),
    [
        ("", ("20700301", "20260301"), PatientAge(0.5, contradictory=True)),
        ("", ("20260301", "20700301"), PatientAge(0.5, contradictory=True)),
        ("", ("20260301", "20260401"), PatientAge(0.5)),
        ("", ("20260301", "20000101"), PatientAge(0.5)),
        ("", ("21900301", "20260301"), PatientAge(0.5)),
        ("", ("21190301", "20700301"), PatientAge(93, contradictory=True)),
        ("006M", ("20700301", "20260301"), PatientAge(0.5, contradictory=True)),
        ("044Y", ("20700301", "20260301"), PatientAge(44, contradictory=True)),
        ("044Y", ("20260301", "20700301"), PatientAge(0.5, contradictory=True)),
    ],
)
def test_dates_of_the_film_far_apart_make_no_infant_an_adult_without_a_note(
    stated: str, dates: tuple[str, ...], expected: PatientAge
) -> None:
    assert patient_age(stated, "20250901", dates) == expected


def test_dates_far_apart_are_noted_in_the_film_that_comes_and_in_the_stored_one() -> None:
    data = dicom_file(ramp(), PatientBirthDate="20250901", StudyDate="20700301", AcquisitionDate="20260301")
    kept = Deidentifier(b"k" * 32).deidentified(data, None)

    for film in (read_film(data), read_film(kept)):
        assert (film.age_years, film.age_contradictory) == (0.5, True)


def test_an_adult_whose_film_has_the_date_of_a_reset_clock_keeps_the_age() -> None:
    assert patient_age("066Y", "19600101", ("20260301", "20000101")) == PatientAge(66)
