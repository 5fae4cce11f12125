"""Large films decoded at a half, a quarter or an eighth of their size."""

from pathlib import Path

import numpy as np
import pytest
from film.film_files import picture_file
from made_films import grey_level
from PIL import Image

from cxr.film import FilmError, FilmErrorCode, Inverted, read_film
from cxr.model.preprocess import side_wanted, squash


@pytest.mark.parametrize(
    ("width", "height", "side", "expected"),
    [
        (1600, 1000, 448, (500, 800)),  # a half has 500 on the shorter side, a quarter too few
        (1600, 1800, 448, (900, 800)),
        (1800, 1800, 448, (450, 450)),
        (800, 890, 448, (890, 800)),  # no reduced size has enough
        (1600, 1000, None, (1000, 1600)),
    ],
)
def test_a_jpeg_is_decoded_no_finer_than_needed(
    width: int, height: int, side: int | None, expected: tuple[int, int]
) -> None:
    data = picture_file(Image.fromarray(grey_level(0, height, width)), "JPEG")

    assert read_film(data, side).pixels.shape == expected


def test_a_film_decoded_at_reduced_size_shows_the_same(data_dir: Path) -> None:
    for path in sorted((data_dir / "full_size").glob("*.jpeg"))[::8]:
        whole = squash(read_film(path), 224).astype(int)
        fraction = squash(read_film(path, side_wanted(224)), 224).astype(int)

        assert np.abs(whole - fraction).mean() < 1.0


def test_a_png_is_decoded_at_full_size() -> None:
    data = picture_file(Image.fromarray(grey_level(0, 1000, 1600)), "PNG")

    assert read_film(data, 448).pixels.shape == (1000, 1600)


def test_a_colour_jpeg_is_refused_at_reduced_size_too() -> None:
    photograph = Image.fromarray(np.stack([grey_level(seed, 1000, 1000) for seed in (3, 4, 5)], axis=2))

    with pytest.raises(FilmError) as refused:
        read_film(picture_file(photograph, "JPEG"), 448)
    assert refused.value.code is FilmErrorCode.COLOUR


def test_an_inverted_film_is_corrected_at_reduced_size_too() -> None:
    data = picture_file(Image.fromarray(grey_level(0, 1000, 1600)), "JPEG")

    plain, inverted = read_film(data, 448), read_film(Inverted(data), 448)

    assert inverted.pixels.shape == (500, 800)
    np.testing.assert_array_equal(inverted.pixels, 255 - plain.pixels)
