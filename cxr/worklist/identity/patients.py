"""Match the films of one patient, also if issuers and other numbers become known later."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from cxr.film.patient import Patient
from cxr.worklist.store.schema import CaseRow


def matched(session: Session, patient: Patient | None) -> str | None:
    """Return the pseudonym that the cases of a patient share, in the transaction of a session.

    A number without an issuer is the patient of the only issuer that is known for it, before or after. A
    number of which nothing is known belongs to the only patient who is known by one of the other numbers.
    """
    if patient is None:
        return None
    by_number = CaseRow.patient_number == patient.number
    known = set(session.scalars(select(CaseRow.patient).where(by_number).distinct())) - {None}
    if patient.pseudonym in known:
        return patient.pseudonym
    if patient.pseudonym == patient.number and len(known) == 1:
        return known.pop()
    if known == {patient.number}:
        session.execute(update(CaseRow).where(by_number).values(patient=patient.pseudonym))
        return patient.pseudonym
    if not known and patient.others:
        others = or_(CaseRow.patient.in_(patient.others), CaseRow.patient_number.in_(patient.others))
        known = set(session.scalars(select(CaseRow.patient).where(others).distinct())) - {None}
        if len(known) == 1:
            return known.pop()
    return patient.pseudonym
