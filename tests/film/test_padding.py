"""Pixel padding is found with whatever sign it is written, and never takes a whole film."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from film_files import dicom_file, ramp, with_element

from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.read import decode_film

VALUE, LIMIT = 0x00280120, 0x00280121
FRAME = np.s_[20:-20, 20:-20]


def bordered(border: int, dtype: type) -> npt.NDArray[Any]:
    stored = np.full((200, 240), border, dtype)
    stored[FRAME] = ramp(160, 200, 4095, dtype)
    return stored


@pytest.mark.parametrize(
    ("border", "dtype", "vr", "padding"),
    [
        (65535, np.uint16, "SS", b"\xff\xff"),
        (65535, np.uint16, "US", b"\xff\xff"),
        (-32768, np.int16, "US", b"\0\x80"),
        (-32768, np.int16, "SS", b"\0\x80"),
    ],
)
@pytest.mark.parametrize("has_limit", [False, True])
def test_padding_is_found_with_either_sign(
    border: int, dtype: type, vr: str, padding: bytes, has_limit: bool
) -> None:
    data = with_element(dicom_file(bordered(border, dtype)), VALUE, vr, padding)
    if has_limit:
        data = with_element(data, LIMIT, vr, padding)

    film = decode_film(data)

    assert film.pixels[0, 0] == 0 and not film.ignored
    assert np.array_equal(film.pixels[FRAME], decode_film(dicom_file(ramp(160, 200, 4095, dtype))).pixels)


def test_padding_that_no_pixel_can_have_is_no_pixels() -> None:
    film = dicom_file(ramp())

    assert np.array_equal(decode_film(with_element(film, VALUE, "US", b"\xff\xff")).pixels, ramp())


def test_a_range_of_every_level_is_passed_over_with_a_note() -> None:
    film = dicom_file(ramp(top=4095, dtype=np.uint16))
    data = with_element(with_element(film, VALUE, "US", b"\0\0"), LIMIT, "US", b"\xff\x0f")
    kept = clean_film(data, Deidentifier(b"k" * 32), str).content

    for one in (decode_film(data), decode_film(kept)):
        assert one.ignored == ("PixelPaddingRangeLimit",)
        assert np.ptp(one.pixels) == 65535
