"""Failed attempts to sign in, too few for a pause: none is lost, and nothing that somebody typed is kept."""

import pytest
from cheap_passwords import cheap_passwords
from test_accounts import MINUTE, OTHER, PASSWORD, Clock, accounts, clock, trail

from cxr.worklist.accounts.accounts import Accounts, WrongError
from cxr.worklist.accounts.throttle import FORGOTTEN_AFTER, FREE, failed_attempts
from cxr.worklist.store.database import Database

__all__ = ["accounts", "cheap_passwords", "clock"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")


def test_a_few_failed_attempts_are_recorded_once_their_owner_signs_in(
    accounts: Accounts, database: Database
) -> None:
    for _ in range(FREE - 1):
        with pytest.raises(WrongError):
            accounts.check("Ada Lovelace", OTHER)
    before = trail(database)
    accounts.check("ADA lovelace", PASSWORD)
    accounts.check("ADA lovelace", PASSWORD)

    line = ("sign-in", "sign-in failed", {"account": "Ada Lovelace", "attempts": FREE - 1})
    assert trail(database) == [*before, line]


def test_failed_attempts_that_nobody_follows_up_are_recorded_a_day_later_without_what_was_typed(
    accounts: Accounts, clock: Clock, database: Database
) -> None:
    for name in ("Ada Lovelace", "hunter2", "hunter2", "letmein"):
        with pytest.raises(WrongError):
            accounts.check(name, OTHER)
    with database.reading() as session:
        assert failed_attempts(session) == 4
    before = trail(database)
    clock.wait(FORGOTTEN_AFTER + MINUTE)
    with pytest.raises(WrongError):
        accounts.check("another", OTHER)

    assert trail(database) == [
        *before,
        ("sign-in", "sign-in failed", {"account": "Ada Lovelace", "attempts": 1}),
        ("sign-in", "sign-in failed", {"account": None, "attempts": 3}),
    ]
    with database.reading() as session:
        assert failed_attempts(session) == 1


def test_attempts_that_a_new_password_follows_are_recorded(accounts: Accounts, database: Database) -> None:
    with pytest.raises(WrongError):
        accounts.check("Ada Lovelace", OTHER)
    accounts.reset("Ada Lovelace", OTHER, "root")

    assert ("sign-in", "sign-in failed", {"account": "Ada Lovelace", "attempts": 1}) in trail(database)
