"""Names of patients, if a key for identifiers is set and the clinic lets them be shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import streamlit as st

from cxr.ui.escape import literal
from cxr.ui.service import settings, worklist
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from cxr.film.identity import Identity


def patients(numbers: Collection[int]) -> dict[int, str]:
    """Return name and ID of the patients of some cases; cases without either are left out."""
    return {number: who for number, identity in _identities(numbers).items() if (who := _who(identity))}


def show_patient(number: int) -> None:
    """Show a case's patient and the numbers that identify the study."""
    identity = _identities([number]).get(number)
    if identity is None:
        return
    header = identity.dataset
    parts = {
        "": literal(_who(identity)),
        "born ": _day(str(header.get("PatientBirthDate") or "")),
        "sex ": literal(str(header.get("PatientSex") or "")),
        "study of ": _day(str(header.get("StudyDate") or "")),
        "accession number ": literal(str(header.get("AccessionNumber") or "")),
    }
    if line := " · ".join(f"{word}{value}" for word, value in parts.items() if value):
        st.markdown(f":material/badge: {line}")


def _identities(numbers: Collection[int]) -> dict[int, Identity]:
    if not settings().show_patients:
        return {}
    try:
        return worklist().identities.of(numbers)
    except WorklistError as error:
        st.warning(str(error), icon=":material/key_off:")
        return {}


def _who(identity: Identity) -> str:
    return " · ".join(word for word in (identity.patient_name, identity.patient_id) if word)


def _day(date: str) -> str:
    """Write a DICOM date (YYYYMMDD) as YYYY-MM-DD; empty if it is not one."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdecimal() else ""
