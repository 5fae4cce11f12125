"""What all DICOM results have in common: their own UIDs, who made them, and when."""

import datetime
import logging
import uuid
import warnings
from enum import StrEnum
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cxr import __version__
from cxr.film.identity import Identity
from cxr.report.original import original_of
from cxr.worklist.case import Case

# Both warn and log with the values they found, and those may be a patient's (see `cxr.film.dicom`).
for _library in ("pydicom", "highdicom"):
    warnings.filterwarnings("ignore", module=rf"{_library}\b")
    logging.getLogger(_library).setLevel(logging.CRITICAL)

MANUFACTURER = "cxr"
MODEL_NAME = "cxr screening, research use only"
NO_BUNDLE = "none"
"""Stands for the bundle where a film could not even be read."""
LONG_STRING = 64
"""Most characters of a Long String (LO) and of a part of a name (PN)."""
_DATED = ("Content{}", "PresentationCreation{}", "{}OfSecondaryCapture")


class Kind(StrEnum):
    """The results that a film may have."""

    REPORT = "report"
    OVERLAY = "overlay"
    CONTOUR = "contour"


SERIES = {
    Kind.REPORT: (9701, "Pneumonia screening: report, research use"),
    Kind.OVERLAY: (9702, "Pneumonia screening: overlay, research use"),
    Kind.CONTOUR: (9703, "Pneumonia screening: contour, research use"),
}
"""Series number and description by kind; a study's results of one kind and bundle share a series."""


def bundle_version(case: Case) -> str:
    """Version of the bundle that a result rests on."""
    return case.bundle_version or NO_BUNDLE


def header(kind: Kind, case: Case, identity: Identity) -> dict[str, Any]:
    """Give what highdicom asks for every object: UIDs of its own, numbers, and the device that made it.

    The instance UID follows from what the result says of which film: whoever makes a result again gets the
    same object, and a result that says something else, after a reading or with another bundle, a new one.
    """
    number, description = SERIES[kind]
    version = bundle_version(case)
    study = original_of(identity).StudyInstanceUID
    return {
        "series_instance_uid": derived_uid("series", kind, study, version),
        "series_number": number,
        "series_description": description,
        "sop_instance_uid": derived_uid("instance", kind, version, case.sha256, identity.json, *_said(case)),
        "instance_number": case.number,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL_NAME,
        "software_versions": [__version__, version[:LONG_STRING]],
        "device_serial_number": version[:LONG_STRING],
        "transfer_syntax_uid": ExplicitVRLittleEndian,
    }


def derived_uid(*parts: object) -> UID:
    """UID that follows from what it is given, of the root for UUIDs (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, repr([str(part) for part in parts])).int}")


def dated(instance: Dataset, case: Case, now: datetime.datetime) -> Dataset:
    """Date an object by when its result was reached, in the time zone of `now`, and made now."""
    reached = case.report.read_at if case.report else case.scored_at
    assert reached
    reached = reached.astimezone(now.tzinfo)
    for name in _DATED:
        if name.format("Date") in instance:
            _date(instance, name, reached)
    _date(instance, "InstanceCreation{}", now)
    for equipment in instance.ContributingEquipmentSequence:
        equipment.ContributionDateTime = f"{now:%Y%m%d%H%M%S}"
    return instance


def _said(case: Case) -> tuple[object, ...]:
    """All that a result says which may differ for one film and one bundle."""
    return (
        *(case.number, case.flag, case.probability, case.operating_points, case.inverted),
        *(case.population, [reason.code for reason in case.reasons], case.reader if case.report else ""),
        case.report,
    )


def _date(instance: Dataset, name: str, moment: datetime.datetime) -> None:
    setattr(instance, name.format("Date"), f"{moment:%Y%m%d}")
    setattr(instance, name.format("Time"), f"{moment:%H%M%S}")
