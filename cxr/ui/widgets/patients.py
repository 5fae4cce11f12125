"""Who the films are of, where a key for that is set and the clinic has it shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import streamlit as st

from cxr.settings import Settings
from cxr.ui.service import worklist
from cxr.ui.widgets.film_view import literal
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from cxr.film.identity import Identity


def patients(numbers: Collection[int]) -> dict[int, str]:
    """Name and number of the patients of some cases; those whose film names none are left out."""
    return {number: _who(identity) for number, identity in _identities(numbers).items() if _who(identity)}


def show_patient(number: int) -> None:
    """Show who a case's film is of, and by which numbers the clinic knows the study."""
    identity = _identities([number]).get(number)
    if identity is None:
        return
    header = identity.dataset
    said = {
        "": literal(_who(identity)),
        "born ": _day(str(header.get("PatientBirthDate") or "")),
        "sex ": literal(str(header.get("PatientSex") or "")),
        "film of ": _day(str(header.get("StudyDate") or "")),
        "accession number ": literal(str(header.get("AccessionNumber") or "")),
    }
    if line := " · ".join(f"{word}{value}" for word, value in said.items() if value):
        st.markdown(f":material/badge: {line}")


def _identities(numbers: Collection[int]) -> dict[int, Identity]:
    if not Settings().show_patients:
        return {}
    try:
        return worklist().identities.of(numbers)
    except WorklistError as error:
        st.warning(str(error), icon=":material/key_off:")
        return {}


def _who(identity: Identity) -> str:
    return " · ".join(word for word in (identity.patient_name, identity.patient_id) if word)


def _day(date: str) -> str:
    """Write a date of DICOM (YYYYMMDD) as a person reads it; empty where it is none."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdecimal() else ""
