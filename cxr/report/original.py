"""The film that a result is about, as its own file names it: what brings a result home to its study."""

import datetime
import re

from pydicom.dataset import Dataset
from pydicom.uid import UID

from cxr.film.identity import Identity

UTF_8 = "ISO_IR 192"
"""Specific Character Set of every result: a reader may write what the film's own set lacks."""
NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID", "Rows", "Columns")
# Type 2 in every result: present, and empty where nobody knows.
MAY_BE_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
SEXES = ("F", "M", "O")
_AGE = re.compile(r"\d{3}[DWMY]")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")


class NoOriginalError(ValueError):
    """A film whose file lacks what a DICOM result must refer to; the text names tags, never their values."""


def original_of(identity: Identity) -> Dataset:
    """Give a film's identifiers with all that a result needs, the unknown and the invalid empty.

    Raises
    ------
    NoOriginalError
        Where the file has no UIDs or no size, or is of a kind that the standard does not know.
    """
    original = identity.dataset
    if missing := [name for name in NEEDED if not original.get(name)]:
        raise NoOriginalError(f"The film's file has no {', '.join(missing)}: no result can refer to it.")
    kind = UID(original.SOPClassUID)
    if kind.is_private or kind.is_retired or kind.type != "SOP Class":
        raise NoOriginalError("The film is of a private or retired SOP class: no result can refer to it.")
    for name in MAY_BE_EMPTY:
        if not original.get(name):
            setattr(original, name, "")
    for name in ("PatientBirthDate", "StudyDate"):
        if not _is_date(str(original.get(name))):
            setattr(original, name, "")
    if not _TIME.fullmatch(str(original.StudyTime)):
        original.StudyTime = ""
    if original.PatientSex not in SEXES:
        original.PatientSex = ""
    if not _AGE.fullmatch(original.get("PatientAge") or ""):
        original.pop("PatientAge", None)
    original.SpecificCharacterSet = UTF_8
    return original


def _is_date(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return len(text) == 8
