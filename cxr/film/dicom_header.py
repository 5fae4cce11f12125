"""The part of a DICOM header that triage needs: patient, request, and whether it is a frontal chest film."""

from dataclasses import dataclass, field
from enum import StrEnum
from re import compile as pattern
from typing import TypeVar

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import (
    DigitalXRayImageStorageForProcessing,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from cxr.film.age import age_in_years
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import RequestedPriority, Sex, View

HEADER_TAGS = (
    *("SOPClassUID", "Modality", "BodyPartExamined", "ViewPosition", "ViewCodeSequence"),
    *("PatientOrientation", "PresentationIntentType", "BurnedInAnnotation", "StudyDate"),
    *("PatientAge", "PatientBirthDate", "PatientSex", "PatientID", "IssuerOfPatientID"),
    *("RequestedProcedurePriority", "RequestAttributesSequence"),
)
# DR and RG are retired terms for a radiograph that are still sent.
RADIOGRAPHS = ("CR", "DX", "DR", "RG")
SECONDARY_CAPTURES = (
    SecondaryCaptureImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
)
# A secondary capture names the modality that was captured, or one of these.
OF_UNKNOWN_ORIGIN = ("OT", "SC")
Word = TypeVar("Word", bound=StrEnum)

# The defined terms, and what modalities set to other languages send.
CHEST = pattern("CHEST|THORA|TORA|LUNG|PULM|POUMON|CXR|RIB|STERN")
# Left and right lateral, lying on a side, and oblique (PS3.3 C.8.11.5), and common variants.
OTHER_VIEWS = ("LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAT", "LATERAL")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header states about the patient, the film and the request; see `Film`.

    Attributes
    ----------
    patient_id
        Patient ID with its issuer, by which the worklist groups the films of one patient; never shown.
    requested
        Priority given by the request or the modality.
    """

    age_years: float | None
    sex: Sex | None
    view: View | None
    patient_id: str | None = field(repr=False)
    requested: RequestedPriority | None
    burned_in: bool


def header_of(dataset: Dataset) -> Header:
    """Extract from a header what it states in defined terms; any other value counts as not stated."""
    age = age_in_years(*(_text(dataset, name) for name in ("PatientAge", "PatientBirthDate", "StudyDate")))
    # A Patient ID is unique only within its issuer.
    number = _text(dataset, "PatientID")
    patient_id = f"{_text(dataset, 'IssuerOfPatientID')}\\{number}" if number else None
    burned_in = _word(dataset, "BurnedInAnnotation") == "YES"
    sex, view = _word(dataset, "PatientSex"), _word(dataset, "ViewPosition")
    return Header(age, _among(Sex, sex), _among(View, view), patient_id, _requested(dataset), burned_in)


def check_kind(dataset: Dataset) -> None:
    """Refuse a film that the header describes as anything but a frontal chest film.

    Raises
    ------
    FilmError
        With `wrong_modality`, `wrong_body_part`, `lateral` or `for_processing`. No sentence quotes the
        header: in a broken one, any field may hold patient data.
    """
    sop_class, modality = dataset.get("SOPClassUID"), _word(dataset, "Modality")
    captured = sop_class in SECONDARY_CAPTURES and modality in OF_UNKNOWN_ORIGIN
    if modality and modality not in RADIOGRAPHS and not captured:
        raise FilmError(
            FilmErrorCode.WRONG_MODALITY,
            "According to the DICOM header this is not a radiograph: only films of the modalities CR and "
            "DX, and secondary captures of them, are read. Send the radiograph itself.",
        )
    body_part = _word(dataset, "BodyPartExamined")
    if body_part and not CHEST.search(body_part):
        raise FilmError(
            FilmErrorCode.WRONG_BODY_PART,
            "The DICOM header names a body part other than the chest. If this is a chest film, correct Body "
            "Part Examined at the modality and send it again; otherwise read it without the program.",
        )
    if _says_not_frontal(dataset):
        raise FilmError(
            FilmErrorCode.LATERAL,
            "According to the DICOM header this is a lateral or oblique view, and the model scores frontal "
            "films only. Add the PA or AP film.",
        )
    processed = _word(dataset, "PresentationIntentType") != "FOR PROCESSING"
    if not processed or sop_class == DigitalXRayImageStorageForProcessing:
        raise FilmError(
            FilmErrorCode.FOR_PROCESSING,
            "This file holds the detector's raw values (For Processing), not a film for the eye. Send the "
            "film that the modality makes of it (For Presentation).",
        )


def _says_not_frontal(dataset: Dataset) -> bool:
    view = _word(dataset, "ViewPosition")
    if view:
        return view in OTHER_VIEWS
    coded = dataset.get("ViewCodeSequence")
    if isinstance(coded, Sequence) and coded:
        meaning = _word(coded[0], "CodeMeaning")
        return any(word in meaning for word in ("LATERAL", "OBLIQUE", "DECUBITUS"))
    # The direction of the rows: on a frontal film towards the patient's left or right, never front or back.
    orientation = dataset.get("PatientOrientation")
    rows_run = str(orientation[0]).upper() if isinstance(orientation, MultiValue) and orientation else ""
    return rows_run[:1] in ("A", "P")


def _requested(dataset: Dataset) -> RequestedPriority | None:
    """Requested Procedure Priority of the film, or of one of the requests that it fulfils."""
    requests = dataset.get("RequestAttributesSequence")
    # With another value representation this is not a request, and the film is read all the same.
    requests = requests if isinstance(requests, Sequence) else []
    said = {_word(one, "RequestedProcedurePriority") for one in (dataset, *requests)}
    return next((priority for priority in RequestedPriority if priority in said), None)


def _among(words: type[Word], said: str) -> Word | None:
    return words(said) if said in set(words) else None


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "").strip()


def _word(dataset: Dataset, keyword: str) -> str:
    return _text(dataset, keyword).upper()
