"""The chunks of a PNG, counted before anything is built from them: Pillow takes microseconds for each.

What is no part of the picture is left out before Pillow sees it.
"""

from collections.abc import Iterator

from cxr.film.errors import FilmError, FilmErrorCode

PNG_START = b"\x89PNG\r\n\x1a\n"
OPTIONAL = frozenset((b"tRNS", b"acTL", b"fcTL", b"fdAT", b"eXIf"))
"""Of the chunks that a reader may pass over, those that change the picture; of the others none begins with a
capital letter (PNG, 5.4)."""
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


def of_the_picture(data: bytes) -> bytes:
    """Give a PNG without what is no part of its picture: texts and profiles, which may be bombs.

    Pillow unpacks them, and refuses the whole file where one is large.

    Raises
    ------
    FilmError
        Where it has over `MOST_CHUNKS` chunks.
    """
    kept, left_out, place = [PNG_START], False, len(PNG_START)
    for number, (kind, start, place) in enumerate(chunks(data), 1):
        if number > MOST_CHUNKS:
            raise FilmError(
                FilmErrorCode.TOO_COMPLEX,
                f"This PNG has more than {MOST_CHUNKS:,} chunks, which would take minutes to open. Export "
                "the film again as an ordinary PNG or as JPEG.",
            )
        if kind[:1].isupper() or kind in OPTIONAL:
            kept.append(data[start:place])
        else:
            left_out = True
    return b"".join((*kept, data[place:])) if left_out else data
