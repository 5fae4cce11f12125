"""Films that wait for their score, handed out to workers: each to one of them at a time."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.trail import Action, Entry, append
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import post
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import case_of, set_priority, write_reasons, write_result
from cxr.worklist.store.schema import CaseRow

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

CHANGED_FILE = "changed_file"
"""Code of the reason that a film's file is not the one that was handed in."""
LEASE = datetime.timedelta(seconds=90)
"""How long a worker that says nothing keeps its films; then they are handed out again."""

BLOCK = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a worker says of a case: a reading of its film, or the reason why the file could not be read."""

    case: Case
    result: ScreeningResult | None = None
    thumbnail: bytes | None = None
    error: Reason | None = None


class ScoringQueue:
    """Waiting films and the workers that take them."""

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

    def held(self, worker: str) -> list[int]:
        """Tell which films a worker holds, those that it takes first before the others."""
        query = select(CaseRow.id).where(CaseRow.lease_owner == worker, *_unscored()).order_by(CaseRow.id)
        with self._database.reading() as session:
            return list(session.scalars(query))

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
    ) -> list[Case]:
        """Take films for a worker, those that came first before the others.

        Nobody else gets them until they are recorded, given back, or the lease has run out: then their
        worker is taken for dead, and what it says of them later counts for nothing.

        Parameters
        ----------
        numbers
            Cases to choose from, by default all. Of these the worker also gets those that it holds: one that
            was started anew under its old name goes on with them.
        """
        now = datetime.datetime.now(datetime.UTC)
        free = or_(CaseRow.lease_until.is_(None), CaseRow.lease_until < now)
        if numbers is not None:
            free = and_(CaseRow.id.in_(numbers), or_(free, CaseRow.lease_owner == worker))
        query = select(CaseRow).where(*_unscored(), free).order_by(CaseRow.id).limit(limit)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _keep(session, rows, worker, now + lease)
            return [case_of(row) for row in rows]

    def renew(self, worker: str, lease: datetime.timedelta = LEASE) -> int:
        """Let a worker keep the films that it still holds for another lease, and return how many they are."""
        until = datetime.datetime.now(datetime.UTC) + lease
        query = select(CaseRow).where(CaseRow.lease_owner == worker, *_unscored()).order_by(CaseRow.id)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _keep(session, rows, worker, until)
            return len(rows)

    def record(self, worker: str, results: Sequence[Scored]) -> int:
        """Write down what a worker says of the films that it holds, and return of how many.

        A film that it holds no more, or that was turned or restated since it took it, is left out: what was
        said is of the film as it was before, or another worker says it.
        """
        now = datetime.datetime.now(datetime.UTC)
        said = {result.case.number: result for result in results}
        with self._database.writing() as session:
            held = _held(session, worker, list(said))
            entries = []
            for row in held:
                result = said[row.id]
                if (row.inverted, row.stated) != (result.case.inverted, result.case.stated):
                    continue
                self._write(row, result)
                row.scored_at, row.lease_owner, row.lease_until = now, None, None
                row.version += 1
                entries.append(_entry(worker, row))
            post(session, [entry.case for entry in entries if entry.case], now)
            append(session, entries, now)
            return len(entries)

    def give_back(self, worker: str) -> None:
        """Let go of all films that a worker holds, for others to take."""
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
        set_priority(row)


def _blocks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut numbers into blocks that one statement can name."""
    yield from (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def _unscored() -> tuple[Any, ...]:
    return (CaseRow.scored_at.is_(None), CaseRow.dismissed_at.is_(None))


def _keep(session: Session, rows: Sequence[CaseRow], worker: str, until: datetime.datetime) -> None:
    """Write down who holds rows, and until when: in one statement, which costs half as much as one a row."""
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
