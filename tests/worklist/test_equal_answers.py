"""Whoever tries names learns nothing from an answer, nor from what it takes to give it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cheap_passwords import cheap_passwords
from sqlalchemy import event

from cxr.worklist.accounts.accounts import Accounts, WrongError
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.throttle import FREE, PausedError
from cxr.worklist.store.database import Database

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "four words of mine"


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note what is asked of the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def tried(accounts: Accounts, database: Database, name: str) -> list[tuple[str, list[str]]]:
    """Try a wrong password until sign-in is paused: what was said, and what it took."""
    said = []
    for _ in range(FREE + 1):
        with statements(database) as asked, pytest.raises((WrongError, PausedError)) as refused:
            accounts.check(name, "four other words")
        said.append((refused.value.sentence, asked))
    return said


def test_names_that_exist_and_others_are_refused_alike_and_at_the_same_cost(database: Database) -> None:
    accounts = Accounts(database)
    for name in ("Ada", "Bob"):
        accounts.add(name, Role.READER, PASSWORD, "root")
    accounts.disable("Bob", "root")
    accounts.from_provider("0" * 64, "Cleo", Role.READER)

    known, *others = (tried(accounts, database, name) for name in ("Ada", "Bob", "Cleo", "Nobody", ""))

    assert others == [known] * 4
    assert {sentence for sentence, _ in known[:FREE]} == {WrongError.sentence}
    assert known[FREE][0].startswith("Too many failed attempts")
