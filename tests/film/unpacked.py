"""A packed film, unpacked as the viewer does."""

import json
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

GZIP = 31
"""`wbits` of a gzip stream (zlib manual, inflateInit2)."""


def unpacked(content: bytes) -> tuple[npt.NDArray[np.uint16], dict[str, Any]]:
    """Undo `packed` as the viewer does: grey levels, shape (height, width), and the header."""
    data = zlib.decompress(content, GZIP)
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    height, width, count = header["height"], header["width"], header["levels"]
    levels = np.frombuffer(data, "<u2", count, 4 + length)
    planes = np.frombuffer(data, np.uint8, offset=4 + length + 2 * count).reshape(2, height, width)
    folded = planes[0] | planes[1].astype(np.uint16) << 8
    steps = (folded >> 1) ^ np.where(folded & 1, np.uint16(0xFFFF), np.uint16(0))
    steps[:, 0] = np.cumsum(steps[:, 0], dtype=np.uint16)
    return levels[np.cumsum(steps, axis=1, dtype=np.uint16)], header
