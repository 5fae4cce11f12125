"""Words that hospitals write, beyond those of the tests of each reader."""

import pytest

from cxr.film.age import patient_age
from cxr.film.anatomy import is_not_frontal
from cxr.film.no_patient import names_patient


@pytest.mark.parametrize(
    ("stated", "years"),
    [("6MNTH", 0.5), ("생후 6개월", 0.5), ("45 χρ", 45.0), ("45 χρ.", 45.0), ("45 MAN", None)],
)
def test_an_age_is_read(stated: str, years: float | None) -> None:
    assert patient_age(stated, "", []).years == years


@pytest.mark.parametrize("view", ["TRANSLATERAL", "Sagittal", "SAG"])
def test_a_view_is_not_frontal(view: str) -> None:
    assert is_not_frontal(view)


@pytest.mark.parametrize("view", ["SAGAMIHARA", "PA SAGE", "NEW"])
def test_other_words_say_nothing_of_a_view(view: str) -> None:
    assert not is_not_frontal(view)


@pytest.mark.parametrize("number", ["NEW PATIENT", "walk-in", "WALK IN", "ER", "icu", "OPD", "VOID"])
def test_a_word_of_a_department_is_nobodys_number(number: str) -> None:
    assert not names_patient(number)


@pytest.mark.parametrize("number", ["ER1234", "ICU-77812", "NEWTON", "OPD4711", "SAMPLESON 12"])
def test_a_number_of_a_department_is_somebodys(number: str) -> None:
    assert names_patient(number)
