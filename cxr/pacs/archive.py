"""A PACS that is asked for past films: what it is asked, and how it fails."""

import datetime
from dataclasses import dataclass
from typing import Protocol

from pydicom.dataset import Dataset
from pydicom.uid import UID, DigitalXRayImageStorageForProcessing

from cxr.film.dicom_file import text_of
from cxr.film.dicom_header import part_word
from cxr.pacs.received import SOP_CLASSES

FETCHED_CLASSES = tuple(one for one in SOP_CLASSES if one != DigitalXRayImageStorageForProcessing)
"""Raw values of a detector are never scored."""
MODALITIES = ("CR", "DX")
SECONDS_TO_ANSWER = 120
"""An archive may have to bring a film back from a slower one first."""
LONGEST_SECONDS = 600.0
"""Of all that comes for one question or film."""


class FetchError(Exception):
    """Why something was not fetched: a sentence without patient data."""


class AnswerError(FetchError):
    """One day, study or film that the PACS does not give; others may arrive all the same."""


class BusyError(FetchError):
    """A PACS that cannot answer now, and may later."""


class UnreachableError(FetchError):
    """A PACS that cannot be reached, now or at all."""


class SettingError(FetchError):
    """A PACS that will give nothing until a setting is corrected, here or there."""


@dataclass(frozen=True, slots=True)
class PastFilm:
    """A film in the PACS, by its UIDs."""

    study: str
    series: str
    instance: str


class Archive(Protocol):
    """A PACS that finds past films by date and gives them; every method may raise a `FetchError`."""

    title: str
    """What it is called in messages."""

    def studies(self, day: datetime.date) -> set[str]:
        """Find the Study Instance UIDs of a day's radiographs."""

    def films(self, study: str) -> list[PastFilm]:
        """Find the films of a study that may show a chest."""

    def fetch(self, film: PastFilm) -> bytes | None:
        """Get a film's file; None if the PACS sends it to the storage SCP instead."""

    def close(self) -> None:
        """Let go of the PACS."""


def study_of(found: Dataset, day: datetime.date) -> str | None:
    """Take a study's UID from an answer; None where a PACS ignored the date."""
    if text_of(found, "StudyDate") not in ("", f"{day:%Y%m%d}"):
        return None
    return text_of(found, "StudyInstanceUID") or None


def may_show_a_chest(series: Dataset) -> bool:
    """Whether films of a series may be chest films: as the film reader understands modality and body part."""
    modality = text_of(series, "Modality").upper()
    return modality in ("", *MODALITIES) and part_word(series) != "another part"


def film_of(found: Dataset, study: str, series: str) -> PastFilm | None:
    """Take a film's UIDs from an answer; None where it is not a film."""
    sop_class, instance = text_of(found, "SOPClassUID"), text_of(found, "SOPInstanceUID")
    if not instance or (sop_class and UID(sop_class) not in FETCHED_CLASSES):
        return None
    return PastFilm(study, series, instance)
