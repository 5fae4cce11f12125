"""The result of a film as FHIR R5: a DiagnosticReport and its Observation, which name no patient."""

import uuid
from typing import Any

from fhir.resources.bundle import Bundle

from cxr import RESEARCH_USE
from cxr.api.fhir_codes import (
    CHEST_FILM,
    FILM_NUMBER,
    NULL_REASONS,
    PNEUMONIA,
    RADIOLOGY,
    SNOMED,
    UNITS,
    coding,
    own,
)
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS, percent
from cxr.worklist.case import Case

NAMESPACE = uuid.UUID("6f3c2a54-6a3e-4c6e-9a55-0c9f7a5f7c21")
REPORTED, WAITING, REFUSED = "preliminary", "registered", "cancelled"


def bundle_of(case: Case) -> str:
    """Write the result of a case that is about one film, as FHIR JSON."""
    observation = f"urn:uuid:{uuid.uuid5(NAMESPACE, f'observation {case.film_number}')}"
    report = f"urn:uuid:{uuid.uuid5(NAMESPACE, f'report {case.film_number}')}"
    entries = [
        {"fullUrl": report, "resource": _report(case, observation)},
        {"fullUrl": observation, "resource": _observation(case)},
    ]
    made = Bundle.model_validate({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return str(made.model_dump_json())


def _report(case: Case, observation: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [{"system": FILM_NUMBER, "value": str(case.film_number)}],
        # Never final: a person has to read the film.
        "status": _status(case),
        "category": [RADIOLOGY],
        "code": CHEST_FILM,
        "result": [{"reference": observation}],
        "conclusion": " ".join([_conclusion(case), *(one.sentence for one in case.reasons), RESEARCH_USE]),
        **({"issued": case.scored_at.isoformat()} if case.scored_at else {}),
    }


def _observation(case: Case) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": _status(case),
        "code": coding(SNOMED, PNEUMONIA, "Pneumonia"),
        "method": own("probability", "Calibrated probability by a neural network"),
        "note": [{"text": RESEARCH_USE}, *({"text": one.sentence} for one in case.reasons)],
        **_value(case),
        **({"interpretation": [own(case.flag, FLAG_WORDS[case.flag])]} if case.flag else {}),
        **({"issued": case.scored_at.isoformat()} if case.scored_at else {}),
        **({"device": {"display": _device(case)}} if case.bundle_version else {}),
    }


def _value(case: Case) -> dict[str, Any]:
    if case.probability is None:
        why = "masked" if case.withheld else "error" if case.flag else "temp-unknown"
        return {"dataAbsentReason": coding(NULL_REASONS, why, why.replace("-", " "))}
    points = case.operating_points
    stated = {
        "prevalence": case.prevalence,
        "low-point": points.low if points else None,
        "high-point": points.high if points else None,
    }
    return {
        "valueQuantity": _quantity(case.probability),
        "component": [
            {"code": own(name, name.replace("-", " ").capitalize()), "valueQuantity": _quantity(value)}
            for name, value in stated.items()
            if value is not None
        ],
    }


def _quantity(value: float) -> dict[str, Any]:
    return {"value": round(value, 6), "unit": "1", "system": UNITS, "code": "1"}


def _status(case: Case) -> str:
    if case.flag is None:
        return WAITING
    return REFUSED if case.flag is Flag.REFUSED else REPORTED


def _device(case: Case) -> str:
    return f"{case.bundle_version} ({case.engine})" if case.engine else str(case.bundle_version)


def _conclusion(case: Case) -> str:
    if case.withheld:
        return "Results are withheld at this site."
    if case.flag is None:
        return "The film waits for its result."
    if case.probability is None:
        return f"Flag: {FLAG_WORDS[case.flag].lower()}."
    shown = f"Flag: {FLAG_WORDS[case.flag].lower()}. Probability of pneumonia {percent(case.probability)}"
    return f"{shown} at a prevalence of {case.prevalence:g}." if case.prevalence else f"{shown}."
