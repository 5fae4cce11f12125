"""A file under the UID of a film on the list that lacks something: nothing is lost or mixed up."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from made_cases import now
from pydicom import dcmread
from test_studies import dicom, send

from cxr.triage.flag import Flag
from cxr.worklist.case import UID_CONFLICT
from cxr.worklist.identity.identities import new_key
from cxr.worklist.worklist import Worklist


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """SQLite alone, and identifiers are kept."""
    return Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", identity_key=new_key())


def broken(**changes: str) -> bytes:
    """The same film without what its pixels cannot be read without."""
    film, file = dcmread(BytesIO(dicom(1, **changes))), BytesIO()
    del film.Rows
    film.save_as(file)
    return file.getvalue()


def patients(worklist: Worklist) -> list[str]:
    """Patient ID of each film."""
    kept = [worklist.identities.of_film(film) for film in (1, 2)]
    return [one.patient_id if one else "none" for one in kept]


def test_another_patients_is_a_refused_film_of_that_patient(worklist: Worklist) -> None:
    send(worklist, dicom(1))

    other = send(worklist, broken(PatientID="4712"))
    again = send(worklist, broken(PatientID="4712", PatientName="VERDI^EVA"))

    assert (other.conflict, other.number, other.film) == (True, 2, 2)
    assert (again.conflict, again.number, again.film) == (False, 2, 2)
    assert patients(worklist) == ["MRN-4711", "4712"]
    case = now(worklist, 2)
    assert case.flag is Flag.REFUSED and case.reasons[0].code == "unsupported_dicom"
    assert UID_CONFLICT in {reason.code for reason in case.reasons}
    assert now(worklist, 1).patient != case.patient


def test_the_whole_film_of_that_patient_takes_its_place(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    send(worklist, broken(PatientID="4712"))

    third = send(worklist, dicom(1, pixels=3, PatientID="4713"))
    whole = send(worklist, dicom(1, pixels=2, PatientID="4712"))

    assert (third.film, third.conflict) == (3, True)
    assert (whole.film, whole.again) == (2, True)
    assert patients(worklist) == ["MRN-4711", "4712"]


def test_the_same_patients_stays_beside_the_film_that_is_kept(worklist: Worklist) -> None:
    send(worklist, dicom(1))

    again = send(worklist, broken())

    assert (again.film, again.conflict) == (1, False) and again.refused
    assert now(worklist, 1).flag is None


def test_a_film_whose_uid_stands_in_the_file_meta_alone_is_known_by_it(worklist: Worklist) -> None:
    def unnamed(**changes: Any) -> bytes:
        film, file = dcmread(BytesIO(dicom(1, **changes))), BytesIO()
        del film.SOPInstanceUID
        film.save_as(file)
        return file.getvalue()

    send(worklist, unnamed())

    again = [send(worklist, content) for content in (unnamed(PatientName="ROSSI^EVA"), dicom(1))]
    assert [(one.number, one.film, one.conflict) for one in again] == [(1, 1, False)] * 2
