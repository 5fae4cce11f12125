"""Passwords whose hashes take no time, or whose checks wait, for tests that are about something else."""

import threading

import pytest
from argon2 import PasswordHasher

from cxr.worklist.accounts import passwords
from cxr.worklist.accounts.accounts import Accounts

SECONDS = 60


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least memory and time."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def held_passwords(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let every check of a password wait until this event is set."""
    check, free = Accounts.check, threading.Event()

    def check_later(accounts: Accounts, name: str, password: str) -> object:
        assert free.wait(SECONDS)
        return check(accounts, name, password)

    monkeypatch.setattr(Accounts, "check", check_later)
    return free
