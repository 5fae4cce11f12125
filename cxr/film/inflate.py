"""Inflate deflated DICOM files within the limits on size and elements."""

import zlib
from contextlib import suppress
from io import BytesIO

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cxr.film.dicom_start import PREAMBLE_BYTES, byte_order, is_element
from cxr.film.element_count import BIG_ENDIAN, DEFLATED, check_elements, file_meta, parsable
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_FILE_MB
from cxr.film.limits import MAX_FILE_BYTES

_PIECE_BYTES = 4 * 1024 * 1024
_PEEK_BYTES = 1024
_DETECT_HEADER = 32
"""Added to the window bits, it makes zlib accept its own header and that of gzip."""


def inflated(data: bytes) -> bytes:
    """Inflate a deflated file to Explicit VR Little Endian; return any other with its true byte order stated.

    What the file is decides, not what it states: some writers wrap the deflated data set in a header of zlib
    or gzip, state another transfer syntax, or state this one and deflate nothing; converters change the byte
    order of the elements and not what the file states, or the reverse. pydicom inflates too, but
    without a limit on the size. The result is within the limit on elements, and each has a
    value representation, so that it may be parsed.
    """
    place, _, syntax = file_meta(data)
    order = byte_order(data, place)
    window = None if order else _window(data[place : place + _PEEK_BYTES])
    misstated = order and syntax and (syntax == BIG_ENDIAN) != (order == "big")
    if syntax != DEFLATED and window is None and not misstated:
        return parsable(data)
    check_elements(data[:place])
    meta = _meta_stating(ExplicitVRBigEndian if order == "big" else ExplicitVRLittleEndian, data[:place])
    if order:
        return parsable(meta + data[place:])
    return _inflated(meta, data[place:], window or -zlib.MAX_WBITS)


def _window(start: bytes) -> int | None:
    """Return the window bits by which zlib inflates a data set that begins so; `None` if none does."""
    for bits in (-zlib.MAX_WBITS, _DETECT_HEADER | zlib.MAX_WBITS):
        with suppress(zlib.error):
            if is_element(zlib.decompressobj(bits).decompress(start, _PEEK_BYTES), 0):
                return bits
    return None


def _meta_stating(syntax: UID, data: bytes) -> bytes:
    """Give file meta information, preamble and all, that states a transfer syntax."""
    file = BytesIO(data)
    file.seek(PREAMBLE_BYTES + 4 if data[PREAMBLE_BYTES:].startswith(b"DICM") else 0)
    meta = FileMetaDataset(read_dataset(file, False, True, stop_when=lambda tag, *_: tag.group != 2))
    meta.TransferSyntaxUID = syntax
    plain = DicomBytesIO()
    plain.write(bytes(PREAMBLE_BYTES) + b"DICM")
    write_file_meta_info(plain, meta, enforce_standard=False)
    return bytes(plain.getvalue())


def _inflated(meta: bytes, deflated: bytes, window: int) -> bytes:
    """Inflate piece by piece, and check the first by itself: most bombs are recognised there, while small."""
    plain, inflater = bytearray(meta), zlib.decompressobj(window)
    # What is left may be in the inflater alone, after all of the input.
    while piece := inflater.decompress(deflated, _PIECE_BYTES):
        plain += piece
        deflated = inflater.unconsumed_tail
        if len(plain) > MAX_FILE_BYTES + len(meta):
            raise FilmError(
                FilmErrorCode.FILE_TOO_LARGE,
                f"This deflated DICOM file holds more than {MAX_FILE_MB} MB. Export it uncompressed.",
            )
        if len(plain) <= _PIECE_BYTES + len(meta):
            check_elements(plain)
    return parsable(plain)
