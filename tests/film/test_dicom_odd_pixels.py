"""Pixel data of odd forms is read as what it is: palettes, missing delimiters, contradictory headers."""

from typing import Any

import imagecodecs
import numpy as np
import pytest
from film_files import compressed, dicom_file, frame_of, picture_file, ramp, refusal, with_frame
from PIL import Image
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cxr.film import FilmErrorCode, read_film
from cxr.film.deidentify import Deidentifier
from cxr.film.lookup_table import MOST_ENTRIES
from cxr.film.palette import expanded
from cxr.film.read import decode_film
from cxr.film.transfer_syntax import UNCOMPRESSED


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


def segmented(words: list[int], bits: int = 16) -> dict[str, Any]:
    """The same segments for each colour of a palette of 256 entries."""
    tables: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        data = np.array(words, f"<u{bits // 8}").tobytes()
        tables[f"Segmented{name}PaletteColorLookupTableData"] = data + b"\0" * (len(data) % 2)
    return tables


@pytest.mark.parametrize(
    "tables",
    [
        segmented([0, 1, 0, 1, 255, 65535]),
        segmented([0, 128, *range(0, 128 * 257, 257), 1, 128, 65535]),
        segmented([0, 1, 0, 1, 255, 255], bits=8),
    ],
)
def test_a_palette_in_segments_is_read_as_it_comes_and_as_it_is_stored(tables: dict[str, Any]) -> None:
    data = dicom_file(ramp(), **tables)

    for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)):
        np.testing.assert_array_equal(read_film(one).pixels, ramp())


@pytest.mark.parametrize("words", [[0, 2, 0, 9, 2, 1, 0, 0], [1, 256, 9], [7, 1, 1]])
def test_segments_of_another_kind_are_refused_and_named(words: list[int]) -> None:
    error = refusal(dicom_file(ramp(), **segmented(words)))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM and "segments" in error.sentence


def test_segments_that_would_fill_the_memory_are_cut_off() -> None:
    words = np.array([0, 1, 1] + [1, 65535, 9, 1, 65535, 1] * 5000, "<u2")

    assert len(expanded(words.tobytes(), words.dtype)) < 2 * MOST_ENTRIES


@pytest.mark.parametrize("packed", [True, False])
def test_a_palette_of_8_bits_for_a_film_of_12_is_read(packed: bool) -> None:
    film = ramp(top=4095, dtype=np.uint16)
    entries = (np.arange(4096) >> 4).astype(np.uint8 if packed else "<u2").tobytes()
    tables = {"PhotometricInterpretation": "PALETTE COLOR", "BitsStored": 12}
    for name in ("Red", "Green", "Blue"):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [4096, 0, 8]
        tables[f"{name}PaletteColorLookupTableData"] = entries

    np.testing.assert_array_equal(read_film(dicom_file(film, **tables)).pixels, film >> 4)


def test_a_missing_palette_is_named() -> None:
    error = refusal(dicom_file(ramp(), PhotometricInterpretation="PALETTE COLOR"))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM and "Red Palette" in error.sentence

    tables = palette(*[list(range(256))] * 3)
    del tables["BluePaletteColorLookupTableData"]
    assert "Blue Palette Color Lookup Table Data" in refusal(dicom_file(ramp(), **tables)).sentence


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("coded", ["i", "u"])
@pytest.mark.parametrize("held", ["i", "u"])
@pytest.mark.parametrize("side", [None, 160])
def test_a_jpeg_2000_whose_sign_contradicts_its_header_shows_the_film(
    coded: str, held: str, bits: int, side: int | None
) -> None:
    """Its values are of the sign that it states, or bits of the other: neither is shown garbled."""
    unsigned = ramp(320, 400, top=(1 << bits) - 1, dtype=np.uint16)
    values = (unsigned.astype(np.int32) - (1 << (bits - 1))) if held == "i" else unsigned.astype(np.int32)
    bits_alone = values & ((1 << bits) - 1)
    if coded == "i":
        bits_alone -= (bits_alone >> (bits - 1)) << bits
    frame = imagecodecs.jpeg2k_encode(
        bits_alone.astype(f"{coded}2"), level=0, codecformat="j2k", bitspersample=bits
    )
    stated = np.int16 if coded == "u" else np.uint16
    data = with_frame(dicom_file(unsigned.astype(stated), BitsStored=bits), frame, JPEG2000Lossless)

    for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)):
        film = decode_film(one, side)
        shown = unsigned if side is None else unsigned.reshape(160, 2, 200, 2).mean(axis=(1, 3))
        np.testing.assert_allclose(film.pixels / film.white, shown / unsigned.max(), atol=5e-3)
        assert ("PixelRepresentation" in film.ignored) is (coded == held)


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


