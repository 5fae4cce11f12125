"""Codestreams at which a decoder hung or ended its process; found by mutating films at random."""

import numpy as np
import pytest
from film_files import compressed, dicom_file, frame_of, picture_file, ramp, refusal, with_frame
from fuzz.seed_films import seed_films
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGBaseline8Bit

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.redaction import Corner
from cxr.film.sandbox import clean_film, redacted

START, END = b"\xff\xd8", b"\xff\xd9"


def test_a_jpeg_ls_film_that_is_cut_short_is_damaged_and_does_not_decode_for_ever() -> None:
    film = seed_films()["jpeg_ls.dcm"]
    frame = frame_of(film)
    cut = with_frame(film, frame[: len(frame) // 2])

    assert refusal(cut).code is FilmErrorCode.DAMAGED
    with pytest.raises(FilmError, match="damaged or cut short"):
        clean_film(cut, b"key", [])


def test_a_jpeg_ls_film_that_lacks_only_its_end_marker_is_read() -> None:
    film = seed_films()["jpeg_ls.dcm"]
    unended = with_frame(film, frame_of(film).rstrip(b"\0").removesuffix(END))

    np.testing.assert_array_equal(read_film(unended).pixels, read_film(film).pixels)


@pytest.mark.parametrize("name", ["jpeg.dcm", "lossless_jpeg.dcm"])
def test_bytes_between_the_segments_of_a_jpeg_do_not_end_the_process(name: str) -> None:
    film = seed_films()[name]
    frame = frame_of(film)
    padded = with_frame(film, START + bytes(200) + frame.removeprefix(START))
    emptied = with_frame(film, START + bytes(200) + frame[:100])

    np.testing.assert_array_equal(read_film(padded).pixels, read_film(film).pixels)
    assert refusal(emptied).code is FilmErrorCode.DAMAGED


def test_a_malformed_jpeg_is_stored_with_the_pixels_that_are_shown() -> None:
    jpeg = picture_file(Image.fromarray(ramp()), "JPEG")
    malformed = with_frame(dicom_file(ramp()), START + bytes(200) + jpeg[2:], JPEGBaseline8Bit)

    stored = clean_film(malformed, b"key", []).content

    np.testing.assert_array_equal(read_film(stored).pixels, read_film(malformed).pixels)


def test_a_big_endian_film_can_be_redacted() -> None:
    film = dicom_file(ramp(top=4095, dtype=np.uint16), transfer_syntax=ExplicitVRBigEndian)

    covered, whole = (read_film(data).pixels for data in (redacted(film, [Corner.TOP_LEFT], 0.2, 0.1), film))

    assert whole[15, 39] > 5_000 and not covered[:16, :40].any()
    np.testing.assert_array_equal(covered[16:], whole[16:])


def test_a_jpeg_2000_film_that_lost_a_byte_is_stored_with_the_pixels_that_are_shown() -> None:
    film = seed_films()["jpeg_2000.dcm"]
    frame = frame_of(film).rstrip(b"\0").removesuffix(END)
    # The tile states its length, so it ends within the end marker.
    shorter = with_frame(film, frame[:5000] + frame[5001:] + END + b"\xfe")

    stored = clean_film(shorter, b"key", []).content

    np.testing.assert_array_equal(read_film(stored).pixels, read_film(shorter).pixels)


@pytest.mark.parametrize("padding", [b"", b"\0", bytes(20)])
@pytest.mark.parametrize("side", [None, 130])
def test_a_jpeg_2000_film_that_lacks_only_its_end_marker_is_read_and_stored_with_it(
    padding: bytes, side: int | None
) -> None:
    film = compressed(dicom_file(ramp(320, 400)), JPEG2000Lossless)
    frame = frame_of(film).rstrip(b"\0").removesuffix(END)
    unended = with_frame(film, frame + padding)
    kept = clean_film(unended, b"key", []).content

    for data in (unended, kept):
        np.testing.assert_array_equal(read_film(data, side).pixels, read_film(film, side).pixels)
    assert frame_of(kept).rstrip(b"\0").endswith(END)
    assert refusal(with_frame(film, frame[: len(frame) // 2])).code is FilmErrorCode.DAMAGED
