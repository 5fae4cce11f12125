from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, ramp
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing
from pydicom.sequence import Sequence

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.voi import Window

TWELVE_BITS = ramp(top=4095, dtype=np.uint16)


def lookup_table(entries: list[int], first: int = 0, bits: int = 16) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    return Sequence([item])


def test_without_a_window_the_film_spans_its_own_darkest_and_brightest_value() -> None:
    film = read_film(dicom_file(TWELVE_BITS // 4 + 1000, BitsStored=12))

    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


def test_monochrome1_is_inverted() -> None:
    film = read_film(dicom_file(TWELVE_BITS, PhotometricInterpretation="MONOCHROME1"))

    assert (film.pixels[0, 0], film.pixels[-1, -1]) == (65535, 0)


def test_monochrome1_is_inverted_after_the_window() -> None:
    window = {"WindowCenter": 1000.5, "WindowWidth": 1001}

    film = read_film(dicom_file(TWELVE_BITS, PhotometricInterpretation="MONOCHROME1", **window))

    assert (film.pixels[TWELVE_BITS <= 500] == 65535).all()
    assert (film.pixels[TWELVE_BITS >= 1500] == 0).all()


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (1000, 500), (2000.5, 1), (9000, 20000)])
def test_a_window_gives_what_pydicom_gives(function: str, center: float, width: float) -> None:
    header = Dataset()
    header.PhotometricInterpretation, header.BitsStored, header.PixelRepresentation = "MONOCHROME2", 12, 0
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = center, width, function
    values = np.arange(4096, dtype=np.float64)

    with np.errstate(all="raise"):
        shades = Window(center, width, function).apply(values)
    with np.errstate(over="ignore"):
        expected = apply_windowing(values, header) / 4095

    np.testing.assert_allclose(shades, expected, atol=1e-9)


def test_the_first_of_several_windows_is_applied() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=[1000.5, 3000], WindowWidth=[1001, 50]))

    assert film.pixels[TWELVE_BITS == 1000][0] == pytest.approx(32768, abs=40)
    assert (film.pixels[TWELVE_BITS <= 500] == 0).all()


def test_a_window_wider_than_the_film_keeps_the_contrast_low() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=4096, WindowWidth=8192))

    assert film.pixels.max() == pytest.approx(65535 / 2, abs=20)


def test_a_window_of_zero_width_is_ignored() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=0, WindowWidth=0))

    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


def test_the_window_applies_to_rescaled_values() -> None:
    rescale = {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 1000.5, "WindowWidth": 1001}

    film = read_film(dicom_file(TWELVE_BITS, **rescale))

    assert (film.pixels[TWELVE_BITS <= 750] == 0).all() and (film.pixels[TWELVE_BITS >= 1250] == 65535).all()
    assert film.pixels[TWELVE_BITS == 1000][0] == pytest.approx(32768, abs=70)


def test_an_empty_rescale_slope_is_ignored() -> None:
    film = read_film(dicom_file(TWELVE_BITS, RescaleSlope="", RescaleIntercept="0"))

    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


@pytest.mark.parametrize("window", [{}, {"WindowCenter": -2047, "WindowWidth": 4096}])
def test_a_negative_rescale_slope_inverts_the_film(window: dict[str, Any]) -> None:
    film = read_film(dicom_file(TWELVE_BITS, RescaleSlope=-1, RescaleIntercept=0, **window))

    assert (film.pixels[0, 0], film.pixels[-1, -1]) == (65535, 0)


