"""The identifiers of the film that a result refers to, completed so that every result can carry them."""

import datetime
import re

from pydicom.dataset import Dataset
from pydicom.uid import UID

from cxr.film.identity import Identity

UTF_8 = "ISO_IR 192"
"""Specific Character Set of every result: a reader's note may need characters that the film's set lacks."""
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
# Type 2 in every result: always present, empty where unknown.
MAY_BE_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
SEXES = ("F", "M", "O")
LONGEST = {"PatientID": 64, "AccessionNumber": 16, "StudyID": 16}
"""Characters that the standard allows (PS3.5 6.2: LO and SH)."""
_AGE = re.compile(r"(\d{1,3})([DWMY])")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")


class NoOriginalError(ValueError):
    """A film that a DICOM result cannot refer to; the text names tags, never their values."""


def original_of(identity: Identity) -> Dataset:
    """Give a film's identifiers with everything that a result needs; unknown and invalid ones are empty.

    Identifiers longer than the standard allows are carried unchanged, as this is how the PACS knows them: a
    result with a shortened Patient ID would belong to another patient.

    Raises
    ------
    NoOriginalError
        If a UID is missing, or the SOP class is private or retired.
    """
    original = identity.dataset
    require(original, UIDS)
    sop_class = UID(original.SOPClassUID)
    if sop_class.is_private or sop_class.is_retired or sop_class.type != "SOP Class":
        raise NoOriginalError("the film has a private or retired SOP class")
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
    original.SpecificCharacterSet = UTF_8
    return original


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
    """Give a date as eight digits, also of the ACR-NEMA form with dots, or nothing where it is invalid."""
    digits = text.replace(".", "")
    try:
        datetime.datetime.strptime(digits, "%Y%m%d")
    except ValueError:
        return ""
    return digits if len(digits) == 8 else ""
