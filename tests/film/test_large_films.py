"""The largest films in colour are read within the memory that a child has, and as smaller ones are."""

from io import BytesIO

import numpy as np
import pytest
from film.decoding import decoding_by
from film_files import dicom_file, picture_file, ramp, with_frame
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGBaseline8Bit

from cxr.film import decode, read_film
from cxr.film.decoding_pool import Attempt, Limits
from cxr.film.sandbox import pack_film

SIDE = 7000


def colour_film(side: int, subsampling: int, colours: str = "YBR_FULL_422") -> bytes:
    """A grey film as a JPEG in colour, with a tint."""
    grey = ramp(side, side)
    tinted = np.stack([grey, grey, np.maximum(grey, 20)], axis=2)
    jpeg = picture_file(Image.fromarray(tinted), "JPEG", quality=75, subsampling=subsampling)
    header = dicom_file(np.zeros((8, 8, 3), np.uint8), Rows=side, Columns=side)
    film = dcmread(BytesIO(with_frame(header, jpeg, JPEGBaseline8Bit)))
    film.PhotometricInterpretation = colours
    file = BytesIO()
    film.save_as(file)
    return file.getvalue()


@pytest.mark.long
def test_the_largest_film_in_colour_is_read_and_shown_within_the_memory_of_a_child() -> None:
    film = colour_film(SIDE, subsampling=0)

    with decoding_by(Limits(seconds=300, memory_mb=800, children=1)):
        scored = read_film(film, 640, Attempt.SECOND).pixels
        shown = pack_film(film)

    assert scored.shape == (875, 875) and len(shown) > 100_000
    np.testing.assert_allclose(scored, ramp(875, 875), atol=3)


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("colours", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_colours_are_converted_in_strips_as_they_are_at_once(
    monkeypatch: pytest.MonkeyPatch, subsampling: int, colours: str
) -> None:
    film = dcmread(BytesIO(colour_film(301, subsampling, colours)))
    monkeypatch.setattr(decode, "STRIP_PIXELS", 5_000)

    found = decode.stored_values(film, JPEGBaseline8Bit)

    np.testing.assert_array_equal(found, pixel_array(film, decoding_plugin="pillow"))
