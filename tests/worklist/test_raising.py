"""A person raises a case, and nothing takes it down."""

import pytest
from made_cases import ADA, BEN, WORKER, hand_in, in_order, now, reading, scored

from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.worklist import Worklist

REASON = "The child is getting worse."


def test_a_raised_case_goes_up_with_its_reason_on_the_trail(worklist: Worklist) -> None:
    routine = scored(worklist, said=reading(0.1))
    urgent = scored(worklist, hand_in(worklist, 1), reading(0.9))
    assert in_order(worklist) == [urgent.number, routine.number]

    raised = worklist.desk.raise_priority(routine, ADA, Urgency.STAT, f"  {REASON} ")

    assert raised.raised is Urgency.STAT and in_order(worklist) == [routine.number, urgent.number]
    line = worklist.audit.lines()[0]
    assert (line.action, line.details, line.text) == (Action.RAISED, {"to": "stat"}, REASON)


def test_nothing_takes_a_raised_case_down(worklist: Worklist) -> None:
    case = worklist.desk.raise_priority(hand_in(worklist), ADA, Urgency.STAT, REASON)
    other = scored(worklist, hand_in(worklist, 1), reading(0.99))
    for urgency in Urgency:
        with pytest.raises(NotPossibleError, match="already raised to stat"):
            worklist.desk.raise_priority(case, BEN, urgency, REASON)
    worklist.scoring.claim(WORKER, 9)
    worklist.scoring.record(WORKER, [Scored(case, reading(0.01), b"jpeg")])

    assert now(worklist, case.number).raised is Urgency.STAT
    worklist.desk.invert(case, ADA)
    assert in_order(worklist) == [case.number, other.number]


def test_a_case_is_raised_in_two_steps_and_each_once(worklist: Worklist) -> None:
    case = worklist.desk.raise_priority(hand_in(worklist), ADA, Urgency.HIGH, REASON)
    with pytest.raises(NotPossibleError, match="already raised to high"):
        worklist.desk.raise_priority(case, BEN, Urgency.HIGH, REASON)

    assert worklist.desk.raise_priority(case, BEN, Urgency.STAT, REASON).raised is Urgency.STAT


@pytest.mark.parametrize(
    ("reason", "told"), [(" \n", "Enter a reason"), ("x" * 4001, "4001 characters long")]
)
def test_a_case_is_raised_for_a_reason_of_some_length(worklist: Worklist, reason: str, told: str) -> None:
    case = hand_in(worklist)

    with pytest.raises(NotPossibleError, match=told):
        worklist.desk.raise_priority(case, ADA, Urgency.HIGH, reason)

    assert now(worklist, case.number).raised is None and worklist.audit.count() == 1
