"""Films that wait for their score, leased to workers: each to one of them at a time."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from cxr.film.decoding_pool import ATTEMPTS
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.trail import Action, Entry, append
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import post
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import case_of, put_in_place, write_reasons, write_result
from cxr.worklist.store.schema import CaseRow

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

CHANGED_FILE = "changed_file"
"""Code of the reason that a film's file is not the one that was added."""
LEASE = datetime.timedelta(seconds=90)
"""How long a worker keeps its films without a heartbeat; then others may claim them."""

BLOCK = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A worker's result for a case: that of the screening, or the reason why the file could not be read.

    `cost_an_attempt` is set where reading the film ended the process that decodes it, or took too long.
    """

    case: Case
    result: ScreeningResult | None = None
    thumbnail: bytes | None = None
    error: Reason | None = None
    cost_an_attempt: bool = False


class ScoringQueue:
    """Waiting films and the workers that claim them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> int:
        """Count the films that wait for their score."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(CaseRow).where(*_unscored())) or 0

    def unscored(self, numbers: Sequence[int]) -> list[int]:
        """Which of these cases still wait for their score."""
        found: list[int] = []
        for block in _blocks(numbers):
            query = select(CaseRow.id).where(CaseRow.id.in_(block), *_unscored())
            with self._database.reading() as session:
                found += session.scalars(query)
        return found

    def refused(self, numbers: Sequence[int]) -> int:
        """Count those of these cases that were refused."""
        count = 0
        for block in _blocks(numbers):
            refused = and_(CaseRow.id.in_(block), CaseRow.flag == Flag.REFUSED)
            with self._database.reading() as session:
                count += session.scalar(select(func.count()).select_from(CaseRow).where(refused)) or 0
        return count

    def claim(
        self,
        worker: str,
        limit: int,
        lease: datetime.timedelta = LEASE,
        numbers: Collection[int] | None = None,
        again: bool = False,
    ) -> list[Case]:
        """Lease films to a worker, in order of arrival.

        Nobody else gets them until they are recorded, released, or the lease has expired: then their worker
        is taken for dead, and a result that it records later is ignored.

        Parameters
        ----------
        numbers
            Cases to choose from, by default all. Of these the worker also gets those that it holds: one that
            was restarted under its old name continues with them.
        again
            Claim films that cost an attempt earlier, and no others; by default those that cost none.
        """
        now = datetime.datetime.now(datetime.UTC)
        # No lease ends so late: the clock of the machine that wrote it ran fast.
        impossible = now + 2 * max(lease, LEASE)
        free = or_(CaseRow.lease_until.is_(None), CaseRow.lease_until < now, CaseRow.lease_until > impossible)
        if numbers is not None:
            free = and_(CaseRow.id.in_(numbers), or_(free, CaseRow.lease_owner == worker))
        attempts = CaseRow.attempts > 0 if again else CaseRow.attempts == 0
        query = select(CaseRow).where(*_unscored(), attempts, free).order_by(CaseRow.id).limit(limit)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _lease(session, rows, worker, now + lease)
            return [case_of(row) for row in rows]

    def renew(self, worker: str, lease: datetime.timedelta = LEASE) -> int:
        """Renew the lease of the films that a worker still holds, and return how many they are."""
        until = datetime.datetime.now(datetime.UTC) + lease
        query = select(CaseRow).where(CaseRow.lease_owner == worker, *_unscored()).order_by(CaseRow.id)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _lease(session, rows, worker, until)
            return len(rows)

    def record(self, worker: str, results: Sequence[Scored]) -> int:
        """Record a worker's results for films that it holds, and return how many.

        A film that it no longer holds, or that was inverted or restated since it was claimed, is left out:
        the result is that of the film as it was, or another worker records it. One that cost an attempt waits
        for the next, and is refused after the last.
        """
        now = datetime.datetime.now(datetime.UTC)
        by_case = {result.case.number: result for result in results}
        with self._database.writing() as session:
            held = _held(session, worker, list(by_case))
            entries = []
            for row in held:
                result = by_case[row.id]
                if (row.turned, row.stated) != (result.case.turned, result.case.stated):
                    continue
                row.lease_owner = row.lease_until = None
                row.attempts += result.cost_an_attempt
                if result.cost_an_attempt and row.attempts < ATTEMPTS:
                    continue
                self._write(row, result)
                row.scored_at = now
                row.version += 1
                entries.append(_entry(worker, row))
            post(session, [entry.case for entry in entries if entry.case], now)
            append(session, entries, now)
            return len(entries)

    def release(self, worker: str) -> None:
        """Release all films that a worker holds, for others to claim."""
        with self._database.writing() as session:
            query = select(CaseRow).where(CaseRow.lease_owner == worker).order_by(CaseRow.id)
            for row in session.scalars(query.with_for_update(key_share=True)):
                row.lease_owner = row.lease_until = None

    def _write(self, row: CaseRow, result: Scored) -> None:
        if result.error:
            row.flag = Flag.REFUSED
            write_reasons(row, (result.error,))
        elif result.result and result.thumbnail:
            write_result(row, result.result, result.thumbnail)
        put_in_place(row)


def _blocks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split numbers into blocks that fit one statement."""
    yield from (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def _unscored() -> tuple[Any, ...]:
    return (CaseRow.scored_at.is_(None), CaseRow.set_aside_at.is_(None))


def _lease(session: Session, rows: Sequence[CaseRow], worker: str, until: datetime.datetime) -> None:
    """Lease rows to a worker in one statement, which costs half as much as one for each row."""
    if not rows:
        return
    kept = update(CaseRow).where(CaseRow.id.in_([row.id for row in rows]))
    kept = kept.values(lease_owner=worker, lease_until=until)
    session.execute(kept, execution_options={"synchronize_session": False})


def _held(session: Session, worker: str, numbers: list[int]) -> Sequence[CaseRow]:
    held = and_(CaseRow.id.in_(numbers), CaseRow.lease_owner == worker, CaseRow.scored_at.is_(None))
    query = select(CaseRow).where(held).order_by(CaseRow.id)
    return session.scalars(query.with_for_update(key_share=True)).all()


def _entry(worker: str, row: CaseRow) -> Entry:
    action = Action.REFUSED if row.flag == Flag.REFUSED else Action.SCORED
    details: dict[str, str | int | float | bool | None] = {"flag": row.flag}
    if row.probability is not None:
        details["probability"] = round(row.probability, 6)
    if row.reasons:
        details["reasons"] = " ".join(reason["code"] for reason in row.reasons)
    return Entry(worker, action, row.id, row.bundle_version, details)
