"""Films of noise, for processes that are started by the hundred: nothing heavy is imported here."""

import random
import struct
import zlib

SIDE = 300


def noise_png(seed: int | str) -> bytes:
    """Write a grey PNG of noise, another one for each seed."""
    rows = random.Random(seed).randbytes((SIDE + 1) * SIDE)
    filtered = b"".join(b"\0" + rows[start : start + SIDE] for start in range(0, len(rows) - SIDE, SIDE + 1))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(filtered, 0)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
