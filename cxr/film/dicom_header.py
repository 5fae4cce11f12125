"""The part of a DICOM header that triage needs: patient, request, and whether it is a frontal chest film."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from cxr.film.age import PatientAge, patient_age
from cxr.film.anatomy import frontal_view, is_not_frontal, is_oblique, names_chest, names_other_part
from cxr.film.character_sets import declared, meanings_of
from cxr.film.coded_meaning import coded_meanings
from cxr.film.dicom_file import text_of
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import RequestedPriority, Sex, View
from cxr.film.notes import AGE_CONTRADICTS, notes_of
from cxr.film.spacing import SPACING_TAGS, Spacing, spacing_of

# Dates of the film for its age, best first.
DATE_TAGS = ("StudyDate", "AcquisitionDate", "AcquisitionDateTime", "SeriesDate", "ContentDate")
HEADER_TAGS = (
    *("SpecificCharacterSet", "SOPClassUID", "Modality", "BodyPartExamined", "AnatomicRegionSequence"),
    *("ViewPosition", "ViewCodeSequence"),
    *("PatientOrientation", "PresentationIntentType", "BurnedInAnnotation", *DATE_TAGS),
    *("PatientAge", "PatientBirthDate", "PatientSex"),
    *("RequestedProcedurePriority", "RequestAttributesSequence"),
    *SPACING_TAGS,
)
# DR and RG are retired terms for a radiograph that are still sent; the others are no terms of the standard.
RADIOGRAPHS = ("CR", "DX", "DR", "RG", "XR", "RX", "CXR", "XRAY", "X-RAY")
RADIOGRAPH_CLASSES = (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
)
SECONDARY_CAPTURES = (
    SecondaryCaptureImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
)
# A secondary capture names the modality that was captured, or one of these; so does a film from a digitiser.
OF_UNKNOWN_ORIGIN = ("OT", "SC")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Header:
    """What a header states about the patient, the film and the request; see `Film`.

    Attributes
    ----------
    requested
        Priority given by the request or the modality.
    """

    age: PatientAge
    sex: Sex | None
    view: View | None
    requested: RequestedPriority | None
    burned_in: bool
    spacing: Spacing | None = None


def header_of(dataset: Dataset) -> Header:
    """Extract from a header what it states in defined terms; any other value counts as not stated."""
    return Header(
        age=age_of(dataset),
        sex=_among(Sex, _word(dataset, "PatientSex")),
        view=_among(View, frontal_view(text_of(dataset, "ViewPosition")) or ""),
        requested=_requested(dataset),
        burned_in=_word(dataset, "BurnedInAnnotation") == "YES",
        spacing=spacing_of(dataset),
    )


def age_of(dataset: Dataset) -> PatientAge:
    """Take the patient's age from a header."""
    dates = [text_of(dataset, keyword) for keyword in DATE_TAGS]
    birth_date = text_of(dataset, "PatientBirthDate")
    read = (text.partition("\\")[0] for text in meanings_of(dataset, "PatientAge", declared(dataset)))
    ages = [patient_age(stated, birth_date, dates) for stated in read]
    age = next((one for one in ages if not one.unreadable), ages[0])
    contradicted = age.years is not None and AGE_CONTRADICTS in notes_of(dataset)
    return replace(age, contradictory=age.contradictory or contradicted)


def check_kind(dataset: Dataset, any_view: bool = False) -> None:
    """Refuse a film that the header describes as anything but a frontal chest film.

    Parameters
    ----------
    any_view
        Whether a lateral passes too: it is shown, not scored.

    Raises
    ------
    FilmError
        With `wrong_modality`, `wrong_body_part`, `lateral` or `for_processing`. No sentence quotes the
        header: in a broken one, any field may hold patient data.
    """
    sop_class, modality = dataset.get("SOPClassUID"), _word(dataset, "Modality")
    of_any = modality in OF_UNKNOWN_ORIGIN and sop_class in (*SECONDARY_CAPTURES, *RADIOGRAPH_CLASSES)
    if modality and modality not in RADIOGRAPHS and not of_any:
        raise wrong_modality()
    charsets = declared(dataset)
    parts = meanings_of(dataset, "BodyPartExamined", charsets)
    if names_other_part(*parts, *coded_meanings(dataset, "AnatomicRegionSequence", charsets)):
        raise FilmError(
            FilmErrorCode.WRONG_BODY_PART,
            "The DICOM header names a body part other than the chest. If this is a chest film, correct Body "
            "Part Examined at the modality and send it again; otherwise read it without the program.",
        )
    if not any_view and _says_not_frontal(dataset):
        raise FilmError(
            FilmErrorCode.LATERAL,
            "According to the DICOM header this is a lateral or oblique view, and the model scores frontal "
            "films only. Add the PA or AP film.",
        )
    processed = _word(dataset, "PresentationIntentType") != "FOR PROCESSING"
    if not processed or sop_class == DigitalXRayImageStorageForProcessing:
        raise FilmError(
            FilmErrorCode.FOR_PROCESSING,
            "This file holds the detector's raw values (For Processing), not a viewable image. Send the "
            "processed image of the modality (For Presentation).",
        )


def wrong_modality() -> FilmError:
    """Make the error for a DICOM image that is no radiograph."""
    return FilmError(
        FilmErrorCode.WRONG_MODALITY,
        "According to the DICOM header this is not a plain film: only the modalities CR and DX, and "
        "secondary captures of them, are read, and not fluoroscopy, mammography or dental films. Send the "
        "chest film itself.",
    )


def view_word(dataset: Dataset) -> str:
    """Name the view that a header states, in a word that holds nothing else of it."""
    views = meanings_of(dataset, "ViewPosition", declared(dataset))
    if _says_not_frontal(dataset):
        return "oblique" if any(map(is_oblique, views)) else "lateral"
    return next(filter(None, map(frontal_view, views)), "not stated")


def part_word(dataset: Dataset) -> str:
    """Name the body part that a header states, in a word that holds nothing else of it."""
    charsets = declared(dataset)
    parts = (
        *meanings_of(dataset, "BodyPartExamined", charsets),
        *coded_meanings(dataset, "AnatomicRegionSequence", charsets),
    )
    if names_other_part(*parts):
        return "another part"
    return "chest" if names_chest(*parts) else "not stated"


def _says_not_frontal(dataset: Dataset) -> bool:
    charsets = declared(dataset)
    view = meanings_of(dataset, "ViewPosition", charsets)
    if is_not_frontal(*view) or any(map(frontal_view, view)):
        return is_not_frontal(*view)
    if coded := coded_meanings(dataset, "ViewCodeSequence", charsets):
        return is_not_frontal(*coded)
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


def _word(dataset: Dataset, keyword: str) -> str:
    return text_of(dataset, keyword).upper()
