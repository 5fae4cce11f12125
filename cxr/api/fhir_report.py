"""A finished report of another system as FHIR R5: which study it is about, and what it found."""

import json
import re
from typing import Any

from fhir.resources.diagnosticreport import DiagnosticReport

from cxr.api.fhir_codes import DICOM_UID, FILM_NUMBER, IDENTIFIER_TYPES, finding_of_code
from cxr.api.operation import asked
from cxr.api.problems import ProblemError
from cxr.api.questions import READER, FindingReport
from cxr.worklist.reading.elsewhere import NAME_LENGTH, UNNAMED

FINISHED = ("final", "amended", "corrected", "appended")
NOT_FINISHED = f"Send a report once it is finished: its status is none of {', '.join(FINISHED)}."
NO_CONCLUSION = (
    "conclusionCode needs one code that is known here, and none that contradicts it: see docs/api.md."
)
NO_STUDY = (
    "The report names no study: give its Study Instance UID in study, or the accession number as an "
    "identifier of type ACSN."
)
NOT_FHIR = "This is not a valid FHIR R5 DiagnosticReport."


def finding_of(body: bytes) -> FindingReport:
    """Read a DiagnosticReport; raises `ProblemError`, which repeats nothing of it."""
    try:
        # The library takes any resource for the one asked for, and Decimals that JSON does not have.
        content = json.loads(body)
        if not isinstance(content, dict) or content.get("resourceType") != "DiagnosticReport":
            raise ProblemError(422, NOT_FHIR)
        report = DiagnosticReport.model_validate(content)
    except ProblemError:
        raise
    except Exception:  # of the library, which fails in a dozen ways
        raise ProblemError(422, NOT_FHIR) from None
    if report.status not in FINISHED:
        raise ProblemError(422, NOT_FINISHED)
    found = {
        one
        for concept in report.conclusionCode or ()
        for code in concept.coding or ()
        if (one := finding_of_code(str(code.system or ""), str(code.code or "")))
    }
    if len(found) != 1:
        raise ProblemError(422, NO_CONCLUSION)
    values = {**_reference(report), "finding": found.pop(), "reader": _reader(report)}
    if report.issued is not None:
        values["reported_at"] = report.issued
    return asked(FindingReport, values)


def _reference(report: Any) -> dict[str, object]:
    """Find what names the study, the surest first."""
    identifiers = [one for one in report.identifier or () if one.value]
    orders = [one.identifier for one in report.basedOn or () if one.identifier and one.identifier.value]
    studies = [one.identifier for one in report.study or () if one.identifier and one.identifier.value]
    for one in identifiers:
        if one.system == FILM_NUMBER and re.fullmatch("[0-9]{1,10}", one.value):
            return {"film": int(one.value)}
    for one in studies:
        if one.system in (None, DICOM_UID):
            return {"study_uid": str(one.value).removeprefix("urn:oid:")}
    for one in (*identifiers, *orders):
        if _is_accession(one):
            return {"accession": str(one.value)}
    raise ProblemError(422, NO_STUDY)


def _is_accession(identifier: Any) -> bool:
    codings = (identifier.type.coding or ()) if identifier.type else ()
    return any(one.system == IDENTIFIER_TYPES and one.code == "ACSN" for one in codings)


def _reader(report: Any) -> str:
    """Name whoever interpreted the film; nobody where that is no name of a reader."""
    for one in (*(report.resultsInterpreter or ()), *(report.performer or ())):
        name = " ".join(str(one.display or "").split())[:NAME_LENGTH]
        if re.fullmatch(READER, name):
            return name
    return UNNAMED
