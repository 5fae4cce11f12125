"""The original identifiers of a DICOM film: what a result must carry to reach its patient and study."""

from dataclasses import dataclass, field
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset

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
        """The patient's name, formatted for people; empty where the film has none."""
        name = self.dataset.get("PatientName")
        parts = [] if name is None else [name.family_name, name.given_name]
        return ", ".join(part for part in parts if part)

    @property
    def patient_id(self) -> str:
        """Patient ID; empty where the film has none."""
        return str(self.dataset.get("PatientID") or "")


def identity_of(content: bytes) -> Identity:
    """Extract the identifiers of a DICOM file."""
    tags: list[str] = list(IDENTITY_TAGS)
    file = BytesIO(inflated(content))
    dataset = dcmread(file, stop_before_pixels=True, force=True, specific_tags=tags)
    return Identity(dataset.to_json(suppress_invalid_tags=True))
