from dataclasses import replace

import pytest
from made_cases import ADA, BEN, WORKER, at_once, hand_in, in_order, now, reading, scored

from cxr.film import AS_STORED, Adjusted, Orientation, Overruled
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, Report, State
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.not_possible import ChangedError, ClaimedError, NotPossibleError
from cxr.worklist.worklist import Worklist


def taken(worklist: Worklist, who: str = ADA) -> Case:
    return worklist.desk.claim(scored(worklist), who)


def actions(worklist: Worklist, case: Case) -> list[tuple[str, Action]]:
    """What people did with a case, the last first."""
    lines = worklist.audit.lines(case=case.number)
    return [(line.who, line.action) for line in lines if line.action not in (Action.ACCEPTED, Action.SCORED)]


def test_others_see_who_takes_a_case(worklist: Worklist) -> None:
    case = taken(worklist)

    seen = now(worklist, case.number)
    assert (seen.reader, seen.state) == (ADA, State.IN_READING)
    assert seen.claimed_at and seen.scored_at and seen.claimed_at >= seen.scored_at
    assert actions(worklist, case) == [(ADA, Action.CLAIMED)]


def test_a_case_that_waits_for_its_score_can_be_taken_and_is_scored_meanwhile(worklist: Worklist) -> None:
    case = worklist.desk.claim(hand_in(worklist), ADA)
    assert (case.state, case.scored_at) == (State.IN_READING, None)

    scored(worklist, case)

    seen = now(worklist, case.number)
    assert (seen.reader, seen.flag, seen.state) == (ADA, Flag.URGENT, State.IN_READING)


def test_a_case_of_another_reader_is_not_taken_and_the_other_is_named(worklist: Worklist) -> None:
    seen = scored(worklist)
    worklist.desk.claim(seen, ADA)

    with pytest.raises(ClaimedError, match="Ada has this case") as error:
        worklist.desk.claim(seen, BEN)

    assert error.value.reader == ADA and now(worklist, seen.number).reader == ADA


def test_of_two_readers_who_take_a_case_at_once_one_gets_it_and_the_other_is_told_who(
    worklist: Worklist,
) -> None:
    for seed in range(5):
        seen = scored(worklist, hand_in(worklist, seed))

        outcomes = dict(
            zip(
                (ADA, BEN),
                at_once(*(lambda who=who, seen=seen: worklist.desk.claim(seen, who) for who in (ADA, BEN))),
                strict=True,
            )
        )

        (winner,) = [who for who, outcome in outcomes.items() if isinstance(outcome, Case)]
        loser = BEN if winner == ADA else ADA
        told = outcomes[loser]
        assert isinstance(told, ClaimedError) and told.reader == winner
        assert now(worklist, seen.number).reader == winner
        assert actions(worklist, seen) == [(winner, Action.CLAIMED)]


def test_taking_ones_own_case_again_changes_nothing(worklist: Worklist) -> None:
    case = taken(worklist)

    again = worklist.desk.claim(case, ADA)

    assert (again.version, again.claimed_at) == (case.version, case.claimed_at)
    assert actions(worklist, case) == [(ADA, Action.CLAIMED)]


def test_a_case_is_taken_over_from_the_reader_who_was_seen_to_have_it(worklist: Worklist) -> None:
    case = taken(worklist)

    assert worklist.desk.claim(case, BEN, over=True).reader == BEN

    line = worklist.audit.lines()[0]
    assert (line.who, line.action, line.details) == (BEN, Action.CLAIMED, {"from": ADA})
    with pytest.raises(ClaimedError, match="Ben has this case"):
        worklist.desk.report(case, ADA, Finding.PNEUMONIA)
    with pytest.raises(ClaimedError, match="Ben"):  # seen with Ada, and Ben has it by now
        worklist.desk.claim(case, "Cleo", over=True)


def test_a_case_is_put_back_by_its_reader_alone(worklist: Worklist) -> None:
    case = taken(worklist)
    with pytest.raises(ClaimedError):
        worklist.desk.release(case, BEN)

    back = worklist.desk.release(case, ADA)

    assert (back.reader, back.claimed_at, back.state) == (None, None, State.SCORED)
    assert worklist.desk.claim(back, BEN).reader == BEN
    with pytest.raises(ClaimedError, match="Ben"):
        worklist.desk.release(case, ADA)


