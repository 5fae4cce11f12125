"""Password hashes that take no time, for tests that are about something else."""

import pytest
from argon2 import PasswordHasher

from cxr.worklist.accounts import passwords


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least memory and time."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
