"""The worklist in the order of reading, page by page, ranked in the database."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, lazyload

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency, why, why_first_come
from cxr.worklist.case import Case
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.neighbours import Neighbours, beside
from cxr.worklist.reading.order import Part, by_priority, first_come, parts_of_view
from cxr.worklist.reading.page import Counts, Page, Ranked
from cxr.worklist.site.mode import withholds, without_result
from cxr.worklist.store.database import Database, utc_now
from cxr.worklist.store.rows import case_of
from cxr.worklist.store.schema import CaseRow, FilmRow, is_open

PAGE = 50
EXPORT_BLOCK = 500


class RankedList:
    """The order of reading, as `cxr.triage.priority` defines it, in SQL.

    Cases that have waited longer than the cap come first, by arrival; the others follow by the priority
    stored in every row. Both orders are indexes of the table, so no page sorts the whole list.

    Where the site withholds results, cases come without them and in the order of arrival.

    Parameters
    ----------
    cap
        How long a case may wait before it precedes all others.
    prevalence
        Prevalence that all probabilities are given at; None for those they were computed at.
    """

    def __init__(self, database: Database, cap: datetime.timedelta, prevalence: float | None = None) -> None:
        self._database = database
        self._cap = cap
        self._prevalence = prevalence

    def case(self, number: int) -> Case | None:
        """Return a case, also one that is read or dismissed; None if there is no such number."""
        with self._database.reading() as session:
            row = session.get(CaseRow, number)
            return self._case(row, withholds(session)) if row and row.films else None

    def case_of_film(self, number: int) -> Case | None:
        """Return the case of a film as if that film were its only one; None if there is no such film."""
        with self._database.reading() as session:
            film = session.get(FilmRow, number)
            if film is None:
                return None
            case = self._case(film.case, withholds(session))
            return case.about(next(one for one in case.films if one.number == number))

    def ranked(self, number: int, now: datetime.datetime | None = None) -> Ranked | None:
        """Return a case with its rank."""
        now = now or utc_now()
        with self._database.reading() as session:
            row = session.get(CaseRow, number)
            if row is None or not row.films:
                return None
            withheld = withholds(session)
            return self._ranked(row, self._rank(session, row, withheld, now), withheld, now)

    def page(
        self,
        wanted: Filter | None = None,
        offset: int = 0,
        limit: int = PAGE,
        now: datetime.datetime | None = None,
    ) -> Page:
        """Return some of the cases that match a filter, in the order of reading.

        Read and dismissed cases are listed with the latest first.
        """
        wanted, now = wanted or Filter(), now or utc_now()
        with self._database.reading() as session:
            withheld = withholds(session)
            wanted = wanted.without_flags() if withheld else wanted
            total = _count(session, wanted.in_view(), *wanted.conditions())
            offset = max(0, min(offset, (total - 1) // limit * limit))
            parts = self._parts(withheld, now)
            rows = _rows(session, wanted, parts_of_view(wanted, parts), offset, limit)
            ranks: dict[int, int] = {}
            if wanted.list_view is ListView.TO_READ:
                ranks = _ranks(session, wanted, parts, rows, offset)
            found = tuple(self._ranked(row, ranks.get(row.id), withheld, now) for row in rows)
            return Page(found, offset, total)

    def next_to_read(self, now: datetime.datetime | None = None, after: int | None = None) -> Case | None:
        """Return the first case in the order of reading that nobody has claimed, other than `after`."""
        free: list[ColumnElement[bool]] = [CaseRow.reader.is_(None)]
        if after is not None:
            free.append(CaseRow.id != after)
        with self._database.reading() as session:
            withheld = withholds(session)
            for part in self._parts(withheld, now or utc_now()):
                query = select(CaseRow).where(is_open(), part.condition, *free).order_by(*part.order).limit(1)
                if row := session.scalars(query).first():
                    return self._case(row, withheld)
        return None

    def neighbours(
        self, number: int, wanted: Filter | None = None, now: datetime.datetime | None = None
    ) -> Neighbours:
        """Return the numbers of the cases of a list directly before and after one.

        A case that left the list, or that the filter leaves out, has those of the place that it had.
        """
        wanted = wanted or Filter()
        with self._database.reading() as session:
            row = session.get(CaseRow, number, options=[lazyload(CaseRow.films)])
            if row is None:
                return None, None
            withheld = withholds(session)
            wanted = wanted.without_flags() if withheld else wanted
            return beside(session, row, wanted, self._parts(withheld, now or utc_now()))

    def listed(self, numbers: Sequence[int], wanted: Filter) -> set[int]:
        """Return those of some cases that match a filter."""
        with self._database.reading() as session:
            wanted = wanted.without_flags() if withholds(session) else wanted
            matching = wanted.in_view(), *wanted.conditions()
            return set(session.scalars(select(CaseRow.id).where(CaseRow.id.in_(numbers), *matching)))

    def of_patient(self, case: Case) -> list[Case]:
        """Return other cases of the same patient, the latest first; none if the file names no patient."""
        if case.patient is None:
            return []
        query = select(CaseRow).where(CaseRow.patient == case.patient, CaseRow.id != case.number)
        with self._database.reading() as session:
            withheld = withholds(session)
            rows = session.scalars(query.order_by(CaseRow.arrived_at.desc()))
            return [self._case(row, withheld) for row in rows]

    def refused(self, numbers: Sequence[int]) -> list[Case]:
        """Return those of some cases that were refused; none where results are withheld."""
        wanted = CaseRow.id.in_(numbers), CaseRow.flag == Flag.REFUSED
        with self._database.reading() as session:
            if withholds(session):
                return []
            return [self._case(row, False) for row in session.scalars(select(CaseRow).where(*wanted))]

    def counts(self, now: datetime.datetime | None = None) -> Counts:
        """Count the cases by flag and by state; by state alone where results are withheld."""
        waiting = case((CaseRow.scored_at.is_(None), 1), else_=0)
        taken = case((CaseRow.reader.is_not(None), 1), else_=0)
        overdue = case((CaseRow.arrived_at < self._cutoff(now or utc_now()), 1), else_=0)
        query = (
            select(CaseRow.flag, func.count(), func.sum(waiting), func.sum(taken), func.sum(overdue))
            .where(is_open())
            .group_by(CaseRow.flag)
        )
        with self._database.reading() as session:
            withheld = withholds(session)
            found = {flag: row for flag, *row in session.execute(query)}
            read = _count(session, Filter(ListView.READ).in_view())
            dismissed = _count(session, Filter(ListView.DISMISSED).in_view())
        flags: dict[Flag | None, int] = {flag: found.get(flag, [0])[0] for flag in (*Flag, None)}
        if withheld:
            flags = dict.fromkeys(Flag, 0) | {None: sum(flags.values())}
        sums = [int(sum(row[place] for row in found.values())) for place in (1, 2, 3)]
        return Counts(flags, sums[0], sums[1], sums[2], read, dismissed, withheld)

    def every(
        self, wanted: Filter, now: datetime.datetime | None = None, results: bool = False
    ) -> Iterator[Ranked]:
        """Yield all cases that match a filter, block by block, for an export of any length.

        Parameters
        ----------
        results
            Give results also where the site withholds them: for figures of many cases, never to be shown.
        """
        now = now or utc_now()
        with self._database.reading() as session:
            parts = self._parts(withheld := withholds(session), now)
            wanted = wanted.without_flags() if withheld and not results else wanted
            numbers = _numbers(session, wanted, parts)
            ranks: dict[int, int] = {}
            if wanted.list_view is ListView.TO_READ:
                in_order = numbers if wanted.shows_all else _numbers(session, Filter(), parts)
                ranks = {number: rank for rank, number in enumerate(in_order, start=1)}
        for start in range(0, len(numbers), EXPORT_BLOCK):
            block = numbers[start : start + EXPORT_BLOCK]
            with self._database.reading() as session:
                withheld = withholds(session) and not results
                found = session.scalars(select(CaseRow).where(CaseRow.id.in_(block)))
                rows = {row.id: self._ranked(row, ranks.get(row.id), withheld, now) for row in found}
            yield from (rows[number] for number in block if number in rows)

    def _parts(self, withheld: bool, now: datetime.datetime) -> tuple[Part, ...]:
        return (first_come if withheld else by_priority)(self._cutoff(now))

    def _rank(self, session: Session, row: CaseRow, withheld: bool, now: datetime.datetime) -> int | None:
        if row.dismissed_at or row.read_at:
            return None
        parts = self._parts(withheld, now)
        own = next(place for place, part in enumerate(parts) if part.holds(row))
        before = sum(_count(session, is_open(), part.condition) for part in parts[:own])
        here = parts[own].before(row)
        if withheld or not own:
            return 1 + before + _count(session, is_open(), parts[own].condition, here)
        # Two counts, each in one index: with both conditions at once neither index would serve.
        overdue = _count(session, is_open(), parts[0].condition, here)
        return 1 + before + _count(session, is_open(), here) - overdue

    def _ranked(self, row: CaseRow, rank: int | None, withheld: bool, now: datetime.datetime) -> Ranked:
        overdue = row.arrived_at < self._cutoff(now) and not row.read_at
        raised = Urgency(row.raised) if row.raised else None
        if withheld:
            reason = why_first_come(raised, overdue=overdue)
        else:
            reason = why(Flag(row.flag) if row.flag else None, raised, overdue=overdue)
        waited = (row.read_at or now) - row.arrived_at
        return Ranked(rank, self._case(row, withheld), waited, overdue, reason)

    def _case(self, row: CaseRow, withheld: bool) -> Case:
        case = case_of(row, self._prevalence)
        return without_result(case) if withheld else case

    def _cutoff(self, now: datetime.datetime) -> datetime.datetime:
        return now - self._cap


def _numbers(session: Session, wanted: Filter, parts: tuple[Part, ...]) -> list[int]:
    """Return the numbers of all cases that match a filter, in order."""
    conditions = wanted.conditions()
    return [
        number
        for part in parts_of_view(wanted, parts)
        for number in session.scalars(
            select(CaseRow.id).where(part.condition, *conditions).order_by(*part.order)
        )
    ]


def _rows(
    session: Session, wanted: Filter, parts: tuple[Part, ...], offset: int, limit: int
) -> list[CaseRow]:
    conditions = wanted.conditions()
    rows: list[CaseRow] = []
    before = 0
    for part in parts:
        query = select(CaseRow).where(part.condition, *conditions).order_by(*part.order)
        rows += session.scalars(query.offset(max(0, offset - before)).limit(limit - len(rows)))
        if len(rows) == limit or part is parts[-1]:
            break
        before += _count(session, part.condition, *conditions)
    return rows


def _ranks(
    session: Session, wanted: Filter, parts: tuple[Part, ...], rows: list[CaseRow], offset: int
) -> dict[int, int]:
    """Return ranks by case number: from the offset if all cases are shown, else counted in the index."""
    if wanted.shows_all:
        return {row.id: offset + place for place, row in enumerate(rows, start=1)}
    numbers, ranks, before = [row.id for row in rows], dict[int, int](), 0
    for part in parts:
        place = func.row_number().over(order_by=part.order).label("place")
        places = select(CaseRow.id, place).where(is_open(), part.condition).subquery()
        found = session.execute(select(places).where(places.c.id.in_(numbers)))
        ranks |= {number: before + place for number, place in found}
        if part is not parts[-1]:
            before += _count(session, is_open(), part.condition)
    return ranks


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(CaseRow).where(*conditions)) or 0
