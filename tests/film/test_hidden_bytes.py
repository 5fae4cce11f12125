"""The pixel data of a stored DICOM film holds nothing but the picture."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from film_files import compressed, dicom_file, frame_of, picture_file, ramp, with_frame
from PIL import Image
from pydicom import dcmread
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
)

from cxr.film import read_film
from cxr.film.deidentify import Deidentifier

SECRET = b"ROSSI^MARIA^4711"
FILM = ramp(top=4095, dtype=np.uint16)


def stored(data: bytes) -> bytes:
    return Deidentifier(b"k" * 32).deidentified(data, "pseudonym")


def comment(marker: int) -> bytes:
    return bytes((0xFF, marker)) + (len(SECRET) + 4).to_bytes(2, "big") + b"\0\1" + SECRET


JPEG = picture_file(Image.fromarray(ramp()), "JPEG", quality=95)
FRAMES = {
    "jpeg comment": (dicom_file(ramp()), JPEG[:2] + comment(0xFE) + JPEG[2:], JPEGBaseline8Bit),
    "jpeg exif": (dicom_file(ramp()), JPEG[:2] + comment(0xE1) + JPEG[2:], JPEGBaseline8Bit),
    "jpeg end": (dicom_file(ramp()), JPEG + SECRET, JPEGBaseline8Bit),
}
for _name, _coding, _marker in (("jpeg-ls", JPEGLSLossless, 0xFE), ("j2k", JPEG2000Lossless, 0x64)):
    _film = dicom_file(FILM, BitsStored=12)
    _frame = frame_of(compressed(_film, _coding))
    _at = 2 if _coding == JPEGLSLossless else 4 + int.from_bytes(_frame[4:6], "big")
    FRAMES[f"{_name} comment"] = _film, _frame[:_at] + comment(_marker) + _frame[_at:], _coding
    FRAMES[f"{_name} end"] = _film, _frame + SECRET, _coding


@pytest.mark.parametrize("name", FRAMES)
def test_comments_and_trailing_bytes_of_a_compressed_picture_are_removed(name: str) -> None:
    data = with_frame(*FRAMES[name])
    assert SECRET in data

    clean = stored(data)

    assert SECRET not in clean
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)


@pytest.mark.parametrize("order", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("signed", [False, True])
def test_unused_bits_are_cleared(order: UID, signed: bool) -> None:
    values = FILM.astype(np.int16) - 2048 if signed else FILM.copy()
    plain = dicom_file(values, transfer_syntax=order, BitsStored=12)
    values[5:20, 5:20] ^= 0x4000
    data = dicom_file(values, transfer_syntax=order, BitsStored=12)
    assert data != plain

    clean = stored(data)

    assert dcmread(BytesIO(clean)).PixelData == dcmread(BytesIO(stored(plain))).PixelData
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(plain).pixels)


def test_bytes_after_the_last_row_are_removed() -> None:
    dataset, file = dcmread(BytesIO(dicom_file(FILM))), BytesIO()
    dataset.PixelData += SECRET
    dataset.save_as(file)

    clean = stored(file.getvalue())

    assert SECRET in file.getvalue() and SECRET not in clean
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(dicom_file(FILM)).pixels)


def test_free_text_among_patient_characteristics_is_removed_and_the_age_stays() -> None:
    words = SECRET.decode()
    data = dicom_file(FILM, Allergies=words, MedicalAlerts=words, PatientState=words, PatientAge="044Y")

    clean = stored(data)

    assert SECRET not in clean and read_film(clean).age_years == 44


def test_real_files_show_the_same_afterwards(data_dir: Path) -> None:
    for name in ("Registration__cxr", "pydicom-data__RG1_J2KI", "dwv__gdcm-CR-MONO1-10-chest"):
        data = (data_dir / "dicom" / f"{name}.dcm").read_bytes()
        np.testing.assert_array_equal(read_film(stored(data)).pixels, read_film(data).pixels)
