"""What the films of a study contradict each other about is said on each of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cases import ADA, ADULT, CHILD, UNKNOWN, now, reading
from sqlalchemy import create_engine, text
from test_studies import dicom, score, send

from cxr.film.age import ages_contradict
from cxr.worklist.case import Case, Finding
from cxr.worklist.site.mode import without_result
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


def said_of(case: Case, code: str) -> list[bool]:
    return [code in [reason.code for reason in film.reasons] for film in case.films]


@pytest.mark.parametrize(
    ("ages", "differ"),
    [
        (("004Y", "045Y"), True),
        (("004Y", "009Y"), True),
        (("017Y", "018Y"), True),
        (("011M", "012M"), True),
        (("000D", "004Y"), True),
        (("004Y", "004Y"), False),
        (("059M", "005Y"), False),
        (("044Y", "045Y"), False),
        (("004Y", ""), False),
        (("", ""), False),
    ],
)
def test_films_of_one_study_with_ages_of_two_patients_say_so(
    worklist: Worklist, ages: tuple[str, str], differ: bool
) -> None:
    for film, age in enumerate(ages, 1):
        send(worklist, dicom(film, PatientAge=age))
    assert said_of(now(worklist, 1), "ages_differ") == [differ, differ]

    score(worklist, reading(0.9), reading(0.1))

    case = now(worklist, 1)
    assert said_of(case, "ages_differ") == [differ, differ]
    assert ("ages_differ" in [reason.code for reason in case.reasons]) is differ


def test_a_corrected_age_ends_the_contradiction(worklist: Worklist) -> None:
    send(worklist, dicom(1, PatientAge="004Y"))
    send(worklist, dicom(2, PatientAge="044Y"))

    send(worklist, dicom(2, PatientAge="004Y"))

    assert said_of(now(worklist, 1), "ages_differ") == [False, False]


@pytest.mark.parametrize(("stated", "differ"), [((CHILD, ADULT), True), ((CHILD, UNKNOWN), False)])
def test_age_groups_that_were_stated_are_compared_too(
    worklist: Worklist, stated: tuple[str, str], differ: bool
) -> None:
    for film, group in enumerate(stated, 1):
        send(worklist, dicom(film), stated=group)
    assert said_of(now(worklist, 1), "ages_differ") == [differ, differ]


def test_whose_films_they_are_is_said_also_where_results_are_withheld(worklist: Worklist) -> None:
    for film, age in enumerate(("004Y", "044Y"), 1):
        send(worklist, dicom(film, PatientAge=age))
    score(worklist, reading(0.9), reading(0.1))

    case = without_result(now(worklist, 1))

    assert [[reason.code for reason in film.reasons] for film in case.films] == [["ages_differ"]] * 2
    assert case.flag is case.probability is None


P, Q, NOBODY = {"PatientID": "MRN-4711"}, {"PatientID": "4712"}, {"PatientID": "UNKNOWN"}


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        ((P, Q), True),
        ((P, NOBODY), True),
        ((P, NOBODY, Q), True),
        ((P, Q, {"PatientID": "4713"}), True),
        ((P, Q, Q), True),
        ((P, Q, P), False),
        ((P, P), False),
        ((P, P | {"PatientName": "ROSSI^EVA"}), False),
        ((P, P | {"IssuerOfPatientID": "HA"}), False),
        ((NOBODY, P), False),
    ],
)
def test_a_case_that_became_another_patients_says_so_until_it_is_corrected_back(
    worklist: Worklist, sent: tuple[dict[str, str], ...], noted: bool
) -> None:
    for header in sent:
        send(worklist, dicom(1, **header))

    assert said_of(now(worklist, 1), "patient_changed") == [noted]


def test_every_film_of_a_case_that_became_another_patients_says_so_and_the_reading_stays(
    worklist: Worklist,
) -> None:
    send(worklist, dicom(1))
    send(worklist, dicom(2))
    score(worklist, reading(0.9), reading(0.1))
    worklist.desk.report(worklist.desk.claim(now(worklist, 1), ADA), ADA, Finding.PNEUMONIA)

    send(worklist, dicom(2, PatientID="4712"))

    case = now(worklist, 1)
    assert said_of(case, "patient_changed") == [True, True]
    assert case.report and case.report.finding is Finding.PNEUMONIA and case.probability == 0.9
    assert worklist.audit.lines(case=1)[0].details["changed"] == "Patient ID: another patient"


def test_a_film_that_moves_to_the_study_of_another_patient_says_so_there(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    send(worklist, dicom(2))
    send(worklist, dicom(3, StudyInstanceUID="1.2.9", PatientID="4712"))

    assert send(worklist, dicom(2, StudyInstanceUID="1.2.9", PatientID="4712")).number == 2

    assert said_of(now(worklist, 1), "patient_changed") == [False]
    assert said_of(now(worklist, 2), "patient_changed") == [True, True]
    assert worklist.audit.lines(case=2)[0].details["changed"] == "study, Patient ID: another patient"


def test_a_database_from_before_the_note_keeps_its_films_and_takes_it(tmp_path: Path) -> None:
    url, films = f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films"
    before = Worklist(url, films)
    send(before, dicom(1))
    score(before, reading(0.9))
    with create_engine(url).begin() as connection:
        connection.execute(text("ALTER TABLE films DROP COLUMN patient_before"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0016'"))

    worklist = Worklist(url, films)

    assert (now(worklist, 1).probability, now(worklist, 1).reasons) == (0.9, ())
    send(worklist, dicom(1, **Q))
    assert said_of(now(worklist, 1), "patient_changed") == [True]


@given(st.lists(st.floats(0, 120), max_size=4))
def test_ages_contradict_each_other_in_any_order_and_never_themselves(ages: list[float]) -> None:
    assert ages_contradict(ages) == ages_contradict(ages[::-1])
    assert not any(ages_contradict([age] * 3) for age in ages)
