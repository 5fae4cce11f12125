"""What people do with cases: claim, read, undo, raise, dismiss. The audit trail records each change."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cxr.film.orientation import Orientation
from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.case import Case, Finding
from cxr.worklist.location import NOT_STATED, Location
from cxr.worklist.queue.outbox import post
from cxr.worklist.reading.not_possible import ChangedError, ClaimedError, NotPossibleError, PurgedError
from cxr.worklist.site.mode import withholds, without_result
from cxr.worklist.store.database import Database, utc_now
from cxr.worklist.store.rows import case_of, changed_since, unread, unscore, update_priority
from cxr.worklist.store.schema import CaseRow

READER_LENGTH = 80
NOTE_LENGTH = 4000
GONE = "It is no longer on the worklist."


@dataclass(frozen=True, slots=True)
class Moves:
    """The cases that were dismissed or restored, and why each of the others was not."""

    done: tuple[int, ...]
    stayed: Mapping[int, str]


class Desk:
    """Where readers work on cases.

    `seen` is the case as the person saw it: if it has changed since, nothing happens and a `ChangedError` or
    `ClaimedError` is raised. Every change returns the case as it is now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, seen: Case, who: str, over: bool = False) -> Case:
        """Claim a case to read it; `over` takes it over from the reader who has it.

        If two readers claim a case at once, one gets it. A score that arrived in between does not matter.

        Raises
        ------
        ClaimedError
            If somebody else has it.
        ChangedError
            If it was read or dismissed in the meantime.
        """
        with self._changing(seen.number) as (session, row):
            if row.read_at or row.dismissed_at:
                raise ChangedError
            if row.reader == who[:READER_LENGTH]:
                return _shown(session, row)
            if row.reader is not None and not (over and row.reader == seen.reader):
                raise ClaimedError(row.reader)
            details: dict[str, Detail] = {"from": row.reader} if row.reader else {}
            row.reader, row.claimed_at = who[:READER_LENGTH], utc_now()
            return _changed(session, row, Action.CLAIMED, who, details)

    def release(self, seen: Case, who: str) -> Case:
        """Release a case unread. A score that arrived in between does not matter."""
        with self._own(seen, who, by_flag=False) as (session, row):
            if row.read_at:
                raise ChangedError
            row.reader = row.claimed_at = None
            return _changed(session, row, Action.RELEASED, who)

    def report(
        self,
        seen: Case,
        who: str,
        finding: Finding,
        agrees: bool | None = None,
        note: str = "",
        location: Location = NOT_STATED,
    ) -> Case:
        """Record the finding of the reader who has the case, which is then read.

        `location` is kept with pneumonia alone.
        """
        if len(note) > NOTE_LENGTH:
            raise NotPossibleError(
                f"The note is {len(note)} characters long. Shorten it to {NOTE_LENGTH}; nothing was saved."
            )
        with self._own(seen, who) as (session, row):
            if row.read_at:
                raise ChangedError
            if seen.withheld:
                agrees = None
            if finding is not Finding.PNEUMONIA:
                location = NOT_STATED
            row.side, row.zone = location.side, location.zone
            row.finding, row.agrees, row.note, row.read_at = finding, agrees, note or None, utc_now()
            post(session, [film.id for film in row.films], row.read_at)
            details: dict[str, Detail] = {"finding": finding, "flag": row.flag, "agrees": agrees}
            if location != NOT_STATED:
                details["location"] = str(location)
            return _changed(session, row, Action.READ, who, details, note or None)

    def undo_report(self, seen: Case, who: str) -> Case:
        """Withdraw a finding; the reader has the case again, and the audit trail keeps the finding.

        Films that changed after they were read are scored again.
        """
        with self._own(seen, who) as (session, row):
            if not row.read_at:
                raise ChangedError
            if all(film.purged_at for film in row.films):
                raise PurgedError
            unread(row)
            for film in row.films:
                if changed_since(film) and not film.purged_at:
                    unscore(film)
            update_priority(row)
            # The PACS may have the finding: send the result without it.
            post(session, [film.id for film in row.films], utc_now())
            return _changed(session, row, Action.READING_UNDONE, who)

    def raise_priority(self, seen: Case, who: str, urgency: Urgency, reason: str) -> Case:
        """Raise the priority of a case; nobody, and no score, lowers it again.

        Raises
        ------
        NotPossibleError
            Without a reason, or if the case already has that priority.
        """
        if not (reason := stripped_reason(reason)):
            raise NotPossibleError("Enter a reason for raising this case: the next reader needs it.")
        with self._changing(seen.number) as (session, row):
            if row.raised in (urgency, Urgency.STAT):
                raise NotPossibleError(f"This case is already raised to {row.raised}.")
            row.raised = urgency
            update_priority(row)
            return _changed(session, row, Action.RAISED, who, {"to": urgency}, reason)

    def invert(self, seen: Case, who: str, inverted: bool = True) -> Case:
        """Invert the film that the case is about and have it scored again; `inverted=False` undoes it."""
        return self._score_again(seen, who, Action.INVERTED, "inverted", inverted)

    def orient(self, seen: Case, who: str, orientation: Orientation) -> Case:
        """Rotate or mirror the film that the case is about and have it scored again."""
        return self._score_again(seen, who, Action.ORIENTED, "orientation", orientation.code)

    def overrule(self, seen: Case, who: str, overruled: bool = True) -> Case:
        """Have the film scored although the quality check of its picture refused it, or undo that."""
        return self._score_again(seen, who, Action.OVERRULED, "overruled", overruled)

    def _score_again(self, seen: Case, who: str, action: Action, column: str, value: int) -> Case:
        """Record what a person says of the film that the case is about, and have it scored again."""
        with self._changing(seen.number) as (session, row):
            film = next((film for film in row.films if film.id == seen.film_number), None)
            if film is None:
                raise ChangedError
            if getattr(film, column) == value:
                return _shown(session, row)
            if film.purged_at:
                raise PurgedError
            setattr(film, column, value)
            unscore(film)
            update_priority(row)
            return _changed(session, row, action, who, {column: value, "film": film.id})

    def dismiss(self, numbers: Sequence[int], who: str, reason: str) -> Moves:
        """Dismiss cases that nobody reads; those that are read, claimed or gone stay, each for its reason.

        Raises
        ------
        NotPossibleError
            Without a reason: an unread film leaves the list only with one.
        """
        if not (reason := stripped_reason(reason)):
            raise NotPossibleError("Enter a reason for dismissing: nobody has read these films.")
        with self._database.writing() as session:
            return _move(session, numbers, _not_dismissible, utc_now(), Action.DISMISSED, who, reason)

    def restore(self, numbers: Sequence[int], who: str) -> Moves:
        """Restore dismissed cases; purged ones stay dismissed."""
        with self._database.writing() as session:
            return _move(session, numbers, _not_restorable, None, Action.RESTORED, who)

    @contextmanager
    def _changing(self, number: int) -> Iterator[tuple[Session, CaseRow]]:
        with self._database.writing() as session:
            row = session.scalars(_rows([number])).one_or_none()
            if row is None or not row.films:
                raise ChangedError
            yield session, row

    @contextmanager
    def _own(self, seen: Case, who: str, by_flag: bool = True) -> Iterator[tuple[Session, CaseRow]]:
        """Change a case that the reader has, if it is as the reader saw it: its flag too if that matters."""
        with self._changing(seen.number) as (session, row):
            if row.reader != who[:READER_LENGTH]:
                raise ClaimedError(row.reader) if row.reader else ChangedError
            films = {film.id for film in row.films} == {film.number for film in seen.films}
            if not films or row.read_at != (seen.report and seen.report.read_at):
                raise ChangedError
            # Who saw no flag need not be told of another.
            if by_flag and not seen.withheld and row.flag != seen.flag:
                raise ChangedError
            yield session, row


