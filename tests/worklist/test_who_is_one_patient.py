"""Numbers of one patient are joined, and those of strangers are not."""

from typing import Any

import pytest
from made_cases import now
from pydicom.dataset import Dataset
from test_studies import dicom, patients, send

from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
HA, HB = {"IssuerOfPatientID": "HA"}, {"IssuerOfPatientID": "HB"}
NAMES_Q8 = {"PatientID": "NEW8"} | HB


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
        ([{"PatientID": "Q8"} | HA, NAMES_Q8 | other("Q8", **HB)], "ab"),
        (
            [{"PatientID": "Q8"}, NAMES_Q8 | other("Q8", **HB), {"PatientID": "Q8"} | HA],
            "aab",
        ),
        # The same one is the patient's, also the second time.
        ([{"PatientID": "Q8"} | HA, *2 * [NAMES_Q8 | other("Q8", **HA)]], "aaa"),
        ([{"PatientID": "Q8"} | HA, NAMES_Q8 | other("Q8")], "aa"),
        # The plain attribute has no issuer, and may hold several.
        ([{"PatientID": "Q8"} | HA, {"PatientID": "NEW8", "OtherPatientIDs": ["UNKNOWN", "Q8"]}], "aa"),
        (
            [{"PatientID": "Q8"} | HA, {"PatientID": "Q8"} | HB, {"PatientID": "N", "OtherPatientIDs": "Q8"}],
            "abc",
        ),
        ([{"PatientID": "UNKNOWN"}, {"PatientID": "NEW8", "OtherPatientIDs": "UNKNOWN"}], "-a"),
        # A backslash is part of the number.
        ([{"PatientID": "A\\B"}, {"PatientID": "A\\C"}, {"PatientID": "A\\B"}], "aba"),
        # Once the number has an issuer, that of another one is a stranger's.
        ([NAMES_Q8 | other("Q8"), {"PatientID": "Q8"} | HA, {"PatientID": "Q8"} | HB], "aab"),
        ([NAMES_Q8 | other("Q8", **HB), {"PatientID": "Q8"}, {"PatientID": "Q8"} | HA], "aab"),
        # Two patients whose films name it: whose it is, nobody knows.
        ([{"PatientID": "A1"} | other("Q8"), {"PatientID": "B1"} | other("Q8"), {"PatientID": "Q8"}], "abc"),
        # The second film of the number is that of the first.
        ([NAMES_Q8 | other("Q8", **HA), *2 * [{"PatientID": "Q8"} | HA], {"PatientID": "Q8"}], "aaaa"),
    ],
)
def test_numbers_are_joined_only_where_no_issuer_speaks_against_it(
    worklist: Worklist, headers: list[dict[str, Any]], patients: str
) -> None:
    assert joined(worklist, headers) == patients


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("naming", "named", "patients"),
    [
        (NAMES_Q8 | other("Q8", **HA), {"PatientID": "Q8"} | HA, "aa"),
        (NAMES_Q8 | other("Q8"), {"PatientID": "Q8"} | HA, "aa"),
        (NAMES_Q8 | other("Q8", **HA), {"PatientID": "Q8"}, "aa"),
        ({"PatientID": "NEW8", "OtherPatientIDs": ["Q7", "Q8"]}, {"PatientID": "Q8"}, "aa"),
        (NAMES_Q8 | other("Q8", **HB), {"PatientID": "Q8"} | HA, "ab"),
        ({"PatientID": "NEW8", "OtherPatientIDs": "UNKNOWN"}, {"PatientID": "UNKNOWN"}, "a-"),
    ],
)
def test_films_are_joined_alike_in_either_order(
    worklist: Worklist, naming: dict[str, Any], named: dict[str, Any], patients: str, order: int
) -> None:
    found = joined(worklist, [naming, named][::order])

    # The letters follow the order of arrival.
    assert found == (patients if order == 1 or patients in ("aa", "ab") else patients[::-1])


def test_a_number_that_a_film_names_no_more_joins_nobody(worklist: Worklist) -> None:
    for listed in ("Q8", "Q9"):
        send(worklist, dicom(1, StudyInstanceUID="1.2.1", PatientID="NEW8", OtherPatientIDs=listed))
    send(worklist, dicom(2, StudyInstanceUID="1.2.2", PatientID="Q8"))
    send(worklist, dicom(3, StudyInstanceUID="1.2.3", PatientID="Q9"))

    first, second, third = (now(worklist, number).patient for number in (1, 2, 3))
    assert first == third != second


def joined(worklist: Worklist, headers: list[dict[str, Any]]) -> str:
    """Send films and give the patient of each, as a letter."""
    names = dict[str | None, str]({None: "-"})
    return "".join(
        names.setdefault(patient, "abc"[len(names) - 1]) for patient in patients(worklist, *headers)
    )
