"""The chunks of a PNG, counted before anything is built from them: Pillow takes microseconds for each."""

from collections.abc import Iterator

from cxr.film.errors import FilmError, FilmErrorCode

PNG_START = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 100_000
"""Chunks of one PNG, at most: a film of 64 MB in pieces of 8 KB, as libpng writes them, has 8,000."""


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, and where it starts and ends with length and checksum, up to the end."""
    place = len(PNG_START)
    while place + 8 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        yield kind, place, place + 12 + length
        place += 12 + length
        if kind == b"IEND":
            return


def check_chunks(data: bytes) -> None:
    """Raise `FilmError` where a PNG has over `MOST_CHUNKS` chunks."""
    for number, _ in enumerate(chunks(data), 1):
        if number > MOST_CHUNKS:
            raise FilmError(
                FilmErrorCode.TOO_COMPLEX,
                f"This PNG has more than {MOST_CHUNKS:,} chunks, which would take minutes to open. Export "
                "the film again as an ordinary PNG or as JPEG.",
            )
