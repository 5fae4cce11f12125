"""The strips, tiles and values of a TIFF, counted before it is opened: Pillow takes microseconds for each."""

import struct

from cxr.film.errors import FilmError, FilmErrorCode

MOST_PARTS = 20_000
"""Strips or tiles of one TIFF, at most: the largest film has 12,000 tiles of 64 x 64 pixels."""
MOST_VALUES = 100_000
"""Values of one tag, at most, that are no bytes or characters: a table of colours has 768."""
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324
MOST_TIMES, _LITTLE = 4, 1_000_000
"""All tags together take as many times the bytes of the file, at most, and so many more."""
_BYTES_OF = dict.fromkeys((1, 2, 6, 7), 1) | {
    3: 2,
    4: 4,
    5: 8,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
"""Bytes of a value, by the type of its tag (TIFF 6.0, section 2); others are passed over."""
_BIG = 43
"""Version of a BigTIFF, whose counts and offsets have eight bytes."""


def check_parts(data: bytes) -> None:
    """Raise `FilmError` where the first picture of a TIFF has too many strips, tiles or values of a tag."""
    order = "<" if data.startswith(b"II") else ">"
    try:
        (version,) = struct.unpack_from(f"{order}H", data, 2)
        first, entries, entry = ("8xQ", "Q", "HHQ8x") if version == _BIG else ("4xL", "H", "HHL4x")
        (place,) = struct.unpack_from(order + first, data)
        (count,) = struct.unpack_from(order + entries, data, place)
        place += struct.calcsize(order + entries)
        listed = data[place : place + min(count, 1 << 16) * struct.calcsize(order + entry)]
        whole = len(listed) - len(listed) % struct.calcsize(order + entry)
        tags = list(struct.iter_unpack(order + entry, listed[:whole]))
    except struct.error:  # cut short
        return
    if any(tag in (_STRIP_OFFSETS, _TILE_OFFSETS) and number > MOST_PARTS for tag, _, number in tags):
        raise FilmError(
            FilmErrorCode.TOO_COMPLEX,
            f"This TIFF has more than {MOST_PARTS:,} strips or tiles, which would take minutes to decode. "
            "Export the film again as an ordinary TIFF or as PNG.",
        )
    # Pillow reads each tag whole, and several may lie in the same place.
    held = sum(min(number * _BYTES_OF.get(kind, 0), len(data)) for _, kind, number in tags)
    many = any(number > MOST_VALUES and _BYTES_OF.get(kind, 1) > 1 for _, kind, number in tags)
    if many or held > MOST_TIMES * len(data) + _LITTLE:
        raise FilmError(
            FilmErrorCode.TOO_COMPLEX,
            "This TIFF has tags of far more values than a film needs, which would take minutes to read. "
            "Export the film again as an ordinary TIFF or as PNG.",
        )
