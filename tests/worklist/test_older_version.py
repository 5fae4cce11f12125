"""A worklist that version 0.1 left, with cases of every kind, is opened with nothing lost."""

import sqlite3
from pathlib import Path

import pytest
from made_cases import ADA, ADULT, BEN, CHILD, UNKNOWN, WORKER, now, reading
from sent_results import delivery_of, waiting_results

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding, State
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.worklist import Worklist

DUMP = Path(__file__).with_name("database_of_version_0_1.sql")
KEY = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU="
"""The key that the identifiers in the dump, of nobody, were encrypted with."""


@pytest.fixture
def older(tmp_path: Path) -> Worklist:
    path = tmp_path / "worklist.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(DUMP.read_text())
    connection.close()
    return Worklist(f"sqlite:///{path}", tmp_path / "films", identity_key=KEY)


def test_each_case_of_an_earlier_version_is_a_study_of_one_film_with_its_number(older: Worklist) -> None:
    for number in range(1, 8):
        case = now(older, number)
        assert [film.number for film in case.films] == [case.film_number] == [number]
    assert older.ranked.case(8) is None
    assert [now(older, number).state for number in range(1, 8)] == [
        *(State.READ, State.SCORED, State.SCORED, State.SCORED, State.WAITING, State.WAITING, State.WAITING),
    ]
    read = now(older, 1)
    assert read.report and (read.report.finding, read.report.note) == (Finding.OTHER, "Lower right.")
    assert (read.reader, read.flag, read.probability, read.prevalence) == (ADA, Flag.URGENT, 0.9, None)
    assert read.heat is not None and read.thumbnail == b"jpeg"
    assert now(older, 5).dismissed_at and now(older, 6).inverted and now(older, 7).raised is Urgency.STAT


def test_a_patient_of_unknown_age_is_no_child_any_more(older: Worklist) -> None:
    unknown, child = now(older, 4), now(older, 3)
    assert (unknown.population, unknown.points_for) == (UNKNOWN, CHILD)
    assert (child.population, child.points_for) == (CHILD, CHILD)
    assert (now(older, 6).population, now(older, 6).points_for) == (ADULT, None)
    shown = older.ranked.page(Filter(populations=frozenset({UNKNOWN}))).rows
    assert [ranked.case.number for ranked in shown] == [4]


def test_the_trail_of_an_earlier_version_verifies_and_is_shown_in_the_words_of_today(older: Worklist) -> None:
    found = older.audit.verify()
    assert (found.faults, found.lines) == ((), 23)
    said = [line.action for line in reversed(older.audit.lines(case=5))]
    assert said == [Action.ACCEPTED, Action.DISMISSED, Action.RESTORED, Action.DISMISSED]
    assert [line.action for line in older.audit.lines(case=4, who=BEN)] == [Action.RELEASED, Action.CLAIMED]
    assert older.audit.people(Action.CLAIMED) == [ADA, BEN]
    assert len(older.audit.lines(action=Action.INVERTED)) == 1


def test_identifiers_and_results_that_wait_belong_to_the_films(older: Worklist) -> None:
    assert older.identities.of([3, 4])[3].patient_name == "ROSSI, MARIA"
    assert waiting_results(older) == 1
    delivery = delivery_of(older, 3)
    assert delivery and (delivery.attempts, delivery.failure) == (1, "no answer")


def test_what_waited_is_scored_and_what_was_dismissed_comes_back(older: Worklist) -> None:
    waiting = older.scoring.claim(WORKER, 10)
    assert [case.number for case in waiting] == [6, 7]
    assert older.scoring.record(WORKER, [Scored(case, reading(0.9), b"jpeg") for case in waiting]) == 2
    assert older.desk.restore([5], ADA).done == (5,)
    assert older.ranked.page(Filter(ListView.DISMISSED)).total == 0
    assert older.audit.verify().faults == ()
