"""Remove from pixel data what no viewer displays: comments, trailing bytes, unused bits."""

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from cxr.film.codestream import J2K_START
from cxr.film.decode import store_uncompressed, stored_values
from cxr.film.dicom_pixels import UNCOMPRESSED, fill_in, match_components, whole_number
from cxr.film.metadata import jpeg_parts

J2K_COMMENT, J2K_TILE, J2K_END = 0x64, 0x90, b"\xff\xd9"
_J2K_TILE_PART = bytes((0xFF, J2K_TILE))


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
        _clear_uncompressed(dataset, big_endian=syntax == ExplicitVRBigEndian)
        return filled_in
    if syntax not in (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes):
        return filled_in
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
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
        kept = values & ((1 << stored) - 1)
        if dataset.PixelRepresentation:  # sign extension of negative values
            negative = (kept >> (stored - 1)) & 1 == 1
            kept = np.where(negative, kept | ((1 << allocated) - (1 << stored)), kept)
        data = kept.astype(kind).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)


def _j2k(frame: bytes) -> bytes:
    """Drop comments from the main header and trailing bytes; return nothing where it is malformed."""
    if not frame.startswith(J2K_START):
        return b""
    parts, place = [frame[:2]], 2
    while place + 4 <= len(frame) and frame[place] == 0xFF and frame[place + 1] != J2K_TILE:
        end = place + 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
        if frame[place + 1] != J2K_COMMENT:
            parts.append(frame[place:end])
        place = end
    tiles = place
    # Each tile part states its length, or 0 for all that is left (ITU-T T.800, A.4.2).
    while frame[place : place + 2] == _J2K_TILE_PART:
        length = int.from_bytes(frame[place + 6 : place + 10], "big")
        place = place + length if length else max(place + 2, frame.rfind(J2K_END))
    whole = place > tiles and frame[place : place + 2] == J2K_END
    return b"".join((*parts, frame[tiles:place], J2K_END)) if whole else b""