def stripped_reason(reason: str) -> str:
    """Return a reason without white space around it; raises `NotPossibleError` where it is too long."""
    reason = reason.strip()
    if len(reason) > NOTE_LENGTH:
        raise NotPossibleError(f"The reason is {len(reason)} characters long. Shorten it to {NOTE_LENGTH}.")
    return reason


def _rows(numbers: Sequence[int]) -> Select[CaseRow]:
    query = select(CaseRow).where(CaseRow.id.in_(numbers)).order_by(CaseRow.id)
    return query.with_for_update(key_share=True)


def _changed(
    session: Session,
    row: CaseRow,
    action: Action,
    who: str,
    details: dict[str, Detail] | None = None,
    text: str | None = None,
) -> Case:
    row.version += 1
    now = case_of(row)
    append(session, [Entry(who, action, row.id, now.bundle_version, details or {}, text)])
    session.flush()
    return without_result(now) if withholds(session) else now


def _move(
    session: Session,
    numbers: Sequence[int],
    obstacle: Callable[[CaseRow], str],
    dismissed_at: datetime.datetime | None,
    action: Action,
    who: str,
    reason: str | None = None,
) -> Moves:
    """Dismiss or restore the cases without an obstacle."""
    rows = {row.id: row for row in session.scalars(_rows(numbers))}
    stayed = {number: obstacle(rows[number]) if number in rows else GONE for number in numbers}
    done = [number for number, words in stayed.items() if not words]
    for number in done:
        rows[number].dismissed_at = dismissed_at
        rows[number].version += 1
    append(
        session,
        [Entry(who, action, number, case_of(rows[number]).bundle_version, text=reason) for number in done],
    )
    return Moves(tuple(done), {number: words for number, words in stayed.items() if words})


def _not_dismissible(row: CaseRow) -> str:
    if row.dismissed_at:
        return "It is already dismissed."
    if row.read_at:
        return f"{row.reader} has read it."
    return f"{row.reader} is reading it." if row.reader else ""


def _not_restorable(row: CaseRow) -> str:
    if row.dismissed_at is None:
        return "It is not dismissed."
    purged = all(film.purged_at for film in row.films)
    return "Its pixels are no longer stored. Add the film again." if purged else ""


def _shown(session: Session, row: CaseRow) -> Case:
    case = case_of(row)
    return without_result(case) if withholds(session) else case