NOISY = ramp(160, 200, top=65000, dtype=np.uint16) + np.random.default_rng(0).integers(
    0, 500, (160, 200), np.uint16
)
SIGNED_12 = ((NOISY >> 4).astype(np.int16) - 2048).view(np.uint16)
TEXT = np.zeros((160, 200), np.uint16)
TEXT[40:44, 20:90] = TEXT[20:90, 150:153] = 1


@pytest.mark.parametrize(
    ("stored", "bits", "signed", "shown", "corrected"),
    [
        (NOISY, 12, 0, NOISY, ("BitsStored",)),
        (NOISY >> 2, 12, 0, NOISY >> 2, ("BitsStored",)),
        (NOISY >> 4, 8, 0, NOISY >> 4, ("BitsStored",)),
        ((NOISY ^ 0x8000).view(np.int16), 12, 1, NOISY, ("BitsStored",)),
        (SIGNED_12, 12, 0, NOISY >> 4, ("PixelRepresentation",)),
        (NOISY >> 4 | TEXT << 12, 12, 0, NOISY >> 4, ()),
        (NOISY >> 4 | TEXT << 15, 12, 0, NOISY >> 4, ()),
        (NOISY >> 4 | 0xF000, 12, 0, NOISY >> 4, ()),
        (SIGNED_12 & 0x0FFF | TEXT << 12, 12, 1, NOISY >> 4, ()),
        (SIGNED_12, 12, 1, NOISY >> 4, ()),
    ],
)
@pytest.mark.parametrize("coding", [ExplicitVRLittleEndian, ExplicitVRBigEndian, JPEGLosslessSV1])
def test_bits_above_the_stored_ones_are_an_overlay_a_sign_or_those_of_a_film_of_more_bits(
    stored: Any, bits: int, signed: int, shown: Any, corrected: tuple[str, ...], coding: UID
) -> None:
    changes = {"BitsStored": bits, "PixelRepresentation": signed}
    if coding == JPEGLosslessSV1:
        frame = imagecodecs.jpeg8_encode(stored.view(np.uint16), lossless=True, bitspersample=16)
        data = with_frame(dicom_file(stored, **changes), frame, coding)
    else:
        data = dicom_file(stored, transfer_syntax=coding, **changes)

    for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)):
        film = read_film(one)
        spread = (shown - shown.min()) / np.ptp(shown.astype(int))
        np.testing.assert_allclose(film.pixels / film.white, spread, atol=3e-3)
        assert film.ignored == corrected


@pytest.mark.parametrize("high_bit", [13, 15])
@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    "coding", [ExplicitVRLittleEndian, ExplicitVRBigEndian, JPEGLosslessSV1, RLELossless, JPEGLSLossless]
)
def test_stored_bits_that_are_not_the_lowest_are_read_as_they_come_and_as_they_are_stored(
    coding: UID, signed: int, high_bit: int
) -> None:
    twelve = NOISY >> 4
    low = np.uint16(high_bit - 11)
    stored = (SIGNED_12.view(np.uint16) & 0x0FFF if signed else twelve) << low
    stored |= np.random.default_rng(0).integers(0, 1 << low, stored.shape).astype(np.uint16)  # an overlay
    window = {"WindowCenter": 0 if signed else 2048, "WindowWidth": 4096}
    header = {"BitsStored": 12, "PixelRepresentation": signed, **window}
    plain = coding if coding in UNCOMPRESSED else ExplicitVRLittleEndian
    data = dicom_file(stored, transfer_syntax=plain, **header, HighBit=high_bit)
    if coding == JPEGLosslessSV1:
        data = with_frame(data, imagecodecs.jpeg8_encode(stored, lossless=True, bitspersample=16), coding)
    elif coding not in UNCOMPRESSED:
        whole = dicom_file(stored, **header | {"BitsStored": 16})
        data = with_frame(data, frame_of(compressed(whole, coding)), coding)

    for one in (data, Deidentifier(b"k" * 32).deidentified(data, None)):
        film = read_film(one)
        np.testing.assert_allclose(film.pixels / film.white, twelve / 4095, atol=1e-3)
        assert film.ignored == () and film.window is not None


def test_a_high_bit_above_bits_that_are_all_unused_is_wrong() -> None:
    data = dicom_file(NOISY >> 4, BitsStored=12, HighBit=15, WindowCenter=2048, WindowWidth=4096)

    film = read_film(data)

    np.testing.assert_allclose(film.pixels / film.white, (NOISY >> 4) / 4095, atol=1e-3)
