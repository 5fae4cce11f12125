"""A sequence or an item without its delimiter, or with a wrong length, costs no other element of the film."""

import struct
from itertools import product

import numpy as np
import pytest
from film_files import compressed, dicom_file, elements_of, ramp, tag_bytes, with_bytes
from pydicom.uid import JPEG2000Lossless
from test_unknown_vr import FILM, as_implicit, is_whole

from cxr.film import FilmError, FilmErrorCode
from cxr.film.dicom import dicom_header
from cxr.film.read import decode_film

UNDEFINED = b"\xff\xff\xff\xff"
ITEM, ITEM_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4)
SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)
PROCEDURE, REQUEST, PRIVATE, OTHER_IDS = 0x00081032, 0x00400275, 0x00091001, 0x00101002


def short(tag: int, vr: bytes, value: bytes) -> bytes:
    return tag_bytes(tag) + vr + struct.pack("<H", len(value)) + value


CODE = short(0x00080100, b"SH", b"4711") + short(0x00080104, b"LO", b"THORAX")


def sequence(tag: int, items: list[bytes], ends: bytes, ends_sequence: bytes, vr: bytes = b"SQ") -> bytes:
    body = b"".join(ITEM + UNDEFINED + item + ends for item in items)
    return tag_bytes(tag) + vr + bytes(2) + UNDEFINED + body + ends_sequence


MISSING = [(b"", SEQUENCE_END), (ITEM_END, b""), (b"", b"")]


@pytest.mark.parametrize(("ends", "ends_sequence"), MISSING)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("tag", [PROCEDURE, REQUEST, PRIVATE])
@pytest.mark.parametrize("coding", [None, JPEG2000Lossless])
def test_an_explicit_film_is_read(
    coding: str | None, tag: int, count: int, ends: bytes, ends_sequence: bytes
) -> None:
    data = with_bytes(FILM, tag, sequence(tag, [CODE] * count, ends, ends_sequence))

    assert is_whole(compressed_behind(data) if coding else data)


def compressed_behind(data: bytes) -> bytes:
    """Put the pixel data of a compressed film in place of those of another, whose header stays."""
    small = compressed(FILM, JPEG2000Lossless)
    start = next(start for tag, start, _ in elements_of(FILM) if tag == 0x7FE00010)
    pixels = FILM[start:]
    return data.removesuffix(pixels) + small[small.index(tag_bytes(0x7FE00010), 132) :]


@pytest.mark.parametrize(("ends", "ends_sequence"), MISSING)
def test_an_implicit_film_is_read(ends: bytes, ends_sequence: bytes) -> None:
    code = as_implicit(CODE[:12]) + as_implicit(CODE[12:])
    found = tag_bytes(PROCEDURE) + UNDEFINED + ITEM + UNDEFINED + code + ends + ends_sequence
    parts = [(tag, as_implicit(FILM[start:end])) for tag, start, end in elements_of(FILM) if tag >> 16 > 2]
    body = b"".join(part for tag, part in parts if tag < PROCEDURE)
    body += found + b"".join(part for tag, part in parts if tag > PROCEDURE)
    start = next(start for tag, start, _ in elements_of(FILM) if tag >> 16 > 2)
    meta = FILM[:start].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0")

    assert is_whole(meta + body)


@pytest.mark.parametrize(("ends", "ends_sequence"), MISSING)
def test_a_whole_sequence_after_one_that_never_ends_stays_as_it_is(ends: bytes, ends_sequence: bytes) -> None:
    broken = sequence(PROCEDURE, [CODE], ends, ends_sequence)
    number = short(0x00100020, b"LO", b"MRN-9999")
    data = with_bytes(FILM, PROCEDURE, broken)
    end = next(end for tag, _, end in elements_of(FILM) if tag == 0x00100020) + len(broken)
    data = data[:end] + sequence(OTHER_IDS, [number], ITEM_END, SEQUENCE_END) + data[end:]

    assert is_whole(data)


@pytest.mark.parametrize(
    ("inner", "outer", "ends"), [*product([b"", ITEM_END], [b"", ITEM_END], [b"", SEQUENCE_END])]
)
def test_a_sequence_within_a_sequence_ends_too(inner: bytes, outer: bytes, ends: bytes) -> None:
    protocol = sequence(0x00400008, [CODE], inner, ends)

    assert is_whole(with_bytes(FILM, REQUEST, sequence(REQUEST, [protocol], outer, ends)))


LUT = b"".join(
    (
        short(0x00283002, b"US", struct.pack("<3H", 4096, 0, 12)),
        short(0x00283003, b"LO", b"NORMAL"),
        tag_bytes(0x00283006) + b"OW\0\0" + struct.pack("<L", 8192) + np.arange(4096, dtype="<u2").tobytes(),
    )
)
PURPOSE = sequence(0x0040A170, [CODE], b"", b"")
REFERENCE = short(0x00081150, b"UI", b"1.2.3\0") + short(0x00081155, b"UI", b"1.2.3.4\0") + PURPOSE


@pytest.mark.parametrize(("tag", "item"), [(0x00283000, LUT), (0x00082112, REFERENCE)])
def test_what_only_a_sequence_has_stays_in_it(tag: int, item: bytes) -> None:
    data = with_bytes(FILM, tag, sequence(tag, [item], b"", b""))

    assert is_whole(data) and decode_film(data).ignored == ()


def stated(items: list[bytes], tag: int, wrong: int, wrong_item: int) -> bytes:
    """A sequence of explicit lengths, which are wrong by so much."""
    body = b"".join(ITEM + struct.pack("<L", len(item) + wrong_item) + item for item in items)
    return tag_bytes(tag) + b"SQ\0\0" + struct.pack("<L", len(body) + wrong) + body


@pytest.mark.parametrize(("wrong", "wrong_item"), [(1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("by", [-12, -8, -2, 2, 8, 30, 1000])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("tag", [PROCEDURE, OTHER_IDS, REQUEST])
def test_a_length_that_leads_astray_is_corrected(
    tag: int, count: int, by: int, wrong: int, wrong_item: int
) -> None:
    found = stated([CODE] * count, tag, by * wrong, by * wrong_item)

    assert is_whole(with_bytes(FILM, tag, found))


def test_a_whole_film_stays_as_it_is() -> None:
    inside = short(0x00081155, b"UI", b"1.2.3.4\0")  # after its sequence in the order of tags
    data = with_bytes(FILM, 0x00081140, sequence(0x00081140, [CODE + inside], ITEM_END, SEQUENCE_END))

    assert is_whole(data)
    assert "ReferencedSOPInstanceUID" not in dicom_header(data)


def test_a_film_that_is_cut_short_within_a_sequence_is_damaged() -> None:
    data = dicom_file(ramp(), StudyDescription="THORAX")
    start = next(start for tag, start, _ in elements_of(data) if tag == 0x00081030)

    with pytest.raises(FilmError) as caught:
        decode_film(data[:start] + sequence(PROCEDURE, [CODE], b"", b""))

    assert caught.value.code is FilmErrorCode.DAMAGED
