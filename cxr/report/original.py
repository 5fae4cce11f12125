"""The identifiers of the film that a result refers to, completed so that every result can carry them."""

import re
from typing import Any

from pydicom.datadict import dictionary_VM
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID, ComputedRadiographyImageStorage

from cxr.film.age import date_of
from cxr.film.character_sets import UTF_8
from cxr.film.identity import Identity
from cxr.film.notes import NOTE_TAGS

UIDS = ("StudyInstanceUID", "SOPClassUID", "SOPInstanceUID")
# Type 2 in every result: always present, empty where unknown.
MAY_BE_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
IDENTIFIERS = (
    *("PatientName", "PatientID", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
    "StudyInstanceUID",
)
"""What results repeat of a film's identifiers as it came."""
SEXES = ("F", "M", "O")
LONGEST = {"PatientID": 64, "AccessionNumber": 16, "StudyID": 16}
"""Characters that the standard allows (PS3.5 6.2: LO and SH)."""
_LOST = "\N{REPLACEMENT CHARACTER}"
"""What a text has where its bytes are of another character set."""
_AGE = re.compile(r"(\d{1,3})([DWMY])")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")


class NoOriginalError(ValueError):
    """A film that a DICOM result cannot refer to; the text names tags, never their values."""


def original_of(identity: Identity) -> Dataset:
    """Give a film's identifiers with everything that a result needs; unknown and invalid ones are empty.

    Of an identifier with a backslash, which separates values, the first one is given, and for the SOP class
    one of a single frame: highdicom knows no private or retired class, and asks for the frames of others.
    `carry_as_it_came` restores both once a result is made.

    Identifiers longer than the standard allows are carried unchanged, as this is how the PACS knows them: a
    result with a shortened Patient ID would belong to another patient.

    Raises
    ------
    NoOriginalError
        If a UID is missing, Patient ID cannot be decoded (a changed one would be another patient's), or the
        SOP class is a UID of something else.
    """
    original = identity.dataset
    _keep_first_values(original)
    require(original, UIDS)
    if _LOST in str(original.get("PatientID") or ""):
        raise NoOriginalError(
            "the film's Patient ID has bytes that its character set does not allow; correct it at its source "
            "and send the film again"
        )
    if UID(original.SOPClassUID).type not in ("", "SOP Class"):  # private ones are not in the dictionary
        raise NoOriginalError("the film's SOPClassUID is not that of a SOP class")
    original.SOPClassUID = ComputedRadiographyImageStorage
    if not original.get("SeriesInstanceUID"):
        original.pop("SeriesInstanceUID", None)
    for name in MAY_BE_EMPTY:
        if not original.get(name):
            setattr(original, name, "")
    for name in ("PatientBirthDate", "StudyDate"):
        setattr(original, name, _date(str(original.get(name))))
    time = str(original.StudyTime).replace(":", "")
    original.StudyTime = time if _TIME.fullmatch(time) else ""
    sex = str(original.PatientSex).upper()
    original.PatientSex = sex if sex in SEXES else ""
    age = _AGE.fullmatch(str(original.get("PatientAge") or "").strip().upper())
    original.pop("PatientAge", None)
    if age:
        original.PatientAge = f"{int(age[1]):03}{age[2]}"
    for tag in ("StudiesContainingOtherReferencedInstancesSequence", *NOTE_TAGS):
        original.pop(tag, None)
    # A reader's note may need characters that the film's set lacks.
    original.SpecificCharacterSet = UTF_8
    return original


def is_known_image(identity: Identity) -> bool:
    """Whether a report's content may refer to a film as an image, which is known to be of such a SOP class.

    The standard allows any class there, but DCMTK refuses a whole report for a private one.
    """
    return bool(UID(str(_first(identity.dataset.get("SOPClassUID")))).type)


def carry_as_it_came(result: Dataset, identity: Identity) -> None:
    """Give a result what `original_of` changed as the film has it, and as the PACS knows it."""
    known = identity.dataset
    instance, sop_class = (str(_first(known.get(name))) for name in ("SOPInstanceUID", "SOPClassUID"))
    for element in result.iterall():
        for item in element.value if element.VR == "SQ" else ():
            if item.get("ReferencedSOPInstanceUID") == instance:
                item.ReferencedSOPClassUID = sop_class
    for name in IDENTIFIERS:
        if name in result and isinstance(value := known.get(name), MultiValue) and len(value) > 1:
            setattr(result, name, list(value))


def _keep_first_values(original: Dataset) -> None:
    for element in original:
        if isinstance(element.value, MultiValue) and dictionary_VM(element.tag) == "1":
            element.value = _first(element.value)


def _first(value: Any) -> Any:
    return next((one for one in value if one), None) if isinstance(value, MultiValue) else value


def studies_of(identity: Identity) -> tuple[str, ...]:
    """Give the Study Instance UIDs that a film had: that of now, then earlier ones with the latest first."""
    known = identity.dataset
    earlier = known.get("StudiesContainingOtherReferencedInstancesSequence") or []
    for item in (known, *earlier):
        _keep_first_values(item)
    uids = (item.get("StudyInstanceUID") for item in (known, *reversed(earlier)))
    return tuple(str(uid) for uid in uids if uid)


def too_long(identity: Identity) -> list[str]:
    """Name the identifiers that are longer than the standard allows."""
    original = identity.dataset
    return [name for name, most in LONGEST.items() if len(str(original.get(name) or "")) > most]


def require(original: Dataset, names: tuple[str, ...]) -> None:
    """Check that a film has what a result must repeat.

    Raises
    ------
    NoOriginalError
        Otherwise; names the missing tags.
    """
    if missing := [name for name in names if not original.get(name)]:
        raise NoOriginalError(f"the film has no {', '.join(missing)}")


def _date(text: str) -> str:
    """Give a date as eight digits, in whatever form the age is computed from it; empty if invalid."""
    day = date_of(text)
    return f"{day.year:04}{day:%m%d}" if day else ""
