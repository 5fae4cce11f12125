import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from made_cases import ADA, CHILD, WORKER, hand_in, reading, scored
from made_films import png
from sqlalchemy import func, select, text

from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.case import Case, Finding
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import AuditHeadRow, AuditRow
from cxr.worklist.worklist import Worklist

SECRET = "^".join(("DOE", "JOHN"))


def lines(database: Database) -> int | None:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditRow))


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])
        session.flush()
        raise ZeroDivisionError

    assert lines(database) == 0


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_half_done(database: Database) -> None:
    with database.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])
        session.flush()
        assert lines(database) == 0

    assert lines(database) == 1


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(database: Database) -> None:
    count = select(func.count()).select_from(AuditRow)
    with database.reading() as session:
        assert session.scalar(count) == 0
        with database.writing() as writer:
            append(writer, [Entry(ADA, Action.SAW)])
        assert session.scalar(count) == 0
        head = session.get(AuditHeadRow, 1)
        assert head and head.lines == 0


def test_a_line_of_a_case_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(WorklistError), database.writing() as session:
        append(session, [Entry(ADA, Action.SAW, case=4711)])

    assert lines(database) == 0


def test_sqlite_lets_readers_and_one_writer_work_at_once_and_loses_nothing(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'new' / 'worklist.sqlite3'}").reading() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_postgresql_is_asked_again_where_it_dropped_its_connections(
    url: str, request: pytest.FixtureRequest
) -> None:
    database = Database(url)
    assert lines(database) == 0
    if url.startswith("postgresql"):
        request.getfixturevalue("postgresql").run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'"
        )

    assert lines(database) == 0


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://cxr:{secret}@localhost:1/worklist", "CXR_DATABASE"),
        ("sqlite:////proc/{secret}/worklist.sqlite3", "CXR_DATABASE"),
        ("mysql://cxr:{secret}@localhost/worklist", "names a mysql database.* sqlite or postgresql"),
        ("{secret}", "CXR_DATABASE"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told_without_its_password(address: str, told: str) -> None:
    with pytest.raises(WorklistError, match=told) as error:
        Database(address.format(secret=SECRET))

    assert SECRET not in "".join(traceback.format_exception(error.value))


ACTIONS: dict[str, Callable[[Worklist, Case], object]] = {
    "accept": lambda worklist, _: worklist.intake.accept(SECRET, png(1), CHILD, ADA),
    "accept again": lambda worklist, _: worklist.intake.accept(SECRET, png(0), CHILD, ADA),
    "search": lambda worklist, _: worklist.ranked.page(Filter(text=SECRET)),
    "take": lambda worklist, case: worklist.desk.claim(case, SECRET),
    "raise": lambda worklist, case: worklist.desk.raise_priority(case, ADA, Urgency.STAT, SECRET),
    "report": lambda worklist, case: worklist.desk.report(case, ADA, Finding.OTHER, note=SECRET),
    "note": lambda worklist, case: worklist.audit.note(Entry(ADA, Action.SAW, case.number, text=SECRET)),
    "record": lambda worklist, case: worklist.scoring.record(WORKER, [Scored(case, reading(0.5), b"jpeg")]),
    "claim": lambda worklist, _: worklist.scoring.claim(WORKER, 1),
}


def break_it(database: Database) -> None:
    """Give the tables other names, as a careless hand might."""
    with database.writing() as session:
        for table in ("cases", "audit", "audit_head"):
            session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_before"))


def test_no_failure_of_the_database_names_a_film_or_what_a_person_wrote(
    worklist: Worklist, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    case = worklist.desk.claim(scored(worklist, hand_in(worklist, name=SECRET)), ADA)
    break_it(database)

    for name, action in ACTIONS.items():
        with caplog.at_level("DEBUG"), pytest.raises(WorklistError, match="CXR_DATABASE") as error:
            action(worklist, case)
        trace = "".join(traceback.format_exception(error.value))
        assert SECRET not in trace and not re.search(case.sha256, trace), name
    assert SECRET not in caplog.text


def test_a_worklist_that_was_broken_works_again_once_it_is_mended(
    worklist: Worklist, database: Database
) -> None:
    case = hand_in(worklist)
    break_it(database)
    with pytest.raises(WorklistError):
        worklist.ranked.page()
    with database.writing() as session:
        for table in ("cases", "audit", "audit_head"):
            session.execute(text(f"ALTER TABLE {table}_before RENAME TO {table}"))

    assert [ranked.case.number for ranked in worklist.ranked.page().rows] == [case.number]
