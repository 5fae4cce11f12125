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


def packed(film: Film) -> bytes:
    """Pack a film, as gzip."""
    occurs = np.zeros(film.white + 1, dtype=bool)
    occurs[film.pixels] = True
    levels = np.flatnonzero(occurs).astype("<u2")
    index = (np.cumsum(occurs, dtype=np.uint32) - 1).astype(np.uint16)[film.pixels]
    height, width = index.shape
    header = {
        "width": width,
        "height": height,
        "white": film.white,
        "levels": len(levels),
        "spacing": film.spacing_mm,
        "atDetector": film.spacing_at_detector,
    }
    text = json.dumps(header).encode()
    steps = _steps(index)
    low, high = steps.astype(np.uint8), (steps >> 8).astype(np.uint8)
    parts = (struct.pack("<I", len(text)), text, levels.tobytes(), low.tobytes(), high.tobytes())
    return bytes(imagecodecs.gzip_encode(b"".join(parts), level=1))


def _steps(index: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    steps = index.copy()
    steps[:, 1:] -= index[:, :-1]
    steps[1:, 0] -= index[:-1, 0]
    signs = np.where(steps & 0x8000, np.uint16(0xFFFF), np.uint16(0))
    folded: npt.NDArray[np.uint16] = (steps << np.uint16(1)) ^ signs
    return folded
