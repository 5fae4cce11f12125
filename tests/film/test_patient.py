"""A patient is known by Patient ID and issuer, and a placeholder is nobody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from cxr.film.patient import Patient, names_patient, patient_of


def patient(**header: Any) -> Patient | None:
    dataset = Dataset()
    for keyword, value in header.items():
        setattr(dataset, keyword, value)
    return patient_of(dataset, lambda text: text)


@pytest.mark.parametrize("number", ["4711", "ANON17", "X1", "00017", "HOSP1/" + "9" * 60, "患者7"])
def test_a_patient_is_identified_by_patient_id_and_issuer(number: str) -> None:
    assert patient(PatientID=number) == Patient(f"\\{number}", f"\\{number}")
    assert patient(PatientID=f" {number} ", IssuerOfPatientID="St Anna") == Patient(
        f"St Anna\\{number}", f"\\{number}"
    )


@pytest.mark.parametrize(
    "number",
    [
        "",
        "  ",
        "UNKNOWN",
        "unknown",
        "Unknown ",
        "0",
        "000",
        "0-0",
        "ANON",
        "anonymous",
        "-",
        "N/A",
        "?",
        "None",
    ],
)
def test_a_placeholder_names_nobody(number: str) -> None:
    assert patient(PatientID=number, IssuerOfPatientID="St Anna") is None


def test_a_film_without_patient_id_names_nobody() -> None:
    assert patient() is None


def test_other_patient_ids_that_name_somebody_are_kept_with_and_without_issuer() -> None:
    others = [Dataset(), Dataset()]
    others[0].PatientID, others[0].IssuerOfPatientID = "17", "St Anna"
    others[1].PatientID = "UNKNOWN"

    found = patient(PatientID="4711", OtherPatientIDsSequence=others)

    assert found and found.others == ("St Anna\\17", "\\17")


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=80))
def test_every_number_with_a_digit_above_zero_is_somebody(text: str) -> None:
    assert names_patient(f"{text}7")
