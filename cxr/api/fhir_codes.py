"""Coded terms of FHIR: SNOMED CT, LOINC and ICD-10, and our own where these have none."""

from typing import Any

from cxr.worklist.case import Finding

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
OWN = "urn:cxr:finding"
IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
SERVICE_SECTIONS = "http://terminology.hl7.org/CodeSystem/v2-0074"
NULL_REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
UNITS = "http://unitsofmeasure.org"
DICOM_UID = "urn:dicom:uid"
FILM_NUMBER = "urn:cxr:film"
PNEUMONIA = "233604007"
"""Pneumonia (disorder), in SNOMED CT."""
PNEUMONIA_ICD_10 = ("J12", "J13", "J14", "J15", "J16", "J17", "J18")


def coding(system: str, code: str, display: str) -> dict[str, Any]:
    """Write a concept with one code."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


CHEST_FILM = coding(LOINC, "30745-4", "XR Chest Views")
RADIOLOGY = coding(SERVICE_SECTIONS, "RAD", "Radiology")


def own(code: str, display: str) -> dict[str, Any]:
    """Write a concept of our own."""
    return coding("urn:cxr", code, display)


def finding_of_code(system: str, code: str) -> Finding | None:
    """Return what a code says about pneumonia; None where it says nothing that is known here."""
    if system == SNOMED and code == PNEUMONIA:
        return Finding.PNEUMONIA
    if system.startswith(ICD_10) and code[:3] in PNEUMONIA_ICD_10:
        return Finding.PNEUMONIA
    if system == OWN:
        return next((one for one in Finding if one.value == code.replace("-", " ")), None)
    return None
