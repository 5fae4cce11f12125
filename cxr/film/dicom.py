"""Read a DICOM radiograph, and only as much of its header as triage needs."""

from dataclasses import replace
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.tag import Tag

from cxr.film.dicom_file import has_pixels, header_before_pixels, intact, repaired
from cxr.film.dicom_header import HEADER_TAGS, Header, check_kind, header_of, wrong_modality
from cxr.film.dicom_pixels import PIXEL_TAGS, check_picture, decoded, no_image
from cxr.film.display import Displayed
from cxr.film.not_a_film import check_storage_class, other_kind
from cxr.film.notes import AGE_CONTRADICTS, NOTE_TAGS, notes_of
from cxr.film.unreadable import remove_unreadable

_NAMES: tuple[str | int, ...] = (*HEADER_TAGS, *PIXEL_TAGS, *NOTE_TAGS, "DirectoryRecordSequence")
_TAGS = [Tag(name) for name in _NAMES]


def read_dicom(data: bytes, side: int | None = None, any_view: bool = False) -> tuple[Displayed, Header]:
    """Decode a DICOM file into grey levels, with all the attributes that were ignored, and its header.

    Parameters
    ----------
    side, any_view
        As in `read_film`.

    Raises
    ------
    FilmError
        The file does not hold a single grey chest image of 8 or 16 bits within the limits, or no installed
        decoder reads its transfer syntax. Any other exception means a damaged file; its message may hold
        patient data.
    """
    data = intact(data)
    header = header_before_pixels(data, _TAGS)
    check_storage_class(header, has_pixels="Rows" in header)
    if "Rows" in header and other_kind(header, has_pixels=True):
        raise wrong_modality()
    check_kind(header, any_view)
    if not has_pixels(data):
        raise no_image()
    check_picture(header)
    dataset = repaired(dcmread(BytesIO(data), force=True, specific_tags=_TAGS))
    unreadable = remove_unreadable(dataset)
    displayed = decoded(dataset, side)
    arrived = (note for note in notes_of(dataset) if note != AGE_CONTRADICTS)
    ignored = tuple(dict.fromkeys((*arrived, *unreadable, *displayed.ignored)))
    return replace(displayed, ignored=ignored), header_of(dataset)


def read_header(data: bytes) -> Header:
    """Read the header of a DICOM file, a film or anything else.

    Any exception means a damaged file; its message may hold patient data.

    Raises
    ------
    FilmError
        `not_a_film`, where the file is a DICOM object without an image.
    """
    header = dicom_header(data)
    check_storage_class(header, has_pixels="Rows" in header)
    return header_of(header)


def dicom_header(data: bytes) -> FileDataset:
    """Read the attributes that triage needs of a DICOM file; any exception means a damaged one."""
    return header_before_pixels(intact(data), _TAGS)
