"""Pixel data of odd forms is read as what it is: palettes, missing delimiters, contradictory headers."""

from typing import Any

import imagecodecs
import numpy as np
import pytest
from film_files import compressed, dicom_file, picture_file, ramp, refusal, with_frame
from PIL import Image
from pydicom.uid import UID, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from cxr.film import FilmErrorCode, read_film
from cxr.film.deidentify import Deidentifier


def palette(*colours: list[int]) -> dict[str, Any]:
    """Lookup tables of a palette, of 16 bits each."""
    tables: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, levels in zip(("Red", "Green", "Blue"), colours, strict=True):
        words = (np.array(levels, np.uint16) * 257).astype("<u2").tobytes()
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [len(levels), 0, 16]
        tables[f"{name}PaletteColorLookupTableData"] = words
    return tables


def test_a_palette_of_greys_is_read() -> None:
    levels = list(range(256))

    film = read_film(dicom_file(ramp(), **palette(levels, levels, levels)))

    np.testing.assert_array_equal(film.pixels, ramp())


def test_a_palette_of_colours_is_refused() -> None:
    levels = list(range(256))

    error = refusal(dicom_file(ramp(), **palette(levels, levels[::-1], levels)))

    assert error.code is FilmErrorCode.COLOUR


def test_a_missing_palette_is_named() -> None:
    error = refusal(dicom_file(ramp(), PhotometricInterpretation="PALETTE COLOR"))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM and "Red Palette" in error.sentence


@pytest.mark.parametrize("end", [bytes(512), b"\xfe\xff\xdd\xe0" + bytes(4), bytes(3), b"\xfc\xff\xfc\xffOB"])
@pytest.mark.parametrize("coding", [None, JPEG2000Lossless, RLELossless])
def test_bytes_after_the_pixels_change_nothing_as_it_comes_and_as_it_is_stored(
    end: bytes, coding: UID | None
) -> None:
    plain = dicom_file(ramp()) if coding is None else compressed(dicom_file(ramp()), coding)

    for data in (plain + end, Deidentifier(b"k" * 32).deidentified(plain + end, None)):
        np.testing.assert_array_equal(read_film(data).pixels, ramp())


def test_encapsulated_pixels_without_their_end_delimiter_are_read() -> None:
    data = compressed(dicom_file(ramp()), JPEG2000Lossless)
    assert data.endswith(b"\xfe\xff\xdd\xe0" + bytes(4))

    for end in (b"", bytes(8)):
        np.testing.assert_array_equal(read_film(data[:-8] + end).pixels, ramp())


def test_a_file_without_preamble_may_begin_with_an_empty_element() -> None:
    data = dicom_file(ramp(), transfer_syntax=ImplicitVRLittleEndian, preamble=False)

    film = read_film(b"\x08\x00\x05\x00" + bytes(4) + data)

    np.testing.assert_array_equal(film.pixels, ramp())


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("header", [ramp(), np.repeat(ramp()[..., None], 3, axis=2)], ids=["grey", "colour"])
def test_a_jpeg_gives_the_grey_film_that_it_is_whatever_its_header_says(header: Any, mode: str) -> None:
    jpeg = picture_file(Image.fromarray(ramp()).convert(mode), "JPEG", quality=95)

    film = read_film(with_frame(dicom_file(header), jpeg, JPEGBaseline8Bit))

    assert np.abs(film.pixels.astype(int) - ramp()).max() <= 4


@pytest.mark.parametrize("stated", ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT"])
def test_a_film_of_one_sample_is_grey_whatever_colours_it_states(stated: str) -> None:
    film = read_film(dicom_file(ramp(), PhotometricInterpretation=stated))

    np.testing.assert_array_equal(film.pixels, ramp())
    assert film.ignored == ("PhotometricInterpretation",)


@pytest.mark.parametrize(
    "stated", ["MONOCHROME2", "MONOCHROME1", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422"]
)
@pytest.mark.parametrize("samples", [1, 3])
def test_a_jpeg_2000_of_three_components_is_read_whatever_colours_its_header_states(
    stated: str, samples: int
) -> None:
    colour = np.repeat(ramp()[..., None], 3, axis=2)
    frame = imagecodecs.jpeg2k_encode(colour, level=0, codecformat="j2k")
    header = dicom_file(colour, PhotometricInterpretation=stated, SamplesPerPixel=samples)
    data = with_frame(header, frame, JPEG2000Lossless)

    for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)):
        np.testing.assert_array_equal(read_film(one).pixels, ramp())


def test_a_film_that_states_another_coding_of_elements_than_it_has_is_read_and_kept() -> None:
    explicit, implicit = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"
    data = dicom_file(ramp()).replace(explicit, implicit)

    kept = Deidentifier(b"k" * 32).deidentified(data, None)

    for one in (data, kept):
        np.testing.assert_array_equal(read_film(one).pixels, ramp())
