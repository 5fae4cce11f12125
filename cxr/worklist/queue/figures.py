"""Figures of the worklist for those who watch over it: counts and seconds, and nothing of any patient."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from cxr.triage.flag import Flag
from cxr.worklist.accounts.throttle import failed_attempts
from cxr.worklist.queue.scoring_queue import is_free, unscored_films
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import FilmRow

PATIENCE = datetime.timedelta(minutes=2)
"""How long films may wait without any of them being scored or claimed before no worker seems to run."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the queue, and what became of the films.

    Attributes
    ----------
    flags
        Scored films by flag.
    refusals
        Refused films by the codes of their reasons.
    waiting
        Films that wait for their score.
    queue_age
        Seconds for which the oldest of them has waited; 0 where none waits.
    worked
        Whether a worker has made progress lately, or none is needed.
    scored, scoring_seconds
        Films that a model scored, and the seconds that it took for all of them.
    failed_sign_ins
        Failed attempts to sign in of about the last day, which no success has followed.
    """

    flags: Mapping[str, int]
    refusals: Mapping[str, int]
    waiting: int
    queue_age: float
    worked: bool
    scored: int
    scoring_seconds: float
    failed_sign_ins: int


def measure(database: Database) -> Figures:
    """Take the figures, all at one moment."""
    now = datetime.datetime.now(datetime.UTC)
    with database.reading() as session:
        waiting, oldest = session.execute(
            select(func.count(), func.min(FilmRow.arrived_at)).where(*unscored_films())
        ).one()
        flags = session.execute(
            select(FilmRow.flag, func.count()).where(FilmRow.flag.is_not(None)).group_by(FilmRow.flag)
        )
        refused = session.scalars(select(FilmRow.reasons).where(FilmRow.flag == Flag.REFUSED))
        scored, seconds = session.execute(
            select(func.count(FilmRow.seconds), func.sum(FilmRow.seconds))
        ).one()
        return Figures(
            flags={flag: count for flag, count in flags if flag},
            refusals=Counter(reason["code"] for reasons in refused for reason in reasons),
            waiting=waiting,
            # A film from a machine whose clock runs fast has not arrived yet.
            queue_age=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
            worked=oldest is None or abs(now - oldest) < PATIENCE or _worked(session, now),
            scored=scored,
            scoring_seconds=seconds or 0.0,
            failed_sign_ins=failed_attempts(session),
        )


def _worked(session: Session, now: datetime.datetime) -> bool:
    """Whether a worker holds films, which it does only while it finishes some, or finished one lately.

    What is dated ahead, by a clock that ran fast, says neither.
    """
    held = and_(FilmRow.scored_at.is_(None), ~is_free(now))
    if session.scalar(select(FilmRow.id).where(held).limit(1)) is not None:
        return True
    # A file of which nothing is kept is refused as it arrives, by no worker.
    by_worker = FilmRow.scored_at != FilmRow.arrived_at
    lately = FilmRow.scored_at.between(now - PATIENCE, now + PATIENCE)
    return session.scalar(select(FilmRow.id).where(by_worker, lately).limit(1)) is not None
