"""Fragments of a compressed film are read as they lie, whatever the offsets say."""

import struct
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from film_files import compressed, dicom_file, frame_of, picture_file, ramp, refusal, with_frame
from PIL import Image
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, RLELossless

from cxr.film import FilmErrorCode
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.fragments import in_order
from cxr.film.read import decode_film

END = b"\xfe\xff\xdd\xe0" + bytes(4)
FILM = compressed(dicom_file(ramp()), JPEG2000Lossless)
FRAME = frame_of(FILM).rstrip(b"\0")
HALF = len(FRAME) // 4 * 2


def item(content: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(content)) + content


def table(*offsets: int) -> bytes:
    return item(struct.pack(f"<{len(offsets)}L", *offsets))


def whole(*items: bytes, film: bytes = FILM) -> bytes:
    """The film with other fragments."""
    data, file = dcmread(BytesIO(film)), BytesIO()
    data.PixelData = b"".join(items) + END
    data.save_as(file)
    return file.getvalue()


EVEN = FRAME + bytes(len(FRAME) % 2)
ODD = FRAME if len(FRAME) % 2 else FRAME + b"\0"
HALVES = item(FRAME[:HALF]), item(EVEN[HALF:])
FORMS = {
    "an offset for each fragment": (table(0, HALF + 8), *HALVES),
    "a wrong offset": (table(77), item(EVEN)),
    "an offset beyond the end": (table(0xFFFFFFF0), item(EVEN)),
    "a table of odd length": (item(bytes(3)), item(EVEN)),
    "no table": (item(EVEN),),
    "no table, two fragments": HALVES,
    "a fragment of odd length": (table(), item(ODD)),
    "two fragments of odd length": (table(), item(FRAME[: HALF + 1]), item(FRAME[HALF + 1 :])),
    "an empty fragment first": (table(), item(b""), *HALVES),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_film_is_read_and_stored_however_its_fragments_lie(form: str) -> None:
    data = whole(*FORMS[form])

    for one in (data, clean_film(data, Deidentifier(b"k" * 32), str).content):
        np.testing.assert_array_equal(decode_film(one).pixels, ramp())


@pytest.mark.parametrize("coding", [JPEGBaseline8Bit, RLELossless])
def test_other_codestreams_are_recognised_in_place_of_a_table(coding: str) -> None:
    jpeg = picture_file(Image.fromarray(ramp()), "JPEG")
    if coding == RLELossless:
        film = compressed(dicom_file(ramp()), RLELossless)
    else:
        film = with_frame(dicom_file(ramp()), jpeg, coding)

    without = whole(item(frame_of(film)), film=film)

    np.testing.assert_array_equal(decode_film(without).pixels, decode_film(film).pixels)


@pytest.mark.parametrize("items", [(table(), *HALVES), (table(0), item(EVEN))])
def test_fragments_in_order_are_left_as_they_are(items: tuple[bytes, ...]) -> None:
    data = b"header" + b"".join(items) + END

    assert in_order(data, 6) is data


def jpeg(colour: bool = False, **options: int) -> tuple[bytes, bytes, str]:
    stored = np.repeat(ramp()[..., None], 3, axis=2) if colour else ramp()
    return dicom_file(stored), picture_file(Image.fromarray(stored), "JPEG", **options), JPEGBaseline8Bit


LOSSLESS = (dicom_file(ramp()), imagecodecs.ljpeg_encode(ramp()), JPEGLosslessSV1)


@pytest.mark.parametrize(
    "made", [jpeg(), jpeg(colour=True), jpeg(restart_marker_blocks=4), jpeg(progressive=True), LOSSLESS]
)
def test_a_jpeg_film_that_is_cut_short_is_damaged_and_one_that_lacks_only_its_end_is_read(
    made: tuple[bytes, bytes, str],
) -> None:
    film, frame, coding = made
    without_end = with_frame(film, frame.removesuffix(b"\xff\xd9"), coding)

    np.testing.assert_array_equal(
        decode_film(without_end).pixels, decode_film(with_frame(film, frame, coding)).pixels
    )
    for share in (0.5, 0.9):
        cut = with_frame(film, frame[: int(share * len(frame))], coding)
        assert refusal(cut).code is FilmErrorCode.DAMAGED
