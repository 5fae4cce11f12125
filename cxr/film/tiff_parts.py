"""The strips and tiles of a TIFF, counted before it is opened: Pillow takes microseconds for each."""

import struct

from cxr.film.errors import FilmError, FilmErrorCode

MOST_PARTS = 20_000
"""Strips or tiles of one TIFF, at most: the largest film has 12,000 tiles of 64 x 64 pixels."""
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324
_BIG = 43
"""Version of a BigTIFF, whose counts and offsets have eight bytes."""


def check_parts(data: bytes) -> None:
    """Raise `FilmError` where the first picture of a TIFF has over `MOST_PARTS` strips or tiles."""
    order = "<" if data.startswith(b"II") else ">"
    try:
        (version,) = struct.unpack_from(f"{order}H", data, 2)
        first, entries, entry = ("8xQ", "Q", "HHQ8x") if version == _BIG else ("4xL", "H", "HHL4x")
        (place,) = struct.unpack_from(order + first, data)
        (count,) = struct.unpack_from(order + entries, data, place)
        place += struct.calcsize(order + entries)
        listed = data[place : place + min(count, 1 << 16) * struct.calcsize(order + entry)]
        whole = len(listed) - len(listed) % struct.calcsize(order + entry)
        tags = [one[0::2] for one in struct.iter_unpack(order + entry, listed[:whole])]
    except struct.error:  # cut short
        return
    if any(tag in (_STRIP_OFFSETS, _TILE_OFFSETS) and number > MOST_PARTS for tag, number in tags):
        raise FilmError(
            FilmErrorCode.TOO_COMPLEX,
            f"This TIFF has more than {MOST_PARTS:,} strips or tiles, which would take minutes to decode. "
            "Export the film again as an ordinary TIFF or as PNG.",
        )
