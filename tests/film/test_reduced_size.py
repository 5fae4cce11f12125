"""Large films decoded at a half, a quarter or an eighth of their size."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest
from film.film_files import dicom_file, picture_file, with_frame
from made_films import grey_level
from PIL import Image
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
)

from cxr.film import Adjusted, FilmError, FilmErrorCode, read_film
from cxr.model.preprocess import resize, side_wanted


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
        whole = resize(read_film(path), 224).astype(int)
        fraction = resize(read_film(path, side_wanted(224)), 224).astype(int)

        assert np.abs(whole - fraction).mean() < 1.0


def test_a_png_is_decoded_at_full_size() -> None:
    data = picture_file(Image.fromarray(grey_level(0, 1000, 1600)), "PNG")

    assert read_film(data, 448).pixels.shape == (1000, 1600)


def test_a_colour_jpeg_is_refused_at_reduced_size_too() -> None:
    photograph = Image.fromarray(np.stack([grey_level(seed, 1000, 1000) for seed in (3, 4, 5)], axis=2))

    with pytest.raises(FilmError) as refused:
        read_film(picture_file(photograph, "JPEG"), 448)
    assert refused.value.code is FilmErrorCode.COLOUR


def dicom_of(pixels: npt.NDArray[Any], coding: UID, **changes: Any) -> bytes:
    """A film of 12 bits, compressed."""
    data = dicom_file(pixels, BitsStored=12, WindowCenter=2048, WindowWidth=4096, **changes)
    if coding == ExplicitVRLittleEndian:
        return data
    return with_frame(data, bytes(ENCODERS[coding](pixels)), coding)


def j2k(pixels: npt.NDArray[Any]) -> bytes:
    options = {"reversible": True, "codecformat": "J2K", "level": 0, "bitspersample": 12}
    return bytes(imagecodecs.jpeg2k_encode(pixels, **options))


ENCODERS = {
    JPEG2000Lossless: j2k,
    HTJ2KLossless: imagecodecs.htj2k_encode,
    JPEGLosslessSV1: lambda pixels: imagecodecs.jpeg8_encode(
        pixels, lossless=True, predictor=1, bitspersample=12
    ),
    JPEGExtended12Bit: lambda pixels: imagecodecs.jpeg8_encode(pixels, level=98, bitspersample=12),
}
CODINGS = [ExplicitVRLittleEndian, *ENCODERS]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)
@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(1600, 2000, (400, 500)), (1000, 901, (500, 451)), (1601, 1805, (401, 452))],
)
def test_a_dicom_film_is_decoded_no_finer_than_needed_and_shows_the_same(
    coding: UID, height: int, width: int, expected: tuple[int, int]
) -> None:
    data = dicom_of(grey_level(0, height, width).astype(np.uint16) << 4, coding)

    whole, smaller = read_film(data), read_film(data, 400)

    assert whole.pixels.shape == (height, width) and smaller.pixels.shape == expected
    difference = resize(whole, 200).astype(int) - resize(smaller, 200).astype(int)
    assert np.abs(difference).mean() < 2.5


@pytest.mark.parametrize(
    "coding", [JPEG2000Lossless, HTJ2KLossless, JPEGLosslessSV1], ids=lambda coding: coding.name
)
def test_a_losslessly_compressed_film_is_the_uncompressed_one(coding: UID) -> None:
    pixels = grey_level(0, 500, 601).astype(np.uint16) << 4

    plain, compressed = (read_film(dicom_of(pixels, one)) for one in (ExplicitVRLittleEndian, coding))

    np.testing.assert_array_equal(compressed.pixels, plain.pixels)


def test_a_film_with_padding_is_decoded_at_full_size() -> None:
    pixels = grey_level(0, 1600, 2000).astype(np.uint16) << 4

    for coding in (ExplicitVRLittleEndian, JPEG2000Lossless):
        film = read_film(dicom_of(pixels, coding, PixelPaddingValue=0), 400)
        assert film.pixels.shape == (1600, 2000)


def test_an_inverted_film_is_corrected_at_reduced_size_too() -> None:
    data = picture_file(Image.fromarray(grey_level(0, 1000, 1600)), "JPEG")

    plain, inverted = read_film(data, 448), read_film(Adjusted(data, inverted=True), 448)

    assert inverted.pixels.shape == (500, 800)
    np.testing.assert_array_equal(inverted.pixels, 255 - plain.pixels)
