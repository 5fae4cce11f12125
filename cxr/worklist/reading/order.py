"""The orders in which cases are read, in SQL: each is a few parts, one after the other."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
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

    A row that left the list has a place in it still, by its columns.

    Attributes
    ----------
    holds
        Whether a row that no earlier part holds is in this one.
    latest_first
        Whether the largest values come first.
    """

    condition: ColumnElement[bool]
    columns: Columns
    holds: Callable[[CaseRow], bool] = lambda _: True
    latest_first: bool = False

    @property
    def order(self) -> Columns:
        """The order from the first to the last."""
        return _descending(self.columns) if self.latest_first else self.columns

    @property
    def backwards(self) -> Columns:
        """The order from the last to the first."""
        return self.columns if self.latest_first else _descending(self.columns)

    def before(self, row: CaseRow) -> ColumnElement[bool]:
        """Select what precedes a row of this part."""
        return self._larger(row) if self.latest_first else self._smaller(row)

    def after(self, row: CaseRow) -> ColumnElement[bool]:
        """Select what follows a row of this part."""
        return self._smaller(row) if self.latest_first else self._larger(row)

    def _smaller(self, row: CaseRow) -> ColumnElement[bool]:
        return tuple_(*self.columns) < self._place(row)

    def _larger(self, row: CaseRow) -> ColumnElement[bool]:
        return tuple_(*self.columns) > self._place(row)

    def _place(self, row: CaseRow) -> tuple[Any, ...]:
        # A plain tuple takes the columns' types: a bare time would be converted to the server's zone.
        return tuple(getattr(row, column.key) for column in self.columns)


def _descending(columns: Columns) -> Columns:
    return tuple(column.desc() for column in columns)


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
        return tuple(replace(part, condition=is_open() & part.condition) for part in to_read)
    last = CaseRow.read_at if wanted.list_view is ListView.READ else CaseRow.dismissed_at
    return (Part(wanted.in_view(), (last, CaseRow.id), latest_first=True),)
