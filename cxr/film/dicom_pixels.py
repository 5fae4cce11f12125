"""Decode the pixels of a DICOM file, whatever its transfer syntax, after asking how large they are."""

import zlib
from importlib.util import find_spec
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGExtended12Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from cxr.film.codestream import picture_size, unrolled_size
from cxr.film.colour import grey_of
from cxr.film.display import grey_levels
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_FILE_MB, Pixels
from cxr.film.limits import MAX_FILE_BYTES, check_picture_size

PREAMBLE_BYTES = 128
PIXEL_TAGS = (
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PlanarConfiguration"),
    *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelData", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
)
UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
CODESTREAMS = (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes)
_GREY = ("MONOCHROME1", "MONOCHROME2")


def inflated(data: bytes) -> bytes:
    """Turn a deflated file into the same file in Explicit VR Little Endian; leave any other as it is.

    pydicom would inflate it as well, for which it sets no limit.
    """
    file = BytesIO(data)
    file.seek(PREAMBLE_BYTES + 4 if data[PREAMBLE_BYTES:].startswith(b"DICM") else 0)
    meta = FileMetaDataset(read_dataset(file, False, True, stop_when=lambda tag, *_: tag.group != 2))
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return data
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    content = inflater.decompress(data[file.tell() :], MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise FilmError(
            FilmErrorCode.FILE_TOO_LARGE,
            f"This deflated DICOM file holds more than {MAX_FILE_MB} MB. Export it uncompressed.",
        )
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = DicomBytesIO()
    plain.write(bytes(PREAMBLE_BYTES) + b"DICM")
    write_file_meta_info(plain, meta, enforce_standard=False)
    return bytes(plain.getvalue()) + content


def check_picture(header: FileDataset) -> None:
    """Refuse by the header what is too large, too small, or no single picture of 8 or 16 bits.

    Raises
    ------
    FilmError
        Before a pixel is decoded.
    """
    rows, columns = header.get("Rows"), header.get("Columns")
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise no_image()
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise FilmError(
            FilmErrorCode.MULTIPLE_IMAGES,
            f"This DICOM file holds {frames} images; one film a file can be read. "
            "Export the frontal film alone.",
        )
    check_picture_size(columns, rows)
    _check_bits(header)
    _check_transfer_syntax(header)


def decoded(dataset: FileDataset) -> Pixels:
    """Decode the one picture of a data set that `check_picture` let through."""
    if "PixelData" not in dataset:
        raise no_image()
    syntax = transfer_syntax(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax in CODESTREAMS:
        _check_codestream(dataset)
    elif syntax == RLELossless:
        _check_run_lengths(dataset)
    return _grey(pixel_array(dataset), dataset)


def transfer_syntax(dataset: FileDataset) -> UID:
    """Give the transfer syntax that a file states, or else the one that it was read in."""
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated:
        return UID(stated)
    is_implicit, is_little_endian = dataset.original_encoding
    if is_implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian


def no_image() -> FilmError:
    """Say that a file holds no picture."""
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        "This DICOM file holds no image (it may be a report or a dose record). Send the radiograph itself.",
    )


def _check_bits(header: FileDataset) -> None:
    allocated, stored = int(header.BitsAllocated), int(header.BitsStored)
    high_bit = int(header.get("HighBit", stored - 1))
    if allocated not in (8, 16):
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM image has {allocated} bits a pixel; a radiograph has 8 or 16. "
            "Export the radiograph itself.",
        )
    if not 1 <= stored <= allocated or high_bit != stored - 1:
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM film stores {stored} of {allocated} bits up to bit {high_bit}, which is not "
            "in the standard. Export it again from the PACS.",
        )


def _check_transfer_syntax(header: FileDataset) -> None:
    syntax = transfer_syntax(header)
    if syntax == JPEGExtended12Bit and header.BitsStored > 8 and not find_spec("libjpeg"):
        raise _unreadable(syntax.name, ", of 12 bits, for which no decoder is installed")
    if syntax not in (*UNCOMPRESSED, *CODESTREAMS, RLELossless):
        # Only a name from the standard's list: a broken header may hold anything here.
        is_known = syntax.type == "Transfer Syntax"
        raise _unreadable(syntax.name if is_known else "an unknown transfer syntax", "")


def _unreadable(syntax: str, why: str) -> FilmError:
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        f"This DICOM film is stored as {syntax}{why}: it cannot be read. Export it uncompressed "
        "(Explicit VR Little Endian).",
    )


def _check_codestream(dataset: FileDataset) -> None:
    """Refuse a picture that is of another size than the header says: decoders believe the picture."""
    size = picture_size(get_frame(dataset.PixelData, 0, number_of_frames=1))
    if size != (dataset.Rows, dataset.Columns):
        raise FilmError(
            FilmErrorCode.DAMAGED,
            f"This DICOM film is of {dataset.Columns} x {dataset.Rows} pixels by its header and of another "
            "size by its compressed picture. Export it again from the PACS.",
        )


def _check_run_lengths(dataset: FileDataset) -> None:
    """Refuse runs that unroll to more than the picture: the decoder would unroll them all."""
    picture = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    # Each row may end in a byte of padding.
    most = picture + 2 * dataset.Rows * dataset.SamplesPerPixel
    if unrolled_size(get_frame(dataset.PixelData, 0, number_of_frames=1), most) > most:
        raise FilmError(
            FilmErrorCode.DAMAGED,
            "This DICOM film holds more pixels than its header says. Export it again from the PACS.",
        )


def _grey(stored: npt.NDArray[np.integer], dataset: FileDataset) -> Pixels:
    if dataset.SamplesPerPixel == 1 and dataset.PhotometricInterpretation in _GREY:
        return grey_levels(stored, dataset)
    if dataset.SamplesPerPixel == 3:
        eight_bits = (stored >> max(0, dataset.BitsStored - 8)).astype(np.uint8)
        return np.asarray(grey_of(Image.fromarray(eight_bits)))
    raise FilmError(
        FilmErrorCode.COLOUR,
        "This DICOM image is stored in palette colours or the like; a radiograph is grey. "
        "Export the radiograph itself.",
    )
