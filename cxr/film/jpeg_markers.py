"""Count the scans of a JPEG, and take out what would make it slow to open, before anything is decoded.

A progressive JPEG of 220 KB can hold 20,000 scans, each a pass over all of its pixels; libjpeg's authors
advise a limit. Pillow joins metadata segments in quadratic time, and reads bytes between segments one by one.
"""

import re
from collections.abc import Iterator

from cxr.film.errors import FilmError, FilmErrorCode

MOST_SCANS = 500
"""Scans of one JPEG, at most: a progressive one has about ten."""
MOST_SCANNED_PIXELS = 2_500_000_000
"""Pixels that all scans of one JPEG pass over, at most: 17 times three colours of the largest film."""
MOST_SEGMENTS = 5_000
MOST_METADATA_BYTES = 1024 * 1024
START = b"\xff\xd8"
# Application segments except JFIF's and Adobe's, which state the colour coding; and comments.
METADATA = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
SCAN, END, EXIF = 0xDA, 0xD9, 0xE1
# Start of frame: every JPEG process (ITU-T T.81, table B.1), and JPEG-LS (T.87).
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}) | {0xF7}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# In coded data, a stuffed byte, a stuffed bit (JPEG-LS) and a restart are not markers.
_MARKER_IN_SCAN = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_FILL = re.compile(rb"\xff{2,}")
_LONG_FILL = b"\xff" * 4096


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each marker with the start and the end of its segment, a scan with its coded data, up to the end.

    Takes time linear in the length of the file, whatever lies between the segments.

    Raises
    ------
    FilmError
        After `MOST_SEGMENTS`: a file may have ten million.
    """
    place, number = len(START), 0
    while found := _MARKER.search(data, place):
        _check(segments_=number)
        number += 1
        start, place = found.span()
        marker = data[place - 1]
        if marker not in _ALONE and marker != END:
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
        if marker == SCAN:
            following = _MARKER_IN_SCAN.search(data, place)
            place = following.start() if following else len(data)
        yield marker, start, place
        if marker == END:
            return


def coding_process(data: bytes) -> int:
    """Give the process that a JPEG is coded by, as the number of its start of frame; 0 where it has none."""
    frames = (marker - 0xC0 for marker, _, _ in segments(data) if marker in FRAMES)
    return next(frames, 0)


def quick_to_open(data: bytes) -> bytes:
    """Check the scans of a JPEG, and give it without what makes it slow to open.

    That is large metadata, of which the first Exif stays, and long fill bytes: libjpeg begins a scan's data
    again with each piece of them that it gets.

    Raises
    ------
    FilmError
        Where it has over `MOST_SCANS` scans, `MOST_SEGMENTS` segments or `MOST_SCANNED_PIXELS`.
    """
    scans = metadata = between = end = pixels = scanned = 0
    exif: tuple[int, int] | None = None
    kept, filled = [START], False
    for marker, start, stop in segments(data):
        between += start - (end or len(START))
        end = stop
        part = data[start:stop]
        if marker in FRAMES:
            pixels = max(pixels, int.from_bytes(part[5:7], "big") * int.from_bytes(part[7:9], "big"))
        elif marker == SCAN:
            scans += 1
            scanned += pixels * (part[4] if len(part) > 4 else 1)
            if _LONG_FILL in part:
                part, filled = _FILL.sub(b"\xff", part), True
        _check(scans, scanned=scanned)
        if marker in METADATA:
            metadata += stop - start
            if marker != EXIF or exif:
                continue
            exif = start, stop
        kept.append(part)
    if filled or metadata > MOST_METADATA_BYTES or between > MOST_SEGMENTS:
        return b"".join(kept)
    return data


def _check(scans: int = 0, segments_: int = 0, scanned: int = 0) -> None:
    if scans > MOST_SCANS:
        what = f"{MOST_SCANS} scans"
    elif segments_ > MOST_SEGMENTS:
        what = f"{MOST_SEGMENTS:,} segments"
    elif scanned > MOST_SCANNED_PIXELS and scans > 1:
        what = f"{scans - 1} scans for its size"
    else:
        return
    raise FilmError(
        FilmErrorCode.TOO_COMPLEX,
        f"This JPEG has more than {what}, which would take minutes to decode. Export the film again "
        "as PNG or as an ordinary JPEG.",
    )
