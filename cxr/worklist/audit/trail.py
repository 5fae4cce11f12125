"""The audit trail: who did what to which case and when, a line each, chained by hashes.

Every line holds the hash of the one before it, as in Haber and Stornetta: How to time-stamp a digital
document (1991). A line that is changed, taken out or put in breaks the chain; lines cut off at the end are
missed by the count and the hash that the head keeps. Whoever may write the whole database could make a new
chain: keep the hash that `python -m cxr audit verify` prints somewhere else.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import AuditHeadRow, AuditRow

HEAD = 1
"""Number of the only row that keeps the end of the trail."""
FIRST = "0" * 64
"""What stands for the hash before the first line."""
BLOCK = 1000
WHO_LENGTH = 80

Detail: TypeAlias = str | int | float | bool | None


class Action(StrEnum):
    """What was done."""

    ACCEPTED = "accepted"
    HANDED_IN_AGAIN = "handed in again"
    SCORED = "scored"
    REFUSED = "refused"
    SAW = "saw"
    TOOK = "took"
    PUT_BACK = "put back"
    READ = "read"
    READING_UNDONE = "reading undone"
    RAISED = "raised"
    TURNED = "turned round"
    BLACKED_OUT = "blacked out"
    TAKEN_OFF = "taken off"
    BROUGHT_BACK = "brought back"
    EXPORTED = "exported"
    PURGED = "purged"
    RECEIVED = "received"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to write down. `text` is what a person wrote, and the only part that may go later."""

    who: str
    action: Action
    case: int | None = None
    model: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the trail, as it is shown."""

    number: int
    at: datetime.datetime
    who: str
    action: Action
    case: int | None
    model: str | None
    details: Mapping[str, Detail]
    text: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """Outcome of a check: lines read, hash of the last, and what is wrong, nothing where all is well.

    `erased` counts the lines whose words, which a person wrote, were removed; their hashes stay.
    """

    lines: int
    sha256: str
    faults: tuple[str, ...]
    erased: int = 0


def append(session: Session, entries: Sequence[Entry], at: datetime.datetime | None = None) -> None:
    """Write lines at the end of the trail, in the transaction of what they tell.

    Whoever appends holds the head until the transaction ends, so lines never compete for a number. Rows of
    cases are held before it, and with `key_share`: else the line's reference to its case would wait for them.
    """
    if not entries:
        return
    head = session.scalars(select(AuditHeadRow).where(AuditHeadRow.id == HEAD).with_for_update()).one()
    at = at or datetime.datetime.now(datetime.UTC)
    rows = []
    number, previous = head.lines, head.sha256
    for entry in entries:
        number += 1
        row = AuditRow(
            number=number,
            at=at,
            who=entry.who[:WHO_LENGTH],
            action=entry.action,
            case_id=entry.case,
            model=entry.model,
            details=json.dumps(entry.details, sort_keys=True, separators=(",", ":")),
            text_sha256=_text_sha256(entry.text),
            text=entry.text,
            previous=previous,
        )
        previous = row.sha256 = line_sha256(row)
        rows.append(row)
    session.add_all(rows)
    head.lines, head.sha256 = number, previous


def line_sha256(row: AuditRow) -> str:
    """Hash all of a line but its text, of which the hash is hashed, and the hash of the line before."""
    said = [
        *(row.number, row.at.astimezone(datetime.UTC).isoformat(timespec="microseconds")),
        *(row.who, str(row.action), row.case_id, row.model, row.details, row.text_sha256, row.previous),
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


class AuditTrail:
    """The trail, to be looked at and checked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, entry: Entry) -> None:
        """Write down something that changed no case: that somebody saw one, or exported the list."""
        with self._database.writing() as session:
            append(session, [entry])

    def lines(
        self,
        case: int | None = None,
        who: str | None = None,
        limit: int = 200,
        offset: int = 0,
        action: Action | None = None,
    ) -> list[Line]:
        """Lines of a case, of a person, of an action or of all, the last one first."""
        query = select(AuditRow).where(*_of(case, who))
        if action is not None:
            query = query.where(AuditRow.action == action)
        query = query.order_by(AuditRow.number.desc()).limit(limit).offset(offset)
        with self._database.reading() as session:
            return [_line(row) for row in session.scalars(query)]

    def count(self, case: int | None = None, who: str | None = None) -> int:
        """How many lines those are."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditRow).where(*_of(case, who))) or 0

    def people(self, action: Action | None = None) -> list[str]:
        """Everybody, and every program, that the trail names: at all, or as having done something."""
        query = select(AuditRow.who).distinct().order_by(AuditRow.who)
        if action is not None:
            query = query.where(AuditRow.action == action)
        with self._database.reading() as session:
            return list(session.scalars(query))

    def sha256_of(self, number: int) -> str | None:
        """Hash of a line, by which an earlier check is held against today's; nothing where it is missing."""
        if number == 0:
            return FIRST
        with self._database.reading() as session:
            return session.scalar(select(AuditRow.sha256).where(AuditRow.number == number))

    def verify(self) -> Verified:
        """Go through the whole trail and tell every line that was changed, is missing or was put in."""
        with self._database.reading() as session:
            head = session.get(AuditHeadRow, HEAD)
            faults: list[str] = []
            lines, erased, last, previous = 0, 0, 0, FIRST
            for row in _in_blocks(session):
                lines += 1
                if isinstance(row, _Unreadable):
                    faults.append(f"Line {row.number} was changed.")
                    last, previous = row.number, row.sha256
                    continue
                erased += row.text is None and row.text_sha256 is not None
                if row.number != last + 1:
                    faults.append(_missing(last + 1, row.number - 1))
                elif row.previous != previous:
                    faults.append(f"Line {row.number} does not follow from line {last}.")
                if line_sha256(row) != row.sha256:
                    faults.append(f"Line {row.number} was changed.")
                elif row.text is not None and _text_sha256(row.text) != row.text_sha256:
                    faults.append(f"The text of line {row.number} was changed.")
                last, previous = row.number, row.sha256
            if head is None:
                faults.append("The end of the trail is missing.")
            elif head.lines > last:
                faults.append(_missing(last + 1, head.lines))
            elif (head.lines, head.sha256) != (last, previous):
                faults.append(f"The trail goes on behind its end, line {head.lines}.")
        return Verified(lines, previous, tuple(faults), erased)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A line whose columns hold what no program writes there."""

    number: int
    sha256: str


def _in_blocks(session: Session) -> Iterator[AuditRow | _Unreadable]:
    """Yield every line in order; a trail of millions of lines does not fit into memory."""
    after = None
    while True:
        query = select(AuditRow.number).order_by(AuditRow.number).limit(BLOCK)
        if after is not None:
            query = query.where(AuditRow.number > after)
        numbers = list(session.scalars(query))
        yield from _read(session, numbers)
        if len(numbers) < BLOCK:
            return
        after = numbers[-1]
        session.expunge_all()


def _read(session: Session, numbers: list[int]) -> Iterator[AuditRow | _Unreadable]:
    """Read lines, one by one where one of them cannot be read."""
    query = select(AuditRow).where(AuditRow.number.in_(numbers)).order_by(AuditRow.number)
    try:
        rows = list(session.scalars(query))
        for row in rows:
            line_sha256(row), _text_sha256(row.text)
    except (ValueError, TypeError, AttributeError):
        if len(numbers) > 1:
            for number in numbers:
                yield from _read(session, [number])
            return
        found = session.scalar(select(AuditRow.sha256).where(AuditRow.number == numbers[0]))
        yield _Unreadable(numbers[0], str(found))
    else:
        yield from rows


def _missing(first: int, last: int) -> str:
    return f"Line {first} is missing." if first == last else f"Lines {first} to {last} are missing."


def _of(case: int | None, who: str | None) -> list[ColumnElement[bool]]:
    wanted = []
    if case is not None:
        wanted.append(AuditRow.case_id == case)
    if who is not None:
        wanted.append(AuditRow.who == who)
    return wanted


def _line(row: AuditRow) -> Line:
    return Line(
        *(row.number, row.at, row.who, Action(row.action), row.case_id, row.model),
        *(json.loads(row.details), row.text),
    )


def _text_sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
