"""Names of patients, if a key for identifiers is set and the clinic lets them be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import quote

import streamlit as st

from cxr.triage.words import age_words
from cxr.ui.escape import literal
from cxr.ui.service import settings, worklist
from cxr.ui.words import N_, _, said
from cxr.worklist.case import AGES_DIFFER, PATIENT_CHANGED
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from cxr.film.identity import Identity
    from cxr.worklist.case import Case

PLACEHOLDERS = {"study_uid": "StudyInstanceUID", "accession": "AccessionNumber"}
"""What `CXR_VIEWER_URL` may hold: numbers alone, because addresses are logged."""


def patients(numbers: Collection[int]) -> dict[int, str]:
    """Return name and ID of the patients of some cases; cases without either are left out."""
    return {number: who for number, identity in _identities(numbers).items() if (who := _who(identity))}


def show_patient(case: Case) -> None:
    """Show a case's patient and study in one line, as far as they are known and may be shown."""
    identity = _identities([case.number]).get(case.number)
    # While a study is corrected film by film, its films may name several.
    known = (worklist().identities.of_film(film.number) for film in case.films) if identity else ()
    parts = {
        "{name}": literal(" / ".join(dict.fromkeys(_who(one) for one in known if one))),
        N_("born {date}"): _day(_text(identity, "PatientBirthDate")),
        N_("sex {sex}"): literal(_text(identity, "PatientSex")),
        N_("study of {date}"): _day(_text(identity, "StudyDate")),
        N_("age {age}"): said(age_words(case.age_years)),
        N_("accession number {number}"): literal(_text(identity, "AccessionNumber")),
        N_("referred by {name}"): literal(
            _text(identity, "ReferringPhysicianName").replace("^", " ").strip()
        ),
    }
    for reason in case.reasons:
        if reason.code in (PATIENT_CHANGED, AGES_DIFFER):
            st.warning(said(reason.sentence), icon=":material/group:")
    line = " · ".join(_filled(words, value) for words, value in parts.items() if value)
    link = viewer_link(settings().viewer_url, identity)
    if not line and not link:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if line:
            st.markdown(f":material/badge: {line}")
        if link:
            st.link_button(_("Open in PACS"), link, icon=":material/open_in_new:", type="tertiary")
    if identity and identity.character_set_corrected:
        st.caption(
            _(
                ":material/translate: The DICOM header does not declare the character set that its texts are "
                "written in. The name is shown as it was probably meant: check it."
            )
        )


def _filled(words: str, value: str) -> str:
    """Fill the one placeholder of a text."""
    return _(words).format_map(defaultdict(lambda: value))


def viewer_link(template: str | None, identity: Identity | None) -> str | None:
    """Fill the address of a study in the PACS viewer; None where the study's numbers are not known."""
    for name, tag in PLACEHOLDERS.items():
        value = _text(identity, tag)
        if template is None or (f"{{{name}}}" in template and not value):
            return None
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _identities(numbers: Collection[int]) -> dict[int, Identity]:
    if not settings().show_patients:
        return {}
    try:
        return worklist().identities.of(numbers)
    except WorklistError as error:
        st.warning(said(error), icon=":material/key_off:")
        return {}


def _text(identity: Identity | None, keyword: str) -> str:
    """Return an identifier as text; empty where it is not known."""
    return identity.text(keyword) if identity else ""


def _who(identity: Identity) -> str:
    return " · ".join(word for word in (identity.patient_name, identity.patient_id) if word)


def _day(date: str) -> str:
    """Write a DICOM date (YYYYMMDD) as YYYY-MM-DD; empty if it is not one."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdecimal() else ""
