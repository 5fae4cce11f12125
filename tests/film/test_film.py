import numpy as np
import pytest

from cxr.film import Film, Population


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_inverted_film_has_black_and_white_exchanged(dtype: type) -> None:
    white = np.iinfo(dtype).max
    pixels = np.linspace(0, white, 128 * 128).astype(dtype).reshape(128, 128)
    film = Film(pixels, "a" * 64, Population.CHILD, age_years=4.0)

    inverted = film.inverted()

    assert inverted.pixels.dtype == dtype
    np.testing.assert_array_equal(inverted.pixels.astype(int), int(white) - pixels.astype(int))
    assert (inverted.sha256, inverted.population, inverted.age_years) == ("a" * 64, Population.CHILD, 4.0)
    assert inverted.inverted_by_reader and not film.inverted_by_reader


def test_inverting_a_film_twice_restores_it() -> None:
    film = Film(np.arange(128 * 128, dtype=np.uint16).reshape(128, 128), "a" * 64)

    again = film.inverted().inverted()

    np.testing.assert_array_equal(again.pixels, film.pixels)
    assert not again.inverted_by_reader
