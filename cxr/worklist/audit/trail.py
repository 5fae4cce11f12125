"""The audit trail: who did what to which case and when, a line each, chained by hashes.

Every line holds the hash of the one before it, as in Haber and Stornetta: How to time-stamp a digital
document (1991). Changing, removing or inserting a line breaks the chain; the count and the hash in the head
reveal lines missing at the end. Someone who can write to the whole database could build a new chain, so
set CXR_AUDIT_HEAD, or keep the hash that `cxr audit verify` prints somewhere else.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cxr.worklist.audit.action import Action
from cxr.worklist.site.mode import withholds
from cxr.worklist.store.database import AUDIT_HEAD, Database
from cxr.worklist.store.schema import AuditHeadRow, AuditRow

HEAD = 1
"""Number of the only row of the table that holds the end of the trail."""
FIRST = "0" * 64
"""Takes the place of the hash before the first line."""
BLOCK = 1000
WHO_LENGTH = 80

OF_RESULT = frozenset({"flag", "probability", "prevalence", "reasons", "agrees"})
"""Details that tell a result, and are left out of the lines where the site withholds results."""

Detail: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to record. `text` is what a person wrote, the only part that may be erased later."""

    who: str
    action: Action
    case: int | None = None
    model: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the trail, ready to be shown."""

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
    """Outcome of a check: lines read, hash of the last one, and the faults found.

    `erased` counts the lines whose text was removed; its hash stays.
    """

    lines: int
    sha256: str
    faults: tuple[str, ...]
    erased: int = 0


def append(session: Session, entries: Sequence[Entry], at: datetime.datetime | None = None) -> None:
    """Append lines to the trail, in the same transaction as the change that they record.

    Whoever appends locks the head until the transaction ends, so lines never compete for a number. Rows of
    cases are locked before it, with `key_share`: otherwise the line's foreign key would wait for them.
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
            details=details_text(entry.details),
            text_sha256=_text_sha256(entry.text),
            text=entry.text,
            previous=previous,
        )
        previous = row.sha256 = line_sha256(row)
        rows.append(row)
    session.add_all(rows)
    head.lines, head.sha256 = session.info[AUDIT_HEAD] = number, previous


def details_text(details: Mapping[str, Detail]) -> str:
    """Write details as a line stores them."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"))


def line_sha256(row: AuditRow) -> str:
    """Hash a line together with the hash of the line before; its text is represented by its own hash."""
    content = [
        *(row.number, row.at.astimezone(datetime.UTC).isoformat(timespec="microseconds")),
        *(row.who, str(row.action), row.case_id, row.model, row.details, row.text_sha256, row.previous),
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def not_allowed(who: str, right: str, role: str | None) -> Entry:
    """Describe a refusal: what somebody in a role was not allowed to do."""
    return Entry(who, Action.NOT_ALLOWED, details={"right": right, "role": role})


class AuditTrail:
    """Read and check the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, entry: Entry) -> None:
        """Record something that changed no case, such as opening one or exporting the list."""
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
        """Return lines, the latest first: of a case, a person, an action, or all.

        Where the site withholds results, they are left out, and a refusal reads like a score.
        """
        query = select(AuditRow).where(*_of(case, who))
        if action is not None:
            query = query.where(AuditRow.action.in_(action.stored))
        query = query.order_by(AuditRow.number.desc()).limit(limit).offset(offset)
        with self._database.reading() as session:
            if not withholds(session):
                return [_line(row) for row in session.scalars(query)]
            if action is Action.REFUSED:
                return []
            return [_without_result(_line(row)) for row in session.scalars(query)]

    def count(self, case: int | None = None, who: str | None = None) -> int:
        """Count those lines."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditRow).where(*_of(case, who))) or 0

    def people(self, action: Action | None = None) -> list[str]:
        """Return everybody, people and programs, who did something: anything, or a given action."""
        query = select(AuditRow.who).distinct().order_by(AuditRow.who)
        if action is not None:
            query = query.where(AuditRow.action.in_(action.stored))
        with self._database.reading() as session:
            return list(session.scalars(query))

    def sha256_of(self, number: int) -> str | None:
        """Return the hash of a line, to compare with an earlier check; None if there is no such line."""
        if number == 0:
            return FIRST
        with self._database.reading() as session:
            return session.scalar(select(AuditRow.sha256).where(AuditRow.number == number))

    def verify(self) -> Verified:
        """Check the whole trail and report every line that was changed, removed or inserted."""
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
                faults.append(f"The trail continues after its recorded end, line {head.lines}.")
        return Verified(lines, previous, tuple(faults), erased)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A line whose columns hold values that no program writes."""

    number: int
    sha256: str


def _in_blocks(session: Session) -> Iterator[AuditRow | _Unreadable]:
    """Yield every line in order, block by block: a trail of millions of lines does not fit into memory."""
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
    """Read lines; if one of them cannot be read, read each by itself."""
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


def _without_result(line: Line) -> Line:
    details = {name: value for name, value in line.details.items() if name not in OF_RESULT}
    action = Action.SCORED if line.action is Action.REFUSED else line.action
    return replace(line, action=action, details=details)


def _text_sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
