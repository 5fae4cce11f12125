"""Count the scans of a JPEG, and take out what would make it slow to open, before anything is decoded.

A progressive JPEG of 220 KB can hold 20,000 scans, each a pass over all of its pixels; libjpeg's authors
advise a limit. Pillow joins metadata segments in quadratic time, and reads bytes between segments one by one.
"""

import re
from collections.abc import Iterator

from cxr.film.errors import FilmError, FilmErrorCode

MOST_SCANS = 500
"""Scans of one JPEG, at most: a progressive one has about ten."""
MOST_SEGMENTS = 5_000
MOST_METADATA_BYTES = 1024 * 1024
START = b"\xff\xd8"
# Application segments except JFIF's and Adobe's, which state the colour coding; and comments.
METADATA = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
SCAN, END, EXIF = 0xDA, 0xD9, 0xE1
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# In coded data, a stuffed byte, a stuffed bit (JPEG-LS) and a restart are not markers.
_MARKER_IN_SCAN = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_MARKER = re.compile(rb"\xff[\x01-\xfe]")


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each marker with the start and the end of its segment, a scan with its coded data, up to the end.

    Takes time linear in the length of the file, whatever lies between the segments.
    """
    place = len(START)
    while found := _MARKER.search(data, place):
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


def quick_to_open(data: bytes) -> bytes:
    """Check the scans of a JPEG, and give it without its metadata but the first Exif where that is large.

    Raises
    ------
    FilmError
        Where it has over `MOST_SCANS` scans or `MOST_SEGMENTS` segments.
    """
    scans = metadata = between = end = 0
    exif: tuple[int, int] | None = None
    kept = [START]
    for number, (marker, start, stop) in enumerate(segments(data)):
        scans += marker == SCAN
        if scans > MOST_SCANS or number > MOST_SEGMENTS:
            what = f"{MOST_SCANS} scans" if scans > MOST_SCANS else f"{MOST_SEGMENTS:,} segments"
            raise FilmError(
                FilmErrorCode.TOO_COMPLEX,
                f"This JPEG has more than {what}, which would take minutes to decode. Export the film again "
                "as PNG or as an ordinary JPEG.",
            )
        between += start - (end or len(START))
        end = stop
        if marker in METADATA:
            metadata += stop - start
            if marker != EXIF or exif:
                continue
            exif = start, stop
        kept.append(data[start:stop])
    if metadata > MOST_METADATA_BYTES or between > MOST_SEGMENTS:
        return b"".join(kept)
    return data
