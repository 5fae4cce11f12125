"""What all DICOM results have in common: their UIDs, the device that made them, and their dates."""

import datetime
import hashlib
import logging
import uuid
import warnings
from enum import StrEnum
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cxr import __version__
from cxr.film.identity import Identity
from cxr.report.original import carry_as_it_came, original_of
from cxr.worklist.case import Case

# Both warn and log with the values they found, which may identify a patient (see `cxr.film.dicom`).
for _library in ("pydicom", "highdicom"):
    warnings.filterwarnings("ignore", module=rf"{_library}\b")
    logging.getLogger(_library).setLevel(logging.CRITICAL)

MANUFACTURER = "cxr"
MODEL_NAME = "cxr screening, research use only"
NO_BUNDLE = "none"
"""Used as the bundle version of a film that could not be read."""
LONG_STRING = 64
"""Maximum length of a Long String (LO) and of a component group of a name (PN)."""
_DATED = ("Content{}", "PresentationCreation{}", "{}OfSecondaryCapture", "InstanceCreation{}")
_PLACEHOLDER = UID("2.25.0")


class Kind(StrEnum):
    """The kinds of results that a film may have."""

    REPORT = "report"
    OVERLAY = "overlay"
    CONTOUR = "contour"


SERIES = {
    Kind.REPORT: (9701, "Pneumonia screening: report, research use"),
    Kind.OVERLAY: (9702, "Pneumonia screening: overlay, research use"),
    Kind.CONTOUR: (9703, "Pneumonia screening: contour, research use"),
}
"""Series number and description of each kind; results of one study, kind and bundle share a series."""


def bundle_version(case: Case) -> str:
    """Version of the bundle that produced the result."""
    return case.bundle_version or NO_BUNDLE


def header(kind: Kind, case: Case, identity: Identity) -> dict[str, Any]:
    """Collect what highdicom needs for every object; `finished` replaces the instance UID."""
    number, description = SERIES[kind]
    version = bundle_version(case)
    return {
        "series_instance_uid": series_uid(kind, original_of(identity).StudyInstanceUID, version),
        "series_number": number,
        "series_description": description,
        "sop_instance_uid": _PLACEHOLDER,
        "instance_number": case.number,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL_NAME,
        "software_versions": [__version__, version[:LONG_STRING]],
        "device_serial_number": version[:LONG_STRING],
        "transfer_syntax_uid": ExplicitVRLittleEndian,
    }


def series_uid(kind: Kind, study: str, version: str) -> UID:
    """UID of the series for results of one study, kind and bundle."""
    return derived_uid("series", kind, study, version)


def derived_uid(*parts: object) -> UID:
    """Derive a UID from values, under the root for UUIDs (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, repr([str(part) for part in parts])).int}")


def finished(instance: Dataset, case: Case, identity: Identity, zone: datetime.tzinfo | None) -> Dataset:
    """Date an object by when its result was reached, in `zone`, and name it after its content.

    Nothing in it depends on when it is made. The same result made again is the same object, byte by byte,
    and any other content has another SOP Instance UID.
    """
    carry_as_it_came(instance, identity)
    reached = case.report.read_at if case.report else case.scored_at
    assert reached
    reached = reached.astimezone(zone)
    for name in _DATED:
        if name.format("Date") in instance:
            setattr(instance, name.format("Date"), f"{reached:%Y%m%d}")
            setattr(instance, name.format("Time"), f"{reached:%H%M%S}")
    for equipment in instance.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = f"{reached:%Y%m%d%H%M%S}"
    return named_by_content(instance)


def named_by_content(instance: Dataset) -> Dataset:
    """Set the SOP Instance UID of an object to one derived from everything else in it."""
    instance.SOPInstanceUID = _PLACEHOLDER
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, False
    write_dataset(file, instance)
    instance.SOPInstanceUID = derived_uid("instance", hashlib.sha256(file.getvalue()).hexdigest())
    instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID
    return instance
