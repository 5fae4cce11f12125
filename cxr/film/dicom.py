"""Read a DICOM radiograph, and only as much of its header as triage needs."""

from io import BytesIO

from pydicom import dcmread
from pydicom.valuerep import VR

from cxr.film.dicom_file import header_before_pixels, intact, repaired
from cxr.film.dicom_header import HEADER_TAGS, Header, check_kind, header_of
from cxr.film.dicom_pixels import PIXEL_TAGS, check_picture, decoded
from cxr.film.film import Pixels
from cxr.film.inflate import PREAMBLE_BYTES
from cxr.film.not_a_film import check_storage_class

_TAGS: list[str] = [*HEADER_TAGS, *PIXEL_TAGS, "DirectoryRecordSequence"]


def is_dicom(data: bytes) -> bool:
    """Recognise a DICOM file by its preamble or, without one, by a first element of group 0008 or 0002."""
    if data[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == b"DICM":
        return True
    group, element = data[0:2], int.from_bytes(data[2:4], "little")
    if len(data) < 8 or group not in (b"\x08\x00", b"\x02\x00") or element > 0x0100:
        return False
    is_explicit = data[4:6] in {vr.encode() for vr in VR if len(vr) == 2}
    length = int.from_bytes(data[4:8], "little")
    # An empty first element is followed by another one of its group.
    return is_explicit or length in range(2, 1024, 2) or (length == 0 and data[8:10] == group)


def read_dicom(
    data: bytes, side: int | None = None, any_view: bool = False
) -> tuple[Pixels, Header, tuple[str, ...]]:
    """Decode a DICOM file into the pixels of a `Film`, its header, and the attributes that were ignored.

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
    check_kind(header, any_view)
    check_picture(header)
    dataset = repaired(dcmread(BytesIO(data), force=True, specific_tags=_TAGS))
    pixels, ignored = decoded(dataset, side)
    return pixels, header_of(dataset), ignored


def read_header(data: bytes) -> Header:
    """Read the header of a DICOM file, a film or anything else.

    Any exception means a damaged file; its message may hold patient data.

    Raises
    ------
    FilmError
        `not_a_film`, where the file is a DICOM object without an image.
    """
    header = header_before_pixels(intact(data), _TAGS)
    check_storage_class(header, has_pixels="Rows" in header)
    return header_of(header)
