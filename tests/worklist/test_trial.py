"""Whose death is which film's fault."""

from made_cases import hand_in

from cxr.worklist.queue.quarantine_run import QuarantineRun
from cxr.worklist.worklist import Worklist


def test_the_film_at_work_is_refused_at_the_second_death_alone_and_the_next_one_is_tried(
    worklist: Worklist,
) -> None:
    first, second = (hand_in(worklist, seed).number for seed in range(2))
    worklist.scoring.claim("dead", 2)
    trial = QuarantineRun(worklist)

    assert not trial.died("dead") and trial.worker == "dead"
    assert not trial.died("next") and worklist.scoring.held("dead") == [first, second]
    assert trial.died("third") and worklist.scoring.held("dead") == [second]
    assert worklist.scoring.refused([first, second]) == 1 and trial.worker == "dead"


def test_no_film_is_blamed_for_a_process_that_died_before_it_was_ready(worklist: Worklist) -> None:
    number = hand_in(worklist).number
    worklist.scoring.claim("dead", 1)
    trial = QuarantineRun(worklist)
    trial.died("dead")

    assert not any(trial.died(None) for _ in range(5))
    assert worklist.scoring.held("dead") == [number] and trial.worker == "dead"


def test_what_is_on_trial_at_the_end_is_left_to_others(worklist: Worklist) -> None:
    number = hand_in(worklist).number
    worklist.scoring.claim("dead", 1)
    trial = QuarantineRun(worklist)
    trial.died("dead")

    trial.end()

    assert [case.number for case in worklist.scoring.claim("other", 1)] == [number]


def test_a_worker_that_held_nothing_leaves_nothing_to_try(worklist: Worklist) -> None:
    trial = QuarantineRun(worklist)

    assert not trial.died("dead") and trial.worker is None
