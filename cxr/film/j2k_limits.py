"""Count the parts of a JPEG 2000 codestream before it is decoded: tiles, layers, blocks, marker segments.

A few bytes of its header can ask the decoder for millions of each, which take memory and time before the
first pixel.
"""

from collections.abc import Iterator

from cxr.film.codestream import J2K_START, J2K_TILE, number_at
from cxr.film.errors import FilmError, FilmErrorCode

MOST_TILES = 15_000
"""Tiles, at most: the largest film has 12,000 of 64 x 64 pixels."""
MOST_LAYERS = 1_000
MOST_BLOCKS = 1_000_000
"""Code blocks, and packets, at most: the largest film has 200,000 of 16 x 16 pixels."""
MOST_SEGMENTS = 5_000
"""Marker segments before the first tile, at most."""
MOST_HEADERS = 100_000
"""Marker segments of all tile parts, at most."""
_TILE, _DATA, _END = J2K_TILE, 0x93, 0xD9
_SIZE, _CODING, _COMPONENT_CODING = 0x51, 0x52, 0x53
_MOST_LEVELS = 32


def check_j2k(stream: bytes) -> None:
    """Raise `FilmError` for a JPEG 2000 picture of too many parts; anything else is not looked at."""
    if not stream.startswith(J2K_START):
        return
    width = height = components = tiles = 0
    layers = 1
    tile_count = 1
    for number, (marker, place) in enumerate(_segments(stream, len(J2K_START) - 2), 1):
        tiles += marker == _TILE
        if number > (MOST_HEADERS if tiles else MOST_SEGMENTS):
            raise _too_complex("marker segments")
        if marker == _SIZE:
            right, bottom, left, top, *tile = (number_at(stream, place + 4 + 4 * k, 4) for k in range(6))
            width, height, components = right - left, bottom - top, number_at(stream, place + 36, 2)
            if width * height > MOST_TILES * max(1, tile[0]) * max(1, tile[1]):
                raise _too_complex("tiles")
            tile_count = -(-right // max(1, tile[0])) * -(-bottom // max(1, tile[1]))
        elif marker == _CODING:
            layers = number_at(stream, place + 4, 2)
            if layers > MOST_LAYERS:
                raise _too_complex("layers")
            style = stream[place + 7 :][: 5 + 33]
            # Each tile has a packet of each layer, level and component at least.
            levels = 1 + (style[0] if style else 0)
            if tile_count * layers * levels * components > MOST_BLOCKS:
                raise _too_complex("packets")
            _check_blocks(style, stream[place + 2] & 1, width * height * components, layers)
        elif marker == _COMPONENT_CODING:
            # The number of the component takes two bytes where there are many.
            rest = stream[place + (3 if components < 257 else 4) :][: 1 + 5 + 33]
            _check_blocks(rest[1:], rest[0] & 1 if rest else 0, width * height, layers)


def _segments(stream: bytes, place: int) -> Iterator[tuple[int, int]]:
    """Yield each marker of the main header and of tile parts, with the place of its length."""
    end_of_part = 0
    while place + 4 <= len(stream) and stream[place] == 0xFF:
        marker, place = stream[place + 1], place + 2
        if marker == _END:
            return
        if marker == _DATA:
            if end_of_part < place:
                return  # as long as the rest, or it states no length that goes on
            place = end_of_part
            continue
        yield marker, place
        if marker == _TILE:
            end_of_part = place - 2 + number_at(stream, place + 4, 4)
        place += max(2, number_at(stream, place, 2))


def _check_blocks(style: bytes, has_precincts: int, pixels: int, layers: int = 1) -> None:
    """Check the blocks that a coding style asks for: levels, size of blocks, and of precincts."""
    if len(style) < 5:
        return
    levels = min(style[0], _MOST_LEVELS)
    if pixels >> (style[1] % 16 + style[2] % 16 + 4) > MOST_BLOCKS:
        raise _too_complex("code blocks")
    sizes = style[5 : 6 + levels] if has_precincts else b""
    precincts = sum(
        (pixels >> 2 * (levels - level)) >> ((size & 15) + (size >> 4)) for level, size in enumerate(sizes)
    )
    if precincts * layers > MOST_BLOCKS:  # each is a packet
        raise _too_complex("packets")


def _too_complex(parts: str) -> FilmError:
    return FilmError(
        FilmErrorCode.TOO_COMPLEX,
        f"This JPEG 2000 film has far more {parts} than any film needs, which would take minutes to decode. "
        "Export it again, uncompressed.",
    )
