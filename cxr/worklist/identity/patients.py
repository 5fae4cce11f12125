"""Match the films of one patient, also if issuers and other numbers become known later."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cxr.film.patient import Patient, PatientNumber
from cxr.worklist.store.schema import CaseRow, FilmRow, OtherNumberRow


def matched(session: Session, patient: Patient | None) -> str | None:
    """Return the pseudonym that the cases of a patient share, in the transaction of a session.

    A number without an issuer is the patient of the only issuer that is known for it, before or after;
    numbers with different issuers are strangers. A number of which nothing is known belongs to the only
    patient who is known by one of the other numbers, or whose earlier films name it as another number.
    """
    if patient is None:
        return None
    known = _known_as(session, patient.number)
    if patient.pseudonym in known:
        return patient.pseudonym
    if patient.pseudonym == patient.number and len(known) == 1:
        return known.pop()
    if known == {patient.number}:
        return _with_issuer(session, patient)
    others = {one for other in patient.others if (one := _other(session, other))}
    others |= _naming(session, patient, known)
    if len(others) != 1:
        return patient.pseudonym
    if patient.pseudonym != patient.number:
        # From now on the number has an issuer where earlier films name it without.
        named = OtherNumberRow.pseudonym == patient.number
        session.execute(update(OtherNumberRow).where(named).values(pseudonym=patient.pseudonym))
    return others.pop()


def keep_others(session: Session, film: int, patient: Patient | None) -> None:
    """Store the other numbers that a film names, in place of those that it named before."""
    forget_others(session, film)
    for other in patient.others if patient else ():
        session.add(OtherNumberRow(film_id=film, pseudonym=other.pseudonym, number=other.number))


def forget_others(session: Session, film: int) -> None:
    """Remove the other numbers that a film named."""
    session.execute(delete(OtherNumberRow).where(OtherNumberRow.film_id == film))


def _naming(session: Session, patient: Patient, known: set[str]) -> set[str]:
    """Return the pseudonyms of the patients whose films name a number as another one of theirs.

    Where cases are known by the number itself, only a film that names its issuer too means this patient.
    """
    query = select(CaseRow.patient).join(FilmRow, FilmRow.case_id == CaseRow.id)
    query = query.join(OtherNumberRow, OtherNumberRow.film_id == FilmRow.id)
    query = query.where(OtherNumberRow.number == patient.number)
    if known:
        query = query.where(
            OtherNumberRow.pseudonym == patient.pseudonym, OtherNumberRow.pseudonym != OtherNumberRow.number
        )
    elif patient.pseudonym != patient.number:
        query = query.where(OtherNumberRow.pseudonym.in_([patient.pseudonym, patient.number]))
    return {found for found in session.scalars(query.distinct()) if found}


def _other(session: Session, other: PatientNumber) -> str | None:
    """Return the pseudonym of the cases known by one of the other numbers, if they are of one patient."""
    known = _known_as(session, other.number)
    if other.pseudonym in known:
        return other.pseudonym
    if other.pseudonym == other.number:
        return known.pop() if len(known) == 1 else None
    # From now on the number has an issuer: it is not that of another issuer that comes later.
    return _with_issuer(session, other) if known == {other.number} else None


def _with_issuer(session: Session, number: Patient | PatientNumber) -> str:
    session.execute(update(CaseRow).where(CaseRow.patient == number.number).values(patient=number.pseudonym))
    return number.pseudonym


def _known_as(session: Session, number: str) -> set[str]:
    """Return the pseudonyms of the patients who have a number, from any issuer."""
    patients = session.scalars(select(CaseRow.patient).where(CaseRow.patient_number == number).distinct())
    return {patient for patient in patients if patient}
