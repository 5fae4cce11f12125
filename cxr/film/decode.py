"""Decode stored values quickly: at reduced resolution where that is enough, and by the fastest decoder."""

from io import BytesIO
from typing import Any, cast

import imagecodecs
import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    RLELossless,
)

from cxr.film.codestream import J2K_START, component_bits, j2k_ended, j2k_reduced_size
from cxr.film.colour import STRIP_PIXELS
from cxr.film.display import reduction
from cxr.film.jpeg_markers import END, segments
from cxr.film.stored_bits import Stored, extended, of_bits, steps
from cxr.film.transfer_syntax import UNCOMPRESSED
from cxr.film.unreadable import put

_LOSSY_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit)
_JPEG = (*_LOSSY_JPEG, JPEGLossless, JPEGLosslessSV1)
_PLUGINS = {RLELossless: "pydicom", **dict.fromkeys(JPEG2000TransferSyntaxes, "pylibjpeg")}
"""Decoders of pydicom that are used."""
_END_OF_IMAGE = bytes((0xFF, END))
_MOST_BITS = 16
_MORE_BLOCKS = b"".join((b"\x55\xaa" * 16 + bytes((0xFF, restart))) for restart in range(0xD0, 0xD8)) * 2
_HIGH_THROUGHPUT = 0x50
"""Marker segment CAP, which every HTJ2K codestream has (ITU-T T.814, A.2)."""


def stored_values(dataset: FileDataset, syntax: UID, side: int | None = None) -> Stored:
    """Decode the stored values of a single-frame image, shape (rows, columns) or (rows, columns, 3).

    Parameters
    ----------
    side
        As in `read_film`: JPEG 2000 skips resolution levels, and JPEG scales its cosine transform.
    """
    if syntax in JPEG2000TransferSyntaxes:
        _end_jpeg_2000(dataset)
        if _sign_differs(dataset):
            return _of_either_sign(dataset)
    if syntax in _JPEG:
        return _jpeg(dataset, syntax, side)
    if dataset.SamplesPerPixel == 1:
        # Where a fast way fails, the slow one decides whether the file is damaged.
        try:
            fast = _fast(dataset, syntax, side)
        except Exception:
            fast = None
        if fast is not None:
            return extended(fast, dataset)
    if syntax in JPEGLSTransferSyntaxes:
        values = _jpeg_ls(dataset)
    else:
        # Named: GDCM, pydicom's first choice where it is installed, ends the process on a damaged film.
        correct = dataset.SamplesPerPixel != 1
        values = _by_pydicom(dataset, _PLUGINS.get(syntax, ""), correct_unused_bits=correct)
    return extended(values, dataset) if dataset.SamplesPerPixel == 1 else values


def _by_pydicom(dataset: FileDataset, plugin: str, **options: bool) -> Stored:
    """Decode with pydicom, colours as RGB.

    They are converted in place and in strips: pydicom takes 24 bytes a pixel to convert a whole picture.
    """
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    needed = as_pixel_options(dataset, **options)
    values, found = decoder.as_array(dataset, raw=True, decoding_plugin=plugin, **needed)
    if str(found["photometric_interpretation"]).startswith("YBR_FULL"):
        rows = max(1, STRIP_PIXELS // values.shape[1])
        for top in range(0, len(values), rows):
            strip = values[top : top + rows]
            strip[:] = convert_color_space(strip, "YBR_FULL", "RGB")
    return values


def _jpeg(dataset: FileDataset, syntax: UID, side: int | None) -> Stored:
    """Decode a JPEG by libjpeg."""
    frame = _ended_jpeg(dataset)
    if dataset.SamplesPerPixel != 1:
        if syntax in _LOSSY_JPEG:  # pydicom knows which colour space the header means
            return _by_pydicom(dataset, "pillow")
        return cast(Stored, imagecodecs.jpeg8_decode(frame))
    if syntax == JPEGBaseline8Bit and side and reduction(dataset.Rows, dataset.Columns, side) > 1:
        picture = Image.open(BytesIO(frame), formats=("JPEG",))
        picture.draft(None, (side, side))
        values = np.asarray(picture)
    else:
        values = imagecodecs.jpeg8_decode(frame)
    if values.ndim != 2:
        raise ValueError(f"The JPEG has {values.ndim} dimensions, and its header states one sample.")
    return extended(values, dataset)


def _ended_jpeg(dataset: FileDataset) -> bytes:
    """Give the JPEG with its end marker, in the data set too.

    Of one that is cut short, libjpeg fills the rest with grey. It reads no further than the last block: where
    bytes that follow change the picture, blocks are missing.
    """
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    *_, (last, *_) = segments(frame)
    if last == END:
        return frame
    frame = frame.rstrip(b"\xff")
    ended = frame + _END_OF_IMAGE
    followed = frame + _MORE_BLOCKS + _END_OF_IMAGE
    if not np.array_equal(imagecodecs.jpeg8_decode(ended), imagecodecs.jpeg8_decode(followed)):
        raise ValueError("The JPEG is cut short.")
    dataset.PixelData = encapsulate([ended])
    return ended


def _jpeg_ls(dataset: FileDataset) -> Stored:
    """Decode JPEG-LS. CharLS reads on for ever where the end marker is missing, so that is appended."""
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1).rstrip(b"\0")  # a fragment's padding
    if not frame.endswith(_END_OF_IMAGE):
        dataset.PixelData = encapsulate([frame + _END_OF_IMAGE])
    return _by_pydicom(dataset, "pyjpegls")


