"""Numbers of one patient are joined, and those of strangers are not."""

from pathlib import Path
from typing import Any

import pytest
from made_cases import now
from pydicom.dataset import Dataset
from test_studies import dicom, send

from cxr.worklist.worklist import Worklist

HA, HB = {"IssuerOfPatientID": "HA"}, {"IssuerOfPatientID": "HB"}


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """SQLite alone: the matching is the same on both databases."""
    return Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films")


def other(number: str, **issuer: str) -> dict[str, Any]:
    item = Dataset()
    item.PatientID = number
    for keyword, value in issuer.items():
        setattr(item, keyword, value)
    return {"OtherPatientIDsSequence": [item]}


@pytest.mark.parametrize(
    ("headers", "patients"),
    [
        # Another number with another issuer is a stranger's, also where the issuer becomes known later.
        ([{"PatientID": "Q8"} | HA, {"PatientID": "NEW8"} | HB | other("Q8", **HB)], "ab"),
        (
            [{"PatientID": "Q8"}, {"PatientID": "NEW8"} | HB | other("Q8", **HB), {"PatientID": "Q8"} | HA],
            "aab",
        ),
        # The same one is the patient's, also the second time.
        ([{"PatientID": "Q8"} | HA, *2 * [{"PatientID": "NEW8"} | HB | other("Q8", **HA)]], "aaa"),
        ([{"PatientID": "Q8"} | HA, {"PatientID": "NEW8"} | HB | other("Q8")], "aa"),
        # The plain attribute has no issuer, and may hold several.
        ([{"PatientID": "Q8"} | HA, {"PatientID": "NEW8", "OtherPatientIDs": ["UNKNOWN", "Q8"]}], "aa"),
        (
            [{"PatientID": "Q8"} | HA, {"PatientID": "Q8"} | HB, {"PatientID": "N", "OtherPatientIDs": "Q8"}],
            "abc",
        ),
        ([{"PatientID": "UNKNOWN"}, {"PatientID": "NEW8", "OtherPatientIDs": "UNKNOWN"}], "-a"),
        # A backslash is part of the number.
        ([{"PatientID": "A\\B"}, {"PatientID": "A\\C"}, {"PatientID": "A\\B"}], "aba"),
    ],
)
def test_numbers_are_joined_only_where_no_issuer_speaks_against_it(
    worklist: Worklist, headers: list[dict[str, Any]], patients: str
) -> None:
    for film, header in enumerate(headers, start=1):
        send(worklist, dicom(film, StudyInstanceUID=f"1.2.{film}", **header))

    found = [now(worklist, number).patient for number in range(1, len(headers) + 1)]

    names = dict[str | None, str]({None: "-"})
    assert "".join(names.setdefault(patient, "abc"[len(names) - 1]) for patient in found) == patients
