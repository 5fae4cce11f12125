import datetime
from collections.abc import Callable

import numpy as np
import pytest
from made_cases import (
    ADA,
    CHILD,
    POINTS,
    VERSION,
    WORKER,
    at_once,
    hand_in,
    in_order,
    now,
    reading,
    refusal,
    scored,
)
from made_films import png
from sqlalchemy import event

from cxr.film import Population
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, State
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

OVER = datetime.timedelta(seconds=-1)
"""A lease that has run out when it begins."""


def numbers(cases: list[Case]) -> list[int]:
    return [case.number for case in cases]


def record(worklist: Worklist, worker: str, case: Case, probability: float = 0.9) -> int:
    return worklist.scoring.record(worker, [Scored(case, reading(probability), b"jpeg")])


def test_films_are_handed_out_in_order_of_arrival_and_no_more_than_asked_for(worklist: Worklist) -> None:
    arrived = [hand_in(worklist, seed).number for seed in range(5)]

    assert numbers(worklist.scoring.claim(WORKER, 3)) == arrived[:3]
    assert worklist.scoring.waiting() == 5


def test_a_film_costs_no_query_of_its_own_to_claim_or_to_record(worklist: Worklist) -> None:
    """Lazy loading would ask for each film's case and that case's films, one after the other."""
    asked: list[str] = []
    event.listen(
        worklist._database.engine, "before_cursor_execute", lambda *about: asked.append(about[2].split()[0])
    )
    counts = []
    for films in (2, 6):
        for seed in range(films):
            hand_in(worklist, 10 * films + seed)
        asked.clear()
        claimed = worklist.scoring.claim(WORKER, films)
        worklist.scoring.record(WORKER, [Scored(case, reading(0.9), b"jpeg") for case in claimed])
        counts.append(asked.count("SELECT"))

    assert counts[0] == counts[1] > 0


def test_a_film_is_handed_out_to_one_worker(worklist: Worklist) -> None:
    arrived = [hand_in(worklist, seed).number for seed in range(3)]

    assert numbers(worklist.scoring.claim("first", 2)) == arrived[:2]
    assert numbers(worklist.scoring.claim("second", 2)) == arrived[2:]
    assert worklist.scoring.claim("third", 2) == []


def test_workers_that_ask_at_once_share_the_films(worklist: Worklist) -> None:
    arrived = [hand_in(worklist, seed).number for seed in range(12)]

    claims = at_once(*(lambda i=i: numbers(worklist.scoring.claim(f"worker {i}", 3)) for i in range(4)))

    handed_out = [number for claim in claims if isinstance(claim, list) for number in claim]
    assert len(handed_out) == len(set(handed_out))
    rest = numbers(worklist.scoring.claim("last", 12))
    assert sorted(handed_out + rest) == arrived


def test_what_a_worker_gives_back_is_handed_out_again(worklist: Worklist) -> None:
    case, other = hand_in(worklist, 0), hand_in(worklist, 1)
    worklist.scoring.claim("first", 1)
    worklist.scoring.claim("second", 1)

    worklist.scoring.release("first")

    assert numbers(worklist.scoring.claim("third", 2)) == [case.number]
    assert record(worklist, "first", case) == 0
    assert record(worklist, "second", other) == 1


def test_a_dead_workers_films_are_handed_out_again_and_what_it_says_later_counts_for_nothing(
    worklist: Worklist,
) -> None:
    case = hand_in(worklist)
    worklist.scoring.claim("dead", 1, lease=OVER)

    assert numbers(worklist.scoring.claim("alive", 1)) == [case.number]

    assert record(worklist, "dead", case, 0.1) == 0
    assert now(worklist, case.number).state is State.WAITING
    assert record(worklist, "alive", case, 0.9) == 1
    assert record(worklist, "dead", case, 0.1) == 0
    assert now(worklist, case.number).probability == 0.9
    assert [line.who for line in worklist.audit.lines() if line.action is Action.SCORED] == ["alive"]


def test_a_late_worker_is_heard_where_nobody_else_took_its_film(worklist: Worklist) -> None:
    case = hand_in(worklist)
    worklist.scoring.claim("late", 1, lease=OVER)

    assert record(worklist, "late", case) == 1


def test_nobody_is_heard_on_a_film_that_he_did_not_take(worklist: Worklist) -> None:
    case = hand_in(worklist)

    assert record(worklist, WORKER, case) == 0
    assert now(worklist, case.number).state is State.WAITING


