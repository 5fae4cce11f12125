"""The finding in a radiologist's structured report, from its coded content alone; text is never read."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from cxr.film.dicom_file import text_of
from cxr.worklist.case import Finding

Table: TypeAlias = Mapping[str, str]
"""What codes mean, as `SCHEME:VALUE`: a finding, `present` or `absent`."""

PRESENT, ABSENT = "present", "absent"
DEPTH = 12
"""No report of a radiologist nests deeper."""

# What may be said of a finding, and by whom: everything in another section, such as History, Indications for
# Procedure or Previous Findings, is not this film's finding (PS3.16 CID 7001, TID 1500 and TID 2000).
SECTIONS = (
    *(codes.DCM.Findings, codes.DCM.Impressions, codes.DCM.Conclusions, codes.DCM.Summary),
    *(codes.DCM.ImagingMeasurements, codes.DCM.MeasurementGroup),
    *(
        Code("59776-5", "LN", "Findings"),
        Code("19005-8", "LN", "Impressions"),
        Code("55110-1", "LN", "Conclusions"),
    ),
)
NAMES = (codes.DCM.Finding, codes.DCM.Impression, codes.DCM.Conclusion, codes.SCT.Finding)
"""Concept names whose value is a finding."""
HARMLESS = (
    *(codes.SCT.FindingSite, codes.SCT.Laterality),
    Code("276214006", "SCT", "Finding category"),
    Code("370129005", "SCT", "Measurement method"),
)
"""Concept names that say nothing about whether there is a finding."""
_PRESENCE = {
    PRESENT: (codes.SCT.Present, codes.SCT.Yes),
    # The second is what "absent" is coded as where the term, not the finding, is meant.
    ABSENT: (codes.SCT.Absent, Code("2667000", "SCT", "Absent"), codes.SCT.No),
}
_MODIFIES = ("HAS CONCEPT MOD", "HAS PROPERTIES")


class NotTaken(StrEnum):
    """Why a report gives no finding."""

    NOT_COMPLETE = "not complete or not verified"
    NO_KNOWN_CODE = "no known code"
    CONTRADICTORY = "codes that contradict each other"


def is_final(report: Dataset) -> bool:
    """Whether a report is complete, verified by a person, and not preliminary (PS3.3 C.17.2)."""
    return (
        text_of(report, "CompletionFlag") == "COMPLETE"
        and text_of(report, "VerificationFlag") == "VERIFIED"
        and text_of(report, "PreliminaryFlag") in ("", "FINAL")
        and bool(report.get("VerifyingObserverSequence"))
    )


def finding_in(report: Dataset, table: Table) -> Finding | NotTaken:
    """Return what the codes of a report say; nothing is guessed where one beside them is not known."""
    if not is_final(report):
        return NotTaken.NOT_COMPLETE
    known = {_code(key): meaning for key, meaning in table.items()}
    found = set(_findings(_items(report), _Meanings(known), DEPTH, in_group=False))
    if not found:
        return NotTaken.NO_KNOWN_CODE
    # Pneumonia beside another finding is pneumonia, as readers record it here.
    if Finding.NO_PNEUMONIA in found and Finding.PNEUMONIA in found:
        return NotTaken.CONTRADICTORY
    return next(one for one in (Finding.PNEUMONIA, Finding.NO_PNEUMONIA, Finding.OTHER) if one in found)


class _Meanings:
    """What codes mean, whichever version of SNOMED they are written in."""

    def __init__(self, known: Mapping[Code, str]) -> None:
        self._known = list(known.items())

    def of(self, code: Code | None) -> str | None:
        presence = ((one, meaning) for meaning, some in _PRESENCE.items() for one in some)
        return next((meaning for one, meaning in (*self._known, *presence) if one == code), None)

    def finding(self, code: Code | None) -> Finding | None:
        meaning = self.of(code)
        return None if meaning in (None, PRESENT, ABSENT) else Finding(meaning)


def _findings(items: Sequence[Dataset], meanings: _Meanings, depth: int, in_group: bool) -> Iterator[Finding]:
    """Walk the sections that hold findings."""
    for item in items if depth else ():
        name = _concept(item, "ConceptNameCodeSequence")
        if text_of(item, "ValueType") == "CONTAINER":
            if name in SECTIONS:
                inner = name == codes.DCM.MeasurementGroup
                yield from _findings(_items(item), meanings, depth - 1, in_group=inner)
        elif text_of(item, "ValueType") == "CODE":
            value = _concept(item, "ConceptCodeSequence")
            beside = [one for one in items if one is not item] if in_group else []
            if (asked := meanings.finding(name)) is not None:
                yield from _judged(asked, [meanings.of(value)])
            elif name in NAMES and (stated := meanings.finding(value)) is not None:
                yield from _judged(
                    stated, [PRESENT, *_said_of(_items(item), meanings), *_said_of(beside, meanings)]
                )


def _judged(finding: Finding, said: Sequence[str | None]) -> Iterator[Finding]:
    """Yield a finding that is present, or its absence; nothing where something not known is said of it."""
    if any(one not in (PRESENT, ABSENT) for one in said):
        return
    if ABSENT not in said:
        yield finding
    elif finding is Finding.PNEUMONIA:
        yield Finding.NO_PNEUMONIA


def _said_of(items: Sequence[Dataset], meanings: _Meanings) -> Iterator[str | None]:
    """Yield what items say of a finding: present, absent, or None for something that is not known."""
    for item in items:
        kind, name = text_of(item, "ValueType"), _concept(item, "ConceptNameCodeSequence")
        modifies = text_of(item, "RelationshipType") in _MODIFIES
        if kind == "CODE" and name not in (*HARMLESS, *NAMES):
            yield meanings.of(_concept(item, "ConceptCodeSequence"))
        elif (kind == "NUM" and name == codes.DCM.Probability) or (kind in ("NUM", "TEXT") and modifies):
            yield None


def _items(item: Dataset) -> list[Dataset]:
    return list(item.get("ContentSequence") or [])


def _concept(item: Dataset, keyword: str) -> Code | None:
    found = item.get(keyword) or []
    if len(found) != 1:
        return None
    value, scheme = text_of(found[0], "CodeValue"), text_of(found[0], "CodingSchemeDesignator")
    return Code(value, scheme, "") if value and scheme else None


def _code(key: str) -> Code:
    scheme, _, value = key.partition(":")
    return Code(value, scheme, "")
