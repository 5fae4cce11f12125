"""The worklist in the order of reading, page by page, ranked in the database."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, case, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency, why
from cxr.worklist.case import Case
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Counts, Page, Ranked
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import case_of
from cxr.worklist.store.schema import CaseRow, FilmRow, is_open

PAGE = 50
EXPORT_BLOCK = 500
_PRIORITY = (CaseRow.lane, CaseRow.age_group, CaseRow.rank, CaseRow.arrived_at, CaseRow.id)
_ARRIVAL = (CaseRow.arrived_at, CaseRow.id)
_Order: TypeAlias = tuple[InstrumentedAttribute[Any], ...]
_Half: TypeAlias = tuple[ColumnElement[bool], _Order]


class RankedList:
    """The order of reading, as `cxr.triage.priority` defines it, in SQL.

    Cases that have waited longer than the cap come first, by arrival; the others follow by the priority
    stored in every row. Both orders are indexes of the table, so no page sorts the whole list.

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
            return self._case(row) if row and row.films else None

    def case_of_film(self, number: int) -> Case | None:
        """Return the case of a film as if that film were its only one; None if there is no such film."""
        with self._database.reading() as session:
            film = session.get(FilmRow, number)
            if film is None:
                return None
            case = self._case(film.case)
            return case.about(next(one for one in case.films if one.number == number))

    def ranked(self, number: int, now: datetime.datetime | None = None) -> Ranked | None:
        """Return a case with its rank."""
        now = now or _now()
        with self._database.reading() as session:
            row = session.get(CaseRow, number)
            if row is None or not row.films:
                return None
            return self._ranked(row, self._rank(session, row, now), now)

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
        wanted, now = wanted or Filter(), now or _now()
        with self._database.reading() as session:
            total = _count(session, wanted.in_view(), *wanted.conditions())
            offset = max(0, min(offset, (total - 1) // limit * limit))
            rows = self._rows(session, wanted, now, offset, limit)
            ranks: dict[int, int] = {}
            if wanted.list_view is ListView.TO_READ:
                ranks = self._ranks(session, wanted, rows, offset, now)
            return Page(tuple(self._ranked(row, ranks.get(row.id), now) for row in rows), offset, total)

    def next_to_read(self, now: datetime.datetime | None = None, after: int | None = None) -> Case | None:
        """Return the first case in the order of reading that nobody has claimed, other than `after`."""
        free: list[ColumnElement[bool]] = [CaseRow.reader.is_(None)]
        if after is not None:
            free.append(CaseRow.id != after)
        with self._database.reading() as session:
            for query in self._queries(Filter(), now or _now()):
                row = session.scalars(query.where(*free).limit(1)).first()
                if row:
                    return self._case(row)
        return None

    def neighbours(self, number: int, now: datetime.datetime | None = None) -> tuple[int | None, int | None]:
        """Return the numbers of the cases directly before and after one among those to read."""
        halves = self._halves(now or _now())
        with self._database.reading() as session:
            row = session.get(CaseRow, number)
            if row is None or row.dismissed_at or row.read_at:
                return None, None
            late = self._overdue_at(row, now or _now())
            condition, order = halves[0 if late else 1]
            # A plain tuple takes the columns' types: a bare time would be converted to the server's zone.
            here = tuple(getattr(row, column.key) for column in order)
            before, after = tuple_(*order) < here, tuple_(*order) > here
            previous = _first(session, _backwards(order), condition, before)
            following = _first(session, order, condition, after)
            if previous is None and not late:
                previous = _first(session, _backwards(halves[0][1]), halves[0][0])
            if following is None and late:
                following = _first(session, halves[1][1], halves[1][0])
        return previous, following

    def of_patient(self, case: Case) -> list[Case]:
        """Return other cases of the same patient, the latest first; none if the file names no patient."""
        if case.patient is None:
            return []
        query = select(CaseRow).where(CaseRow.patient == case.patient, CaseRow.id != case.number)
        with self._database.reading() as session:
            return [self._case(row) for row in session.scalars(query.order_by(CaseRow.arrived_at.desc()))]

    def refused(self, numbers: Sequence[int]) -> list[Case]:
        """Return those of some cases that were refused."""
        wanted = CaseRow.id.in_(numbers), CaseRow.flag == Flag.REFUSED
        with self._database.reading() as session:
            return [self._case(row) for row in session.scalars(select(CaseRow).where(*wanted))]

    def counts(self, now: datetime.datetime | None = None) -> Counts:
        """Count the cases by flag and by state."""
        waiting = case((CaseRow.scored_at.is_(None), 1), else_=0)
        taken = case((CaseRow.reader.is_not(None), 1), else_=0)
        overdue = case((CaseRow.arrived_at < self._cutoff(now or _now()), 1), else_=0)
        query = (
            select(CaseRow.flag, func.count(), func.sum(waiting), func.sum(taken), func.sum(overdue))
            .where(is_open())
            .group_by(CaseRow.flag)
        )
        with self._database.reading() as session:
            found = {flag: row for flag, *row in session.execute(query)}
            read = _count(session, Filter(ListView.READ).in_view())
            dismissed = _count(session, Filter(ListView.DISMISSED).in_view())
        flags: dict[Flag | None, int] = {flag: found.get(flag, [0])[0] for flag in (*Flag, None)}
        sums = [int(sum(row[place] for row in found.values())) for place in (1, 2, 3)]
        return Counts(flags, sums[0], sums[1], sums[2], read, dismissed)

    def every(self, wanted: Filter, now: datetime.datetime | None = None) -> Iterator[Ranked]:
        """Yield all cases that match a filter, block by block, for an export of any length."""
        now = now or _now()
        with self._database.reading() as session:
            numbers = self._numbers(session, wanted, now)
            ranks: dict[int, int] = {}
            if wanted.list_view is ListView.TO_READ:
                in_order = numbers if wanted.shows_all else self._numbers(session, Filter(), now)
                ranks = {number: rank for rank, number in enumerate(in_order, start=1)}
        for start in range(0, len(numbers), EXPORT_BLOCK):
            block = numbers[start : start + EXPORT_BLOCK]
            with self._database.reading() as session:
                found = session.scalars(select(CaseRow).where(CaseRow.id.in_(block)))
                rows = {row.id: self._ranked(row, ranks.get(row.id), now) for row in found}
            yield from (rows[number] for number in block if number in rows)

    def _numbers(self, session: Session, wanted: Filter, now: datetime.datetime) -> list[int]:
        """Return the numbers of all cases that match a filter, in order."""
        queries = [query.where(*wanted.conditions()) for query in self._queries(wanted, now)]
        return [
            number for query in queries for number in session.scalars(query.with_only_columns(CaseRow.id))
        ]

    def _rows(
        self, session: Session, wanted: Filter, now: datetime.datetime, offset: int, limit: int
    ) -> list[CaseRow]:
        conditions = wanted.conditions()
        first, *others = [query.where(*conditions) for query in self._queries(wanted, now)]
        rows = list(session.scalars(first.offset(offset).limit(limit)))
        for query in others:
            if len(rows) < limit:
                before = _count(session, is_open(), self._overdue(now), *conditions)
                skipped = max(0, offset - before)
                rows += session.scalars(query.offset(skipped).limit(limit - len(rows)))
        return rows

    def _queries(self, wanted: Filter, now: datetime.datetime) -> list[Select[CaseRow]]:
        """Return the queries of a view in their order: two parts for the cases to read."""
        if wanted.list_view is ListView.TO_READ:
            return [
                select(CaseRow).where(is_open(), condition).order_by(*order)
                for condition, order in self._halves(now)
            ]
        last = CaseRow.read_at if wanted.list_view is ListView.READ else CaseRow.dismissed_at
        return [select(CaseRow).where(wanted.in_view()).order_by(last.desc(), CaseRow.id.desc())]

    def _halves(self, now: datetime.datetime) -> tuple[_Half, _Half]:
        """Return condition and order of the overdue cases to read, and of the others."""
        return (self._overdue(now), _ARRIVAL), (CaseRow.arrived_at >= self._cutoff(now), _PRIORITY)

    def _ranks(
        self, session: Session, wanted: Filter, rows: list[CaseRow], offset: int, now: datetime.datetime
    ) -> dict[int, int]:
        """Return ranks by case number: from the offset if all cases are shown, else counted in the index."""
        if wanted.shows_all:
            return {row.id: offset + place for place, row in enumerate(rows, start=1)}
        numbers, ranks, before = [row.id for row in rows], dict[int, int](), 0
        for condition, order in self._halves(now):
            place = func.row_number().over(order_by=order).label("place")
            places = select(CaseRow.id, place).where(is_open(), condition).subquery()
            found = session.execute(select(places).where(places.c.id.in_(numbers)))
            ranks |= {number: before + place for number, place in found}
            before = _count(session, is_open(), self._overdue(now))
        return ranks

    def _rank(self, session: Session, row: CaseRow, now: datetime.datetime) -> int | None:
        if row.dismissed_at or row.read_at:
            return None
        if self._overdue_at(row, now):
            before = tuple_(*_ARRIVAL) < (row.arrived_at, row.id)
            return 1 + _count(session, is_open(), self._overdue(now), before)
        return (
            1
            + _count(session, is_open(), self._overdue(now))
            + _count(session, is_open(), _precedes(row))
            - _count(session, is_open(), self._overdue(now), _precedes(row))
        )

    def _ranked(self, row: CaseRow, rank: int | None, now: datetime.datetime) -> Ranked:
        overdue = self._overdue_at(row, now) and not row.read_at
        reason = why(
            Flag(row.flag) if row.flag else None, Urgency(row.raised) if row.raised else None, overdue=overdue
        )
        waited = (row.read_at or now) - row.arrived_at
        return Ranked(rank, self._case(row), waited, overdue, reason)

    def _case(self, row: CaseRow) -> Case:
        return case_of(row, self._prevalence)

    def _cutoff(self, now: datetime.datetime) -> datetime.datetime:
        return now - self._cap

    def _overdue_at(self, row: CaseRow, now: datetime.datetime) -> bool:
        return row.arrived_at < self._cutoff(now)

    def _overdue(self, now: datetime.datetime) -> ColumnElement[bool]:
        return CaseRow.arrived_at < self._cutoff(now)


def _precedes(row: CaseRow) -> ColumnElement[bool]:
    """Whether a case's priority precedes that of a row; both databases use the index."""
    # A plain tuple takes the columns' types: a bare time would be converted to the server's zone.
    return tuple_(*_PRIORITY) < (row.lane, row.age_group, row.rank, row.arrived_at, row.id)


def _backwards(order: _Order) -> tuple[ColumnElement[Any], ...]:
    return tuple(column.desc() for column in order)


def _first(session: Session, order: Sequence[Any], *conditions: ColumnElement[bool]) -> int | None:
    """Return the number of the first case to read in an order."""
    return session.scalar(select(CaseRow.id).where(is_open(), *conditions).order_by(*order).limit(1))


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(CaseRow).where(*conditions)) or 0


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
