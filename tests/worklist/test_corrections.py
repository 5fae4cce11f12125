"""What a film that is sent again corrects: its age, its study, its identifiers; the history names each."""

from pathlib import Path
from typing import Any

import pytest
from made_cases import ADULT, CHILD, UNKNOWN, now, reading
from test_studies import dicom, score, send

from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.triage.flag import Flag
from cxr.ui.widgets.audit_words import action_words
from cxr.worklist.identity.identities import new_key
from cxr.worklist.worklist import Worklist

S2 = "1.2.9"


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """SQLite alone, and identifiers are kept."""
    return Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", identity_key=new_key())


def latest(worklist: Worklist, case: int = 1) -> str:
    return action_words(worklist.audit.lines(case=case)[0])


@pytest.mark.parametrize(("age", "population"), [("006M", CHILD), ("042Y", ADULT)])
def test_a_film_whose_age_becomes_known_is_scored_again(
    worklist: Worklist, age: str, population: str
) -> None:
    send(worklist, dicom(1, PatientAge=""))

    again = send(worklist, dicom(1, PatientAge=age))

    case = now(worklist, 1)
    assert again.again and (case.flag, case.population) == (None, population)
    assert latest(worklist) == (
        f"added the film again (age, population: not stated to {population}); it is scored again"
    )
    send(worklist, dicom(1))
    assert (now(worklist, 1).age_years, now(worklist, 1).population) == (None, UNKNOWN)


CORRECTIONS: dict[str, dict[str, Any]] = {
    "name corrected": {"PatientName": "ROSSI^EVA"},
    "sex": {"PatientSex": "F"},
    "accession number": {"AccessionNumber": "A7"},
    "study": {"StudyInstanceUID": S2},
    "series": {"SeriesInstanceUID": "1.2.7"},
    "Patient ID, Patient ID: another patient": {"PatientID": "4712"},
    "view: PA to lateral": {"ViewPosition": "LL"},
    "body part: chest to another part": {"BodyPartExamined": "HAND"},
}


def test_the_history_names_what_was_corrected_without_a_value(worklist: Worklist) -> None:
    usual = {"ViewPosition": "PA", "BodyPartExamined": "CHEST"}
    send(worklist, dicom(1, **usual))
    for words, change in CORRECTIONS.items():
        send(worklist, dicom(1, **usual))
        send(worklist, dicom(1, **(usual | change)))
        assert worklist.audit.lines(case=1)[0].details["changed"] == words
    send(worklist, dicom(1, **usual))
    send(worklist, dicom(1, **usual))
    assert latest(worklist) == "added the film again"


def test_a_film_that_is_sent_again_for_another_study_moves_there(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    score(worklist, reading(0.9))

    # Alone in its case, it takes the case along.
    assert send(worklist, dicom(1, StudyInstanceUID=S2)).number == 1
    assert send(worklist, dicom(2, StudyInstanceUID=S2)).number == 1
    score(worklist, reading(0.1))
    # The first study again: the film leaves the other one behind.
    assert send(worklist, dicom(1)).number == 2
    assert [now(worklist, number).flag for number in (1, 2)] == [Flag.ROUTINE, Flag.URGENT]
    assert latest(worklist, 1) == "added the film again for another study: it moved to case 2"
    assert latest(worklist, 2) == "added the film again (study); it moved here from case 1"
    # And back: its case is empty, and listed nowhere until a film of that study comes.
    assert send(worklist, dicom(1, StudyInstanceUID=S2)).number == 1
    counts = worklist.ranked.counts()
    assert worklist.ranked.case(2) is None and (counts.to_read, counts.dismissed) == (1, 0)
    assert now(worklist, 1).flag is Flag.URGENT and len(now(worklist, 1).films) == 2
    assert send(worklist, dicom(3)).number == 2
    assert worklist.ranked.page().total == 2 and worklist.audit.verify().faults == ()


def test_a_film_never_moves_to_a_stranger(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    send(worklist, dicom(2, StudyInstanceUID=S2, PatientID="4712"))

    assert send(worklist, dicom(1, StudyInstanceUID=S2)).number == 1
    assert [len(now(worklist, number).films) for number in (1, 2)] == [1, 1]


@pytest.mark.parametrize("language", [Language.SPANISH, Language.FRENCH, Language.CHINESE])
def test_what_changed_is_said_in_the_language_of_the_page(language: Language) -> None:
    listed = [*CORRECTIONS, "age, population: not stated to child", "Patient ID: no patient", "file replaced"]
    listed.append("not compared with the pixels removed before")
    said = {word: in_language(language, word) for words in listed for word in words.split(", ")}

    assert [word for word, other in said.items() if word == other] == []
    assert not any(" to " in other for other in said.values())
