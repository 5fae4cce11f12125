from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from made_films import grey_level, made_film

from cxr.film import Film, Population, read_film
from cxr.quality.check import RefusalCode, check_film
from cxr.quality.grey_levels import MIN_LEVELS, MIN_LUNG_LEVELS, grey_levels

CHILD = Population.CHILD
Shades = npt.NDArray[np.float64]


def film_of(shades: Shades, dtype: type = np.uint8) -> Film:
    """Make a film of grey levels from 0 to 1; values outside are clipped to black or white."""
    white = np.iinfo(dtype).max
    return Film(np.round(np.clip(shades, 0, 1) * white).astype(dtype), sha256="0" * 64)


def shades_of(film: Film) -> Shades:
    return film.pixels / film.white


def codes(film: Film) -> list[RefusalCode]:
    return [refusal.code for refusal in check_film(film, CHILD, {CHILD}).refusals]


@pytest.fixture(scope="module")
def real_films(data_dir: Path) -> list[Film]:
    """Twenty films of children and twenty of adults, healthy and sick."""
    children = sorted((data_dir / "kermany" / "val").rglob("*.jpeg"))[:20]
    adults = sorted((data_dir / "siim").glob("*.jpg"))[::200][:20]
    assert len(children) >= 16 and len(adults) == 20
    return [read_film(path) for path in children + adults]


def test_real_films_pass(real_films: list[Film]) -> None:
    assert [codes(film) for film in real_films] == [[]] * len(real_films)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("degrade", "code"),
    [
        (lambda film: film * 0.02, RefusalCode.TOO_DARK),
        (lambda film: film * 0.05, RefusalCode.TOO_DARK),
        (lambda film: film - np.quantile(film, 0.8), RefusalCode.TOO_DARK),
        (lambda film: film**12, RefusalCode.TOO_DARK),
        (lambda film: film + 1 - np.quantile(film, 0.2), RefusalCode.TOO_BRIGHT),
        (lambda film: film / max(np.quantile(film, 0.2), 0.01), RefusalCode.TOO_BRIGHT),
        (lambda film: 0.94 + film * 0.06, RefusalCode.TOO_BRIGHT),
    ],
    ids=["a fiftieth", "a twentieth", "crushed", "gamma", "brightened", "overexposed", "washed out"],
)
def test_badly_exposed_films_are_refused(
    real_films: list[Film], degrade: Callable[[Shades], Shades], code: RefusalCode, dtype: type
) -> None:
    """Where almost nothing is left, a film may count as blank."""
    found = [codes(film_of(degrade(shades_of(film)), dtype)) for film in real_films]

    assert all(one in ([code], [RefusalCode.BLANK]) for one in found)
    assert found.count([code]) >= 0.8 * len(found)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_dark_or_bright_film_with_enough_grey_levels_left_passes(dtype: type) -> None:
    """The network receives an equalised histogram, so that only lost levels matter."""
    for shades in (grey_level(0) / 255 * 0.24, 0.76 + grey_level(0) / 255 * 0.24):
        film = film_of(shades, dtype)

        assert codes(film) == []
        assert not 0.25 < grey_levels(film).median < 0.75


@pytest.mark.parametrize(
    ("shades", "sentence"),
    [
        (
            grey_level(0) / 255 * 0.03,
            "The film is too dark: 3 of 256 grey levels are left for the lungs, and they need "
            f"{MIN_LUNG_LEVELS}. Export it again with its window applied, or add another film.",
        ),
        (
            1 - grey_level(0) / 255 * 0.03,
            "The film is too bright: 5 of 256 grey levels are left for the chest, and it needs "
            f"{MIN_LEVELS}. Export it again with its window applied, or add another film.",
        ),
    ],
)
def test_the_sentence_names_what_was_measured_and_the_remedy(shades: Shades, sentence: str) -> None:
    (refusal,) = check_film(film_of(shades), CHILD, {CHILD}).refusals

    assert refusal.sentence == sentence


def test_a_level_counts_in_proportion_to_its_pixels() -> None:
    """Two levels shared evenly are two; one pixel of a hundred of another level adds next to nothing."""
    even, rare = np.zeros((300, 300), np.uint8), np.zeros((300, 300), np.uint8)
    even[:, ::2] = 100
    rare[::10, ::10] = 100

    assert grey_levels(Film(even, "0" * 64)).levels == pytest.approx(2)
    assert grey_levels(Film(rare, "0" * 64)).levels == pytest.approx(1.06, abs=0.005)


def test_a_film_of_one_level_is_blank_and_neither_dark_nor_bright() -> None:
    for grey in (0, 255):
        found = grey_levels(Film(np.full((300, 300), grey, np.uint8), "0" * 64))

        assert found.blank and not found.too_dark and not found.too_bright


def test_the_border_of_a_film_is_not_measured() -> None:
    """A film that lies on a broad black mat is not dark."""
    pixels = np.zeros((300, 300), np.uint8)
    pixels[50:250, 50:250] = grey_level(1, 200, 200)

    inside, whole = grey_levels(made_film(1, 200, 200)), grey_levels(Film(pixels, "0" * 64))

    assert whole.lung_levels > 0.5 * inside.lung_levels
    assert codes(Film(pixels, "0" * 64)) == []


def test_a_large_film_of_sixteen_bits_measures_like_a_small_one_of_eight() -> None:
    small = grey_levels(film_of(grey_level(2, 256, 256) / 255))
    large = grey_levels(film_of(grey_level(2, 2560, 2560) / 255, np.uint16))

    assert (large.span, large.median) == pytest.approx((small.span, small.median), abs=0.01)
    assert (large.levels, large.lung_levels) == pytest.approx((small.levels, small.lung_levels), rel=0.03)
