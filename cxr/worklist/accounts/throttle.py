"""Slows down guessing: after several failed attempts with a name, sign-in with it is paused."""

import datetime
import hashlib

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cxr.worklist.store.schema import SignInAttemptRow

FREE = 5
"""Failed attempts before the first pause."""
FIRST_PAUSE, LONGEST_PAUSE = datetime.timedelta(seconds=30), datetime.timedelta(minutes=15)
FORGOTTEN_AFTER = datetime.timedelta(days=1)


class PausedError(Exception):
    """Too many failed attempts with a name, which need not exist."""

    def __init__(self, left: datetime.timedelta) -> None:
        minutes = -(-int(left.total_seconds()) // 60)
        self.sentence = (
            "Too many failed attempts with this name. "
            f"Try again in {'a minute' if minutes <= 1 else f'{minutes} minutes'}."
        )
        super().__init__(self.sentence)


def count_attempt(session: Session, name: str, now: datetime.datetime) -> int:
    """Count an attempt before its password is checked, so that many at once do not get past the limit.

    Names that do not exist are counted alike; only their hash is kept, because people type passwords there.

    Returns
    -------
    Attempts since the last success, this one included.

    Raises
    ------
    PausedError
        If sign-in with this name is paused; the attempt then does not count.
    """
    session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.last_at < now - FORGOTTEN_AFTER))
    row = session.get(SignInAttemptRow, _key(name), with_for_update=True)
    if row is None:
        row = SignInAttemptRow(name_sha256=_key(name), failures=0)
        session.add(row)
    elif row.paused_until and row.paused_until > now:
        raise PausedError(row.paused_until - now)
    row.failures += 1
    row.last_at = now
    if row.failures >= FREE:
        # The exponent is bounded too: 2 to the power of a million is a long number.
        doubled = FIRST_PAUSE * 2 ** min(row.failures - FREE, 10)
        row.paused_until = now + min(doubled, LONGEST_PAUSE)
    return row.failures


def forget_attempts(session: Session, name: str) -> None:
    """Start counting again, after a success or a new password."""
    session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.name_sha256 == _key(name)))


def _key(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()