def test_a_modality_table_comes_before_the_window() -> None:
    table = lookup_table([value // 2 for value in range(4096)])

    film = read_film(dicom_file(TWELVE_BITS, ModalityLUTSequence=table, WindowCenter=500.5, WindowWidth=1001))

    assert (film.pixels[TWELVE_BITS >= 2002] == 65535).all()
    assert film.pixels[TWELVE_BITS == 1000][0] == pytest.approx(32768, abs=70)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_voi_table_comes_before_a_window_and_spans_its_own_ends(bits: int) -> None:
    table = lookup_table([min(value // 4, 250) for value in range(1024)], first=1000, bits=bits)

    film = read_film(dicom_file(TWELVE_BITS, VOILUTSequence=table, WindowCenter=10, WindowWidth=10))

    assert (film.pixels[TWELVE_BITS <= 1003] == 0).all() and (film.pixels[TWELVE_BITS >= 2000] == 65535).all()
    assert film.pixels[TWELVE_BITS == 1500][0] == 32768


def test_a_voi_table_of_zero_entries_has_65536() -> None:
    table = lookup_table([])
    table[0].add_new("LUTData", "OW", np.minimum(2 * np.arange(65536), 65535).astype("<u2").tobytes())

    film = read_film(dicom_file(TWELVE_BITS, VOILUTSequence=table))

    np.testing.assert_array_equal(film.pixels, 2 * TWELVE_BITS)


def test_padding_is_black_and_does_not_stretch_the_film() -> None:
    stored = TWELVE_BITS // 4 + 1000
    stored[:10] = 60000

    film = read_film(dicom_file(stored, PixelPaddingValue=60000))

    assert (film.pixels[:10] == 0).all()
    assert film.pixels[-1, -1] == 65535


def test_padding_is_black_in_monochrome1_too() -> None:
    stored = TWELVE_BITS // 4 + 1000
    stored[:10] = 0

    film = read_film(dicom_file(stored, PixelPaddingValue=0, PhotometricInterpretation="MONOCHROME1"))

    assert (film.pixels[:10] == 0).all()
    assert film.pixels[10, 0] > 60000


@pytest.mark.parametrize(("value", "limit"), [(0, 100), (100, 0)])
def test_a_padding_range_is_padding_from_end_to_end(value: int, limit: int) -> None:
    stored = TWELVE_BITS // 4 + 1000
    stored[:10] = 50
    changes = {"PixelPaddingValue": value, "PixelPaddingRangeLimit": limit}

    film = read_film(dicom_file(stored, **changes))

    assert (film.pixels[:10] == 0).all() and film.pixels[10, 0] < 5000


def test_a_film_of_one_value_is_black() -> None:
    assert read_film(dicom_file(np.full((160, 200), 7, np.uint16))).pixels.max() == 0


def test_a_film_that_is_all_padding_is_black() -> None:
    film = read_film(dicom_file(np.full((160, 200), 7, np.uint16), PixelPaddingValue=7))

    assert film.pixels.max() == 0


@pytest.mark.parametrize("slope", [b"nan ", b"abc ", b"0   "])
def test_an_unusable_rescale_slope_is_ignored_and_named(slope: bytes) -> None:
    data = dicom_file(TWELVE_BITS, RescaleSlope=1, RescaleIntercept=0).replace(
        b"\x28\x00\x53\x10DS\x04\x001.0 ", b"\x28\x00\x53\x10DS\x04\x00" + slope
    )

    film = read_film(data)

    assert film.ignored == ("RescaleSlope",)
    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(TWELVE_BITS)).pixels)


def test_the_first_usable_pair_of_a_window_is_applied() -> None:
    both = read_film(dicom_file(TWELVE_BITS, WindowCenter=[3000, 1000.5], WindowWidth=[0, 1001]))
    one = read_film(dicom_file(TWELVE_BITS, WindowCenter=1000.5, WindowWidth=1001))

    np.testing.assert_array_equal(both.pixels, one.pixels)
    assert both.ignored == ()


@pytest.mark.parametrize("bad", ["", "abc", "NaN", "INF", "1e400", "-INF"])
@pytest.mark.parametrize("keyword", ["WindowCenter", "WindowWidth"])
def test_an_unusable_window_is_passed_over_and_its_attribute_named(keyword: str, bad: str) -> None:
    window = {"WindowCenter": "2047.5", "WindowWidth": "4096.0"}
    data = dicom_file(TWELVE_BITS, **window).replace(window[keyword].encode(), bad.ljust(6).encode())

    film = read_film(data)

    assert film.ignored == (keyword,)
    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(TWELVE_BITS)).pixels)


@pytest.mark.parametrize("window", [(90000, 10), (2000, 1e300), (1e300, 10), (2048, 1)])
def test_a_window_that_shows_one_grey_or_two_is_passed_over_and_named(window: tuple[float, float]) -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=window[0], WindowWidth=window[1]))

    assert film.ignored == ("WindowCenter", "WindowWidth") and film.pixels.max() == 65535


