"""Findings of cases that were reported in another system: as readings by the reader there."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append, details_text
from cxr.worklist.case import Finding
from cxr.worklist.identity.privacy import Privacy
from cxr.worklist.reading.page import LARGEST_NUMBER
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import case_of, unread
from cxr.worklist.store.schema import AuditRow, CaseRow, FilmRow

MARK = " (elsewhere)"
"""Follows the name of a reader elsewhere; no account here has a name with brackets."""
NAME_LENGTH = 60
UNNAMED = "a reader"
FIRST_YEAR = 1895
"""Roentgen's."""
CLOCKS_DIFFER = datetime.timedelta(minutes=15)


class Outcome(StrEnum):
    """What became of a finding from elsewhere."""

    STORED = "stored"
    """nobody had read the case: it is read now"""
    REPLACED = "replaced"
    """it takes the place of an earlier one from elsewhere"""
    AGREES = "agrees"
    """the finding made here is the same, and stays"""
    CONFLICT = "conflict"
    """the finding made here is another, and stays"""
    IN_READING = "in reading"
    """somebody here is reading the case, and goes on"""
    UNCHANGED = "unchanged"
    """it was known already"""


class UnknownCaseError(Exception):
    """A finding that belongs to no case; says why."""


class AmbiguousCaseError(UnknownCaseError):
    """A finding that may belong to more than one case."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a finding is about: the number of a film here, or identifiers of its study; one of them.

    Raises
    ------
    ValueError
        If there is none, or more than one.
    """

    film: int | None = None
    study_uid: str | None = None
    accession: str | None = None

    def __post_init__(self) -> None:
        if sum(bool(one) for one in (self.film, self.study_uid, self.accession)) != 1:
            raise ValueError("Name one of film, study_uid and accession.")


@dataclass(frozen=True, slots=True)
class OutsideFinding:
    """A finished report of another system, reduced to its finding.

    Attributes
    ----------
    reader
        Whoever reported there; not a patient.
    reported_at
        When, if that is known.

    Raises
    ------
    ValueError
        If the time is later than clocks that differ explain, or before there were films.
    """

    finding: Finding
    reader: str = UNNAMED
    reported_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        if self.reported_at is None:
            return
        if self.reported_at.year < FIRST_YEAR:
            raise ValueError(f"reported_at is before {FIRST_YEAR}.")
        if self.reported_at > datetime.datetime.now(datetime.UTC) + CLOCKS_DIFFER:
            raise ValueError("reported_at is in the future. Is its time zone right?")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The case that a finding belongs to, and what became of it."""

    case: int
    outcome: Outcome


class Elsewhere:
    """Takes findings from elsewhere. None ever overwrites a finding made here."""

    def __init__(self, database: Database, privacy: Privacy) -> None:
        self._database = database
        self._privacy = privacy

    def record(self, about: Reference, found: OutsideFinding, who: str) -> Recorded:
        """Record a finding; what became of it is a line of the case's history.

        The time of reading is that of its arrival here, so that neither waits nor retention reach back.

        Raises
        ------
        UnknownCaseError
            If there is no such case; `AmbiguousCaseError` if there is more than one.
        """
        with self._database.writing() as session:
            row = self._case(session, about)
            reader = f"{' '.join(found.reader.split())[:NAME_LENGTH]}{MARK}"
            outcome, details = _outcome(row, found, reader)
            line: dict[str, Detail] = {
                "finding": found.finding,
                "reader": reader.removesuffix(MARK),
                "reported_at": found.reported_at.isoformat() if found.reported_at else None,
                "flag": row.flag,
                "outcome": outcome,
                **details,
            }
            if outcome is Outcome.UNCHANGED or _is_known(session, row, line):
                return Recorded(row.id, Outcome.UNCHANGED)
            if outcome in (Outcome.STORED, Outcome.REPLACED):
                unread(row)
                row.reader, row.finding, row.elsewhere = reader, found.finding, True
                row.read_at = datetime.datetime.now(datetime.UTC)
                row.dismissed_at = row.claimed_at = None
                row.version += 1
            entry = Entry(who, Action.REPORTED_ELSEWHERE, row.id, case_of(row).bundle_version, line)
            append(session, [entry])
            return Recorded(row.id, outcome)

    def knows(self, study_uid: str) -> bool:
        """Whether a study is on the worklist."""
        with self._database.reading() as session:
            key = self._privacy.uid_key(study_uid)
            return session.scalar(select(CaseRow.id).where(CaseRow.key == key)) is not None

    def _case(self, session: Session, about: Reference) -> CaseRow:
        """Find the case, and lock it."""
        query = select(CaseRow).where(CaseRow.films.any())
        if about.film is not None:
            number = min(about.film, LARGEST_NUMBER)
            query = query.where(CaseRow.films.any(FilmRow.id == number))
        elif about.study_uid:
            query = query.where(CaseRow.key == self._privacy.uid_key(about.study_uid.strip()))
        else:
            query = query.where(CaseRow.accession == self._privacy.accession_key(about.accession or ""))
        rows = session.scalars(query.limit(2).with_for_update(key_share=True)).all()
        if not rows:
            raise UnknownCaseError("No case on the worklist belongs to this report.")
        if len(rows) > 1:
            raise AmbiguousCaseError(
                "More than one case has this accession number. Name the film or the Study Instance UID."
            )
        return rows[0]


def _outcome(row: CaseRow, found: OutsideFinding, reader: str) -> tuple[Outcome, dict[str, Detail]]:
    if row.read_at is None:
        return (Outcome.IN_READING if row.reader else Outcome.STORED), {}
    if not row.elsewhere:
        same = row.finding == found.finding
        return (Outcome.AGREES if same else Outcome.CONFLICT), {"here": row.finding}
    if (row.finding, row.reader) == (found.finding, reader):
        return Outcome.UNCHANGED, {}
    return Outcome.REPLACED, {"before": row.finding}


def _is_known(session: Session, row: CaseRow, line: dict[str, Detail]) -> bool:
    """Whether the latest finding from elsewhere in the history of a case is the very same."""
    query = select(AuditRow.details).where(
        AuditRow.case_id == row.id, AuditRow.action == Action.REPORTED_ELSEWHERE
    )
    return session.scalar(query.order_by(AuditRow.number.desc()).limit(1)) == details_text(line)
