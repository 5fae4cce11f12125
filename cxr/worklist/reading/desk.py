"""What people do with cases: take, read, undo, raise, take off. Each change is audited with who made it."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cxr.triage.priority import Urgency
from cxr.worklist.audit.trail import Action, Detail, Entry, append
from cxr.worklist.case import Case, Finding
from cxr.worklist.queue.outbox import post
from cxr.worklist.store.database import Database
from cxr.worklist.store.rows import UNSCORED, case_of, put_in_place
from cxr.worklist.store.schema import CaseRow

READER_LENGTH = 80
NOTE_LENGTH = 4000


class NotPossibleError(Exception):
    """A change that cannot be made, in words for the person who wanted to make it."""


class TakenError(NotPossibleError):
    """Somebody else has the case."""

    def __init__(self, reader: str) -> None:
        super().__init__(f"{reader} has this case. Take another, or take it over from {reader}.")
        self.reader = reader


class ChangedError(NotPossibleError):
    """The case changed since it was seen."""

    def __init__(self) -> None:
        super().__init__("This case changed since you saw it. Look at it again, then repeat what you did.")


class PurgedError(NotPossibleError):
    """The film's pixels are gone."""

    def __init__(self) -> None:
        super().__init__(
            "The pixels of this film were removed. Hand the film in again, then repeat what you did."
        )


class Desk:
    """Where readers work on cases.

    `seen` is always the case as the person saw it: where it was changed since, nothing happens and a
    `ChangedError` or a `TakenError` tells so. Every change returns the case as it is now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, seen: Case, who: str, over: bool = False) -> Case:
        """Take a case to read it; `over` takes it from the reader who has it.

        Of two readers who take a case at once one gets it. A score that came in between is no obstacle.

        Raises
        ------
        TakenError
            Where somebody else has it, or got it first.
        ChangedError
            Where it was read or taken off in the meantime.
        """
        with self._changing(seen.number) as (session, row):
            if row.read_at or row.set_aside_at:
                raise ChangedError
            if row.reader == who[:READER_LENGTH]:
                return case_of(row)
            if row.reader is not None and not (over and row.reader == seen.reader):
                raise TakenError(row.reader)
            details: dict[str, Detail] = {"from": row.reader} if row.reader else {}
            row.reader, row.taken_at = who[:READER_LENGTH], _now()
            return _changed(session, row, Action.TOOK, who, details)

    def put_back(self, seen: Case, who: str) -> Case:
        """Give a case back unread."""
        with self._own(seen, who) as (session, row):
            if row.read_at:
                raise ChangedError
            row.reader = row.taken_at = None
            return _changed(session, row, Action.PUT_BACK, who)

    def report(
        self, seen: Case, who: str, finding: Finding, agrees: bool | None = None, note: str = ""
    ) -> Case:
        """Write down what a reader sees on a case that the reader has: then it is read."""
        if len(note) > NOTE_LENGTH:
            raise NotPossibleError(
                f"The note has {len(note)} signs. Shorten it to {NOTE_LENGTH}; nothing is written down yet."
            )
        with self._own(seen, who) as (session, row):
            if row.read_at:
                raise ChangedError
            row.finding, row.agrees, row.note, row.read_at = finding, agrees, note or None, _now()
            post(session, [row.id], row.read_at)
            details: dict[str, Detail] = {"finding": finding, "flag": row.flag, "agrees": agrees}
            return _changed(session, row, Action.READ, who, details, note or None)

    def undo_report(self, seen: Case, who: str) -> Case:
        """Take a finding back; the reader has the case again, and the trail keeps what was said."""
        with self._own(seen, who) as (session, row):
            if not row.read_at:
                raise ChangedError
            if row.purged_at:
                raise PurgedError
            row.finding = row.agrees = row.note = row.read_at = None
            # The PACS has the finding perhaps: it gets the result without it.
            post(session, [row.id], _now())
            return _changed(session, row, Action.READING_UNDONE, who)

    def raise_priority(self, seen: Case, who: str, urgency: Urgency, reason: str) -> Case:
        """Raise a case; nobody, and no score, takes it down again.

        Raises
        ------
        NotPossibleError
            Without a reason, or where the case stands as high already.
        """
        if not reason.strip():
            raise NotPossibleError("Say why this case is raised; who reads it next wants to know.")
        if len(reason) > NOTE_LENGTH:
            raise NotPossibleError(f"The reason has {len(reason)} signs. Shorten it to {NOTE_LENGTH}.")
        with self._changing(seen.number) as (session, row):
            if row.raised in (urgency, Urgency.STAT):
                raise NotPossibleError(f"This case is raised to {row.raised} already.")
            row.raised = urgency
            put_in_place(row)
            return _changed(session, row, Action.RAISED, who, {"to": urgency}, reason.strip())

    def turn_round(self, seen: Case, who: str, turned: bool = True) -> Case:
        """Have a film that came inverted turned round and scored anew; `turned=False` undoes it."""
        with self._changing(seen.number) as (session, row):
            if row.turned == turned:
                return case_of(row)
            if row.purged_at:
                raise PurgedError
            row.turned = turned
            for column, value in UNSCORED.items():
                setattr(row, column, value)
            put_in_place(row)
            return _changed(session, row, Action.TURNED, who, {"turned": turned})

    def take_off(self, numbers: Sequence[int], who: str) -> int:
        """Take cases off the worklist, and return how many; those that are read or with a reader stay."""
        with self._database.writing() as session:
            query = _rows(numbers).where(
                CaseRow.set_aside_at.is_(None), CaseRow.read_at.is_(None), CaseRow.reader.is_(None)
            )
            return _set_aside(session, query, _now(), Action.TAKEN_OFF, who)

    def bring_back(self, numbers: Sequence[int], who: str) -> int:
        """Put cases that were taken off on the worklist again, and return how many; purged ones stay off."""
        with self._database.writing() as session:
            query = _rows(numbers).where(CaseRow.set_aside_at.is_not(None), CaseRow.purged_at.is_(None))
            return _set_aside(session, query, None, Action.BROUGHT_BACK, who)

    @contextmanager
    def _changing(self, number: int) -> Iterator[tuple[Session, CaseRow]]:
        with self._database.writing() as session:
            row = session.scalars(_rows([number])).one_or_none()
            if row is None:
                raise ChangedError
            yield session, row

    @contextmanager
    def _own(self, seen: Case, who: str) -> Iterator[tuple[Session, CaseRow]]:
        """Change a case that is the reader's own, as it was seen."""
        with self._changing(seen.number) as (session, row):
            if row.reader != who[:READER_LENGTH]:
                raise TakenError(row.reader) if row.reader else ChangedError
            if (row.read_at, row.flag) != (seen.report and seen.report.read_at, seen.flag):
                raise ChangedError
            yield session, row


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
    append(session, [Entry(who, action, row.id, row.bundle_version, details or {}, text)])
    session.flush()
    return case_of(row)


def _set_aside(
    session: Session,
    query: Select[CaseRow],
    moment: datetime.datetime | None,
    action: Action,
    who: str,
) -> int:
    rows = list(session.scalars(query))
    for row in rows:
        row.set_aside_at = moment
        row.version += 1
    append(session, [Entry(who, action, row.id, row.bundle_version) for row in rows])
    return len(rows)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
