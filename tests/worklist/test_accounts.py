"""Accounts, failed attempts and sessions, on both databases, with a clock of the test's own."""

import datetime
from dataclasses import dataclass
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from cheap_passwords import cheap_passwords

from cxr.worklist.accounts import passwords
from cxr.worklist.accounts.accounts import AccountError, Accounts, WrongError
from cxr.worklist.accounts.passwords import PasswordRefusedError
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.sessions import Lifetime, Sessions, SignedIn, key_of
from cxr.worklist.accounts.throttle import FREE, LONGEST_PAUSE, PausedError
from cxr.worklist.audit.trail import AuditTrail
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import AccountRow, SessionRow, SignInAttemptRow

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD, OTHER = "four words of mine", "four words of yours"
MINUTE = datetime.timedelta(minutes=1)


@dataclass
class Clock:
    """A clock that the test sets."""

    time: datetime.datetime = datetime.datetime(2026, 3, 2, 8, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.time

    def wait(self, time: datetime.timedelta) -> None:
        self.time += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    """Accounts with Ada, who reads."""
    accounts = Accounts(database, clock)
    accounts.add("Ada Lovelace", Role.READER, PASSWORD, "root")
    return accounts


@pytest.fixture
def sessions(database: Database, clock: Clock) -> Sessions:
    return Sessions(database, Lifetime(30 * MINUTE, 12 * 60 * MINUTE), clock)


def trail(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    """Lines of the trail, the first first."""
    lines = AuditTrail(database).lines()
    return [(line.who, line.action.value, dict(line.details)) for line in reversed(lines)]


def test_an_account_signs_in_with_its_password_in_any_case_of_its_name(accounts: Accounts) -> None:
    assert accounts.check("ADA  lovelace", PASSWORD).name == "Ada Lovelace"
    for name, password in (
        ("Ada Lovelace", OTHER),
        ("Ada", PASSWORD),
        ("", ""),
        ("Ada Lovelace", "x" * 5000),
    ):
        with pytest.raises(WrongError):
            accounts.check(name, password)


def test_a_password_is_kept_only_as_an_argon2_hash(accounts: Accounts, database: Database) -> None:
    with database.reading() as session:
        kept = session.query(AccountRow).one().password

    assert kept is not None and kept.startswith("$argon2id$") and PASSWORD not in kept


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001, "ADA LOVELACE 1815"])
def test_a_password_that_is_easy_to_guess_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(PasswordRefusedError):
        accounts.reset("ada lovelace", password, "root")

    assert accounts.check("ada lovelace", PASSWORD)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ada LOVELACE",
        "ＡＤＡ Lovelace",
        "worker",
        "ｗｏｒｋｅｒ",
        "<b>",
        "pacs (x)",
        "-a",
        "a" * 81,
        "a\nb\0",
    ],
)
def test_a_name_that_is_taken_or_misleads_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError):
        accounts.add(name, Role.READER, OTHER, "root")

    assert len(accounts.all()) == 1


def test_sign_in_is_paused_for_longer_and_longer_after_failed_attempts(
    accounts: Accounts, clock: Clock, database: Database
) -> None:
    for _ in range(FREE):
        with pytest.raises(WrongError):
            accounts.check("Ada Lovelace", OTHER)
    pauses = []
    for _ in range(7):
        # Not even the right password, and refused attempts do not lengthen the pause.
        for _ in range(2):
            with pytest.raises(PausedError):
                accounts.check("Ada Lovelace", PASSWORD)
        began = clock.time
        while True:
            clock.wait(MINUTE / 2)
            try:
                accounts.check("Ada Lovelace", OTHER)
            except PausedError:
                continue
            except WrongError:
                break
        pauses.append((clock.time - began) / MINUTE)

    assert pauses == [0.5, 1, 2, 4, 8, 15, 15]
    clock.wait(LONGEST_PAUSE)
    assert accounts.check("Ada Lovelace", PASSWORD)
    with pytest.raises(WrongError):  # counted from the beginning again
        accounts.check("Ada Lovelace", OTHER)
    assert ("sign-in", "sign-in paused", {"account": "Ada Lovelace", "attempts": FREE}) in trail(database)


def test_a_name_that_does_not_exist_is_paused_alike_and_written_nowhere(
    accounts: Accounts, database: Database
) -> None:
    for _ in range(FREE):
        with pytest.raises(WrongError):
            accounts.check("hunter2 is my password", OTHER)
    with pytest.raises(PausedError) as paused:
        accounts.check("hunter2 is my password", OTHER)

    assert paused.value.sentence == "Too many failed attempts with this name. Try again in a minute."
    assert trail(database)[-1] == ("sign-in", "sign-in paused", {"account": None, "attempts": FREE})
    with database.reading() as session:
        assert "hunter2" not in str(session.query(SignInAttemptRow).one().__dict__)


