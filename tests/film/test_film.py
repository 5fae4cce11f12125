import numpy as np
import pytest

from cxr.film import Film, Population


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_film_turned_round_is_the_same_film_from_white_to_black(dtype: type) -> None:
    white = np.iinfo(dtype).max
    pixels = np.linspace(0, white, 128 * 128).astype(dtype).reshape(128, 128)
    film = Film(pixels, "a" * 64, Population.CHILD, age_years=4.0)

    turned = film.turned_round()

    assert turned.pixels.dtype == dtype
    np.testing.assert_array_equal(turned.pixels.astype(int), int(white) - pixels.astype(int))
    assert (turned.sha256, turned.population, turned.age_years) == ("a" * 64, Population.CHILD, 4.0)
    assert turned.turned and not film.turned


def test_turning_a_film_round_twice_gives_it_back() -> None:
    film = Film(np.arange(128 * 128, dtype=np.uint16).reshape(128, 128), "a" * 64)

    again = film.turned_round().turned_round()

    np.testing.assert_array_equal(again.pixels, film.pixels)
    assert not again.turned
