"""The size that a compressed picture itself states: JPEG, JPEG-LS, JPEG 2000 and RLE."""

import re
import struct
from collections.abc import Iterator
from itertools import pairwise

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.jpeg_markers import END, FRAMES, SCAN, START, segments

J2K_START = b"\xff\x4f\xff\x51"
JP2_START = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
J2K_TILE, J2K_END = 0x90, b"\xff\xd9"
MOST_BOXES = 1_000
"""Boxes of a JP2 file before its codestream, at most: it has four or five."""
MOST_RUNS = 4_000_000
"""Runs of one RLE frame, at most: a film of 64 MB in runs of 20 bytes has 3 million."""
_IDLE_BYTES = 4
"""Bytes without a run that count as one: the decoder passes them one by one, faster than runs."""
_NO_RUNS = re.compile(rb"\x80+")
_J2K_CODING = b"\xff\x52"
_J2K_TILE_PART = bytes((0xFF, J2K_TILE))


def picture_size(stream: bytes) -> tuple[int, int] | None:
    """Give rows and columns, or `None` where the stream does not state them before its first scan."""
    if stream.startswith(START):
        return _jpeg_size(stream)
    return _j2k_size(stream[:64]) if stream.startswith(J2K_START) else None


def codestream_of(stream: bytes) -> bytes:
    """Give the codestream of a JP2 file (ITU-T T.800, I.4), empty if it has none; other streams as they are.

    Decoders take the first box of its kind, wherever else its first bytes occur.
    """
    if not stream.startswith(JP2_START):
        return stream
    place = 0
    for _ in range(MOST_BOXES):
        length, start = number_at(stream, place, 4), place + 8
        if length == 1:
            length, start = number_at(stream, start, 8), start + 8
        if stream[place + 4 : place + 8] == b"jp2c":
            return stream[start : place + length if length else None]
        if length < start - place:
            break
        place += length
    return b""


def picture_components(stream: bytes) -> int | None:
    """Give the number of components of each pixel, or `None` where the stream does not state it."""
    if stream.startswith(START):
        frame = _jpeg_frame(stream)
        return None if frame is None else stream[frame + 9]
    return number_at(stream, 40, 2) or None if stream.startswith(J2K_START) else None


def transforms_colours(stream: bytes) -> bool:
    """Whether a JPEG 2000 codestream states a multiple component transformation (ITU-T T.800, A.6.1)."""
    coding = stream.find(_J2K_CODING) if stream.startswith(J2K_START) else -1
    return coding >= 0 and stream[coding + 8 : coding + 9] == b"\x01"


def j2k_main_header(codestream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment of the main header of a JPEG 2000 codestream."""
    place = 2
    while place + 4 <= len(codestream) and codestream[place] == 0xFF and codestream[place + 1] != J2K_TILE:
        start, place = place, place + 2 + number_at(codestream, place + 2, 2)
        yield codestream[start + 1], start, place


def j2k_tiles(codestream: bytes) -> tuple[int, int]:
    """Give where the tile parts of a JPEG 2000 codestream begin, and where they end as they state."""
    place = tiles = max((end for *_, end in j2k_main_header(codestream)), default=2)
    # Each tile part states its length, or 0 for all that is left (ITU-T T.800, A.4.2).
    while codestream[place : place + 2] == _J2K_TILE_PART:
        length = number_at(codestream, place + 6, 4)
        place = place + length if length else max(place + 2, codestream.rfind(J2K_END))
    return tiles, place


def j2k_ended(codestream: bytes) -> bytes:
    """Append the end marker to a JPEG 2000 codestream that has all of its tile parts and lacks only that."""
    tiles, end = j2k_tiles(codestream)
    lacks_end = tiles < end <= len(codestream) and not codestream[end:].strip(b"\0")
    return codestream[:end] + J2K_END if lacks_end else codestream


def j2k_reduced_size(codestream: bytes, skipped: int) -> tuple[int, int]:
    """Give width and height of a JPEG 2000 picture without its finest levels (ITU-T T.800, B.5)."""
    right, bottom, left, top = (-(-number_at(codestream, place, 4) >> skipped) for place in (8, 12, 16, 20))
    return right - left, bottom - top


def component_bits(codestream: bytes) -> tuple[int, bool]:
    """Give the bits of the first component of a JPEG 2000 codestream, and whether it is signed."""
    depth = codestream[42]
    return (depth & 0x7F) + 1, bool(depth & 0x80)


def rle_decoded_size(frame: bytes, most: int) -> int:
    """Count the bytes that an RLE frame decodes to (PS3.5 G); stop counting above `most`.

    Raises
    ------
    FilmError
        Where it has over `MOST_RUNS` runs.
    """
    count, *starts = struct.unpack_from("<16L", frame)
    bounds = [*starts[: min(count, len(starts))], len(frame)]
    size = runs = 0
    for start, end in pairwise(bounds):
        if size <= most:
            more, runs = _decoded_length(frame[start:end], most, runs)
            size += more
    return size


def _decoded_length(data: bytes, most: int, runs: int) -> tuple[int, int]:
    size = place = 0
    # A single last byte is padding.
    while place + 1 < len(data) and size <= most:
        control = data[place]
        if control < 128:  # a literal run of control + 1 bytes
            size, place = size + control + 1, place + control + 2
        elif control > 128:  # a replicate run
            size, place = size + 257 - control, place + 2
        elif idle := _NO_RUNS.match(data, place):
            runs += (idle.end() - place) // _IDLE_BYTES
            place = idle.end()
        runs += 1
        if runs > MOST_RUNS:
            raise FilmError(
                FilmErrorCode.TOO_COMPLEX,
                "This RLE film has far more runs than a film needs, which would take minutes to decode. "
                "Export it again, uncompressed.",
            )
    return size, runs


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    frame = _jpeg_frame(stream)
    return None if frame is None else (number_at(stream, frame + 5, 2), number_at(stream, frame + 7, 2))


def _jpeg_frame(stream: bytes) -> int | None:
    """Find the start of frame, before the first scan."""
    for marker, start, _ in segments(stream):
        if marker in FRAMES and start + 10 <= len(stream):
            return start
        if marker in (SCAN, END):
            return None
    return None


def _j2k_size(head: bytes) -> tuple[int, int] | None:
    """Read the SIZ segment (ITU-T T.800, A.5.1): the size of the grid less its offset."""
    if len(head) < 24:
        return None
    width, height, left, top = (number_at(head, place, 4) for place in (8, 12, 16, 20))
    return height - top, width - left


def number_at(data: bytes, place: int, length: int) -> int:
    """Read a number of so many bytes, the highest first."""
    return int.from_bytes(data[place : place + length], "big")