@pytest.mark.parametrize("kept", [True, False])
def test_a_password_is_hashed_as_dearly_where_there_is_no_account(
    monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    known = passwords.hashed(PASSWORD, "Ada")

    assert not passwords.matches(known if kept else None, "four other words")
    assert [extract_parameters(one) for one in verified] == [extract_parameters(known)]


def test_a_new_password_ends_sessions_and_the_pause(accounts: Accounts, sessions: Sessions) -> None:
    key = key_of(sessions.open("Ada Lovelace"))
    for _ in range(FREE):
        with pytest.raises(WrongError):
            accounts.check("Ada Lovelace", OTHER)

    accounts.reset("Ada Lovelace", OTHER, "root")

    assert sessions.of(key) is None
    assert accounts.check("Ada Lovelace", OTHER)


def test_a_disabled_account_is_signed_out_and_stays_out_until_it_is_reset(
    accounts: Accounts, sessions: Sessions, database: Database
) -> None:
    key = key_of(sessions.open("Ada Lovelace"))
    accounts.disable("ada lovelace", "root")

    assert sessions.of(key) is None and sessions.ended([key]) == {key}
    with pytest.raises(WrongError):
        accounts.check("Ada Lovelace", PASSWORD)
    with pytest.raises(WrongError):
        sessions.open("Ada Lovelace")
    accounts.reset("Ada Lovelace", OTHER, "root")
    assert accounts.check("Ada Lovelace", OTHER).disabled_at is None
    assert [line[2].get("change") for line in trail(database)] == [
        *("added", None, "disabled", None, "password reset"),
    ]


def test_a_session_ends_without_activity_and_at_the_latest_after_its_hours(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    key = key_of(sessions.open("Ada Lovelace"))
    assert sessions.of(key) == SignedIn(key, "Ada Lovelace", Role.READER)

    for _ in range(25):  # 12 h 5 min
        clock.wait(29 * MINUTE)
        sessions.touch(key)
    ended = sessions.of(key)
    idle = key_of(sessions.open("Ada Lovelace"))
    clock.wait(31 * MINUTE)

    assert ended is None and sessions.of(idle) is None
    with pytest.raises(WrongError):
        accounts.check("Ada Lovelace", OTHER)


def test_a_session_of_a_clock_that_ran_fast_has_ended(
    accounts: Accounts, sessions: Sessions, clock: Clock, database: Database
) -> None:
    ahead = key_of(sessions.open("Ada Lovelace"))
    clock.wait(-24 * 60 * MINUTE)
    used_since = key_of(sessions.open("Ada Lovelace"))
    clock.wait(-24 * 60 * MINUTE)
    sessions.touch(used_since)

    assert sessions.ended([ahead, used_since]) == {ahead, used_since}
    sessions.open("Ada Lovelace")
    with database.reading() as session:
        assert session.query(SessionRow).count() == 1


def test_a_pause_of_a_clock_that_ran_fast_keeps_nobody_out(accounts: Accounts, clock: Clock) -> None:
    for _ in range(FREE):
        with pytest.raises(WrongError):
            accounts.check("Ada Lovelace", OTHER)
    clock.wait(-12 * 60 * MINUTE)

    assert accounts.check("Ada Lovelace", PASSWORD)


def test_a_role_holds_from_the_next_question_on(accounts: Accounts, sessions: Sessions) -> None:
    key = key_of(sessions.open("Ada Lovelace"))
    accounts.change_role("Ada Lovelace", Role.LEAD, "root")

    signed_in = sessions.of(key)

    assert signed_in and signed_in.role is Role.LEAD


def test_signing_out_ends_one_session_and_everywhere_ends_all(
    accounts: Accounts, sessions: Sessions, database: Database
) -> None:
    accounts.add("Ben", Role.READER, OTHER, "root")
    here, there, elsewhere = (key_of(sessions.open("Ada Lovelace")) for _ in range(3))
    bens = key_of(sessions.open("Ben"))

    sessions.end(SignedIn(here, "Ada Lovelace", Role.READER))
    assert sessions.ended([here, there, elsewhere, bens]) == {here}
    sessions.end(SignedIn(there, "Ada Lovelace", Role.READER), everywhere=True)

    assert sessions.ended([here, there, elsewhere, bens]) == {here, there, elsewhere}
    assert trail(database)[-1] == ("Ada Lovelace", "signed out", {"everywhere": True})


def test_the_database_does_not_hold_what_opens_a_session(
    accounts: Accounts, sessions: Sessions, database: Database
) -> None:
    token = sessions.open("Ada Lovelace")

    with database.reading() as session:
        stored = [row.key for row in session.query(SessionRow)]
    assert stored == [key_of(token)]
    assert sessions.of(token) is None and sessions.of(key_of(stored[0])) is None


def test_a_provider_adds_a_person_once_and_its_role_is_the_latest(accounts: Accounts) -> None:
    first = accounts.from_provider("a" * 64, "Cy", Role.READER)
    again = accounts.from_provider("a" * 64, "Cyrus", Role.LEAD)

    assert (first.role, again.role, again.name) == (Role.READER, Role.LEAD, "Cyrus")
    assert [account.name for account in accounts.all()] == ["Ada Lovelace", "Cyrus"]
    with pytest.raises(AccountError):  # the name of somebody else
        accounts.from_provider("b" * 64, "ada lovelace", Role.ADMIN)
    accounts.disable("Cyrus", "root")
    with pytest.raises(WrongError):
        accounts.from_provider("a" * 64, "Cyrus", Role.LEAD)
