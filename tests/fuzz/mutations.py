"""Change films at random, with a seed: bytes, lengths, and whole segments copied, dropped or swapped."""

from collections.abc import Callable
from random import Random

from pydicom.datadict import tag_for_keyword

MOST_CHANGES = 6
_MAGIC, _PREAMBLE = 12, 132
# Lengths and counts at which readers stumble.
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_WIDTHS = (1, 2, 4)
# What begins a part of a file: markers of JPEG, chunks of PNG and WebP, tags of TIFF, elements of DICOM.
_KEYWORDS = (
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel"),
    *("PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "TransferSyntaxUID", "PixelData"),
    *("WindowCenter", "WindowWidth", "RescaleSlope", "VOILUTSequence", "LUTDescriptor", "LUTData"),
    *("PatientID", "PatientName", "PatientAge", "SpecificCharacterSet", "PixelPaddingValue"),
    *("ModalityLUTSequence", "RedPaletteColorLookupTableDescriptor", "SequenceDelimitationItem", "Item"),
)
_TAGS = tuple(tag for keyword in _KEYWORDS if (tag := tag_for_keyword(keyword)) is not None)
_DICOM = tuple((tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") for tag in _TAGS)
_VALUE_REPRESENTATIONS = (b"SQ", b"OB", b"OW", b"UN", b"US", b"DS", b"IS", b"UI", b"PN", b"LO", b"CS", b"UT")
_MARKERS = tuple(bytes((0xFF, marker)) for marker in (*range(0xC0, 0xFF), 0x4F, 0x51, 0x52, 0x5C, 0x90, 0x93))
_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"eXIf", b"VP8 ", b"VP8L", b"VP8X", b"ALPH")
TOKENS = (*_DICOM, *_VALUE_REPRESENTATIONS, *_MARKERS, *_CHUNKS)


def mutated(random: Random, films: list[bytes]) -> bytes:
    """Change one of the films up to `MOST_CHANGES` times."""
    data = bytearray(random.choice(films))
    for _ in range(random.randint(1, MOST_CHANGES)):
        if len(data) > 1:
            random.choice(_CHANGES)(random, data, films)
    return bytes(data)


def _place(random: Random, data: bytearray) -> int:
    """Choose a place: often in the header or after a known token, rarely where the format is recognised."""
    first = 0 if random.random() < 0.03 else _PREAMBLE if data[128:_PREAMBLE] == b"DICM" else _MAGIC
    first = min(first, len(data) - 1)
    where = random.random()
    if where < 0.4:
        return random.randrange(first, min(len(data), first + 1024))
    place = random.randrange(first, len(data))
    return max(data.find(random.choice(TOKENS), place), first) if where < 0.7 else place


def _flip(random: Random, data: bytearray, _: list[bytes]) -> None:
    data[_place(random, data)] ^= 1 << random.randrange(8)


def _noise(random: Random, data: bytearray, _: list[bytes]) -> None:
    start = _place(random, data)
    stop = min(len(data), start + random.randint(1, 16))
    data[start:stop] = random.randbytes(stop - start)


def _number(random: Random, data: bytearray, _: list[bytes]) -> None:
    width = random.choice(_WIDTHS)
    start = _place(random, data) + random.choice((0, 4, 6, 8))
    value = random.choice((*_EDGES, random.getrandbits(32))) & ((1 << 8 * width) - 1)
    data[start : start + width] = value.to_bytes(width, random.choice(("little", "big")))


def _token(random: Random, data: bytearray, _: list[bytes]) -> None:
    token, start = random.choice(TOKENS), _place(random, data)
    data[start : start + random.choice((0, len(token)))] = token


def _drop(random: Random, data: bytearray, _: list[bytes]) -> None:
    start = _place(random, data)
    del data[start : start + random.choice((1, 2, 8, random.randint(1, len(data))))]


def _repeat(random: Random, data: bytearray, _: list[bytes]) -> None:
    start = _place(random, data)
    part = data[start : start + random.randint(1, 256)]
    data[start:start] = part * random.choice((1, 2, 100))


def _move(random: Random, data: bytearray, _: list[bytes]) -> None:
    start, to = _place(random, data), _place(random, data)
    part = data[start : start + random.randint(1, 256)]
    del data[start : start + len(part)]
    data[to:to] = part


def _cross(random: Random, data: bytearray, films: list[bytes]) -> None:
    """Go on with the rest of another film."""
    other = random.choice(films)
    data[_place(random, data) :] = other[random.randrange(len(other)) :]


def _cut(random: Random, data: bytearray, _: list[bytes]) -> None:
    del data[random.randrange(len(data)) :]


_CHANGES: tuple[Callable[[Random, bytearray, list[bytes]], None], ...] = (
    *(_flip, _noise, _number, _number, _number, _token, _token),
    *(_drop, _repeat, _move, _cross, _cut),
)
