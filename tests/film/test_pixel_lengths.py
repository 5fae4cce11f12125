"""Headers that lack or contradict the form of their pixel data: what has one meaning is read."""

from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest
from film_files import dicom_file, ramp, with_frame
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless

from cxr.film import FilmError, FilmErrorCode
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.read import decode_film

WORDS = (ramp().astype("<u2") * 257).tobytes()
DEIDENTIFIER = Deidentifier(b"k" * 32)


def colours(stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.repeat(stored[..., None], 3, axis=2)


def test_a_missing_planar_configuration_is_taken_as_0_with_a_note() -> None:
    data = dicom_file(colours(ramp()), PlanarConfiguration=None)

    for one in (data, clean_film(data, DEIDENTIFIER, str).content):
        film = decode_film(one)
        assert film.ignored == ("PlanarConfiguration",)
        np.testing.assert_array_equal(film.pixels, ramp())


def test_a_palette_of_8_bits_in_words_of_16_is_read() -> None:
    tables: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        tables[f"{name}PaletteColorLookupTableData"] = np.arange(256, dtype="<u2").tobytes()

    np.testing.assert_array_equal(decode_film(dicom_file(ramp(), **tables)).pixels, ramp())


def test_a_grey_header_over_a_colour_jpeg_ls_gives_the_grey_film_that_it_is() -> None:
    colour = with_frame(dicom_file(ramp()), imagecodecs.jpegls_encode(colours(ramp())), JPEGLSLossless)

    for data in (colour, clean_film(colour, DEIDENTIFIER, str).content):
        np.testing.assert_array_equal(decode_film(data).pixels, ramp())


@pytest.mark.parametrize(
    ("stored", "changes"),
    [
        (ramp(), {"PixelData": colours(ramp()).tobytes()}),
        (ramp(), {"PixelData": WORDS}),
        (
            ramp(),
            {"PixelData": WORDS, "transfer_syntax": ImplicitVRLittleEndian},
        ),
        (ramp(top=4095, dtype=np.uint16), {"PixelData": colours(ramp(dtype=np.uint16)).tobytes()}),
        (colours(ramp()), {"PixelData": WORDS * 3}),
    ],
)
def test_pixel_data_of_several_times_the_length_is_refused_and_not_cut(
    stored: npt.NDArray[Any], changes: dict[str, Any]
) -> None:
    data = dicom_file(stored, **changes)

    for read in (decode_film, lambda one: clean_film(one, DEIDENTIFIER, str)):
        with pytest.raises(FilmError, match="more pixels than its header states") as error:
            read(data)
        assert error.value.code is FilmErrorCode.DAMAGED


@pytest.mark.parametrize("padding", [bytes(2), b"\7" * 5000, bytes(90_000)])
def test_padding_after_the_pixels_is_passed_over(padding: bytes) -> None:
    data = dicom_file(ramp(), PixelData=ramp().tobytes() + padding)

    np.testing.assert_array_equal(decode_film(data).pixels, ramp())
