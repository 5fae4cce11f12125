"""Which film on the worklist an added file is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cxr.worklist.identity.patients import matched
from cxr.worklist.queue.added_film import AddedFilm
from cxr.worklist.store.schema import CaseRow, FilmRow


class AddedMeanwhile(Exception):
    """The film, or the first of its study, was added or moved to another study at the same time."""


def twins_of(session: Session, film: FilmRow) -> Sequence[FilmRow]:
    """Find the films that conflict with a film, and lock their cases."""
    query = select(FilmRow).where(FilmRow.conflicts_with == film.id).order_by(FilmRow.id)
    found = session.scalars(query).all()
    cases = select(CaseRow).where(CaseRow.id.in_({one.case_id for one in found})).order_by(CaseRow.id)
    session.scalars(cases.with_for_update(key_share=True)).all()
    return found


def find_film(session: Session, one: AddedFilm) -> FilmRow | None:
    """Find a film by its UID or by its file, and lock its case."""
    same = or_(FilmRow.identity.in_([one.identity, one.sha256]), FilmRow.sha256 == one.sha256)
    query = select(FilmRow.case_id, FilmRow.id).where(same)
    # The very file before another one of the same UID.
    found = session.execute(query.order_by(FilmRow.sha256 != one.sha256, FilmRow.id).limit(1)).first()
    if found is None:
        return None
    session.scalars(select(CaseRow).where(CaseRow.id == found[0]).with_for_update(key_share=True)).one()
    by_number = select(FilmRow).where(FilmRow.id == found[1]).execution_options(populate_existing=True)
    film: FilmRow = session.scalars(by_number.with_for_update(key_share=True)).one()
    if film.case_id != found[0]:
        raise AddedMeanwhile  # it moved to another study before its case was locked
    return film


def names_another(session: Session, film: FilmRow, one: AddedFilm) -> bool:
    """Whether a header names another patient than that of a film."""
    patient = matched(session, one.header.patient) if one.header else None
    return bool(patient and film.case.patient) and patient != film.case.patient


def has_nothing_else(session: Session, film: FilmRow, one: AddedFilm) -> bool:
    """Whether a header is all that is kept of a film, now as before, and names no other patient."""
    # Only a film whose pixels cannot be kept has its result, a refusal, at the moment in which it arrives.
    if one.header is None or film.scored_at != film.arrived_at or film.purged_at:
        return False
    return film.case.patient in (None, matched(session, one.header.patient))


def film_of_header(session: Session, film: FilmRow, one: AddedFilm) -> FilmRow | None:
    """Find which of a film and those that conflict with it a header is of; none where it names a stranger."""
    if not names_another(session, film, one):
        return film
    return next((twin for twin in twins_of(session, film) if has_nothing_else(session, twin, one)), None)
