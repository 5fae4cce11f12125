import datetime

import pytest
from made_cases import ADA, BEN, CHILD, WORKER, hand_in, in_order, now, reading, scored
from made_films import png
from sqlalchemy import update

from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.queue.resends import RETURNED
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import Database
from cxr.worklist.store.retention import Purged
from cxr.worklist.store.schema import CaseRow
from cxr.worklist.worklist import Worklist

KEEP = datetime.timedelta(days=30)
MANAGER = "Cleo"


def read(worklist: Worklist, seed: int = 0) -> Case:
    case = worklist.desk.claim(scored(worklist, hand_in(worklist, seed)), ADA)
    return worklist.desk.report(case, ADA, Finding.PNEUMONIA, agrees=True, note="Lower right.")


def let_pass(database: Database, case: Case, days: float) -> None:
    """Let days pass since a case came in, was read and was taken off."""
    ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    moments = {
        "arrived_at": ago,
        **({"read_at": ago} if case.report else {}),
        **({"dismissed_at": ago} if case.dismissed_at else {}),
    }
    with database.writing() as session:
        session.execute(update(CaseRow).where(CaseRow.id == case.number).values(**moments))


def test_the_pixels_of_a_film_read_long_ago_go_and_the_case_stays(
    worklist: Worklist, database: Database
) -> None:
    case = read(worklist)
    let_pass(database, case, days=31)

    purged = worklist.retention.purge(KEEP, MANAGER)

    assert purged == Purged((case.number,), len(png(0)))
    after = now(worklist, case.number)
    assert not worklist.film_path(case).exists()
    assert after.thumbnail is after.heat is None and after.purged_at
    assert (after.name, after.flag, after.probability, after.state) == (
        *(case.name, case.flag, case.probability, State.READ),
    )
    assert after.report and (after.report.finding, after.report.note) == (Finding.PNEUMONIA, "Lower right.")
    assert worklist.ranked.page(Filter(ListView.READ)).total == 1


def test_the_trail_keeps_the_history_and_says_who_purged(worklist: Worklist, database: Database) -> None:
    case = read(worklist)
    let_pass(database, case, days=31)

    worklist.retention.purge(KEEP, MANAGER)

    lines = worklist.audit.lines(case=case.number)
    assert [(line.who, line.action) for line in lines] == [
        (MANAGER, Action.PURGED),
        (ADA, Action.READ),
        (ADA, Action.CLAIMED),
        (WORKER, Action.SCORED),
        (ADA, Action.ACCEPTED),
    ]
    assert not worklist.audit.verify().faults


def test_a_dry_run_tells_what_would_go_and_changes_nothing(worklist: Worklist, database: Database) -> None:
    cases = [read(worklist, seed) for seed in range(3)]
    for case in cases[:2]:
        let_pass(database, case, days=31)
    before = [now(worklist, case.number).version for case in cases]

    told = worklist.retention.purge(KEEP, MANAGER, dry_run=True)

    assert [now(worklist, case.number).version for case in cases] == before
    assert all(worklist.film_path(case).exists() for case in cases)
    assert worklist.audit.count(who=MANAGER) == 0
    assert told.bytes == len(png(0)) + len(png(1)) and told.cases == (cases[0].number, cases[1].number)
    assert worklist.retention.purge(KEEP, MANAGER) == told


def test_a_film_that_nobody_has_read_is_never_purged(worklist: Worklist, database: Database) -> None:
    waiting, unread = hand_in(worklist, 0), scored(worklist, hand_in(worklist, 1))
    in_reading = worklist.desk.claim(scored(worklist, hand_in(worklist, 2)), ADA)
    undone = worklist.desk.undo_report(read(worklist, 3), ADA)
    for case in (waiting, unread, in_reading, undone):
        let_pass(database, case, days=10_000)

    assert worklist.retention.purge(KEEP, MANAGER) == Purged((), 0)
    assert all(worklist.film_path(case).exists() for case in (waiting, unread, in_reading, undone))


def test_a_film_is_kept_as_long_as_the_setting_says(worklist: Worklist, database: Database) -> None:
    case = read(worklist)
    let_pass(database, case, days=29.99)

    assert worklist.retention.purge(KEEP, MANAGER).cases == ()

    let_pass(database, case, days=30.01)
    assert worklist.retention.purge(KEEP, MANAGER).cases == (case.number,)


