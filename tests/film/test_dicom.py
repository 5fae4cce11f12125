import subprocess
import sys
import traceback
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_files import PATIENT, compressed, dicom_file, picture_file, ramp, refusal, with_frame
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from waiting import PATIENCE

from cxr.film import FilmErrorCode, read_film
from cxr.film.limits import MAX_FILE_BYTES

REPOSITORY = Path(__file__).parents[2]
TWELVE_BITS = ramp(top=4095, dtype=np.uint16)
UNCOMPRESSED = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


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


@pytest.mark.parametrize(
    "beginning", [b"\x08\x00\x05\x00\xff\xff\xff\xff", b"\x08\x00\x05\x02UI\x04\x00", b"\x08\x00"]
)
def test_bytes_that_only_begin_like_group_0008_are_not_dicom(beginning: bytes) -> None:
    assert refusal(beginning + bytes(1000)).code is FilmErrorCode.NOT_AN_IMAGE


def test_bits_above_the_stored_ones_are_dropped() -> None:
    overlaid = TWELVE_BITS.copy()
    overlaid[5:20, 5:20] |= 0x8000

    plain, film = (read_film(dicom_file(stored, BitsStored=12)) for stored in (TWELVE_BITS, overlaid))

    np.testing.assert_array_equal(film.pixels, plain.pixels)


def test_an_rgb_file_of_a_grey_film_is_read() -> None:
    film = read_film(dicom_file(np.repeat(ramp()[..., None], 3, axis=2)))

    np.testing.assert_array_equal(film.pixels, ramp())


def test_a_sixteen_bit_rgb_file_of_a_grey_film_is_read_in_its_upper_eight_bits() -> None:
    film = read_film(dicom_file(np.repeat(TWELVE_BITS[..., None], 3, axis=2), BitsStored=12))

    np.testing.assert_array_equal(film.pixels, TWELVE_BITS >> 4)


def test_a_luma_and_chroma_file_of_a_grey_film_is_read() -> None:
    stored = np.full((160, 200, 3), 128, np.uint8)
    stored[..., 0] = ramp()

    film = read_film(dicom_file(stored, PhotometricInterpretation="YBR_FULL"))

    assert np.abs(film.pixels.astype(int) - ramp()).max() <= 1


def test_a_colour_dicom_is_refused() -> None:
    stored = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]], axis=2)

    assert refusal(dicom_file(stored)).code is FilmErrorCode.COLOUR


def test_several_frames_are_refused_with_their_number() -> None:
    error = refusal(dicom_file(ramp(), NumberOfFrames=3))

    assert error.code is FilmErrorCode.MULTIPLE_IMAGES
    assert "3 images" in error.sentence


def test_one_stated_frame_is_one_film() -> None:
    assert read_film(dicom_file(ramp(), NumberOfFrames=1)).pixels.shape == (160, 200)


def test_a_dicom_without_an_image_is_named_as_such() -> None:
    for absent in ({"Rows": None, "PixelData": None}, {"PixelData": None}):
        error = refusal(dicom_file(ramp(), **absent))
        assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
        assert "no image" in error.sentence


@pytest.mark.parametrize("coding", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("stored", [ramp(), TWELVE_BITS], ids=lambda a: a.dtype)
def test_each_lossless_compression_gives_the_same_film(stored: Any, coding: UID) -> None:
    film = read_film(compressed(dicom_file(stored), coding))

    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(stored)).pixels)


@pytest.mark.parametrize("coding", [JPEGLSLossless, JPEG2000Lossless])
def test_a_codestream_of_another_size_than_the_header_is_refused_before_it_is_decoded(coding: UID) -> None:
    film, file = dcmread(BytesIO(compressed(dicom_file(ramp(1600, 2000)), coding))), BytesIO()
    film.Rows, film.Columns = 160, 200
    dcmwrite(file, film)

    error = refusal(file.getvalue())

    assert error.code is FilmErrorCode.DAMAGED
    assert "200 x 160" in error.sentence


def test_rle_runs_that_decode_beyond_the_image_are_refused() -> None:
    film, file = dcmread(BytesIO(compressed(dicom_file(ramp()), RLELossless))), BytesIO()
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    film.PixelData = encapsulate([header + b"\x81\x00" * 200_000])
    dcmwrite(file, film)

    assert refusal(file.getvalue()).code is FilmErrorCode.DAMAGED


def test_a_transfer_syntax_without_a_decoder_is_refused_by_name() -> None:
    error = refusal(with_frame(dicom_file(ramp()), bytes(4), MPEG4HP41))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "MPEG-4 AVC/H.264" in error.sentence and "Explicit VR Little Endian" in error.sentence


