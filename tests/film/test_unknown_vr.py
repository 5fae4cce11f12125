"""Elements without a valid value representation, or out of their place, cost no other element of the film."""

import struct
from collections.abc import Callable

import numpy as np
import pytest
from film_files import (
    compressed,
    dicom_file,
    elements_of,
    ramp,
    tag_bytes,
    with_bytes,
    with_element,
)
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless

from cxr.film import Film, Population
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.identity import identity_of
from cxr.film.read import decode_film

CHARACTER_SET, STUDY, PRIVATE, ID = 0x00080005, 0x00081030, 0x00091001, 0x00100020
PIXELS = ramp(top=4095, dtype=np.uint16)
FILM = dicom_file(PIXELS, PatientAge="045Y", BitsStored=12, StudyDescription="THORAX PA ", ViewPosition="PA")


def short(vr: bytes, value: bytes) -> bytes:
    return vr + struct.pack("<H", len(value)) + value


def long(vr: bytes, value: bytes) -> bytes:
    return vr + struct.pack("<HL", 0, len(value)) + value


def implicit(vr: bytes, value: bytes) -> bytes:
    return struct.pack("<L", len(value)) + value


def too_long(vr: bytes, value: bytes) -> bytes:
    return vr + struct.pack("<HL", 0, 0x00FFFFF0) + value


def is_whole(data: bytes) -> bool:
    """Whether a film is read with all of its elements, as it comes and as it is stored."""
    clean = clean_film(data, Deidentifier(b"k" * 32), str)
    identity = identity_of(data)
    for film in (decode_film(data), decode_film(clean.content)):
        assert isinstance(film, Film)
        assert (film.age_years, film.population, film.view) == (45, Population.ADULT, "PA")
        assert film.pixels.shape == PIXELS.shape and np.ptp(film.pixels) == film.white
    assert clean.pseudonym and clean.age and clean.age.years == 45
    return identity.patient_id == "MRN-4711" and identity.patient_name == "ROSSI, MARIA"


CODED = [
    *((coded, vr) for coded in (short, long) for vr in (b"??", b"  ", b"\0\0", b"lo", b"ZZ", b"UN", b"UT")),
    *((too_long, vr) for vr in (b"??", b"UN", b"UT", b"SQ", b"OB")),
    (implicit, b""),
]
VALUES = [
    *((tag, value) for tag in (STUDY, PRIVATE) for value in (b"MRN-4711", b"")),
    *((CHARACTER_SET, b"ISO_IR 100"), (CHARACTER_SET, b""), (ID, b"MRN-4711")),
]


@pytest.mark.parametrize(("coded", "vr"), CODED)
@pytest.mark.parametrize(("tag", "value"), VALUES)
def test_an_element_of_no_representation_is_read_as_what_follows_it_allows(
    coded: Callable[[bytes, bytes], bytes], vr: bytes, tag: int, value: bytes
) -> None:
    assert is_whole(with_bytes(FILM, tag, tag_bytes(tag) + coded(vr, value)))


@pytest.mark.parametrize("coded", [short, long])
def test_neighbours_of_no_representation_are_all_read(coded: Callable[[bytes, bytes], bytes]) -> None:
    private = b"".join(tag_bytes(PRIVATE + number) + coded(b"??", b"12") for number in range(48))

    assert is_whole(with_bytes(FILM, PRIVATE, private))


def test_representations_in_lower_case_are_all_read() -> None:
    parts = [(tag, FILM[start:end]) for tag, start, end in elements_of(FILM)]
    lower = (part[:4] + part[4:6].lower() + part[6:] if tag >> 16 > 2 else part for tag, part in parts)

    assert is_whole(FILM[:132] + b"".join(lower))


@pytest.mark.parametrize("length", [None, 0xFFFFFFFF])
@pytest.mark.parametrize("coded", [short, long])
def test_an_element_of_no_representation_within_a_sequence_costs_no_other(
    coded: Callable[[bytes, bytes], bytes], length: int | None
) -> None:
    item = tag_bytes(0x00080104) + coded(b"??", b"4711")
    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", length or len(item)) + item
    if length:
        item += b"\xfe\xff\x0d\xe0" + bytes(4) + b"\xfe\xff\xdd\xe0" + bytes(4)
    sequence = tag_bytes(0x00081032) + b"SQ\0\0" + struct.pack("<L", length or len(item)) + item

    assert is_whole(with_bytes(FILM, 0x00081032, sequence))