@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("entries", "first", "declared"),
    [(range(2048), 0, 4096), ([0] * 4096, 0, 4096), (range(4096), 65000, 4096)],
)
def test_a_table_that_is_cut_short_or_shows_one_grey_gives_way_to_the_window(
    keyword: str, entries: list[int], first: int, declared: int
) -> None:
    window, table = {"WindowCenter": 1000.5, "WindowWidth": 1001}, lookup_table(list(entries), first)
    table[0].LUTDescriptor = [declared, first, 16]

    film = read_film(dicom_file(TWELVE_BITS, **{keyword: table}, **window))

    assert film.ignored == (keyword,)
    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(TWELVE_BITS, **window)).pixels)


@pytest.mark.parametrize("function", ["", "linear", "CUBIC", "LINEAR "])
def test_an_unknown_function_of_a_window_is_linear(function: str) -> None:
    window = {"WindowCenter": 1000, "WindowWidth": 500}

    film = read_film(dicom_file(TWELVE_BITS, VOILUTFunction=function, **window))

    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(TWELVE_BITS, **window)).pixels)


def test_an_empty_voi_table_gives_way_to_the_next_one_and_then_to_the_window() -> None:
    usable, empty = lookup_table([value // 4 for value in range(4096)])[0], Dataset()
    empty.add_new("LUTDescriptor", "US", None)

    second = read_film(dicom_file(TWELVE_BITS, VOILUTSequence=Sequence([empty, usable])))
    window = read_film(
        dicom_file(TWELVE_BITS, VOILUTSequence=Sequence([empty]), WindowCenter=9, WindowWidth=9)
    )

    assert second.ignored == () and second.pixels[TWELVE_BITS == 2000][0] == pytest.approx(32031, abs=2)
    assert window.ignored == ("VOILUTSequence",) and (window.pixels[TWELVE_BITS >= 20] == 65535).all()


@pytest.mark.parametrize("count", [256, 255])
def test_a_table_of_packed_bytes_is_one_of_words(count: int) -> None:
    entries = np.arange(count)[::-1].astype(np.uint8)
    packed, plain = lookup_table([0] * count, bits=8), lookup_table(entries.tolist(), bits=8)
    packed[0].add_new("LUTData", "OW", entries.tobytes() + bytes(count % 2))

    films = [read_film(dicom_file(ramp(), VOILUTSequence=table)) for table in (packed, plain)]

    np.testing.assert_array_equal(films[0].pixels, films[1].pixels)
    assert films[0].ignored == () and films[0].pixels[0, 0] == 255


@pytest.mark.parametrize("keyword", ["PixelRepresentation", "BitsStored", "SamplesPerPixel"])
def test_a_missing_attribute_that_follows_from_the_others_is_filled_in(keyword: str) -> None:
    film = read_film(dicom_file(ramp(), **{keyword: None}))

    np.testing.assert_array_equal(film.pixels, ramp())
    assert film.ignored == (keyword,)


@pytest.mark.parametrize(
    ("keyword", "name"),
    [("PhotometricInterpretation", "Photometric Interpretation"), ("BitsAllocated", "Bits Allocated")],
)
def test_a_missing_attribute_that_is_needed_is_named(keyword: str, name: str) -> None:
    with pytest.raises(FilmError, match=f"lacks {name}") as caught:
        read_film(dicom_file(ramp(), **{keyword: None}))
    assert caught.value.code is FilmErrorCode.UNSUPPORTED_DICOM


@pytest.mark.parametrize("spelling", ["monochrome1", "MONOCHROME 1", "Monochrome_1", "MONO CHROME1"])
def test_an_enumeration_in_another_spelling_is_read(spelling: str) -> None:
    film = read_film(dicom_file(ramp(), PhotometricInterpretation=spelling))

    np.testing.assert_array_equal(film.pixels, 255 - ramp())
