"""What the header of a DICOM object says of it: enough to tell films from other objects."""

from dataclasses import dataclass
from io import BytesIO

from pydicom import dcmread

from cxr.film.character_set_terms import with_known_character_sets
from cxr.film.dicom_file import text_of
from cxr.film.inflate import inflated
from cxr.film.not_a_film import other_kind
from cxr.film.unreadable import remove_unreadable

_TAGS = ["SOPClassUID", "Modality", "Rows", "Manufacturer", "ManufacturerModelName"]


@dataclass(frozen=True, slots=True)
class ObjectHeader:
    """What a header says; empty where it cannot be read.

    Attributes
    ----------
    other_kind
        What the object is instead of a film; None where it may be one.
    """

    other_kind: str | None = None
    sop_class: str = ""
    manufacturer: str = ""
    model: str = ""


def object_header(content: bytes) -> ObjectHeader:
    """Read the header of an object; any exception means a damaged one."""
    file = BytesIO(with_known_character_sets(inflated(content)))
    header = dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
    remove_unreadable(header)
    stated = (text_of(header, name) for name in ("SOPClassUID", "Manufacturer", "ManufacturerModelName"))
    return ObjectHeader(other_kind(header, "Rows" in header), *stated)
