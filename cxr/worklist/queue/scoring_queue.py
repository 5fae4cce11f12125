"""Films that wait for their score, leased to workers: each to one of them at a time."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from cxr.film import Orientation, Population
from cxr.film.age import population_at
from cxr.film.decoding_pool import ATTEMPTS
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.case import Case, CaseFilm
from cxr.worklist.queue.outbox import post
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import case_of, film_of, update_priority, write_reasons, write_result
from cxr.worklist.store.schema import CaseRow, FilmRow

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

CHANGED_FILE = "changed_file"
"""Code of the reason that a film's file is not the one that was added."""
LEASE = datetime.timedelta(seconds=90)
"""How long a worker keeps its films without a heartbeat; then others may claim them."""

BLOCK = 1000
_WITH_CASES = selectinload(FilmRow.case).selectinload(CaseRow.films)
"""Two queries for all films instead of two for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A worker's result for a case: that of the screening, or the reason why the file could not be read.

    `cost_an_attempt` is set where reading the film ended the process that decodes it, or took too long;
    `age_years` is the age in the header of the film that was scored.
    """

    case: Case
    result: ScreeningResult | None = None
    thumbnail: bytes | None = None
    error: Reason | None = None
    cost_an_attempt: bool = False
    age_years: float | None = None


class ScoringQueue:
    """Waiting films and the workers that claim them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> int:
        """Count the films that wait for their score."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(FilmRow).where(*unscored_films())) or 0

    def unscored(self, numbers: Sequence[int]) -> list[int]:
        """Which of these cases still wait for their score."""
        found: list[int] = []
        for block in _blocks(numbers):
            query = select(FilmRow.case_id).where(FilmRow.case_id.in_(block), *unscored_films()).distinct()
            with self._database.reading() as session:
                found += session.scalars(query.order_by(FilmRow.case_id))
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
        free = is_free(now, lease)
        if numbers is not None:
            free = and_(FilmRow.case_id.in_(numbers), or_(free, FilmRow.lease_owner == worker))
        attempts = FilmRow.attempts > 0 if again else FilmRow.attempts == 0
        query = select(FilmRow).where(*unscored_films(), attempts, free).order_by(FilmRow.id).limit(limit)
        query = query.options(_WITH_CASES)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _lease(session, rows, worker, now + lease)
            return [case_of(row.case).about(film_of(row)) for row in rows]

    def renew(self, worker: str, lease: datetime.timedelta = LEASE) -> int:
        """Renew the lease of the films that a worker still holds, and return how many they are."""
        until = datetime.datetime.now(datetime.UTC) + lease
        query = select(FilmRow).where(FilmRow.lease_owner == worker, *unscored_films()).order_by(FilmRow.id)
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(skip_locked=True, key_share=True)))
            _lease(session, rows, worker, until)
            return len(rows)

    def record(self, worker: str, results: Sequence[Scored]) -> int:
        """Record a worker's results for films that it holds, and return how many.

        A film that it no longer holds, or that was inverted, rotated, restated or overruled since, is left
        out: the result is that of the film as it was, or another worker records it. One that cost an attempt
        waits for the next, and is refused after the last.
        """
        now = datetime.datetime.now(datetime.UTC)
        by_film = {result.case.film_number: result for result in results}
        with self._database.writing() as session:
            entries, scored = [], []
            for row in _held(session, worker, list(by_film)):
                result = by_film[row.id]
                if _as_asked(film_of(row)) != _as_asked(result.case):
                    continue
                row.lease_owner = row.lease_until = None
                row.attempts += result.cost_an_attempt
                if result.cost_an_attempt and row.attempts < ATTEMPTS:
                    continue
                self._write(row, result)
                row.scored_at = now
                update_priority(row.case)
                row.case.version += 1
                entries.append(_entry(worker, row))
                scored.append(row.id)
            session.flush()
            post(session, scored, now)
            append(session, entries, now)
            return len(entries)

    def release(self, worker: str) -> None:
        """Release all films that a worker holds, for others to claim."""
        with self._database.writing() as session:
            query = select(FilmRow).where(FilmRow.lease_owner == worker).order_by(FilmRow.id)
            for row in session.scalars(query.with_for_update(key_share=True)):
                row.lease_owner = row.lease_until = None

    def _write(self, row: FilmRow, result: Scored) -> None:
        if result.error:
            row.flag = Flag.REFUSED
            write_reasons(row, (result.error,))
        elif result.result and result.thumbnail:
            if result.age_years is not None and result.age_years != row.age_years:
                # It came with a film that was read when it was sent again.
                row.age_years, row.population = result.age_years, population_at(result.age_years)
            write_result(row, result.result, result.thumbnail)


def _blocks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split numbers into blocks that fit one statement."""
    yield from (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def unscored_films() -> tuple[Any, ...]:
    """Return the conditions for films that wait for their score."""
    on_list = select(CaseRow.id).where(CaseRow.id == FilmRow.case_id, CaseRow.dismissed_at.is_(None))
    return (FilmRow.scored_at.is_(None), on_list.exists())


def is_free(now: datetime.datetime, lease: datetime.timedelta = LEASE) -> ColumnElement[bool]:
    """Return the condition for films that no worker holds: none did, or its lease has ended.

    One that ends later than any can is over too: the clock of the machine that wrote it ran fast.
    """
    until, impossible = FilmRow.lease_until, now + 2 * max(lease, LEASE)
    return or_(until.is_(None), until < now, until > impossible)


def _lease(session: Session, rows: Sequence[FilmRow], worker: str, until: datetime.datetime) -> None:
    """Lease films to a worker in one statement, which costs half as much as one for each row."""
    if not rows:
        return
    kept = update(FilmRow).where(FilmRow.id.in_([row.id for row in rows]))
    kept = kept.values(lease_owner=worker, lease_until=until)
    session.execute(kept, execution_options={"synchronize_session": False})


def _as_asked(film: CaseFilm | Case) -> tuple[bool, Orientation, bool, Population]:
    """What people said of a film, on which its result depends."""
    return film.inverted, film.orientation, film.overruled, film.stated


def _held(session: Session, worker: str, numbers: list[int]) -> Sequence[FilmRow]:
    """Lock the films that a worker holds, after their cases: everybody locks in this order."""
    held = and_(FilmRow.id.in_(numbers), FilmRow.lease_owner == worker, FilmRow.scored_at.is_(None))
    cases = select(CaseRow).where(CaseRow.id.in_(select(FilmRow.case_id).where(held))).order_by(CaseRow.id)
    locked = session.scalars(cases.with_for_update(key_share=True)).all()
    query = select(FilmRow).where(held).order_by(FilmRow.id).execution_options(populate_existing=True)
    return [row for row in session.scalars(query.with_for_update(key_share=True)) if row.case in locked]


def _entry(worker: str, row: FilmRow) -> Entry:
    action = Action.REFUSED if row.flag == Flag.REFUSED else Action.SCORED
    details: dict[str, str | int | float | bool | None] = {"film": row.id, "flag": row.flag}
    if row.probability is not None:
        details["probability"] = round(row.probability, 6)
        details["prevalence"] = row.prevalence
    if row.reasons:
        details["reasons"] = " ".join(reason["code"] for reason in row.reasons)
    if row.engine:
        details["engine"] = row.engine
    return Entry(worker, action, row.case_id, row.bundle_version, details)
