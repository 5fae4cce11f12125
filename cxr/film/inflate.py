"""Inflate deflated DICOM files within the limits on size and elements."""

import zlib
from io import BytesIO

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from cxr.film.element_count import check_elements
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_FILE_MB
from cxr.film.limits import MAX_FILE_BYTES

PREAMBLE_BYTES = 128
_PIECE_BYTES = 4 * 1024 * 1024


def inflated(data: bytes) -> bytes:
    """Inflate a deflated file to Explicit VR Little Endian; return any other unchanged.

    pydicom inflates too, but without a limit on the size. The result is within the limit on elements, so that
    it may be parsed.
    """
    data = data[: check_elements(data)]
    file = BytesIO(data)
    file.seek(PREAMBLE_BYTES + 4 if data[PREAMBLE_BYTES:].startswith(b"DICM") else 0)
    meta = FileMetaDataset(read_dataset(file, False, True, stop_when=lambda tag, *_: tag.group != 2))
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return data
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = DicomBytesIO()
    plain.write(bytes(PREAMBLE_BYTES) + b"DICM")
    write_file_meta_info(plain, meta, enforce_standard=False)
    return _inflated(bytes(plain.getvalue()), data[file.tell() :])


def _inflated(meta: bytes, deflated: bytes) -> bytes:
    """Inflate piece by piece, and check the first by itself: most bombs are recognised there, while small."""
    plain, inflater = bytearray(meta), zlib.decompressobj(-zlib.MAX_WBITS)
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
    return bytes(plain[: check_elements(plain)])
