"""The original identifiers of a DICOM film: what a result must carry to reach its patient and study."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from cxr.film.dicom_pixels import inflated

IDENTITY_TAGS = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate"),
    *("PatientSex", "PatientAge", "StudyInstanceUID", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName", "SeriesInstanceUID", "SOPClassUID"),
    *("SOPInstanceUID", "Modality", "Rows", "Columns", "BodyPartExamined", "PatientOrientation"),
    # Display attributes, which an overlay or a presentation state of the film must repeat.
    *("SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation", "BurnedInAnnotation"),
    *("RescaleIntercept", "RescaleSlope", "RescaleType", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The original identifiers of a DICOM film, as DICOM JSON (PS3.18 F); never part of a `repr`."""

    json: str = field(repr=False)

    @property
    def dataset(self) -> Dataset:
        """The identifiers as a data set: those of `IDENTITY_TAGS` that the film has."""
        return Dataset.from_json(self.json)

    @property
    def patient_name(self) -> str:
        """The patient's name as a person writes it; empty where the film has none."""
        groups = str(self.dataset.get("PatientName") or "").split("=")
        # Alphabetic, ideographic, phonetic (PS3.5 6.2.1.1): the first that is there.
        parts = next((group.split("^")[:2] for group in groups if group.strip("^ ")), [])
        return ", ".join(part.strip() for part in parts if part.strip())

    @property
    def patient_id(self) -> str:
        """Patient ID; empty where the film has none."""
        return str(self.dataset.get("PatientID") or "")


def identity_of(content: bytes) -> Identity:
    """Extract the identifiers of a DICOM file."""
    tags: list[str] = list(IDENTITY_TAGS)
    file = BytesIO(inflated(content))
    dataset = dcmread(file, stop_before_pixels=True, force=True, specific_tags=tags)
    elements = {f"{tag:08X}": _json_of(dataset, tag) for tag in sorted(dataset.keys())}
    return Identity(json.dumps({tag: element for tag, element in elements.items() if element}))


def _json_of(dataset: Dataset, tag: BaseTag) -> dict[str, Any] | None:
    """Convert an element to JSON as it is, also where it is longer than allowed; `None` if unreadable.

    pydicom's `suppress_invalid_tags` drops every element that does not conform, and with it the patient's ID.
    """
    try:
        return dataset[tag].to_json_dict(None, 0)
    except Exception:
        return _with_decimal_points(dataset, tag)


def _with_decimal_points(dataset: Dataset, tag: BaseTag) -> dict[str, Any] | None:
    """Convert numbers with decimal commas."""
    value = dataset.get_item(tag).value if tag in dataset else None
    try:
        text = value.decode("ascii") if isinstance(value, bytes) else str(value or "")
        numbers = [float(number) for number in text.replace(",", ".").split("\\")]
    except ValueError:
        return None
    return {"vr": "DS", "Value": numbers}