def test_a_finding_ends_the_reading(worklist: Worklist) -> None:
    case = taken(worklist)

    read = worklist.desk.report(
        case, ADA, Finding.NO_PNEUMONIA, agrees=False, note="Rotated; a fold of skin."
    )

    assert read.state is State.READ and read.report
    assert read.report == Report(
        Finding.NO_PNEUMONIA, read.report.read_at, agrees=False, note="Rotated; a fold of skin."
    )
    assert in_order(worklist) == [] and worklist.ranked.page(Filter(ListView.READ)).total == 1
    line = worklist.audit.lines()[0]
    assert (line.who, line.action, line.text) == (ADA, Action.READ, "Rotated; a fold of skin.")
    assert line.details == {"finding": "no pneumonia", "flag": "urgent", "agrees": False}


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_is_kept_without_note_or_agreement(worklist: Worklist, finding: Finding) -> None:
    report = worklist.desk.report(taken(worklist), ADA, finding).report

    assert report and (report.finding, report.agrees, report.note) == (finding, None, "")


def test_a_finding_wants_the_case_as_its_reader_saw_it(worklist: Worklist) -> None:
    """The score came in, or changed, after the reader looked: agreement would be with another flag."""
    case = worklist.desk.claim(hand_in(worklist), ADA)
    scored(worklist, case)

    with pytest.raises(ChangedError, match="has changed since you opened it"):
        worklist.desk.report(case, ADA, Finding.PNEUMONIA, agrees=True)

    # Who puts it back says nothing of its flag.
    back = worklist.desk.release(case, ADA)
    assert worklist.desk.report(worklist.desk.claim(back, ADA), ADA, Finding.PNEUMONIA).report


def test_nobody_reports_a_case_that_nobody_has_or_twice(worklist: Worklist) -> None:
    seen = scored(worklist)
    with pytest.raises(ChangedError):
        worklist.desk.report(seen, ADA, Finding.OTHER)
    case = worklist.desk.claim(seen, ADA)
    read = worklist.desk.report(case, ADA, Finding.OTHER)

    for stale in (case, read):
        with pytest.raises(ChangedError):
            worklist.desk.report(stale, ADA, Finding.PNEUMONIA)
    assert now(worklist, seen.number).report == read.report


def test_a_note_that_is_too_long_is_told_before_anything_is_written(worklist: Worklist) -> None:
    case = taken(worklist)

    with pytest.raises(NotPossibleError, match=r"4001 characters long\. Shorten it to 4000"):
        worklist.desk.report(case, ADA, Finding.OTHER, note="x" * 4001)

    assert now(worklist, case.number).report is None
    assert worklist.desk.report(case, ADA, Finding.OTHER, note="x" * 4000).report


def test_a_finding_is_undone_by_its_reader_and_the_trail_keeps_it(worklist: Worklist) -> None:
    read = worklist.desk.report(taken(worklist), ADA, Finding.PNEUMONIA, note="Lower right.")
    with pytest.raises(ClaimedError):
        worklist.desk.undo_report(read, BEN)

    undone = worklist.desk.undo_report(read, ADA)

    assert (undone.state, undone.reader, undone.report) == (State.IN_READING, ADA, None)
    assert in_order(worklist) == [undone.number]
    assert actions(worklist, read) == [
        (ADA, Action.READING_UNDONE),
        (ADA, Action.READ),
        (ADA, Action.CLAIMED),
    ]
    assert worklist.audit.lines()[1].text == "Lower right."
    for stale in (read, undone):
        with pytest.raises(ChangedError):
            worklist.desk.undo_report(stale, ADA)


def test_what_is_read_or_taken_off_is_not_taken_or_put_back(worklist: Worklist) -> None:
    case = taken(worklist)
    read = worklist.desk.report(case, ADA, Finding.OTHER)
    off = hand_in(worklist, 1)
    worklist.desk.dismiss([off.number], ADA, "Duplicate")

    for action, seen in (("claim", case), ("claim", off), ("release", read)):
        with pytest.raises(ChangedError):
            getattr(worklist.desk, action)(seen, ADA)


def test_a_reader_with_a_long_name_keeps_what_is_hers(worklist: Worklist) -> None:
    name = "Adelheid " * 20

    case = worklist.desk.claim(scored(worklist), name)

    assert case.reader == name[:80] and worklist.desk.claim(case, name).version == case.version
    assert worklist.desk.report(case, name, Finding.OTHER).state is State.READ
    assert worklist.audit.lines()[0].who == name[:80]


