import subprocess
import sys
import traceback
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from film_files import PATIENT, dicom_file, ramp
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from cxr.film import FilmError, FilmErrorCode, Population, read_film
from cxr.film.display import through_window

TWELVE_BITS = ramp(top=4095, dtype=np.uint16)
UNCOMPRESSED = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


def refusal(data: bytes) -> FilmError:
    with pytest.raises(FilmError) as caught:
        read_film(data)
    return caught.value


def lookup_table(entries: list[int], first: int = 0, bits: int = 16) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    return Sequence([item])


def with_transfer_syntax(data: bytes, transfer_syntax: str) -> bytes:
    """Claim another transfer syntax for pixels that stay as they are."""
    film, file = dcmread(BytesIO(data)), BytesIO()
    film.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    film["PixelData"].is_undefined_length = True
    film.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\x00\x00\x00\x00"
    dcmwrite(file, film)
    return file.getvalue()


@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED)
@pytest.mark.parametrize(
    "stored", [ramp(), TWELVE_BITS, TWELVE_BITS.astype(np.int16) - 2048], ids=lambda a: a.dtype
)
def test_each_uncompressed_transfer_syntax_gives_the_same_film(stored: Any, transfer_syntax: UID) -> None:
    film = read_film(dicom_file(stored, transfer_syntax=transfer_syntax))

    white = 255 if stored.dtype == np.uint8 else 65535
    assert film.pixels.dtype.itemsize == stored.dtype.itemsize and film.pixels.dtype.isnative
    expected = np.rint(
        (stored.astype(float) - stored.min()) * white / (int(stored.max()) - int(stored.min()))
    )
    np.testing.assert_array_equal(film.pixels, expected)


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_without_preamble_is_read(transfer_syntax: UID) -> None:
    data = dicom_file(TWELVE_BITS, transfer_syntax=transfer_syntax, preamble=False)
    assert data[:4] == b"\x08\x00\x16\x00"

    assert read_film(data).pixels[-1, -1] == 65535


def test_bytes_that_only_begin_like_group_0008_are_not_dicom() -> None:
    assert refusal(b"\x08\x00\x05\x00" + b"\xff" * 1000).code is FilmErrorCode.NOT_AN_IMAGE


def test_without_a_window_the_film_spans_its_own_darkest_and_brightest_value() -> None:
    film = read_film(dicom_file(TWELVE_BITS // 4 + 1000, BitsStored=12))

    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


def test_monochrome1_is_turned_round() -> None:
    film = read_film(dicom_file(TWELVE_BITS, PhotometricInterpretation="MONOCHROME1"))

    assert (film.pixels[0, 0], film.pixels[-1, -1]) == (65535, 0)


def test_monochrome1_is_turned_round_after_the_window() -> None:
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

    shades = through_window(values, center, width, function)

    np.testing.assert_allclose(shades, apply_windowing(values, header) / 4095, atol=1e-9)


def test_the_first_of_several_windows_is_applied() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=[1000.5, 3000], WindowWidth=[1001, 50]))

    assert film.pixels[TWELVE_BITS == 1000][0] == pytest.approx(32768, abs=40)
    assert (film.pixels[TWELVE_BITS <= 500] == 0).all()


def test_a_window_wider_than_the_film_keeps_the_contrast_low() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=4096, WindowWidth=8192))

    assert film.pixels.max() == pytest.approx(65535 / 2, abs=20)


def test_a_window_of_no_width_is_no_window() -> None:
    film = read_film(dicom_file(TWELVE_BITS, WindowCenter=0, WindowWidth=0))

    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


def test_the_window_applies_to_rescaled_values() -> None:
    rescale = {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 1000.5, "WindowWidth": 1001}

    film = read_film(dicom_file(TWELVE_BITS, **rescale))

    assert (film.pixels[TWELVE_BITS <= 750] == 0).all() and (film.pixels[TWELVE_BITS >= 1250] == 65535).all()
    assert film.pixels[TWELVE_BITS == 1000][0] == pytest.approx(32768, abs=70)


