"""Remove from pixel data what no viewer displays: comments, trailing bytes, unused bits."""

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from cxr.film.codestream import J2K_END, J2K_START, j2k_ended, j2k_main_header, j2k_tiles
from cxr.film.decode import store_uncompressed, stored_values
from cxr.film.dicom_pixels import (
    CORRECTED,
    check_length,
    fill_in,
    match_components,
    one_codestream,
    whole_number,
)
from cxr.film.j2k_limits import check_j2k
from cxr.film.metadata import jpeg_parts
from cxr.film.stored_bits import extended, of_bits
from cxr.film.transfer_syntax import UNCOMPRESSED

J2K_COMMENT = 0x64


def remove_hidden_bytes(dataset: FileDataset, syntax: UID) -> tuple[str, ...]:
    """Clean the pixel data of a single-frame image in place, and return keywords that had to be filled in.

    The picture stays encoded as it was; a malformed codestream is decoded and stored uncompressed.
    Multi-frame images stay as they are: such a file is refused and never shown.

    Parameters
    ----------
    syntax
        Transfer syntax of the data set.
    """
    if "PixelData" not in dataset or (whole_number(dataset, "NumberOfFrames") or 1) > 1:
        return ()
    filled_in = fill_in(dataset)
    if syntax in UNCOMPRESSED:
        check_length(dataset)
        stated = {name: dataset[name].value for name in CORRECTED}
        _clear_uncompressed(dataset, big_endian=syntax == ExplicitVRBigEndian)
        return *filled_in, *(name for name, value in stated.items() if dataset[name].value != value)
    if syntax not in (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes):
        return filled_in
    frame = one_codestream(dataset)
    check_j2k(frame)
    match_components(dataset, frame)
    clean = _j2k(frame) if syntax in JPEG2000TransferSyntaxes else b"".join(jpeg_parts(frame))
    if clean:
        dataset.PixelData = encapsulate([clean])
        dataset["PixelData"].is_undefined_length = True
    else:
        store_uncompressed(dataset, stored_values(dataset, syntax))
    return filled_in


def _clear_uncompressed(dataset: FileDataset, big_endian: bool) -> None:
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    length = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * allocated // 8
    data = dataset.PixelData[:length]
    if stored < allocated and allocated in (8, 16):
        kind = f"{'>' if big_endian else '<'}u{allocated // 8}"
        values = np.frombuffer(data[: len(data) // (allocated // 8) * (allocated // 8)], kind)
        values = values.astype(values.dtype.newbyteorder("="))
        shape = (dataset.Rows, dataset.Columns)
        if values.size == shape[0] * shape[1]:
            kept = extended(values.reshape(shape), dataset)
        else:  # in colour, or cut short
            kept = of_bits(values, stored, dataset.PixelRepresentation == 1)
        data = kept.astype(kind).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)


def _j2k(frame: bytes) -> bytes:
    """Drop comments from the main header and trailing bytes; return nothing where it is malformed."""
    if not frame.startswith(J2K_START):
        return b""
    frame = j2k_ended(frame)
    header = [frame[start:end] for marker, start, end in j2k_main_header(frame) if marker != J2K_COMMENT]
    tiles, end = j2k_tiles(frame)
    whole = end > tiles and frame[end : end + 2] == J2K_END
    return b"".join((frame[:2], *header, frame[tiles:end], J2K_END)) if whole else b""
