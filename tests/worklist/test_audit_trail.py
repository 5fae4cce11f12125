"""What the trail says, and who may write it at once; `test_audit_chain.py` is about changing it."""

import dataclasses
import datetime
import threading
from pathlib import Path

import pytest
from made_cases import ADA, BEN, CHILD, VERSION, at_once, hand_in, scored
from made_films import png
from often import hand_in_and_look_often
from processes import exit_codes

from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.case import Case
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long


def test_lines_are_shown_the_last_first_by_case_and_by_person(worklist: Worklist) -> None:
    case = scored(worklist, hand_in(worklist, 0))
    worklist.desk.raise_priority(worklist.desk.claim(case, BEN), BEN, Urgency.STAT, "Worse.")
    hand_in(worklist, 1)
    worklist.audit.note(Entry(BEN, Action.EXPORTED, details={"cases": 2}))

    trail = worklist.audit
    assert [line.number for line in trail.lines()] == [6, 5, 4, 3, 2, 1]
    assert [line.action for line in trail.lines(case=case.number)] == [
        *(Action.RAISED, Action.CLAIMED, Action.SCORED, Action.ACCEPTED)
    ]
    assert [line.number for line in trail.lines(who=BEN)] == [6, 4, 3]
    assert [line.number for line in trail.lines(case.number, BEN)] == [4, 3]
    assert [line.number for line in trail.lines(limit=2, offset=1)] == [5, 4]
    assert [trail.count(), trail.count(case=case.number), trail.count(who=BEN)] == [6, 4, 3]
    assert trail.people() == [ADA, BEN, "worker 1"]


def test_a_line_says_who_did_what_when_to_which_case_with_which_model(worklist: Worklist) -> None:
    before = datetime.datetime.now(datetime.UTC)
    case = worklist.desk.raise_priority(scored(worklist), ADA, Urgency.HIGH, "Worse.")

    line = worklist.audit.lines()[0]

    assert before <= line.at <= datetime.datetime.now(datetime.UTC)
    assert dataclasses.astuple(line)[2:] == (
        *(ADA, Action.RAISED, case.number, VERSION),
        *({"to": "high"}, "Worse."),
    )


def test_threads_that_write_at_once_keep_the_chain_whole(url: str, tmp_path: Path) -> None:
    worklists = [Worklist(url, tmp_path / "films") for _ in range(2)]

    def note_often(worklist: Worklist, who: str) -> None:
        for _ in range(10):
            worklist.audit.note(Entry(who, Action.SAW))

    outcomes = at_once(*(lambda i=i: note_often(worklists[i % 2], f"reader {i}") for i in range(6)))

    assert list(outcomes) == [None] * 6
    verified = worklists[0].audit.verify()
    assert (verified.lines, verified.faults) == (60, ())
    assert [worklists[0].audit.count(who=f"reader {i}") for i in range(6)] == [10] * 6


def test_processes_that_write_at_once_keep_the_chain_whole(url: str, tmp_path: Path) -> None:
    calls = [(url, tmp_path / "films", f"reader {i}", 8) for i in range(3)]

    assert exit_codes(hand_in_and_look_often, *calls) == [0, 0, 0]
    worklist = Worklist(url, tmp_path / "films")
    assert worklist.ranked.page().total == 24
    assert (worklist.audit.verify().lines, worklist.audit.verify().faults) == (48, ())


def test_looking_at_a_case_and_working_on_it_at_once_never_block_each_other(worklist: Worklist) -> None:
    """A line refers to its case: who writes it while another changes the case must not wait in a ring."""
    case = hand_in(worklist)

    def look() -> None:
        for _ in range(40):
            worklist.audit.note(Entry(BEN, Action.SAW, case.number))

    def work() -> None:
        seen: Case = case
        for _ in range(20):
            seen = worklist.desk.release(worklist.desk.claim(seen, ADA), ADA)

    assert list(at_once(look, work)) == [None, None]
    assert worklist.audit.verify().lines == 1 + 80


def test_a_trail_that_grows_while_it_is_verified_has_no_faults(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.worklist.audit.trail.BLOCK", 3)
    verified, ended = [], threading.Event()

    def write() -> None:
        try:
            for i in range(40):
                worklist.intake.accept("film.png", png(i), CHILD, ADA)
        finally:
            ended.set()

    def verify() -> None:
        while not ended.is_set():
            verified.append(worklist.audit.verify())

    assert list(at_once(write, verify)) == [None, None]
    assert verified and not [fault for one in verified for fault in one.faults]
