"""Many threads of one process write to SQLite one after the other, and readers need not wait for them."""

import threading

import pytest
from made_cases import ADA
from sqlalchemy import func, select
from waiting import PATIENCE

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.store import database as store
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import AuditRow

DATABASES = ("sqlite",)
WRITERS = 40
"""More than there are connections."""


def write(database: Database) -> None:
    with database.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])


def lines(database: Database) -> int | None:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditRow))


def test_writers_in_line_take_no_connection_from_readers_and_all_come_to_their_turn(
    database: Database,
) -> None:
    came = threading.Semaphore(0)

    def come_and_write() -> None:
        came.release()
        write(database)

    writers = [threading.Thread(target=come_and_write) for _ in range(WRITERS)]
    with database.writing():
        for writer in writers:
            writer.start()
        assert all(came.acquire(timeout=PATIENCE) for _ in writers)
        assert [lines(database) for _ in range(100)] == [0] * 100
        assert database.engine.pool.checkedout() == 1  # type: ignore[attr-defined]  # of pools of this kind
    for writer in writers:
        writer.join(PATIENCE)

    assert lines(database) == WRITERS


def test_a_writer_whose_turn_does_not_come_says_so_and_the_next_one_writes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    def give_up() -> None:
        try:
            write(database)
        except WorklistError as error:
            found.append(str(error))

    monkeypatch.setattr(store, "BUSY_SECONDS", 0)
    with database.writing():
        other = threading.Thread(target=give_up)
        other.start()
        other.join(PATIENCE)
    write(database)

    assert found == [store.BUSY]
    assert lines(database) == 1