def _end_jpeg_2000(dataset: FileDataset) -> None:
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if frame.startswith(J2K_START) and (ended := j2k_ended(frame)) is not frame:
        dataset.PixelData = encapsulate([ended])


def _sign_differs(dataset: FileDataset) -> bool:
    """Whether a JPEG 2000 codestream has signed values and the header unsigned ones, or the reverse."""
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if dataset.SamplesPerPixel != 1 or not frame.startswith(J2K_START):
        return False
    bits, is_signed = component_bits(frame)
    return bits <= _MOST_BITS and is_signed != (dataset.PixelRepresentation == 1)


def _of_either_sign(dataset: FileDataset) -> Stored:
    """Decode a film whose codestream contradicts Pixel Representation, which is corrected in place.

    The codestream decides (PS3.5 A.4.4), unless an encoder took signed values for unsigned ones or the
    reverse: then neighbours in its picture are a whole range apart where values pass zero.
    """
    bits, is_signed = component_bits(get_frame(dataset.PixelData, 0, number_of_frames=1))
    values = _by_pydicom(dataset, _PLUGINS[JPEG2000TransferSyntaxes[0]])
    coded, stated = (of_bits(values, bits, signed) for signed in (is_signed, not is_signed))
    if steps(stated) < steps(coded):
        return stated
    put(dataset, "PixelRepresentation", int(is_signed))
    return coded


def store_uncompressed(dataset: FileDataset, values: Stored) -> None:
    """Replace the pixel data in place by values of shape (rows, columns), or (rows, columns, 3) in RGB."""
    if values.ndim == 3:
        put(dataset, "PhotometricInterpretation", "RGB")
        put(dataset, "PlanarConfiguration", 0)
    # pydicom does not change the byte order of a file that it writes.
    big_endian = dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    if not big_endian:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    size = max(values.dtype.itemsize, dataset.BitsAllocated // 8)
    put(dataset, "BitsAllocated", 8 * size)
    data = values.astype(f"{'>' if big_endian else '<'}{values.dtype.kind}{size}").tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OW" if size > 1 else "OB"
    dataset["PixelData"].is_undefined_length = False


def _fast(dataset: FileDataset, syntax: UID, side: int | None) -> Stored | None:
    if syntax in UNCOMPRESSED:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        kind = np.dtype(f"{order}u{dataset.BitsAllocated // 8}")
        if kind.itemsize == 1 and syntax == ExplicitVRBigEndian and dataset["PixelData"].VR == "OW":
            return None  # bytes swapped in pairs
        shape = (dataset.Rows, dataset.Columns)
        values = np.frombuffer(dataset.PixelData, kind, shape[0] * shape[1]).reshape(shape)
        return values.astype(kind.newbyteorder("="), copy=False)
    if syntax not in JPEG2000TransferSyntaxes:
        return None
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    by = reduction(dataset.Rows, dataset.Columns, side)
    return _jpeg_2000(frame, by) if frame.startswith(J2K_START) else None


def _jpeg_2000(frame: bytes, by: int) -> Stored | None:
    """Decode without the finest resolution levels; `None` where the codestream has too few."""
    bits, is_signed = component_bits(frame)
    skipped = by.bit_length() - 1
    high_throughput = bytes((0xFF, _HIGH_THROUGHPUT)) in frame[:200]
    if is_signed or bits > 16 or skipped > _resolution_levels(frame):
        return None
    if high_throughput:
        decoded: Stored = imagecodecs.htj2k_decode(frame, skipres=skipped or None)
        return decoded if decoded.ndim == 2 else None
    if not skipped:
        return None
    picture: Any = Image.open(BytesIO(frame), formats=("JPEG2000",))
    # Pillow rounds the reduced size to the nearest, where the codestream's is rounded up: this is both.
    picture._size = tuple(side << skipped for side in j2k_reduced_size(frame, skipped))
    picture.reduce = skipped
    picture.load()
    values = np.asarray(picture)
    # Pillow scales to the bits of its mode.
    return values >> (8 * values.dtype.itemsize - bits) if values.ndim == 2 else None


def _resolution_levels(frame: bytes) -> int:
    """Read the number of decomposition levels of segment COD (ITU-T T.800, A.6.1)."""
    place = frame.find(b"\xff\x52")
    return frame[place + 9] if place >= 0 and place + 9 < len(frame) else 0
