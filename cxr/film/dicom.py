"""Read a DICOM radiograph, and only as much of its header as triage needs."""

from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.valuerep import VR

from cxr.film.dicom_header import HEADER_TAGS, Header, check_kind, header_of
from cxr.film.dicom_pixels import PIXEL_TAGS, PREAMBLE_BYTES, check_picture, decoded, inflated
from cxr.film.film import Pixels

_TAGS: list[str] = [*HEADER_TAGS, *PIXEL_TAGS]


def is_dicom(data: bytes) -> bool:
    """Recognise a DICOM file by its preamble or, without one, by a first element of group 0008 or 0002."""
    if data[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == b"DICM":
        return True
    group, element = data[0:2], int.from_bytes(data[2:4], "little")
    if len(data) < 8 or group not in (b"\x08\x00", b"\x02\x00") or element > 0x0100:
        return False
    is_explicit = data[4:6] in {vr.encode() for vr in VR if len(vr) == 2}
    return is_explicit or int.from_bytes(data[4:8], "little") in range(2, 1024, 2)


def read_dicom(data: bytes) -> tuple[Pixels, Header]:
    """Decode a DICOM file into the pixels of a `Film` and its header.

    Raises
    ------
    FilmError
        The file does not hold a single grey chest image of 8 or 16 bits within the limits, or no installed
        decoder reads its transfer syntax. Any other exception means a damaged file; its message may hold
        patient data.
    """
    data = inflated(data)
    header = _before_pixels(data)
    check_kind(header)
    check_picture(header)
    dataset = dcmread(BytesIO(data), force=True, specific_tags=_TAGS)
    return decoded(dataset), header_of(dataset)


def read_header(data: bytes) -> Header:
    """Read the header of a DICOM file, a film or anything else.

    Any exception means a damaged file; its message may hold patient data.
    """
    return header_of(_before_pixels(inflated(data)))


def _before_pixels(data: bytes) -> FileDataset:
    return dcmread(BytesIO(data), stop_before_pixels=True, force=True, specific_tags=_TAGS)
