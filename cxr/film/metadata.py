"""Remove everything but the picture from a picture file, without encoding the picture again."""

import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from cxr.film.raster import open_picture, read_raster

PNG_START, JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# The picture, and the chunks of an animation, so that it is refused later and not read as its first frame.
PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")
# Application segments except JFIF's and Adobe's, which state the colour coding; and comments.
JPEG_METADATA = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
RESTARTS = frozenset(range(0xD0, 0xD8))
SCAN, END = 0xDA, 0xD9
ORIENTATION = 0x0112


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
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(read_raster(data, picture_format))).save(file, "PNG")
    return file.getvalue()


def _orientation(data: bytes, picture_format: str) -> bytes:
    """Make EXIF data with the orientation alone; empty where the picture is upright."""
    with open_picture(data, picture_format) as image:
        orientation = image.getexif().get(ORIENTATION)
    if orientation not in range(2, 9):
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif.tobytes()


def _png(data: bytes, exif: bytes) -> list[bytes]:
    """Give the parts to keep; none where the file is cut short."""
    parts, kind = [PNG_START], b""
    for kind, chunk in _chunks(data):
        if kind == b"IDAT" and exif:
            parts.append(_chunk(b"eXIf", exif.removeprefix(b"Exif\x00\x00")))
            exif = b""
        if kind in PNG_CHUNKS:
            parts.append(chunk)
    return parts if kind == b"IEND" else []


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name of each chunk and the chunk with its length and checksum, up to the end."""
    place = len(PNG_START)
    while place + 8 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        yield kind, data[place : place + 12 + length]
        place += 12 + length
        if kind == b"IEND":
            return


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + checksum.to_bytes(4, "big")


def jpeg_parts(data: bytes, exif: bytes = b"") -> list[bytes]:
    """Give the parts of a JPEG or JPEG-LS to keep; none where it is cut short."""
    parts, marker = [JPEG_START], SCAN
    for marker, segment in _segments(data):
        if exif and marker != 0xE0:
            parts.append(b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
            exif = b""
        if marker not in JPEG_METADATA:
            parts.append(segment)
    return parts if marker == END else []


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker and its segment, a scan with its entropy-coded data, up to the end of the image."""
    place = len(JPEG_START)
    while place + 2 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # fill bytes may precede a marker
            place += 1
            continue
        if marker == END:
            yield marker, data[place : place + 2]
            return
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == SCAN:
            end = _next_marker(data, end)
        yield marker, data[place:end]
        place = end


def _next_marker(data: bytes, place: int) -> int:
    """Find the end of entropy-coded data: a marker other than stuffing (also JPEG-LS) or a restart."""
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        if data[place + 1] >= 0x80 and data[place + 1] not in RESTARTS:
            return place
        place += 2
    return len(data)
