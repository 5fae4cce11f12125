"""Films and findings of a period, for those who watch over the program: without heat maps or names."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.worklist.case import Finding
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import CaseRow, FilmRow


@dataclass(frozen=True, slots=True)
class MonitoredFilm:
    """A film and its result; no name, identifier or text of a person.

    Attributes
    ----------
    case
        Number of its case.
    sha256
        Name of its file; not for export.
    waits
        Whether it has no result yet, and its case is not dismissed.
    reasons
        Codes of the reasons for its flag.
    finding, agrees
        A reader's, of its case; None where it is not read.
    """

    number: int
    case: int
    sha256: str
    arrived_at: datetime.datetime
    scored_at: datetime.datetime | None
    waits: bool
    flag: Flag | None
    reasons: tuple[str, ...]
    logit: float | None
    probability: float | None
    prevalence: float | None
    population: Population
    age_years: float | None
    bundle_version: str | None
    finding: Finding | None
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A reader's finding in a case, and the flag of the case; `agrees` is the reader's own answer, if any.

    `elsewhere` says that the reader reported the film in another system.
    """

    number: int
    read_at: datetime.datetime
    flag: Flag | None
    population: Population
    finding: Finding
    agrees: bool | None
    elsewhere: bool = False


class Monitored:
    """What came in and what was read in a period, from its start, included, to its end, which is not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def films(self, since: datetime.datetime, until: datetime.datetime) -> list[MonitoredFilm]:
        """Return the films accepted in a period, in order of arrival, also those of dismissed cases."""
        query = (
            select(
                *(FilmRow.id, FilmRow.case_id, FilmRow.sha256, FilmRow.arrived_at, FilmRow.scored_at),
                *(FilmRow.flag, FilmRow.reasons, FilmRow.logit, FilmRow.probability, FilmRow.prevalence),
                *(FilmRow.population, FilmRow.age_years, FilmRow.bundle_version),
                *(CaseRow.dismissed_at, CaseRow.read_at, CaseRow.finding, CaseRow.agrees),
            )
            .join(CaseRow, CaseRow.id == FilmRow.case_id)
            .where(FilmRow.arrived_at >= since, FilmRow.arrived_at < until)
            .order_by(FilmRow.arrived_at, FilmRow.id)
        )
        with self._database.reading() as session:
            return [
                MonitoredFilm(
                    number=row.id,
                    case=row.case_id,
                    sha256=row.sha256,
                    arrived_at=row.arrived_at,
                    scored_at=row.scored_at,
                    waits=row.scored_at is None and row.dismissed_at is None,
                    flag=Flag(row.flag) if row.flag else None,
                    reasons=tuple(reason["code"] for reason in row.reasons),
                    logit=row.logit,
                    probability=row.probability,
                    prevalence=row.prevalence,
                    population=Population(row.population),
                    age_years=row.age_years,
                    bundle_version=row.bundle_version,
                    finding=Finding(row.finding) if row.finding and row.read_at else None,
                    agrees=row.agrees if row.read_at else None,
                )
                for row in session.execute(query)
            ]

    def findings(self, since: datetime.datetime, until: datetime.datetime) -> list[ReadCase]:
        """Return the cases read in a period, in order of reading, without those that were dismissed."""
        query = (
            select(
                *(CaseRow.id, CaseRow.read_at, CaseRow.flag, CaseRow.population, CaseRow.finding),
                *(CaseRow.agrees, CaseRow.elsewhere),
            )
            .where(CaseRow.dismissed_at.is_(None), CaseRow.finding.is_not(None))
            .where(CaseRow.read_at >= since, CaseRow.read_at < until)
            .order_by(CaseRow.read_at, CaseRow.id)
        )
        with self._database.reading() as session:
            return [
                ReadCase(
                    number=row.id,
                    read_at=row.read_at,
                    flag=Flag(row.flag) if row.flag else None,
                    population=Population(row.population) if row.population else Population.UNKNOWN,
                    finding=Finding(row.finding),
                    agrees=row.agrees,
                    elsewhere=row.elsewhere,
                )
                for row in session.execute(query)
            ]
