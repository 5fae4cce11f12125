"""Results that go back to the PACS: each at least once, whatever happens to senders and to cases."""

import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from film.film_files import dicom_file
from made_cases import ADA, CHILD, at_once, now, reading, scored
from made_films import grey_level
from sent_results import delivery_of, waiting_results
from sqlalchemy import update

from cxr.film import Population
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding
from cxr.worklist.queue.outbox import Delivery, Due, pause
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import OutboxRow
from cxr.worklist.worklist import Worklist

OVER = datetime.timedelta(seconds=-1)
"""A lease that has run out when it begins, and a pause that is over."""
KEY = Fernet.generate_key().decode()


@pytest.fixture
def worklist(url: str, tmp_path: Path) -> Worklist:
    """A worklist that keeps identifiers."""
    return Worklist(url, tmp_path / "films", identity_key=KEY)


def received(
    worklist: Worklist, seed: int = 0, wants_result: bool = True, stated: Population = CHILD
) -> Case:
    content = dicom_file(grey_level(seed), SOPInstanceUID=f"1.2.{seed}")
    accepted = worklist.intake.accept("film", content, stated, ADA, wants_result)
    return now(worklist, accepted.number)


def posted(worklist: Worklist, seed: int = 0) -> Case:
    return scored(worklist, received(worklist, seed))


def claimed(worklist: Worklist, storage_scu: str = "first") -> Due:
    due = worklist.outbox.claim(storage_scu)
    assert due
    return due


def delivery(worklist: Worklist, case: Case) -> Delivery:
    found = delivery_of(worklist, case.number)
    assert found
    return found


def deliver(worklist: Worklist) -> None:
    worklist.outbox.sent("first", claimed(worklist), "PACS", 3)


def test_a_result_waits_once_its_film_is_scored_and_not_before(worklist: Worklist) -> None:
    case = received(worklist)
    assert waiting_results(worklist) == 0 and worklist.outbox.claim("first") is None

    scored(worklist, case)

    assert waiting_results(worklist) == 1 and claimed(worklist) == Due(
        case.film_number, case.number, posted=1
    )


def test_only_a_film_that_came_from_the_pacs_wants_its_result_there(worklist: Worklist) -> None:
    case = scored(worklist, received(worklist, wants_result=False))
    assert delivery_of(worklist, case.number) is None

    received(worklist)

    assert claimed(worklist).case == case.number


def test_a_film_that_comes_again_has_its_result_sent_once(worklist: Worklist) -> None:
    case = posted(worklist)
    deliver(worklist)

    assert received(worklist).number == case.number

    assert waiting_results(worklist) == 0


def test_a_result_is_with_one_sender_at_a_time(worklist: Worklist) -> None:
    cases = [posted(worklist, seed).number for seed in range(3)]

    claims = at_once(*(lambda i=i: worklist.outbox.claim(f"sender {i}") for i in range(6)))

    # One that asked while others chose may go away empty-handed, and asks again.
    first = [claim.case for claim in claims if isinstance(claim, Due)]
    rest = [claim.case for i in range(3) if (claim := worklist.outbox.claim(f"late {i}"))]
    assert sorted(first + rest) == cases


def test_a_sent_result_is_told_in_the_trail_and_waits_no_more(worklist: Worklist) -> None:
    case = posted(worklist)

    worklist.outbox.sent("first", claimed(worklist), "PACS", 3, case.bundle_version)

    line = worklist.audit.lines(case.number)[0]
    assert (line.action, line.who, line.model) == (Action.SENT, "storage SCU", case.bundle_version)
    assert line.details == {"to": "PACS", "objects": 3, "film": 1}
    sent = delivery(worklist, case)
    assert sent.sent_at and sent.next_try is None and worklist.outbox.claim("first") is None
    assert not worklist.audit.verify().faults


def test_a_result_of_a_dead_sender_goes_out_again_and_what_the_dead_say_counts_for_nothing(
    worklist: Worklist,
) -> None:
    case = posted(worklist)
    held = worklist.outbox.claim("dead", OVER)
    assert held

    again = claimed(worklist, "living")
    worklist.outbox.failed("dead", held, "late")

    assert again == held and delivery(worklist, case).attempts == 0


def test_a_result_of_a_storage_scu_whose_clock_ran_fast_is_sent_all_the_same(
    worklist: Worklist, url: str
) -> None:
    posted(worklist)
    held = worklist.outbox.claim("fast", datetime.timedelta(days=2))
    with Database(url).writing() as session:
        session.execute(update(OutboxRow).values(next_try=OutboxRow.lease_until))

    assert held and claimed(worklist, "second") == held


