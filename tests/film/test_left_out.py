"""What is not a film is left out, and a damaged file that claims to be a radiograph is not."""

import pytest
from film_files import dicom_file, ramp
from made_films import grey_level, picture_file
from PIL import Image
from pydicom.uid import UID
from test_not_a_film import STORAGE, without_image

from cxr.film.left_out import left_out

CAPTURE = UID(STORAGE + "7")


def picture(side: int, picture_format: str = "PNG") -> bytes:
    return picture_file(Image.fromarray(grey_level(0, side, side)), picture_format)


OTHERS = {
    "random": b"\x8f\x02\xf3" * 999,
    "zeros": bytes(999),
    "lock file": b"\n",
    "empty": b"",
    "font": b"\x00\x01\x00\x00\x00\x0f" + bytes(range(256)),
    "disk image": bytes(32769) + b"CD001",
    "logo": picture(32),
    "icon": picture(16, "GIF"),
    "large GIF": picture(200, "GIF"),
    "GIF of noise": picture(1100, "GIF"),
    "GIF cut short": picture(200, "GIF")[:999],
    **{
        f"text: {text[:5]!r}": text * 300
        for text in (b"BMI of ", b"BM", b"GIF89a ", b"GIF8 ", b"II*", b"MM ")
    },
    "begins like a bitmap": b"BM" + bytes(range(3, 256)) * 9,
    "thumbnail": picture(64, "JPEG"),
    "raw data": without_image(STORAGE + "66", "CR"),
    "procedure step": without_image("1.2.840.10008.3.1.2.3.3", "DX"),
    "unknown class": without_image("1.2.3.4.5", "OT"),
    "segmentation": dicom_file(ramp(), SOPClassUID=UID(STORAGE + "66.4"), Modality="SEG"),
    "photograph": dicom_file(ramp(), SOPClassUID=UID(STORAGE + "77.1.4"), Modality="XC"),
    "CT without modality": dicom_file(ramp(), SOPClassUID=UID(STORAGE + "2"), Modality=""),
    **{
        modality: dicom_file(ramp(), SOPClassUID=CAPTURE, Modality=modality)
        for modality in ("CT", "MR", "US", "NM", "PT", "MG", "XA", "RF", "IO", "PX", "RTIMAGE")
    },
}
FILMS = {
    "radiograph": dicom_file(ramp()),
    "digital radiograph with a report's class": dicom_file(ramp(), SOPClassUID=UID(STORAGE + "88.11")),
    "secondary capture": dicom_file(ramp(), SOPClassUID=CAPTURE, Modality="OT"),
    "private class": dicom_file(ramp(), SOPClassUID=UID("1.2.3.4.5"), Modality=""),
    "radiograph without pixels": without_image(STORAGE + "1", "CR"),
    "radiograph without modality or pixels": without_image(STORAGE + "1.1"),
    "cut short": dicom_file(ramp())[:700],
    "picture": picture(200),
    "picture cut short": picture(200, "JPEG")[:3000],
    "bitmap": picture(200, "BMP"),
    "bitmap cut short": picture(200, "BMP")[:3000],
    "TIFF cut short": picture(200, "TIFF")[:3000],
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_film_is_left_out(name: str) -> None:
    error = left_out(OTHERS[name])
    assert error and error.left_out and error.kind


@pytest.mark.parametrize("name", FILMS)
def test_what_may_be_a_film_gets_a_row(name: str) -> None:
    assert left_out(FILMS[name]) is None
