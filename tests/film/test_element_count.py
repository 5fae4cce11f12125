"""Elements and items of a DICOM file are counted before any of them is built."""

import struct
import zlib

import pytest
from film_files import dicom_file, ramp, refusal
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.element_count import MOST_ELEMENTS, check_elements

SOP = b"\x08\x00\x16\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.1\x00"
ITEM, ITEM_END = b"\xfe\xff\x00\xe0" + bytes(4), b"\xfe\xff\x0d\xe0" + bytes(4)
SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)
SEQUENCE = b"\x40\x00\x75\x02SQ\x00\x00"
META_SEQUENCE = b"\x02\x00\x02\x01SQ\x00\x00"
UNKNOWN = b"\x41\x00\x01\x10UN\x00\x00"
UNDEFINED = b"\xff\xff\xff\xff"
MANY = MOST_ELEMENTS + 1


def length(content: bytes) -> bytes:
    return struct.pack("<L", len(content)) + content


def dicom(body: bytes, syntax: str = ExplicitVRLittleEndian, pixels: bytes = b"") -> bytes:
    """A file with preamble that holds a body, and no more of a header than a reader needs."""
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = b"\x02\x00\x10\x00UI" + struct.pack("<H", len(uid)) + uid
    return bytes(128) + b"DICM" + meta + body + pixels