@pytest.mark.parametrize("window", [{}, {"WindowCenter": -2047, "WindowWidth": 4096}])
def test_a_negative_rescale_slope_turns_the_film_round(window: dict[str, Any]) -> None:
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


def test_a_padding_range_is_padding_from_end_to_end() -> None:
    stored = TWELVE_BITS // 4 + 1000
    stored[:10] = 50
    changes = {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 100}

    film = read_film(dicom_file(stored, **changes))

    assert (film.pixels[:10] == 0).all() and film.pixels[10, 0] < 5000


def test_a_film_that_is_all_padding_is_black() -> None:
    film = read_film(dicom_file(np.full((160, 200), 7, np.uint16), PixelPaddingValue=7))

    assert film.pixels.max() == 0


def test_bits_above_the_stored_ones_are_dropped() -> None:
    overlaid = TWELVE_BITS.copy()
    overlaid[5:20, 5:20] |= 0x8000

    plain, film = (read_film(dicom_file(stored, BitsStored=12)) for stored in (TWELVE_BITS, overlaid))

    np.testing.assert_array_equal(film.pixels, plain.pixels)


def test_an_rgb_file_of_a_grey_film_is_read() -> None:
    film = read_film(dicom_file(np.repeat(ramp()[..., None], 3, axis=2)))

    np.testing.assert_array_equal(film.pixels, ramp())


def test_a_luma_and_chroma_file_of_a_grey_film_is_read() -> None:
    stored = np.full((160, 200, 3), 128, np.uint8)
    stored[..., 0] = ramp()

    film = read_film(dicom_file(stored, PhotometricInterpretation="YBR_FULL"))

    assert np.abs(film.pixels.astype(int) - ramp()).max() <= 1


def test_a_colour_dicom_is_refused_as_coloured() -> None:
    stored = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]], axis=2)

    assert refusal(dicom_file(stored)).code is FilmErrorCode.COLOUR


def test_palette_colours_are_refused_as_coloured() -> None:
    assert refusal(dicom_file(ramp(), PhotometricInterpretation="PALETTE COLOR")).code is FilmErrorCode.COLOUR


def test_several_frames_are_refused_with_their_number() -> None:
    error = refusal(dicom_file(ramp(), NumberOfFrames=3))

    assert error.code is FilmErrorCode.MULTIPLE_IMAGES
    assert "3 images" in error.sentence


def test_one_stated_frame_is_one_film() -> None:
    assert read_film(dicom_file(ramp(), NumberOfFrames=1)).pixels.shape == (160, 200)


def test_a_file_without_an_image_says_so() -> None:
    for absent in ({"Rows": None, "PixelData": None}, {"PixelData": None}):
        error = refusal(dicom_file(ramp(), **absent))
        assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
        assert "no image" in error.sentence


def test_a_compressed_film_is_refused_with_the_name_of_its_transfer_syntax() -> None:
    error = refusal(with_transfer_syntax(dicom_file(ramp()), JPEG2000))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "JPEG 2000 Image Compression" in error.sentence and "Explicit VR Little Endian" in error.sentence


def test_an_unknown_transfer_syntax_is_not_repeated() -> None:
    error = refusal(with_transfer_syntax(dicom_file(ramp()), "1.2.3.4711"))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "unknown transfer syntax" in error.sentence and "4711" not in error.sentence


def test_a_deflated_file_is_refused_before_it_is_inflated() -> None:
    data = dicom_file(ramp(), transfer_syntax=DeflatedExplicitVRLittleEndian)
    start = data.index(b"1.2.840.10008.1.2.1.99") + 22
    # Not a deflate stream at all: inflating it would say DAMAGED.
    error = refusal(data[:start] + b"\xff" * 100)

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "Deflated Explicit VR Little Endian" in error.sentence


