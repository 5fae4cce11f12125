"""What a film that is sent again corrects in its identifiers, and the studies that it was in before."""

from __future__ import annotations

import json
from typing import Any

from pydicom.tag import Tag

from cxr.film.identity import Identity

_WORDS = {
    "PatientName": "name corrected",
    "PatientID": "Patient ID",
    "IssuerOfPatientID": "issuer of Patient ID",
    "OtherPatientIDs": "other Patient IDs",
    "OtherPatientIDsSequence": "other Patient IDs",
    "PatientBirthDate": "birth date",
    "PatientSex": "sex",
    "PatientAge": "age",
    "AccessionNumber": "accession number",
    "StudyInstanceUID": "study",
    "StudyID": "Study ID",
    "StudyDate": "study date",
    "StudyTime": "study time",
    "SeriesInstanceUID": "series",
    "ReferringPhysicianName": "referring physician",
    "SOPClassUID": "SOP class",
    **dict.fromkeys(("WindowCenter", "WindowWidth", "VOILUTSequence"), "window or lookup table"),
}
_BY_TAG = {f"{int(Tag(keyword)):08X}": word for keyword, word in _WORDS.items()}
_STUDY = f"{int(Tag('StudyInstanceUID')):08X}"
EARLIER = f"{int(Tag('StudiesContainingOtherReferencedInstancesSequence')):08X}"
"""Keeps, with a film's identifiers, the Study Instance UIDs under which its results were sent before."""


def corrected(kept: Identity, sent: Identity) -> tuple[Identity | None, tuple[str, ...]]:
    """Compare identifiers; return those to keep from now on, `None` for the same, and what changed in words.

    The words hold no value of either.
    """
    before, after = json.loads(kept.json), json.loads(sent.json)
    studies = before.pop(EARLIER, {}).get("Value", [])
    if before == after:
        return None, ()
    changed = (tag for tag in sorted(before.keys() | after.keys()) if before.get(tag) != after.get(tag))
    words = tuple(dict.fromkeys(_BY_TAG[tag] for tag in changed if tag in _BY_TAG))
    old, new = before.get(_STUDY), after.get(_STUDY)
    if old and old != new:
        studies = [item for item in (*studies, {_STUDY: old}) if item != {_STUDY: new}]
    return Identity(json.dumps(after | _sequence(studies))), words


def _sequence(studies: list[dict[str, Any]]) -> dict[str, Any]:
    return {EARLIER: {"vr": "SQ", "Value": studies}} if studies else {}