def test_an_unknown_transfer_syntax_is_not_quoted() -> None:
    error = refusal(with_frame(dicom_file(ramp()), bytes(4), "1.2.3.4711"))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "unknown transfer syntax" in error.sentence and "MRN-4711" not in error.sentence


def test_a_deflated_film_is_the_same_film() -> None:
    film = read_film(dicom_file(TWELVE_BITS, transfer_syntax=DeflatedExplicitVRLittleEndian))

    np.testing.assert_array_equal(film.pixels, read_film(dicom_file(TWELVE_BITS)).pixels)


def test_a_deflated_file_that_inflates_beyond_the_limit_is_refused() -> None:
    data = dicom_file(ramp(), transfer_syntax=DeflatedExplicitVRLittleEndian)
    start = data.index(b"1.2.840.10008.1.2.1.99") + 22
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    one_long_element = b"\x29\x00\x10\x10OB\x00\x00\xff\xff\xff\x7f"
    bomb = deflater.compress(one_long_element + bytes(MAX_FILE_BYTES)) + deflater.flush()

    error = refusal(data[:start] + bomb)

    assert len(bomb) < 200_000
    assert error.code is FilmErrorCode.FILE_TOO_LARGE


def test_a_deflated_file_that_does_not_inflate_is_damaged() -> None:
    data = dicom_file(ramp(), transfer_syntax=DeflatedExplicitVRLittleEndian)
    start = data.index(b"1.2.840.10008.1.2.1.99") + 22

    assert refusal(data[:start] + b"\xff" * 100).code is FilmErrorCode.DAMAGED


def test_the_size_is_checked_before_the_pixels_are_read() -> None:
    assert refusal(dicom_file(ramp(), Rows=9000, Columns=9000)).code is FilmErrorCode.TOO_MANY_PIXELS
    assert refusal(dicom_file(ramp(100, 200))).code is FilmErrorCode.TOO_SMALL


def test_a_thirty_two_bit_image_is_refused() -> None:
    error = refusal(dicom_file(TWELVE_BITS.astype(np.uint32)))

    assert error.code is FilmErrorCode.UNSUPPORTED_DICOM
    assert "32 bits" in error.sentence


@pytest.mark.parametrize(("stored", "high_bit"), [(13, 11), (12, 16), (17, 16), (0, -1)])
def test_bits_that_the_standard_does_not_allow_are_refused(stored: int, high_bit: int) -> None:
    header = {"BitsStored": stored, "HighBit": max(high_bit, 0)}

    assert refusal(dicom_file(TWELVE_BITS, **header)).code is FilmErrorCode.UNSUPPORTED_DICOM


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_dicom_cut_short_is_refused(share: float) -> None:
    data = dicom_file(TWELVE_BITS)

    error = refusal(data[: int(len(data) * share)])

    assert error.code in (FilmErrorCode.DAMAGED, FilmErrorCode.UNSUPPORTED_DICOM)


def test_no_patient_data_reaches_an_error_or_its_trace() -> None:
    bits_allocated = b"\x28\x00\x00\x01US\x02\x00\x08\x00"
    data = dicom_file(ramp())
    assert data.count(bits_allocated) == 1
    data = data.replace(bits_allocated, b"\x28\x00\x00\x01LO\x0c\x00ROSSI^MARIA ")

    trace = "".join(traceback.format_exception(refusal(data)))

    assert "sandbox.py" in trace and PATIENT not in trace


@pytest.mark.parametrize("picture_format", ["DICOM", "TIFF"])
def test_no_patient_data_reaches_warnings_or_logs(picture_format: str) -> None:
    if picture_format == "DICOM":  # pydicom warns about and logs an unknown character set
        data = dicom_file(ramp(), SpecificCharacterSet="ISO_IR 6").replace(b"ISO_IR 6", b"ROSSI^MA")
    else:  # Pillow logs tags
        data = picture_file(Image.fromarray(ramp()), "TIFF", description=PATIENT)
    assert b"ROSSI" in data
    program = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
        "from cxr.film import read_film; print(read_film(sys.stdin.buffer.read()).pixels.shape)"
    )

    command = [sys.executable, "-W", "always", "-c", program]
    run = subprocess.run(
        command, input=data, capture_output=True, check=True, cwd=REPOSITORY, timeout=PATIENCE
    )

    assert run.stdout.strip() == b"(160, 200)"
    assert b"ROSSI" not in run.stderr
