"""Scans and segments of a JPEG are counted before it is decoded."""

import struct

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp, refusal
from made_films import grey_level
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.jpeg_markers import MOST_SCANS, coding_process, quick_to_open, segments

JPEG = picture_file(Image.fromarray(grey_level(0)), "JPEG", quality=90)
PROGRESSIVE = picture_file(Image.fromarray(grey_level(0)), "JPEG", quality=90, progressive=True)
SEGMENT = b"\xff\xe1\xff\xff" + b"Exif\0\0" + b"A" * 65527
COMMENT = b"\xff\xfe\x00\x02"
REFINEMENT = b"\xff\xda\0\x08\x01\x01\0\1\x3f\x10\0"


def many_scans(count: int) -> bytes:
    """A progressive JPEG of 200 x 160 pixels in which each scan refines the one before."""
    tables = b"\xff\xd8\xff\xc2\0\x0b\x08" + struct.pack(">HH", 160, 200) + b"\x01\x01\x11\0"
    tables += b"\xff\xdb\0\x43\0" + b"\1" * 64
    tables += b"".join(b"\xff\xc4\0\x14" + bytes([k]) + b"\1" + b"\0" * 15 + b"\0" for k in (0x00, 0x10))
    return tables + b"\xff\xda\0\x08\x01\x01\0\0\0\x01\0" + REFINEMENT * (count - 1) + b"\xff\xd9"


def test_a_progressive_film_has_few_scans_and_is_read() -> None:
    scans = [marker for marker, _, _ in segments(PROGRESSIVE) if marker == 0xDA]

    assert 1 < len(scans) < 20
    assert quick_to_open(PROGRESSIVE) is PROGRESSIVE
    np.testing.assert_allclose(read_film(PROGRESSIVE).pixels, read_film(JPEG).pixels, atol=2)


def test_a_jpeg_of_too_many_scans_is_refused() -> None:
    quick_to_open(many_scans(MOST_SCANS))

    assert refusal(many_scans(MOST_SCANS + 1)).code is FilmErrorCode.TOO_COMPLEX


def test_a_jpeg_of_too_many_scans_is_refused_inside_a_dicom_file() -> None:
    data = dicom_file(
        ramp(160, 200), transfer_syntax=JPEGBaseline8Bit, PixelData=encapsulate([many_scans(MOST_SCANS + 1)])
    )

    assert refusal(data).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize(
    "between", [SEGMENT * 40, b"\xff" * 100_000, b"junk" * 25_000, COMMENT * 4_000 + SEGMENT * 16 + SEGMENT]
)
def test_metadata_and_padding_are_left_out_and_the_film_is_the_same(between: bytes) -> None:
    bloated = JPEG[:20] + between + JPEG[20:]

    assert len(quick_to_open(bloated)) < len(JPEG) + len(SEGMENT) + 1
    np.testing.assert_array_equal(read_film(bloated).pixels, read_film(JPEG).pixels)


def test_a_jpeg_of_too_many_segments_is_refused() -> None:
    assert refusal(JPEG[:2] + COMMENT * 10_000 + JPEG[2:]).code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("segment", [COMMENT, b"\xff\xd8"], ids=["comments", "starts"])
def test_whoever_looks_for_the_frame_gives_up_after_too_many_segments(segment: bytes) -> None:
    with pytest.raises(FilmError, match="more than 5,000 segments"):
        coding_process(JPEG[:2] + segment * 6_000 + JPEG[2:])


def test_a_run_of_fill_bytes_without_a_marker_ends_the_segments() -> None:
    assert list(segments(b"\xff\xd8" + b"\xff" * 5_000_000)) == []


@pytest.mark.parametrize("number", [3, 9, 10, 55], ids=["lossless", "arithmetic", "both", "JPEG-LS"])
def test_a_jpeg_of_a_process_that_no_picture_library_reads_says_so(number: int) -> None:
    found = refusal(JPEG.replace(b"\xff\xc0", bytes([0xFF, 0xC0 + number]), 1))

    assert found.code is FilmErrorCode.NOT_AN_IMAGE
    assert f"process {number} of the standard" in str(found)