ELEMENTS = b"".join(b"\x41\x00" + struct.pack("<H", 0x1000 + k) + b"LO\x02\x00ab" for k in range(MANY))
SHORT_ITEMS = ITEM * MANY
FULL_ITEMS = (b"\xfe\xff\x00\xe0" + UNDEFINED + SOP + ITEM_END) * (MANY // 3 + 1)
IMPLICIT = b"".join(struct.pack("<HHL", 0x41, 0x1000 + k, 2) + b"ab" for k in range(MANY))
ENCAPSULATED = b"\xe0\x7f\x10\x00OB\x00\x00" + UNDEFINED

BOMBS = {
    "elements": SOP + ELEMENTS,
    "implicit elements": IMPLICIT,
    "items": SOP + SEQUENCE + UNDEFINED + SHORT_ITEMS + SEQUENCE_END,
    "items of a stated length": SOP + SEQUENCE + length(SHORT_ITEMS),
    "items with an element each": SOP + SEQUENCE + UNDEFINED + FULL_ITEMS + SEQUENCE_END,
    "items in an unknown element": SOP + UNKNOWN + UNDEFINED + SHORT_ITEMS + SEQUENCE_END,
    "items in an unknown element of a stated length": SOP + UNKNOWN + length(SHORT_ITEMS),
    "elements in an item": SOP + SEQUENCE + length(b"\xfe\xff\x00\xe0" + length(ELEMENTS)),
    "sequences in sequences": SOP + (SEQUENCE + UNDEFINED + b"\xfe\xff\x00\xe0" + UNDEFINED) * MANY,
    "fragments": SOP + ENCAPSULATED + SHORT_ITEMS + SEQUENCE_END,
    "elements after the pixels": SOP + ENCAPSULATED + ITEM + SEQUENCE_END + ELEMENTS,
    "escapes in short texts": SOP
    + b"".join(
        b"\x41\x00" + struct.pack("<H2sH", 0x1000 + k, b"PN", 300) + b"\x1b(B" * 100 for k in range(100)
    ),
    "escapes in a long text": SOP + b"\x41\x00\x01\x10UT\x00\x00" + length(b"\x1b(B" * (MANY + MANY % 2)),
    "implicit escapes": struct.pack("<HHL", 0x10, 0x10, 3 * MANY + 1) + b"\x1b(B" * MANY + b" ",
    "sequence in the file meta": META_SEQUENCE + UNDEFINED + SHORT_ITEMS + SEQUENCE_END + SOP,
    "sequence of a stated length in the file meta": META_SEQUENCE + length(SHORT_ITEMS) + SOP,
    "values in the file meta": b"\x02\x00\x16\x00AE" + struct.pack("<H", 2 * MANY) + b"1\\" * MANY + SOP,
    "file meta": b"".join(b"\x02\x00" + struct.pack("<H", 0x200 + k) + b"LO\x00\x00" for k in range(MANY)),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_too_many_elements_are_refused_wherever_they_are(kind: str) -> None:
    syntax = ImplicitVRLittleEndian if kind.startswith("implicit") else ExplicitVRLittleEndian

    assert refusal(dicom(BOMBS[kind], syntax)).code is FilmErrorCode.TOO_COMPLEX


def test_elements_of_a_deflated_file_are_counted() -> None:
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    padding = b"\x29\x00\x10\x10OB\x00\x00" + length(bytes(5_000_000))  # beyond the first piece
    body = deflater.compress(SOP + padding + BOMBS["items"]) + deflater.flush()

    assert len(body) < 10_000
    assert refusal(dicom(body, "1.2.840.10008.1.2.1.99")).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_film_with_sequences_and_private_elements_is_within_the_limit(syntax: str) -> None:
    check_elements(dicom_file(ramp(), transfer_syntax=syntax))
    check_elements(dicom_file(ramp(), transfer_syntax=syntax)[132:])


def test_the_limit_is_that_of_elements_and_items_together() -> None:
    tags = MOST_ELEMENTS - 3  # and file meta, SOP class, the sequence and its end
    exact = dicom(SOP + SEQUENCE + UNDEFINED + ITEM * (tags - 1) + SEQUENCE_END)

    check_elements(exact)
    with pytest.raises(FilmError):
        check_elements(exact + SOP)


@pytest.mark.parametrize("start", [0, 132])
def test_zeros_at_the_end_are_padding_however_many(start: int) -> None:
    film = dicom_file(ramp())[start:]

    assert check_elements(film + bytes(1_000_001)) == len(film)
    assert read_film(film + bytes(1_000_001)).pixels.max() == 255
    assert (
        refusal(dicom_file(ramp(), PixelData=None) + bytes(1_000_001)).code is FilmErrorCode.UNSUPPORTED_DICOM
    )


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_file_that_is_cut_short_is_counted_to_its_end(cut: int) -> None:
    data = dicom(SOP + SEQUENCE + UNDEFINED + FULL_ITEMS[:300])

    check_elements(data[: len(data) - cut])


VALUES = b"1\\" * (MANY + 1)


@pytest.mark.parametrize(
    "element",
    [
        struct.pack("<HH2sH", 0x0028, 0x1050, b"DS", len(VALUES)) + VALUES,
        struct.pack("<HH2sHL", 0x0010, 0x1000, b"UN", 0, len(VALUES)) + VALUES,
    ],
)
def test_the_values_of_a_text_are_counted_too(element: bytes) -> None:
    assert refusal(dicom(SOP + element)).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("tag", [(0x0010, 0x0010), (0x0010, 0x0020), (0x0010, 0x1010)])
def test_a_text_longer_than_any_can_be_is_not_read(tag: tuple[int, int]) -> None:
    text = struct.pack("<HHL", *tag, 2_000_000) + b"9" * 2_000_000

    assert refusal(dicom(text, ImplicitVRLittleEndian)).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("vr", [b"OB", b"UN", b"OW"])
def test_escapes_in_bytes_change_no_character_set(vr: bytes) -> None:
    content = b"\x1b" * 2 * MANY

    check_elements(dicom(SOP + struct.pack("<HH2sHL", 0x29, 0x1010, vr, 0, len(content)) + content))


@pytest.mark.parametrize("vr", [b"OB", b"UN", b"UT", b"LT"])
def test_backslashes_in_other_elements_are_no_values(vr: bytes) -> None:
    content = b"\\" * (MANY + 1)
    header = struct.pack("<HH2s", 0x0029, 0x1010, vr)
    start = struct.pack("<H", len(content)) if vr == b"LT" else struct.pack("<HL", 0, len(content))

    check_elements(dicom(SOP + header + start + content))


def test_a_list_of_character_sets_of_more_than_a_kilobyte_is_not_applied() -> None:
    text = b"ISO 2022 IR 87\\" * 4000
    element = struct.pack("<HH2sH", 8, 5, b"CS", len(text)) + text

    assert refusal(dicom(element + SOP)).code is FilmErrorCode.TOO_COMPLEX
