"""Which case a film belongs to: that of its study, which is known by its Study Instance UID."""

from __future__ import annotations

import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.queue.added_film import AddedFilm
from cxr.worklist.store.rows import empty, unread, update_priority
from cxr.worklist.store.schema import CaseRow, FilmRow


def case_for(
    session: Session,
    one: AddedFilm,
    patient: str | None,
    now: datetime.datetime,
    conflicts_with: FilmRow | None,
) -> tuple[CaseRow, dict[str, Detail]]:
    """Find the case that a new film belongs to, or make one; return also what the trail records."""
    row, key = (conflicts_with.case, "") if conflicts_with else (None, "")
    # A machine that gives one UID to films of two studies often sends no Patient ID either.
    other_study = row is not None and one.study is not None and one.study != row.key
    if row is None or other_study or (row.patient and patient and row.patient != patient):
        row, key = _found(session, one, patient)
    if row is None:
        row = CaseRow(key=key, name=one.name, arrived_at=now, version=0)
    return row, _joined(row, one, patient, one.name, now)


def moved_to_study(session: Session, film: FilmRow, one: AddedFilm, patient: str | None) -> dict[str, Detail]:
    """Move a film that is sent again for another study to its case, and return what the trail records.

    Where no other film is in its case, and none in that study, the case itself becomes the study. Films that
    conflict with it go along. A case that is left without films stays as a number in the trail and is listed
    nowhere, until a film of its study comes.
    """
    row = film.case
    if one.study is None or one.study == row.key or film.conflicts_with is not None:
        return {}
    target, key = _found(session, one, patient or row.patient)
    if target is row:
        return {}
    going = [other for other in row.films if film.id in (other.id, other.conflicts_with)]
    if target is None and len(going) == len(row.films):
        row.key = key
        return {}
    raised = row.raised
    if target is None:
        target = CaseRow(key=key, name=film.name, arrived_at=film.arrived_at, version=0)
    details = _joined(target, one, patient or row.patient, film.name, film.arrived_at)
    # A priority that was set, and the time that a film has waited, go along with it.
    target.raised = Urgency.STAT if Urgency.STAT in (raised, target.raised) else target.raised or raised
    target.arrived_at = min(target.arrived_at, film.arrived_at)
    for other in going:
        other.case = target
    update_priority(target)
    session.add(target)
    session.flush()
    if row.films:
        # The name of a file may be that of the patient whose film it was.
        row.name = row.films[0].name
        update_priority(row)
    else:
        empty(row, datetime.datetime.now(datetime.UTC))
    row.version += 1
    left: dict[str, Detail] = {"film": film.id, "to case": target.id}
    append(session, [Entry(one.who, Action.ADDED_AGAIN, row.id, details=left)])
    return details | {"from case": row.id}


def _found(session: Session, one: AddedFilm, patient: str | None) -> tuple[CaseRow | None, str]:
    """Find the case of a film's study, and return with it the key of the case that the film belongs to."""
    for key in _keys(one):
        row = session.scalars(
            select(CaseRow).where(CaseRow.key == key).with_for_update(key_share=True)
        ).one_or_none()
        # Strangers are never joined, whatever their study says.
        if not (row and row.patient and patient and row.patient != patient):
            return row, key
    return row, key


def _keys(one: AddedFilm) -> list[str]:
    """Keys of the case that a film belongs to: its study's, that of its patient in a study that strangers
    share, its own."""
    known = one.header.patient if one.header else None
    shared = [sha256(f"{one.study}\\{known.number}".encode()).hexdigest()] if one.study and known else []
    return [one.study or one.identity, *shared, one.identity]


def _joined(
    row: CaseRow, one: AddedFilm, patient: str | None, name: str, arrived_at: datetime.datetime
) -> dict[str, Detail]:
    """Prepare a case for a film that joins it, which nobody has read there; the trail keeps the finding."""
    if not row.films:  # a new case, or an emptied one that must show nothing of the films that it had
        row.name, row.arrived_at = name, arrived_at
    number = one.header.patient.number if one.header and one.header.patient else None
    row.patient, row.patient_number = row.patient or patient, row.patient_number or number
    row.accession = row.accession or one.accession
    row.version += 1
    details: dict[str, Detail] = {"reopened after": row.finding} if row.read_at else {}
    if row.read_at:
        unread(row)
        row.reader = row.claimed_at = None
    row.dismissed_at, row.elsewhere = None, False
    return details
