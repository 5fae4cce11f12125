"""A film whose pixels were removed and that comes again, as a PACS sends earlier films for comparison."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from made_cases import now, read_case
from sent_results import waiting_results
from test_studies import dicom, send

from cxr.worklist.case import Case, State
from cxr.worklist.identity.identities import new_key
from cxr.worklist.queue.resends import NOT_COMPARED, RETURNED
from cxr.worklist.worklist import Worklist

NOTHING = datetime.timedelta(0)


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    return Worklist(f"sqlite:///{tmp_path / 'w.sqlite3'}", tmp_path / "films", identity_key=new_key())


def purged(worklist: Worklist) -> Case:
    send(worklist, dicom(1, PatientAge="042Y"), wants_result=True)
    read = read_case(worklist, now(worklist, 1))
    while due := worklist.outbox.claim("sender"):
        worklist.outbox.sent("sender", due, "PACS", 1)
    assert worklist.retention.purge(NOTHING, "Cleo").cases == (1,)
    return read


@pytest.mark.parametrize(
    ("changes", "note", "words"),
    [
        ({}, RETURNED, "identifiers added"),
        ({"PatientName": "ROSSI^EVA"}, RETURNED, "identifiers added"),
        ({"PatientAge": "004Y"}, NOT_COMPARED, "age, not compared with the pixels removed before"),
        ({"pixels": 2}, NOT_COMPARED, "not compared with the pixels removed before"),
        ({"ViewPosition": "AP"}, NOT_COMPARED, "not compared with the pixels removed before"),
    ],
    ids=["same", "name corrected", "other age", "other pixels", "other view"],
)
def test_a_film_that_comes_again_for_comparison_leaves_the_reading_and_the_pacs_as_they_are(
    worklist: Worklist, changes: dict[str, Any], note: str, words: str
) -> None:
    read = purged(worklist)

    again = send(worklist, dicom(1, **({"PatientAge": "042Y"} | changes)), wants_result=True)

    case = now(worklist, 1)
    assert (again.number, again.film, again.again, again.conflict) == (1, 1, False, False)
    assert (case.state, case.report, case.flag, case.probability) == (
        *(State.READ, read.report, read.flag, read.probability),
    )
    assert case.purged_at is None and worklist.film_path(case).exists()
    assert [one.sentence for one in case.reasons if one.code == "changed_since"] == [note]
    assert words in str(worklist.audit.lines(case=1)[0].details["changed"])
    assert waiting_results(worklist) == worklist.scoring.waiting() == worklist.ranked.page().total == 0
    assert worklist.identities.of_film(1)


def test_it_is_scored_again_once_the_finding_is_undone(worklist: Worklist) -> None:
    purged(worklist)
    send(worklist, dicom(1, PatientAge="042Y"))

    worklist.desk.undo_report(now(worklist, 1), "Ada")

    assert now(worklist, 1).flag is None and worklist.scoring.waiting() == 1


def test_another_film_of_its_study_puts_the_case_on_the_list_with_the_result_that_was_read(
    worklist: Worklist,
) -> None:
    read = purged(worklist)

    send(worklist, dicom(2, PatientAge="042Y"))

    first, second = now(worklist, 1).films
    assert (first.probability, first.purged_at is None, second.scored_at) == (read.probability, False, None)
    assert worklist.ranked.page().total == 1
