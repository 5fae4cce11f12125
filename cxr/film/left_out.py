"""Which files never were films, such as those beside the films on a patient CD: they get no row."""

from pathlib import Path

from cxr.film.dicom import dicom_header
from cxr.film.dicom_start import is_dicom
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MIN_SIDE
from cxr.film.folder import read_content
from cxr.film.not_a_film import not_a_film, other_kind
from cxr.film.raster import open_picture
from cxr.film.read import raster_format, unsupported_picture

SMALL_PICTURE_BYTES = 512 * 1024
"""More than the file of any picture too small for a film."""


def left_out(data: bytes) -> FilmError | None:
    """Return the error of a file that never was a film, without decoding pixels; `None` for any other.

    Of DICOM files, modality and storage class decide. A damaged file that claims to be a radiograph or a
    picture gets a row and a reason of its own.
    """
    if not data:
        return not_a_film("empty file")
    try:
        kind = _kind_of_dicom(data) if is_dicom(data) else _kind_of_picture(data)
    except MemoryError:
        raise
    except FilmError as error:
        if error.code is FilmErrorCode.NOT_AN_IMAGE and not unsupported_picture(data):
            return not_a_film("unknown kind of file")
        return error if error.left_out else None
    except Exception:  # a damaged file
        return None
    return not_a_film(kind) if kind else None


def left_out_at(source: Path | bytes) -> FilmError | None:
    """Return the same for a file that could not be read as a film, at a path or by its bytes."""
    try:
        return left_out(source if isinstance(source, bytes) else read_content(source))
    except FilmError:  # not a readable file, or too large: it may be a film
        return None


def _kind_of_dicom(data: bytes) -> str | None:
    header = dicom_header(data)
    return "DICOMDIR" if "DirectoryRecordSequence" in header else other_kind(header, "Rows" in header)


def _kind_of_picture(data: bytes) -> str | None:
    picture_format = raster_format(data)
    if len(data) > SMALL_PICTURE_BYTES:
        return None
    small = min(open_picture(data, picture_format).size) < MIN_SIDE
    return f"picture of fewer than {MIN_SIDE} pixels" if small else None
