from pathlib import Path

import numpy as np
import pytest
from film.film_files import dicom_file, picture_file, ramp
from film.unpacked import unpacked
from PIL import Image

from cxr.film import Adjusted, read_film
from cxr.film.sandbox import pack_film


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_packed_film_has_the_grey_levels_that_the_film_is_read_with(bits: int, tmp_path: Path) -> None:
    stored = (
        np.random.default_rng(0).integers(0, 2**bits, (140, 131)).astype(np.uint8 if bits == 8 else np.uint16)
    )
    content = dicom_file(stored, BitsStored=bits)
    path = tmp_path / "film.dcm"
    path.write_bytes(content)
    for source in (content, path, Adjusted(content, inverted=True)):
        pixels, header = unpacked(pack_film(source))
        film = read_film(source)
        np.testing.assert_array_equal(pixels, film.pixels)
        assert (header["white"], header["width"], header["height"]) == (film.white, 131, 140)


def test_a_smooth_film_packs_to_less_than_half_of_its_size() -> None:
    ripple = 40 * np.sin(np.arange(600) / 30)
    film = (ramp(600, 600, 60000, np.uint16) + np.round(ripple[:, None] * ripple + 2000)).astype(np.uint16)

    assert len(pack_film(picture_file(Image.fromarray(film), "PNG"))) < film.nbytes / 2


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.1]}, ((0.2, 0.1), True)),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, ((0.2, 0.2), True)),
        ({"PixelSpacing": [0.18, 0.18], "ImagerPixelSpacing": [0.2, 0.2]}, ((0.18, 0.18), False)),
        ({"PixelSpacing": [0.18, 0.18], "PixelSpacingCalibrationType": "FIDUCIAL"}, ((0.18, 0.18), False)),
        ({"PixelSpacing": [0.0, 0.2], "NominalScannedPixelSpacing": [0.3, 0.3]}, ((0.3, 0.3), True)),
        ({"PixelSpacing": [900, 900]}, (None, False)),
        ({}, (None, False)),
    ],
)
def test_the_spacing_says_whether_it_holds_at_the_detector(
    header: dict[str, object], expected: tuple[tuple[float, float] | None, bool]
) -> None:
    film = read_film(dicom_file(ramp(), **header))

    assert (film.spacing_mm, film.spacing_at_detector) == expected