def test_a_film_that_was_taken_off_long_ago_is_purged(worklist: Worklist, database: Database) -> None:
    numbers = [hand_in(worklist, seed).number for seed in (0, 1)]
    worklist.desk.dismiss(numbers, ADA, "Duplicate")
    let_pass(database, now(worklist, numbers[0]), days=31)

    assert worklist.retention.purge(KEEP, MANAGER).cases == (numbers[0],)


def test_what_was_purged_is_not_purged_again(worklist: Worklist, database: Database) -> None:
    let_pass(database, read(worklist), days=31)
    worklist.retention.purge(KEEP, MANAGER)

    assert worklist.retention.purge(KEEP, MANAGER) == Purged((), 0)
    assert worklist.audit.count(who=MANAGER) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_purge_goes_through_all_blocks(
    worklist: Worklist, database: Database, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setattr("cxr.worklist.store.retention.BLOCK", 2)
    cases = [read(worklist, seed) for seed in range(5)]
    for case in cases:
        let_pass(database, case, days=31)

    purged = worklist.retention.purge(KEEP, MANAGER, dry_run)

    assert purged.cases == tuple(case.number for case in cases)
    assert purged.bytes == sum(len(png(seed)) for seed in range(5))


def test_a_purge_that_was_cut_off_after_the_files_went_is_ended_by_the_next(
    worklist: Worklist, database: Database
) -> None:
    case = read(worklist)
    let_pass(database, case, days=31)
    worklist.film_path(case).unlink()

    assert worklist.retention.purge(KEEP, MANAGER) == Purged((case.number,), 0)
    assert now(worklist, case.number).purged_at


def test_a_film_without_pixels_is_neither_to_be_read_nor_scored_again(
    worklist: Worklist, database: Database
) -> None:
    case, off = read(worklist), hand_in(worklist, 1).number
    worklist.desk.dismiss([off], ADA, "Duplicate")
    for one in (case, now(worklist, off)):
        let_pass(database, one, days=31)
    worklist.retention.purge(KEEP, MANAGER)

    seen = now(worklist, case.number)
    with pytest.raises(NotPossibleError, match="Add the film again"):
        worklist.desk.undo_report(seen, ADA)
    with pytest.raises(NotPossibleError, match="Add the film again"):
        worklist.desk.invert(seen, ADA)

    assert worklist.desk.restore([off], ADA).done == ()
    assert in_order(worklist) == [] and now(worklist, case.number).probability == 0.9


def test_a_purged_film_that_is_handed_in_again_keeps_what_was_read_until_the_finding_is_undone(
    worklist: Worklist, database: Database
) -> None:
    case = read(worklist)
    let_pass(database, case, days=31)
    worklist.retention.purge(KEEP, MANAGER)

    accepted = worklist.intake.accept("again.png", png(0), CHILD, BEN)

    assert accepted.number == case.number and not accepted.again
    again = now(worklist, case.number)
    assert worklist.film_path(again).read_bytes() == png(0)
    assert again.purged_at is None and again.report and again.report.finding is Finding.PNEUMONIA
    assert (again.flag, again.probability) == (case.flag, case.probability)
    assert [reason.sentence for reason in again.reasons] == [RETURNED]
    assert worklist.scoring.claim(WORKER, 10) == []
    worklist.desk.undo_report(again, ADA)
    (claimed,) = worklist.scoring.claim(WORKER, 10)
    assert worklist.scoring.record(WORKER, [Scored(claimed, reading(0.6), b"jpeg")]) == 1
    after = now(worklist, case.number)
    assert (after.probability, after.thumbnail) == (0.6, b"jpeg") and after.heat


def test_a_purged_film_that_was_taken_off_is_to_be_read_when_it_is_handed_in_again(
    worklist: Worklist, database: Database
) -> None:
    number = hand_in(worklist).number
    worklist.desk.dismiss([number], ADA, "Duplicate")
    let_pass(database, now(worklist, number), days=31)
    worklist.retention.purge(KEEP, MANAGER)

    worklist.intake.accept("again.png", png(0), CHILD, BEN)

    assert in_order(worklist) == [number] and worklist.scoring.waiting() == 1
