"""A TIFF of very many strips or tiles is refused before it is opened."""

import struct
from io import BytesIO

import numpy as np
import pytest
from film_files import ramp, refusal
from PIL import Image

from cxr.film import FilmErrorCode
from cxr.film.read import decode_film
from cxr.film.tiff_parts import MOST_PARTS, check_parts

STRIPS, TILES = 273, 324


def tiff(tag: int, parts: int, order: str = "<", big: bool = False) -> bytes:
    """A TIFF of 200 pixels a row that states so many parts."""
    header, entry = ("8xQ", "HHQQ") if big else ("4xL", "HHLL")
    tags = {256: 200, 257: parts, 258: 8, 259: 1, 262: 1, tag: 0, tag + (6 if tag == STRIPS else 1): 0}
    listed = b"".join(
        struct.pack(order + entry, name, 4, parts if value == 0 else 1, value)
        for name, value in sorted(tags.items())
    )
    size = struct.calcsize(order + header)
    start = bytearray(struct.pack(order + header, size))
    start[:4] = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    return bytes(start) + struct.pack(f"{order}{'Q' if big else 'H'}", len(tags)) + listed


@pytest.mark.parametrize("tag", [STRIPS, TILES])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_too_many_parts_are_refused_in_any_form(tag: int, order: str, big: bool) -> None:
    assert refusal(tiff(tag, MOST_PARTS + 1, order, big)).code is FilmErrorCode.TOO_COMPLEX
    assert refusal(tiff(tag, 10, order, big)).code is not FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("big", [False, True])
def test_a_film_of_a_strip_a_row_is_read(big: bool) -> None:
    file = BytesIO()
    Image.fromarray(ramp()).save(file, "TIFF", tiffinfo={278: 1}, big_tiff=big)

    np.testing.assert_array_equal(decode_film(file.getvalue()).pixels, ramp())


@pytest.mark.parametrize("length", range(4, 60))
def test_a_tiff_that_is_cut_short_is_left_to_its_reader(length: int) -> None:
    check_parts(tiff(STRIPS, 1)[:length])


def with_tags(count: int, kind: int, values: int) -> bytes:
    """A film with so many private tags, of a type, that all state as many values at one place."""
    file = BytesIO()
    Image.fromarray(ramp()).save(file, "TIFF")
    data = file.getvalue()
    (place,) = struct.unpack_from("<L", data, 4)
    (known,) = struct.unpack_from("<H", data, place)
    listed = data[place + 2 : place + 2 + 12 * known]
    more = b"".join(struct.pack("<HHLL", 50_000 + tag, kind, values, 8) for tag in range(count))
    start = data[:4] + struct.pack("<L", len(data)) + data[8:]
    return start + struct.pack("<H", known + count) + listed + more + bytes(4)


@pytest.mark.parametrize(
    ("count", "kind", "values"), [(1, 5, 200_000), (1, 12, 2**32 - 1), (2000, 1, 40_000)]
)
def test_tags_of_too_many_values_are_refused(count: int, kind: int, values: int) -> None:
    assert refusal(with_tags(count, kind, values)).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize(("count", "kind", "values"), [(3, 5, 100), (1, 7, 20_000), (1, 7, 2**32 - 1)])
def test_a_film_with_tags_of_its_maker_is_read(count: int, kind: int, values: int) -> None:
    np.testing.assert_array_equal(decode_film(with_tags(count, kind, values)).pixels, ramp())


def test_an_orientation_of_millions_of_numbers_is_none() -> None:
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03" + struct.pack(">LL", 2_000_000, 26) + b"\0" * 4
    film = BytesIO()
    Image.fromarray(ramp()).save(film, "PNG", exif=exif + b"\0\x06" * 2_000_000)

    np.testing.assert_array_equal(decode_film(film.getvalue()).pixels, ramp())
