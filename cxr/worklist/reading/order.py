"""The orders in which cases are read, in SQL: each is a few parts, one after the other."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, tuple_

from cxr.triage.priority import Urgency
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.store.schema import CaseRow, is_open

Columns: TypeAlias = tuple[Any, ...]

PRIORITY: Columns = (CaseRow.lane, CaseRow.age_group, CaseRow.rank, CaseRow.arrived_at, CaseRow.id)
ARRIVAL: Columns = (CaseRow.arrived_at, CaseRow.id)


@dataclass(frozen=True, slots=True)
class Part:
    """Cases to read that follow each other in the order of some columns.

    Attributes
    ----------
    holds
        Whether a row that no earlier part holds is in this one.
    """

    condition: ColumnElement[bool]
    order: Columns
    holds: Callable[[CaseRow], bool] = lambda _: True

    def before(self, row: CaseRow) -> ColumnElement[bool]:
        """Select what precedes a row of this part."""
        return tuple_(*self.order) < self._place(row)

    def after(self, row: CaseRow) -> ColumnElement[bool]:
        """Select what follows a row of this part."""
        return tuple_(*self.order) > self._place(row)

    def backwards(self) -> Columns:
        """The order from the last to the first."""
        return tuple(column.desc() for column in self.order)

    def _place(self, row: CaseRow) -> tuple[Any, ...]:
        # A plain tuple takes the columns' types: a bare time would be converted to the server's zone.
        return tuple(getattr(row, column.key) for column in self.order)


def overdue(cutoff: datetime.datetime) -> Part:
    """Cases that arrived before a moment; they are read first."""
    return Part(CaseRow.arrived_at < cutoff, ARRIVAL, lambda row: row.arrived_at < cutoff)


def by_priority(cutoff: datetime.datetime) -> tuple[Part, ...]:
    """Overdue cases, then all others by the priority stored in every row."""
    return overdue(cutoff), Part(CaseRow.arrived_at >= cutoff, PRIORITY)


def first_come(cutoff: datetime.datetime) -> tuple[Part, ...]:
    """By arrival, as long as results are withheld; only what a person or the modality raised goes ahead."""
    in_time = CaseRow.arrived_at >= cutoff
    return (
        overdue(cutoff),
        *(
            Part(in_time & (CaseRow.raised == urgency), ARRIVAL, partial(_raised_to, urgency))
            for urgency in (Urgency.STAT, Urgency.HIGH)
        ),
        Part(in_time & CaseRow.raised.is_(None), ARRIVAL),
    )


def _raised_to(urgency: Urgency, row: CaseRow) -> bool:
    return row.raised == urgency


def parts_of_view(wanted: Filter, to_read: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts of a view, with its condition: one part where it does not list cases to read."""
    if wanted.list_view is ListView.TO_READ:
        return tuple(Part(is_open() & part.condition, part.order, part.holds) for part in to_read)
    last = CaseRow.read_at if wanted.list_view is ListView.READ else CaseRow.dismissed_at
    return (Part(wanted.in_view(), (last.desc(), CaseRow.id.desc())),)
