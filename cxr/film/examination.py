"""How a film was taken, from the header of its file: for registries, which ask for every film's machine."""

from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from cxr.film.dicom_file import text_of
from cxr.film.dicom_header import HEADER_TAGS, header_of, view_word
from cxr.film.film import Sex
from cxr.film.printable import printable

LONGEST_NAME = 64
"""Characters of a manufacturer or a model (PS3.5 6.2: LO)."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a header states of an examination; empty where it states nothing.

    Attributes
    ----------
    modality
        `CR`, `DX` and so on.
    view
        `PA`, `AP`, `lateral`, `oblique` or `not stated`.
    manufacturer, model_name
        Of the machine, as the header has them: free text.
    """

    modality: str = ""
    view: str = ""
    manufacturer: str = ""
    model_name: str = ""
    sex: Sex | None = None


def examination_of(file: Path) -> Examination:
    """Read how a stored film was taken; of a picture, or a film that is no longer there, nothing is known."""
    try:
        tags = [*HEADER_TAGS, "Manufacturer", "ManufacturerModelName"]
        header = dcmread(file, stop_before_pixels=True, specific_tags=tags)
        return Examination(
            modality=_term(text_of(header, "Modality")),
            view=view_word(header),
            manufacturer=_name(header, "Manufacturer"),
            model_name=_name(header, "ManufacturerModelName"),
            sex=header_of(header).sex,
        )
    except Exception:  # not DICOM, or a header that pydicom cannot read
        return Examination()


def _term(text: str) -> str:
    """Give a defined term, of at most 16 characters (PS3.5 6.2: CS)."""
    return text.upper() if len(text) <= 16 and text.isascii() and text.isalnum() else ""


def _name(header: Dataset, keyword: str) -> str:
    return printable(text_of(header, keyword))[:LONGEST_NAME].strip()