@pytest.mark.parametrize("tag", [0x00000000, 0x00000004])  # an element of commands, and none
def test_what_is_left_of_a_command_before_the_film_is_not_kept(tag: int) -> None:
    start = next(start for tag, start, _ in elements_of(FILM) if tag >> 16 > 2)
    data = FILM[:start] + tag_bytes(tag) + implicit(b"", b"4711") + FILM[start:]

    assert is_whole(data) and b"4711" not in identity_of(data).json.replace("MRN-4711", "").encode()


@pytest.mark.parametrize("vr", [b"??", b"  ", b"\0\0", b"UN", b"OX"])
@pytest.mark.parametrize("coding", [None, JPEG2000Lossless])
def test_pixels_of_no_representation_are_read(vr: bytes, coding: str | None) -> None:
    data = FILM if coding is None else compressed(FILM, JPEG2000Lossless)
    *_, (_, start, _) = elements_of(FILM if coding is None else data)
    place = data.index(tag_bytes(0x7FE00010), 132) if coding else start

    assert is_whole(data[: place + 4] + vr + data[place + 6 :])


def moved(data: bytes, group: int, place: int) -> bytes:
    """The elements of a group, taken out and put before the first one of another group, or at the end."""
    parts = list(elements_of(data))
    taken = b"".join(data[start:end] for tag, start, end in parts if tag >> 16 == group)
    rest = [(tag, data[start:end]) for tag, start, end in parts if tag >> 16 != group]
    before = b"".join(part for tag, part in rest if tag >> 16 < place)
    return data[:132] + before + taken + b"".join(part for tag, part in rest if tag >> 16 >= place)


BEHIND = 0xFFFF


@pytest.mark.parametrize("place", [0x0008, 0x0028, 0x7FE0, BEHIND])
@pytest.mark.parametrize("coding", [None, JPEG2000Lossless, ImplicitVRLittleEndian])
@pytest.mark.parametrize("group", [0x0010, 0x0018, 0x0028])
def test_a_group_out_of_order_or_behind_the_pixels_is_read(
    group: int, place: int, coding: str | None
) -> None:
    data = FILM if coding is None else compressed(FILM, JPEG2000Lossless)
    if coding == ImplicitVRLittleEndian:
        data = moved(FILM, group, place)
        body = b"".join(
            as_implicit(data[start:end]) for tag, start, end in elements_of(data) if tag >> 16 > 2
        )
        data = data[: next(start for tag, start, _ in elements_of(data) if tag >> 16 > 2)] + body
        assert is_whole(data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"))
    else:
        assert is_whole(moved(data, group, place))


def as_implicit(element: bytes) -> bytes:
    start = 12 if element[4:6] in (b"OB", b"OW", b"UN") else 8
    return element[:4] + struct.pack("<L", len(element) - start) + element[start:]


def test_elements_behind_padding_are_read_also_if_they_stand_before_the_pixels_too() -> None:
    data = moved(with_element(FILM, 0x00100030, "DA", b"19800101"), 0x0010, BEHIND)
    end = next(end for tag, _, end in elements_of(data) if tag == 0x7FE00010)
    padding = tag_bytes(0xFFFCFFFC) + long(b"OB", bytes(8))

    for rest in (padding, bytes(16)):
        assert is_whole(data[:end] + rest + data[end:])
    again = with_element(data, ID, "LO", b"MRN-4711")  # before the pixels too
    assert is_whole(again)


def test_nothing_is_read_of_another_file_behind_the_pixels() -> None:
    nobody = with_bytes(with_bytes(FILM, ID, b""), 0x00100010, b"")
    of_another = tag_bytes(0x00080018) + short(b"UI", b"1.2.34") + tag_bytes(ID) + short(b"LO", b"MRN-9999")

    for rest in (FILM, FILM[132:], of_another):
        assert identity_of(nobody + rest).patient_id == ""
