"""Results that wait to be sent to the PACS: each is sent at least once, whatever happens."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.site.mode import withholds
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import FilmRow, IdentityRow, OutboxRow

LEASE = datetime.timedelta(minutes=3)
"""How long a storage SCU keeps a case without a report; longer than the timeout of the PACS."""
FIRST_PAUSE = datetime.timedelta(seconds=30)
LONGEST_PAUSE = datetime.timedelta(hours=1)
FAILURE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Due:
    """A film whose result a storage SCU holds; `posted` distinguishes it from one posted during sending."""

    film: int
    case: int
    posted: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery state of a film's result.

    Attributes
    ----------
    next_try
        When it is sent, at the earliest; None where nothing waits.
    sent_at
        When the PACS last accepted one.
    failure
        Why the last attempt failed, without a word of any patient.
    """

    case: int
    attempts: int
    next_try: datetime.datetime | None
    sent_at: datetime.datetime | None
    failure: str | None


def post(session: Session, numbers: Collection[int], now: datetime.datetime) -> None:
    """Add to the outbox those films that want a result, in the transaction that holds their cases.

    A result that is in it already, or being sent, is sent again. Where the site withholds results nothing is
    added, so that none is sent later either.
    """
    if withholds(session):
        return
    wanting = select(IdentityRow.film_id).where(IdentityRow.film_id.in_(numbers), IdentityRow.wants_result)
    for number in session.scalars(wanting.order_by(IdentityRow.film_id)).all():
        row = session.get(OutboxRow, number, with_for_update=True)
        if row is None:
            row = OutboxRow(film_id=number, posted=0)
            session.add(row)
        row.posted += 1
        row.attempts, row.next_try, row.failure = 0, now, None


def pause(attempts: int, first: datetime.timedelta = FIRST_PAUSE) -> datetime.timedelta:
    """How long to wait after so many failed attempts: twice as long after each, up to `LONGEST_PAUSE`."""
    doubled: int = 2 ** min(attempts - 1, 30)
    return min(LONGEST_PAUSE, first * doubled)


class Outbox:
    """Waiting results, and the storage SCUs that claim them: each result is with one of them at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deliveries(self, limit: int = 50) -> list[Delivery]:
        """Delivery states, waiting results before those that were sent."""
        order = (OutboxRow.next_try.is_(None), OutboxRow.next_try, OutboxRow.sent_at.desc())
        with self._database.reading() as session:
            query = select(OutboxRow, FilmRow.case_id).join(FilmRow, FilmRow.id == OutboxRow.film_id)
            return [
                Delivery(case, row.attempts, row.next_try, row.sent_at, row.failure)
                for row, case in session.execute(query.order_by(*order).limit(limit))
            ]

    def claim(self, storage_scu: str, lease: datetime.timedelta = LEASE) -> Due | None:
        """Lease the longest waiting result that is due to a storage SCU; None where none is, or all are kept.

        Nobody else gets it until the outcome is reported, or the lease has expired. A lease or a pause that
        ends later than any can is ignored: the clock of the machine that wrote it ran fast.
        """
        now = datetime.datetime.now(datetime.UTC)
        ahead = OutboxRow.lease_until > now + 2 * max(lease, LEASE)
        free = or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < now, ahead)
        is_due = or_(OutboxRow.next_try <= now, OutboxRow.next_try > now + 2 * LONGEST_PAUSE)
        # A film that was inverted waits for its score first.
        is_scored = select(FilmRow.id).where(FilmRow.id == OutboxRow.film_id, FilmRow.scored_at.is_not(None))
        query = select(OutboxRow).where(is_due, free, is_scored.exists())
        query = query.order_by(OutboxRow.next_try, OutboxRow.film_id).limit(1)
        with self._database.writing() as session:
            if withholds(session):
                return None
            row = session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            row.lease_owner, row.lease_until = storage_scu, now + lease
            case = session.scalars(select(FilmRow.case_id).where(FilmRow.id == row.film_id)).one()
            return Due(row.film_id, case, row.posted)

    def sent(
        self,
        storage_scu: str,
        due: Due,
        to: str,
        objects: int,
        model: str | None = None,
        more: Mapping[str, Detail] | None = None,
    ) -> None:
        """Record that the PACS accepted a result; one that was posted meanwhile still waits."""
        now = datetime.datetime.now(datetime.UTC)
        with self._database.writing() as session:
            row = _held(session, storage_scu, due)
            if row is None:
                return
            row.sent_at, row.lease_owner, row.lease_until = now, None, None
            row.attempts, row.failure = 0, None
            if row.posted == due.posted:
                row.next_try = None
            details: dict[str, Detail] = {"to": to, "objects": objects, "film": due.film, **(more or {})}
            append(session, [Entry("storage SCU", Action.SENT, due.case, model, details)], now)

    def failed(
        self, storage_scu: str, due: Due, failure: str, first_pause: datetime.timedelta = FIRST_PAUSE
    ) -> None:
        """Record that a result could not be sent, and why; it is tried again after a pause."""
        now = datetime.datetime.now(datetime.UTC)
        with self._database.writing() as session:
            if row := _held(session, storage_scu, due):
                row.attempts += 1
                row.next_try = now + pause(row.attempts, first_pause)
                row.failure, row.lease_owner, row.lease_until = failure[:FAILURE_LENGTH], None, None

    def hurry(self) -> None:
        """Make all failed results due now: the PACS answers again."""
        now = datetime.datetime.now(datetime.UTC)
        with self._database.writing() as session:
            failed = select(OutboxRow).where(OutboxRow.attempts > 0, OutboxRow.next_try > now)
            for row in session.scalars(failed.with_for_update(skip_locked=True)):
                row.next_try = now

    def given_up(self, storage_scu: str, due: Due, why: str) -> None:
        """Record that there is no result to send: no later attempt would find one."""
        with self._database.writing() as session:
            if row := _held(session, storage_scu, due):
                row.failure, row.lease_owner, row.lease_until = why[:FAILURE_LENGTH], None, None
                if row.posted == due.posted:
                    row.next_try = None


def _held(session: Session, storage_scu: str, due: Due) -> OutboxRow | None:
    """Get the row of a result, where the storage SCU still holds it."""
    holds = and_(OutboxRow.film_id == due.film, OutboxRow.lease_owner == storage_scu)
    return session.scalars(select(OutboxRow).where(holds).with_for_update()).one_or_none()