def test_a_reader_s_finding_goes_out_after_the_score(worklist: Worklist) -> None:
    case = posted(worklist)
    deliver(worklist)

    case = worklist.desk.claim(case, ADA)
    assert waiting_results(worklist) == 0
    worklist.desk.report(case, ADA, Finding.PNEUMONIA, agrees=True)

    assert claimed(worklist) == Due(case.film_number, case.number, posted=2)


def test_a_film_that_is_turned_round_waits_for_its_new_score(worklist: Worklist) -> None:
    case = posted(worklist)

    worklist.desk.invert(case, ADA)
    assert waiting_results(worklist) == 1 and worklist.outbox.claim("first") is None
    scored(worklist, now(worklist, case.number), reading(0.1))

    assert claimed(worklist) == Due(case.film_number, case.number, posted=2)


def test_a_restated_film_goes_out_again(worklist: Worklist) -> None:
    case = posted(worklist)
    deliver(worklist)

    received(worklist, stated=Population.ADULT)
    scored(worklist, now(worklist, case.number))

    assert waiting_results(worklist) == 1


def test_what_is_posted_while_it_is_sent_goes_out_once_more(worklist: Worklist) -> None:
    case = worklist.desk.claim(posted(worklist), ADA)
    due = claimed(worklist)
    worklist.desk.report(case, ADA, Finding.OTHER)

    worklist.outbox.sent("first", due, "PACS", 3)

    assert claimed(worklist).posted == due.posted + 1


def test_a_failure_is_kept_and_waits_for_its_time(worklist: Worklist) -> None:
    case = posted(worklist)
    before = datetime.datetime.now(datetime.UTC)

    worklist.outbox.failed("first", claimed(worklist), "the PACS answered 0xA700")

    kept = delivery(worklist, case)
    assert (kept.attempts, kept.failure) == (1, "the PACS answered 0xA700")
    assert kept.next_try and 30 <= (kept.next_try - before).total_seconds() < 40
    assert waiting_results(worklist) == 1 and worklist.outbox.claim("first") is None
    assert worklist.outbox.deliveries() == [kept]


def test_what_failed_goes_out_at_once_where_there_is_hurry(worklist: Worklist) -> None:
    late = posted(worklist)
    worklist.outbox.failed("first", claimed(worklist), "no answer")
    assert worklist.outbox.claim("first") is None

    worklist.outbox.hurry()

    assert claimed(worklist).case == late.number


def test_where_there_is_nothing_to_send_nothing_waits(worklist: Worklist) -> None:
    case = posted(worklist)

    worklist.outbox.given_up("first", claimed(worklist), "the film names no study")

    assert waiting_results(worklist) == 0
    assert delivery(worklist, case).failure == "the film names no study"


def test_a_failure_is_tried_again_at_once_when_the_pause_is_over(worklist: Worklist) -> None:
    posted(worklist)
    for _ in range(3):
        worklist.outbox.failed("first", claimed(worklist), "no answer", first_pause=OVER)

    assert worklist.outbox.deliveries()[0].attempts == 3
    deliver(worklist)
    assert worklist.outbox.deliveries()[0].attempts == 0


def test_pauses_double_from_half_a_minute_to_an_hour() -> None:
    pauses = [pause(attempts).total_seconds() for attempts in (1, 2, 3, 7, 8, 9, 10_000)]

    assert pauses == [30, 60, 120, 1920, 3600, 3600, 3600]


def test_a_finding_that_is_taken_back_goes_out_as_well(worklist: Worklist) -> None:
    case = worklist.desk.claim(posted(worklist), ADA)
    case = worklist.desk.report(case, ADA, Finding.PNEUMONIA)
    deliver(worklist)

    worklist.desk.undo_report(case, ADA)

    assert waiting_results(worklist) == 1


def test_a_purge_leaves_a_case_whose_result_still_waits(worklist: Worklist) -> None:
    case = worklist.desk.claim(posted(worklist), ADA)
    worklist.desk.report(case, ADA, Finding.OTHER)

    assert worklist.retention.purge(datetime.timedelta(0), ADA).cases == ()
    assert worklist.identities.of([case.number])

    deliver(worklist)
    assert worklist.retention.purge(datetime.timedelta(0), ADA).cases == (case.number,)