def test_all_that_was_said_of_a_film_is_written_down(worklist: Worklist) -> None:
    said = reading(0.5)

    case = scored(worklist, said=said)

    assert (case.flag, case.probability, case.points_for) == (Flag.REVIEW, 0.5, CHILD)
    assert (case.operating_points, case.bundle_version) == (POINTS, VERSION)
    assert case.thumbnail == b"jpeg" and case.reasons == said.decision.reasons
    assert case.state is State.SCORED and case.scored_at and case.scored_at >= case.arrived_at
    assert case.heat and said.heat
    assert (case.heat.contour, case.heat.shown) == (0.5, True)
    # float16 keeps 11 bits: half a step under 1 is 0.00025.
    np.testing.assert_allclose(case.heat.values, said.heat.values, atol=2.5e-4)
    assert case.heat.values.dtype == np.float32
    assert worklist.scoring.waiting() == 0


def test_the_trail_says_what_was_said_and_by_which_model(worklist: Worklist) -> None:
    scored(worklist, said=reading(0.87654321))

    line, _ = worklist.audit.lines()

    assert (line.who, line.action, line.model) == (WORKER, Action.SCORED, VERSION)
    assert line.details == {"film": 1, "flag": "urgent", "probability": 0.876543, "prevalence": None}


def test_the_map_of_a_routine_film_is_kept_and_not_shown(worklist: Worklist) -> None:
    heat = scored(worklist, said=reading(0.1)).heat

    assert heat and not heat.shown and heat.values.shape == (14, 14)


def test_a_refused_film_stays_on_the_worklist_without_score_or_map(worklist: Worklist) -> None:
    case = scored(worklist, said=refusal())

    assert case.flag is Flag.REFUSED and case.state is State.SCORED
    assert case.probability is case.operating_points is case.heat is case.points_for is None
    assert [reason.code for reason in case.reasons] == ["blank"]
    assert in_order(worklist) == [case.number]
    line = worklist.audit.lines()[0]
    assert line.action is Action.REFUSED and line.details == {
        "film": 1,
        "flag": "refused",
        "reasons": "blank",
    }


def test_a_file_that_could_not_be_read_is_refused_with_its_reason(worklist: Worklist) -> None:
    case = hand_in(worklist)
    worklist.scoring.claim(WORKER, 1)

    worklist.scoring.record(WORKER, [Scored(case, error=Reason("damaged", "The film is damaged."))])

    refused = now(worklist, case.number)
    assert refused.flag is Flag.REFUSED and refused.reasons == (Reason("damaged", "The film is damaged."),)
    assert refused.thumbnail is refused.bundle_version is None


CHANGES: list[Callable[[Worklist, Case], object]] = [
    lambda worklist, case: worklist.desk.invert(case, ADA),
    lambda worklist, case: worklist.desk.overrule(case, ADA),
    lambda worklist, _: worklist.intake.accept("again.png", png(0), Population.ADULT, ADA),
]


@pytest.mark.parametrize("change", CHANGES, ids=["turned", "overruled", "restated"])
def test_what_was_said_of_a_film_as_it_was_before_is_not_written_down(
    worklist: Worklist, change: Callable[[Worklist, Case], object]
) -> None:
    case = hand_in(worklist)
    worklist.scoring.claim(WORKER, 1)
    change(worklist, case)

    assert record(worklist, WORKER, case) == 0
    (again,) = worklist.scoring.claim(WORKER, 1)
    assert record(worklist, WORKER, case) == 0
    assert record(worklist, WORKER, again) == 1


def test_a_film_that_was_taken_off_waits_for_no_score(worklist: Worklist) -> None:
    case = hand_in(worklist)
    worklist.desk.dismiss([case.number], ADA, "Duplicate")

    assert worklist.scoring.claim(WORKER, 1) == [] and worklist.scoring.waiting() == 0


def test_a_worker_that_names_cases_gets_those_alone_and_those_that_it_holds(worklist: Worklist) -> None:
    first, second, third, _ = (hand_in(worklist, seed).number for seed in range(4))
    worklist.scoring.claim("other", 1)
    named = [first, second, third]

    assert numbers(worklist.scoring.claim(WORKER, 1, numbers=named)) == [second]
    # Started anew under its name it goes on with what it held; what others hold stays theirs.
    assert numbers(worklist.scoring.claim(WORKER, 9, numbers=named)) == [second, third]
    assert worklist.scoring.claim("third", 9, numbers=named) == []


def test_cases_that_wait_and_that_were_refused_are_found_among_many(worklist: Worklist) -> None:
    waits, refused, done = (hand_in(worklist, seed).number for seed in range(3))
    _, second, third = worklist.scoring.claim(WORKER, 3)
    worklist.scoring.record(WORKER, [Scored(second, error=Reason("damaged", "This file is damaged."))])
    record(worklist, WORKER, third)
    many = [*range(10_000, 12_500), waits, refused, done]

    assert worklist.scoring.unscored(many) == [waits]
    assert worklist.scoring.refused(many) == 1
    assert worklist.scoring.unscored([]) == []
