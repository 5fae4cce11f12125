"""An element whose bytes contradict its representation is passed over; the film is read and stored."""

import numpy as np
import pytest
from film_files import dicom_file, ramp, with_element
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import keyword_for_tag
from pydicom.filebase import DicomBytesIO

from cxr.film import FilmError, Population
from cxr.film.clean import CleanFilm, clean_film
from cxr.film.deidentify import Deidentifier, Keep
from cxr.film.read import decode_film

FILM = dicom_file(ramp(top=4095, dtype=np.uint16), StudyDate="20260102")
GARBAGE = b"\1\2\3\4"
NAME = b"ROSSI^M"
UNRELATED = [
    (0x00280106, "US", b"\1"),
    (0x00189323, "US", b"abc"),
    (0x00189074, "FD", b"\1" * 6),
    (0x00189073, "FL", b"\1\2"),
    (0x00189095, "UL", b"\1\2\3"),
    (0x00081110, "SQ", GARBAGE),
    (0x00081110, "UN", GARBAGE),
    (0x00081140, "UN", GARBAGE),
    (0x00101002, "UN", GARBAGE),
    (0x001021C0, "US", b"abc"),
    (0x00101010, "US", b"\x2d\0"),
    (0x00101010, "IS", b"45"),
    (0x00101010, "IS", b"forty "),
    (0x00101010, "DS", b"45"),
    (0x00101010, "FD", b"\0\0\0\0\0\x80F@"),
    (0x00100020, "US", b"\1\0"),
    (0x00100020, "IS", b"AB12"),
    (0x00100010, "US", b"\1\0"),
    (0x00100010, "US", b"abc"),
    (0x00080016, "US", b"\1\0"),
    (0x00120062, "US", b"\1\0"),
    (0x00120064, "LO", b"none"),
]
OF_THE_DISPLAY = [
    (0x00283010, "UN", GARBAGE),
    (0x00283000, "UN", GARBAGE),
    (0x00540220, "UN", GARBAGE),
    (0x00082218, "UN", GARBAGE),
    (0x00400275, "UN", GARBAGE),
    (0x00280120, "US", b"\1"),
    (0x00281050, "US", b"\1"),
    (0x00281053, "DS", b"steep "),
]
OPTIONAL = [
    tag
    for tag, (_, _, _, _, keyword) in sorted(DicomDictionary.items())
    if 0x00080005 < tag < 0x7FE00000 and keyword and tag & 0xFFFF and tag not in (0x00080018, 0x00041220)
]
VRS = [
    *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OW"),
    *("PN", "SH", "SL", "SQ", "SS", "ST", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT"),
]


def stored(data: bytes, *keep: Keep) -> CleanFilm:
    return clean_film(data, Deidentifier(b"k" * 32, keep or (Keep.PATIENT_CHARACTERISTICS,)), str)


def outcome(data: bytes) -> tuple[object, ...]:
    """Everything that reading a film gives but its hash."""
    try:
        film = decode_film(data)
    except FilmError as error:
        return error.code, error.sentence, error.population
    found = (film.population, film.age_years, film.sex, film.view, film.burned_in, film.ignored)
    return film.pixels.tobytes(), film.pixels.shape, film.spacing_mm, film.age_contradictory, *found


@pytest.mark.parametrize(("tag", "vr", "value"), UNRELATED)
def test_an_unrelated_element_keeps_no_film_from_being_read_or_stored(
    tag: int, vr: str, value: bytes
) -> None:
    data = with_element(FILM, tag, vr, value)

    film = decode_film(data)

    assert np.array_equal(film.pixels, decode_film(FILM).pixels)
    assert outcome(stored(data).content) == outcome(data)


@pytest.mark.parametrize(("tag", "vr", "value"), OF_THE_DISPLAY)
def test_an_element_of_the_reader_is_passed_over_with_a_note(tag: int, vr: str, value: bytes) -> None:
    data = with_element(FILM, tag, vr, value)

    film = decode_film(data)

    assert film.ignored == (keyword_for_tag(tag),)
    assert np.array_equal(film.pixels, decode_film(FILM).pixels)
    assert outcome(stored(data).content) == outcome(data)


@pytest.mark.parametrize("vr", ["US", "IS", "DS", "FD"])
def test_an_age_of_another_representation_is_read_and_stored(vr: str) -> None:
    values = {"US": b"\x2d\0", "FD": b"\0\0\0\0\0\x80F@"}
    data = with_element(FILM, 0x00101010, vr, values.get(vr, b"45"))

    for film in (decode_film(data), decode_film(stored(data).content)):
        assert (film.age_years, film.population) == (45, Population.ADULT)


def test_what_cannot_be_read_is_not_stored_even_within_a_sequence() -> None:
    item = with_element(bytes(132), 0x00181400, "FD", NAME)[132:]
    sequence = b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item
    data = with_element(with_element(FILM, 0x00181402, "FL", NAME), 0x00082218, "SQ", sequence)
    assert data.count(NAME) == 3  # and the name itself

    kept = stored(data).content

    assert NAME not in kept
    assert "AnatomicRegionSequence" in dcmread(DicomBytesIO(kept))


@pytest.mark.parametrize("keep", [Keep.FULL_DATES, Keep.UIDS])
def test_a_name_written_as_a_date_or_a_uid_is_none(keep: Keep) -> None:
    data = with_element(FILM, 0x00101001, "DA" if keep is Keep.FULL_DATES else "UI", NAME + b" ")

    assert NAME not in stored(data, keep).content


@given(st.sampled_from(OPTIONAL), st.sampled_from(VRS), st.binary(max_size=12))
@example(0x00280008, "IS", b"two ")
@example(0x00280101, "LO", b"12")
@example(0x00280103, "FD", b"\xff" * 8)
@example(0x00283010, "LO", b"1\\2\\3 ")
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_film_with_any_bytes_in_any_element_is_stored_as_it_is_read(
    tag: int, vr: str, value: bytes
) -> None:
    data = with_element(FILM, tag, vr, value)

    read = outcome(data)
    try:
        kept = stored(data).content
    except FilmError as error:
        assert (error.code, error.sentence) == read[:2]
    else:
        assert outcome(kept) == read
