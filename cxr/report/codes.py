"""Coded terms of the structured report: SNOMED CT, RadLex and DCM where available, otherwise our own."""

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS
from cxr.worklist.case import Finding
from cxr.worklist.location import Side, Zone

OWN_SCHEME = "99CXR"
CODING_SCHEMES = (
    CodingSchemeIdentificationItem(OWN_SCHEME, "Terms of the screening workstation cxr"),
    CodingSchemeIdentificationItem("RADLEX", "RadLex", uid="2.16.840.1.113883.6.256"),
)


def own(value: str, meaning: str) -> CodedConcept:
    """Create a term of our own coding scheme."""
    return CodedConcept(value, OWN_SCHEME, meaning)


def pneumonia() -> CodedConcept:
    """Pneumonia in SNOMED CT, with the equivalent RadLex code."""
    concept = CodedConcept("233604007", "SCT", "Pneumonia")
    concept.EquivalentCodeSequence = [CodedConcept("RID5350", "RADLEX", "pneumonia")]
    return concept


FLAG = own("FLAG", "Flag for the order of reading")
FLAGS = {flag: own(flag.upper(), FLAG_WORDS[flag]) for flag in Flag}
LOW = own("LOW_POINT", "Low operating point: flagged review from here")
HIGH = own("HIGH_POINT", "High operating point: flagged urgent from here")
HOTTEST_REGION = own("HOTTEST_REGION", "Region that raised the probability most")
AGREES = own("AGREES", "Reader agrees with the flag")
PRESENT = CodedConcept("52101004", "SCT", "Present")
ABSENT = CodedConcept("272519000", "SCT", "Absent")
UNDETERMINED = CodedConcept("373068000", "SCT", "Undetermined")
OTHER = own("OTHER", "Finding other than pneumonia")
SEEN = {
    Finding.PNEUMONIA: PRESENT,
    Finding.NO_PNEUMONIA: ABSENT,
    Finding.OTHER: OTHER,
    Finding.CANNOT_JUDGE: UNDETERMINED,
}
"""A reader's finding about pneumonia."""
ZONES = {
    Zone.UPPER: codes.SCT.UpperZoneOfLung,
    Zone.MIDDLE: codes.SCT.MiddleZoneOfLung,
    Zone.LOWER: codes.SCT.LowerZoneOfLung,
}
SIDES = {Side.RIGHT: codes.SCT.Right, Side.LEFT: codes.SCT.Left, Side.BOTH: codes.SCT.RightAndLeft}
YES = CodedConcept("373066001", "SCT", "Yes")
NO = CodedConcept("373067005", "SCT", "No")