def test_cases_are_taken_off_and_brought_back(worklist: Worklist) -> None:
    numbers = [hand_in(worklist, seed).number for seed in range(3)]

    with pytest.raises(NotPossibleError, match="Enter a reason"):
        worklist.desk.dismiss(numbers[:2], ADA, " ")
    assert worklist.desk.dismiss(numbers[:2], ADA, "Duplicate").done == (1, 2)
    assert worklist.audit.lines()[0].text == "Duplicate"
    assert set(worklist.desk.dismiss(numbers[:2], ADA, "Duplicate").stayed) == {1, 2}

    assert in_order(worklist) == numbers[2:]
    moves = worklist.desk.restore([*numbers, 4711], BEN)
    assert moves.done == (1, 2)
    assert moves.stayed == {3: "It is not dismissed.", 4711: "It is no longer on the worklist."}
    assert in_order(worklist) == numbers
    assert worklist.audit.lines()[0].action is Action.RESTORED and worklist.audit.count() == 3 + 2 + 2


def test_a_case_that_is_read_or_with_a_reader_is_not_taken_off(worklist: Worklist) -> None:
    case = taken(worklist)

    assert worklist.desk.dismiss([case.number], BEN, "Duplicate").stayed == {1: "Ada is reading it."}
    worklist.desk.report(case, ADA, Finding.OTHER)
    assert worklist.desk.dismiss([case.number], BEN, "Duplicate").stayed == {1: "Ada has read it."}
    assert now(worklist, case.number).dismissed_at is None


def test_a_case_that_is_not_there_cannot_be_worked_on(worklist: Worklist) -> None:
    gone = replace(hand_in(worklist), number=4711)

    with pytest.raises(ChangedError):
        worklist.desk.claim(gone, ADA)


def test_a_film_that_is_turned_waits_again_with_nothing_said_of_it(worklist: Worklist) -> None:
    case = worklist.desk.claim(scored(worklist), BEN)

    inverted = worklist.desk.invert(case, ADA)

    assert (inverted.inverted, inverted.flag, inverted.reasons, inverted.scored_at) == (True, None, (), None)
    assert inverted.probability is inverted.bundle_version is inverted.heat is None
    assert (inverted.arrived_at, inverted.reader) == (case.arrived_at, BEN)
    assert worklist.scoring.waiting() == 1
    assert worklist.audit.lines()[0].details == {"inverted": True, "film": 1}


def test_a_film_whose_refusal_is_overruled_waits_again_with_nothing_said_of_it(worklist: Worklist) -> None:
    case = scored(worklist)

    overruled = worklist.desk.overrule(case, ADA)

    assert overruled.overruled and overruled.state is State.WAITING and overruled.reasons == ()
    assert worklist.to_score(overruled) == Overruled(worklist.film_source(case))
    assert worklist.audit.lines()[0].details == {"overruled": True, "film": 1}
    assert worklist.desk.overrule(overruled, ADA).version == overruled.version
    undone = worklist.desk.overrule(overruled, ADA, overruled=False)
    assert worklist.to_score(undone) == worklist.film_source(case)


def test_a_film_that_is_rotated_is_read_so_and_waits_again(worklist: Worklist) -> None:
    case, orientation = scored(worklist), Orientation(3, mirrored=True)

    oriented = worklist.desk.orient(case, ADA, orientation)

    assert oriented.orientation == orientation
    assert oriented.state is State.WAITING and oriented.reasons == ()
    assert worklist.to_score(oriented) == Adjusted(worklist.film_path(case), orientation=orientation)
    assert worklist.audit.lines()[0].details == {"orientation": 7, "film": 1}
    assert worklist.desk.orient(oriented, ADA, orientation).version == oriented.version
    assert worklist.film_source(worklist.desk.orient(oriented, ADA, AS_STORED)) == worklist.film_path(case)


def test_a_result_from_before_a_rotation_is_not_recorded(worklist: Worklist) -> None:
    case = hand_in(worklist)
    (held,) = worklist.scoring.claim(WORKER, 1)
    worklist.desk.orient(case, ADA, Orientation(2))

    assert worklist.scoring.record(WORKER, [Scored(held, reading(0.9), b"")]) == 0
    assert now(worklist, case.number).state is State.WAITING


def test_turning_twice_the_same_way_leaves_the_score(worklist: Worklist) -> None:
    """Two clicks on a slow page are one."""
    case = worklist.desk.invert(hand_in(worklist), ADA)
    scored(worklist, case)

    assert worklist.desk.invert(case, ADA).state is State.SCORED
    assert worklist.desk.invert(case, ADA, inverted=False).state is State.WAITING
