"""A film's grey levels at full size and depth, packed so that a browser unpacks them quickly.

Layout, before compression with gzip: the length of the header (4 bytes, little-endian), the header as JSON,
the grey levels that occur (uint16, ascending), and for each pixel the difference of its level's index from
that of its left neighbour, or in the first column of the one above. The difference is taken modulo 65536 and
its sign moved to the last bit; all low bytes come first, then all high bytes. Such differences are small
whatever the number of bits, so a film takes about half of what gzip alone makes of it.
"""

import json
import struct

import imagecodecs
import numpy as np
import numpy.typing as npt

from cxr.film.film import Film

STRIP_PIXELS = 250_000
"""Pixels that are packed at a time: what is computed of them stays in the processor's cache."""


def packed(film: Film) -> bytes:
    """Pack a film, as gzip."""
    occurs = np.zeros(film.white + 1, dtype=bool)
    occurs[film.pixels] = True
    levels = np.flatnonzero(occurs).astype("<u2")
    index_of = (np.cumsum(occurs, dtype=np.uint32) - 1).astype(np.int16)
    height, width = film.pixels.shape
    header = {
        "width": width,
        "height": height,
        "white": film.white,
        "levels": len(levels),
        "spacing": film.spacing_mm,
        "atDetector": film.spacing_at_detector,
    }
    text = json.dumps(header).encode()
    head = struct.pack("<I", len(text)) + text + levels.tobytes()
    whole = bytearray(head) + bytearray(2 * height * width)
    low, high = np.frombuffer(whole, np.uint8, offset=len(head)).reshape(2, height, width)
    rows = max(1, STRIP_PIXELS // width)
    above = np.zeros(1, np.int16)
    for top in range(0, height, rows):
        index = index_of[film.pixels[top : top + rows]]
        steps = _steps(index, above)
        low[top : top + rows], high[top : top + rows] = steps, steps >> 8
        above = index[-1:, 0]
    return bytes(imagecodecs.gzip_encode(whole, level=1))


def _steps(index: npt.NDArray[np.int16], above: npt.NDArray[np.int16]) -> npt.NDArray[np.uint16]:
    steps = np.empty_like(index)
    np.subtract(index[:, 1:], index[:, :-1], out=steps[:, 1:])
    np.subtract(index[:, 0], np.concatenate((above, index[:-1, 0])), out=steps[:, 0])
    folded: npt.NDArray[np.uint16] = ((steps << 1) ^ (steps >> 15)).view(np.uint16)
    return folded
