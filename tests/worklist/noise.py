"""Films of noise, for processes that are started by the hundred: nothing heavy is imported here."""

import random
import zlib

from grey_png import grey_png

SIDE = 300


def noise_png(seed: int | str) -> bytes:
    """Write a grey PNG of noise, another one for each seed."""
    rows = random.Random(seed).randbytes((SIDE + 1) * SIDE)
    filtered = b"".join(b"\0" + rows[start : start + SIDE] for start in range(0, len(rows) - SIDE, SIDE + 1))
    return grey_png(SIDE, SIDE, zlib.compress(filtered, 0))
