"""The notes on a film that is sent again are those of the header that came last; a reading stays."""

from typing import Any

import pytest
from made_cases import WORKER, now, read_case, scored
from test_studies import dicom, send

from cxr.film import read_film
from cxr.worklist.case import Finding
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
NOTES: dict[str, dict[str, Any]] = {
    "none": {"PatientAge": "042Y"},
    "unreadable": {"PatientAge": "4x"},
    "contradictory": {"PatientAge": "042Y", "PatientBirthDate": "20200101"},
    "window": {"PatientAge": "042Y", "WindowCenter": "9", "WindowWidth": "0"},
    "character set": {"PatientAge": "042Y", "SpecificCharacterSet": "FOO"},
}


@pytest.mark.parametrize(
    ("before", "after"), [(one, other) for one in NOTES for other in NOTES if one != other]
)
def test_other_notes_are_those_of_the_film_that_is_scored_again(
    worklist: Worklist, before: str, after: str
) -> None:
    send(worklist, dicom(**NOTES[before]))
    scored(worklist, now(worklist, 1))
    send(worklist, dicom(**NOTES[after]))

    assert [case.number for case in worklist.scoring.claim(WORKER, 9)] == [1]
    film, sent = read_film(worklist.film_source(now(worklist, 1))), read_film(dicom(**NOTES[after]))
    for one in ("age_years", "age_unreadable", "age_contradictory", "ignored"):
        assert getattr(film, one) == getattr(sent, one)


def test_a_case_that_was_read_keeps_its_reading_and_the_history_names_the_change(worklist: Worklist) -> None:
    send(worklist, dicom(**NOTES["none"]))
    result = read_case(worklist, now(worklist, 1)).probability

    send(worklist, dicom(**NOTES["contradictory"]))

    case = now(worklist, 1)
    assert case.report and case.report.finding is Finding.OTHER and case.probability == result
    assert worklist.scoring.claim(WORKER, 9) == []
    assert any("age" in str(line.details.get("changed")) for line in worklist.audit.lines(limit=9))
