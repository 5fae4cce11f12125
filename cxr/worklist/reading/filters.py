"""Which cases of the worklist are shown."""

import datetime
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from cxr.film import Population
from cxr.film.printable import printable
from cxr.triage.flag import Flag
from cxr.worklist.case import State
from cxr.worklist.store.schema import CaseRow, FilmRow

NUMBER_DIGITS = 9
"""Most digits of a case number, which is a 32-bit integer."""


class ListView(StrEnum):
    """A part of the worklist."""

    TO_READ = "to read"
    READ = "read"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases to show; an empty attribute does not filter.

    Attributes
    ----------
    text
        Part of a film's or a reader's name, or a case number after `#`.
    flags
        Flags to show; `None` means films that are not scored yet.
    states
        Of the cases to read: waiting, scored or in reading.
    populations
        What is known of the patient; `UNKNOWN` finds those of whom nothing is.
    arrived_from
        Earliest time of arrival.
    patient
        Pseudonym of one patient.
    """

    list_view: ListView = ListView.TO_READ
    text: str = ""
    flags: frozenset[Flag | None] = frozenset()
    states: frozenset[State] = frozenset()
    populations: frozenset[Population] = frozenset()
    arrived_from: datetime.datetime | None = None
    patient: str | None = None

    @property
    def shows_all(self) -> bool:
        """Whether every case of the view is shown."""
        return self == Filter(self.list_view)

    def without_flags(self) -> "Filter":
        """The same without a filter of flags, for a site that withholds them."""
        return replace(self, flags=frozenset())

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters in SQL, without the view."""
        wanted: list[ColumnElement[bool]] = []
        if text := printable(self.text).strip():
            wanted.append(_named(text))
        if self.flags:
            scored = [flag.value for flag in self.flags if flag]
            by_flag = CaseRow.flag.in_(scored)
            wanted.append(or_(by_flag, CaseRow.flag.is_(None)) if None in self.flags else by_flag)
        if self.states:
            wanted.append(or_(*(_in_state(state) for state in sorted(self.states))))
        if self.populations:
            wanted.append(CaseRow.population.in_([population.value for population in self.populations]))
        if self.arrived_from:
            wanted.append(CaseRow.arrived_at >= self.arrived_from)
        if self.patient is not None:
            wanted.append(CaseRow.patient == self.patient)
        return wanted

    def in_view(self) -> ColumnElement[bool]:
        """Return the condition of the view in SQL."""
        if self.list_view is ListView.DISMISSED:
            # A case whose films have all moved to another study is only a number in the trail.
            return and_(CaseRow.dismissed_at.is_not(None), CaseRow.films.any())
        read = CaseRow.read_at.is_not(None) if self.list_view is ListView.READ else CaseRow.read_at.is_(None)
        return and_(CaseRow.dismissed_at.is_(None), read)


def _named(text: str) -> ColumnElement[bool]:
    if text.startswith("#") and text[1:].isdecimal():
        return CaseRow.id == int(text[1:]) if len(text) <= 1 + NUMBER_DIGITS else false()
    return or_(
        CaseRow.films.any(FilmRow.name.icontains(text, autoescape=True)),
        CaseRow.reader.icontains(text, autoescape=True),
    )


def _in_state(state: State) -> Any:
    read, taken = CaseRow.read_at.is_not(None), CaseRow.reader.is_not(None)
    return {
        State.READ: read,
        State.IN_READING: and_(~read, taken),
        State.SCORED: and_(~read, ~taken, CaseRow.scored_at.is_not(None)),
        State.WAITING: and_(~read, ~taken, CaseRow.scored_at.is_(None)),
    }[state]
