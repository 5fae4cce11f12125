"""Passwords: which are accepted, and how they are kept (Argon2id, RFC 9106)."""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1000

HASHER = PasswordHasher()
# Each hash takes 64 MB: a flood of attempts waits in line instead of filling the memory.
_one_at_a_time = threading.Lock()


class PasswordRefusedError(ValueError):
    """A password that is not accepted; says why."""


def hashed(password: str, name: str) -> str:
    """Hash a new password.

    Raises
    ------
    PasswordRefusedError
        If it is too short, too long or holds the name.
    """
    length = len(password)
    if length < SHORTEST:
        raise PasswordRefusedError(
            f"The password is {length} characters long. Choose one of at least {SHORTEST}; "
            "several words are easy to remember."
        )
    if length > LONGEST:
        raise PasswordRefusedError(f"The password is {length} characters long. Shorten it to {LONGEST}.")
    if name.casefold() in password.casefold():
        raise PasswordRefusedError("The password contains the name of the account. Choose another.")
    with _one_at_a_time:
        return HASHER.hash(_same(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash is kept; takes the same time if none is."""
    with _one_at_a_time:
        nobodys = _nobodys()  # made at the first attempt, whosever it is
        try:
            return HASHER.verify(kept or nobodys, _same(password[: LONGEST + 1])) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """Hash to check for names that do not exist: the time of an answer must not reveal which do."""
    return HASHER.hash(secrets.token_urlsafe())


def _same(password: str) -> str:
    """Write a password as every keyboard does: an é may be one character or two."""
    return unicodedata.normalize("NFKC", password)
