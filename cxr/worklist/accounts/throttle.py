"""Slows down guessing: after several failed attempts with a name, sign-in with it is paused."""

import datetime
import hashlib

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.store.schema import AccountRow, SignInAttemptRow

SIGN_IN = "sign-in"
"""Who is named in the audit trail where nobody is signed in."""
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
    _forget_old(session, now)
    row = session.get(SignInAttemptRow, _key(name), with_for_update=True)
    if row is None:
        row = SignInAttemptRow(name_sha256=_key(name), failures=0)
        session.add(row)
    elif row.paused_until and now < row.paused_until <= now + LONGEST_PAUSE:
        # A longer one was written by a clock that ran fast.
        raise PausedError(row.paused_until - now)
    row.failures += 1
    row.last_at = now
    if row.failures >= FREE:
        # The exponent is bounded too: 2 to the power of a million is a long number.
        doubled = FIRST_PAUSE * 2 ** min(row.failures - FREE, 10)
        row.paused_until = now + min(doubled, LONGEST_PAUSE)
    return row.failures


def forget_attempts(session: Session, name: str, failures: int, now: datetime.datetime) -> None:
    """Start counting again, after a success or a new password; failures that led to no pause are recorded.

    Nothing is recorded by a failed attempt before the first pause, for names that exist and for others: the
    time that it takes would tell them apart, and anybody could fill the trail with made-up names.
    """
    session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.name_sha256 == _key(name)))
    if 0 < failures < FREE:
        known = session.scalar(select(AccountRow.name).where(AccountRow.folded == name))
        append(session, [_failed(known, failures)], now)


def failures_of(session: Session, name: str) -> int:
    """Return how many attempts with a name have failed since the last success."""
    row = session.get(SignInAttemptRow, _key(name))
    return row.failures if row else 0


def failed_attempts(session: Session) -> int:
    """Count the failed attempts of about the last day, of all names, which no success has followed."""
    return session.scalar(select(func.sum(SignInAttemptRow.failures))) or 0


def _forget_old(session: Session, now: datetime.datetime) -> None:
    """Forget what is a day old; what led to no pause, which is recorded itself, is recorded now."""
    old = ~SignInAttemptRow.last_at.between(now - FORGOTTEN_AFTER, now + FORGOTTEN_AFTER)
    if session.scalar(select(SignInAttemptRow.name_sha256).where(old).limit(1)) is None:
        return
    names = {_key(one.folded): one.name for one in session.scalars(select(AccountRow))}
    unpaused = old, SignInAttemptRow.failures < FREE
    entries, known = [], 0
    for row in session.scalars(select(SignInAttemptRow).where(*unpaused)).yield_per(1000):
        if row.name_sha256 in names:
            entries.append(_failed(names[row.name_sha256], row.failures))
            known += row.failures
    total = session.scalar(select(func.sum(SignInAttemptRow.failures)).where(*unpaused)) or 0
    if total > known:
        entries.append(_failed(None, total - known))
    session.execute(delete(SignInAttemptRow).where(old))
    append(session, entries, now)


def _failed(account: str | None, attempts: int) -> Entry:
    # Without the name if there is no such account: people type passwords there.
    return Entry(SIGN_IN, Action.SIGN_IN_FAILED, details={"account": account, "attempts": attempts})


def _key(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()