def test_the_size_is_checked_before_the_pixels_are_read() -> None:
    assert refusal(dicom_file(ramp(), Rows=9000, Columns=9000)).code is FilmErrorCode.TOO_MANY_PIXELS
    assert refusal(dicom_file(ramp(100, 200))).code is FilmErrorCode.TOO_SMALL


def test_thirty_two_bits_are_refused() -> None:
    error = refusal(dicom_file(TWELVE_BITS.astype(np.uint32)))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "32 bits" in error.sentence


@pytest.mark.parametrize(("stored", "high_bit"), [(13, 11), (12, 15), (17, 16), (0, -1)])
def test_bits_that_the_standard_does_not_allow_are_refused(stored: int, high_bit: int) -> None:
    header = {"BitsStored": stored, "HighBit": max(high_bit, 0)}

    assert refusal(dicom_file(TWELVE_BITS, **header)).code is FilmErrorCode.UNSUPPORTED_DICOM


def test_a_rescale_slope_that_is_no_number_is_damage() -> None:
    data = dicom_file(TWELVE_BITS, RescaleSlope=1, RescaleIntercept=0).replace(
        b"\x28\x00\x53\x10DS\x04\x001.0 ", b"\x28\x00\x53\x10DS\x04\x00nan "
    )

    assert refusal(data).code is FilmErrorCode.DAMAGED


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_dicom_cut_short_is_refused(share: float) -> None:
    data = dicom_file(TWELVE_BITS)

    error = refusal(data[: int(len(data) * share)])

    assert error.code in (FilmErrorCode.DAMAGED, FilmErrorCode.UNSUPPORTED_DICOM)


@pytest.mark.parametrize(
    ("header", "population", "age_years"),
    [
        ({"PatientAge": "012Y"}, Population.CHILD, 12.0),
        ({"PatientAge": "006M"}, Population.CHILD, 0.5),
        (
            {"PatientAge": "045Y", "PatientBirthDate": "20200101", "StudyDate": "20210101"},
            Population.ADULT,
            45.0,
        ),
        (
            {"PatientBirthDate": "20000615", "StudyDate": "20180614"},
            Population.CHILD,
            pytest.approx(17.99, abs=0.01),
        ),
        ({"PatientBirthDate": "20000615", "StudyDate": "20180615"}, Population.ADULT, 18.0),
        ({}, Population.UNKNOWN, None),
    ],
)
def test_the_header_says_whom_the_film_shows(
    header: dict[str, str], population: Population, age_years: Any
) -> None:
    film = read_film(dicom_file(ramp(), **header))

    assert film.population is population
    assert film.age_years == age_years


def test_no_patient_data_reaches_an_error_or_its_trace() -> None:
    # The Rows of this film hold the patient's name.
    data = dicom_file(ramp()).replace(
        b"\x28\x00\x10\x00US\x02\x00\xa0\x00", b"\x28\x00\x10\x00LO\x0c\x00ROSSI^MARIA "
    )

    error = refusal(data)

    trace = "".join(traceback.format_exception(error))
    assert "ROSSI" not in trace and "cxr/film/read.py" in trace


def test_no_patient_data_is_warned_of_or_logged() -> None:
    data = dicom_file(ramp(), WindowCenter=1, WindowWidth=1)
    data = data.replace(b"\x28\x00\x50\x10DS\x04\x001.0 ", b"\x28\x00\x50\x10DS\x0c\x00ROSSI^MARIA ")
    data += b"\x00" * 7  # pydicom warns of too many bytes of Pixel Data
    program = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
        "from cxr.film import FilmError, read_film\n"
        "try: read_film(sys.stdin.buffer.read())\n"
        "except FilmError as error: print(error.code)"
    )

    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", program], input=data, capture_output=True, check=True
    )

    assert run.stdout.strip() == b"damaged"
    assert PATIENT.encode() not in run.stderr and b"pydicom" not in run.stderr
