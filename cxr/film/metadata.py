"""Remove everything but the picture from a picture file, without encoding the picture again."""

import zlib
from io import BytesIO

import numpy as np
from PIL import Image

from cxr.film.jpeg_markers import END, METADATA, SCAN, START, segments
from cxr.film.png_chunks import PNG_START, chunks
from cxr.film.raster import AS_STORED, ORIENTATION, open_picture, orientation_of, read_raster

# The picture, and the chunks of an animation, so that it is refused later and not read as its first frame.
PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")

LARGE_PIXELS = 16_000_000
"""A picture of more is compressed quickly, because it would take six seconds to do so well; others become the
file, of that hash, that they have always become."""


def without_metadata(data: bytes, picture_format: str) -> bytes:
    """Give the same picture without EXIF, XMP, ICC profile and text; only its orientation stays.

    PNG and JPEG pixels stay encoded as they were. TIFF, BMP and WebP, which can hold metadata in many places,
    and malformed files become an upright PNG with the same grey levels.

    Raises
    ------
    FilmError
        Where a file that must be converted cannot be read as a film.
    """
    if picture_format in ("PNG", "JPEG"):
        exif = _orientation(data, picture_format)
        parts = _png(data, exif) if picture_format == "PNG" else jpeg_parts(data, exif)
        if parts:
            return b"".join(parts)
    file, picture = BytesIO(), Image.fromarray(np.ascontiguousarray(read_raster(data, picture_format)))
    quickly = picture.width * picture.height > LARGE_PIXELS
    picture.save(file, "PNG", **({"compress_level": 1} if quickly else {}))
    return file.getvalue()


def _orientation(data: bytes, picture_format: str) -> bytes:
    """Make EXIF data with the orientation alone; empty where the picture is upright."""
    with open_picture(data, picture_format) as image:
        orientation = orientation_of(image)
    if orientation == AS_STORED:
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif.tobytes()


def _png(data: bytes, exif: bytes) -> list[bytes]:
    """Give the parts to keep; none where the file is cut short."""
    parts, kind = [PNG_START], b""
    for kind, start, stop in chunks(data):
        if kind == b"IDAT" and exif:
            parts.append(_chunk(b"eXIf", exif.removeprefix(b"Exif\x00\x00")))
            exif = b""
        if kind in PNG_CHUNKS:
            parts.append(data[start:stop])
    return parts if kind == b"IEND" else []


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + checksum.to_bytes(4, "big")


def jpeg_parts(data: bytes, exif: bytes = b"") -> list[bytes]:
    """Give the parts of a JPEG or JPEG-LS to keep; none where it is cut short."""
    parts, marker, end = [START], SCAN, len(START)
    for marker, start, stop in segments(data):
        if data[end:start].strip(b"\xff"):  # only fill bytes may precede a marker
            return []
        end = stop
        if exif and marker != 0xE0:
            parts.append(b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
            exif = b""
        if marker not in METADATA:
            parts.append(data[start:stop])
    return parts if marker == END else []
