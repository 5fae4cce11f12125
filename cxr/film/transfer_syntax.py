"""Which transfer syntax the pixel data of a file has: a converter may have changed one without the other."""

import struct

from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.uid import JPEG2000 as JPEG_2000
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from cxr.film.codestream import J2K_START, JP2_START
from cxr.film.dicom_start import UNDEFINED
from cxr.film.jpeg_markers import FRAMES, START, segments

UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
CODESTREAMS = (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes)
_FAMILIES = (JPEGTransferSyntaxes, JPEGLSTransferSyntaxes, JPEG2000TransferSyntaxes, [RLELossless])
"""Transfer syntaxes of one kind of codestream, among which it is as stated."""
_BY_FRAME = {0xC0: JPEGBaseline8Bit, 0xC3: JPEGLosslessSV1, 0xF7: JPEGLSLossless}
ITEM = b"\xfe\xff\x00\xe0"
_START_BYTES = 65536
_RLE_SEGMENTS, _RLE_HEADER_BYTES = range(1, 16), 64


def transfer_syntax(dataset: FileDataset) -> UID:
    """Give the transfer syntax of the pixel data, and before they are read the one that the file states.

    Without a stated one, that in which it was read.
    """
    is_implicit, is_little_endian = dataset.original_encoding
    as_read = ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian
    as_read = ImplicitVRLittleEndian if is_implicit else as_read
    stated = UID(dataset.file_meta.get("TransferSyntaxUID") or as_read)
    element = dataset.get_item("PixelData") if "PixelData" in dataset else None
    data = element.value if element is not None else None
    if not isinstance(data, bytes):
        return stated
    start = _first_fragment(data)
    if start is None:
        return as_read if stated in (*CODESTREAMS, RLELossless) and not _undefined(element) else stated
    coding = coding_of(start)
    alike = next((family for family in _FAMILIES if coding in family), [])
    return stated if coding is None or stated in alike else coding


def _undefined(element: object) -> bool:
    if isinstance(element, RawDataElement):
        return element.length == UNDEFINED
    return bool(getattr(element, "is_undefined_length", False))


def _first_fragment(data: bytes) -> bytes | None:
    """Give how the first fragment begins after the offset table; `None` where the data have no fragments."""
    if data[:4] != ITEM:
        return None
    place = 8 + int.from_bytes(data[4:8], "little")
    return data[place + 8 : place + 8 + _START_BYTES] if data[place : place + 4] == ITEM else None


def coding_of(start: bytes) -> UID | None:
    """Recognise a codestream by its beginning; `None` for anything else."""
    if start.startswith(START):
        frames = (marker for marker, *_ in segments(start) if marker in FRAMES)
        marker = next(frames, None)
        return None if marker is None else _BY_FRAME.get(marker, JPEGExtended12Bit)
    if start.startswith((J2K_START, JP2_START)):
        return JPEG_2000
    if len(start) >= _RLE_HEADER_BYTES:
        count, first = struct.unpack_from("<LL", start)
        if count in _RLE_SEGMENTS and first == _RLE_HEADER_BYTES:
            return RLELossless
    return None
