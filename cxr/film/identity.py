"""The original identifiers of a DICOM film: what a result must carry to reach its patient and study."""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from cxr.film.dicom_file import header_before_pixels, intact

IDENTITY_TAGS = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "OtherPatientIDs"),
    *("OtherPatientIDsSequence", "PatientBirthDate"),
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
        """The patient's name, formatted for people; empty where the film has none.

        Of its groups (PS3.5 6.2.1) the alphabetic one, else the ideographic, else the phonetic.
        """
        name = self.dataset.get("PatientName") or PersonName("")
        groups = str(name).split("=")
        written = (", ".join(part for part in _family_and_given(group) if part) for group in groups)
        return next(filter(None, written), "")

    @property
    def patient_id(self) -> str:
        """Patient ID; empty where the film has none."""
        return str(self.dataset.get("PatientID") or "")


def identity_of(content: bytes) -> Identity:
    """Extract the identifiers of a DICOM file as they came, whether or not the standard allows their form."""
    dataset = header_before_pixels(intact(content), list(IDENTITY_TAGS))
    found: dict[str, object] = {}
    for tag in list(dataset.keys()):
        # What cannot be written as JSON, such as a number that is none, identifies nobody.
        with suppress(Exception):
            found[f"{tag:08X}"] = dataset[tag].to_json_dict(None, 1024)
    return Identity(json.dumps(found, sort_keys=True))


def _family_and_given(group: str) -> tuple[str, str]:
    family, given, middle, *_ = (*group.split("^"), "", "", "")
    return family.strip(), " ".join(filter(None, (given.strip(), middle.strip())))
