"""A film that is sent again is compared with the one that is kept."""

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp, with_frame
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit

from cxr.film.resent import Resent, compared

JPEG = picture_file(Image.fromarray(ramp()), "JPEG", quality=60)
OTHER = picture_file(Image.fromarray(np.flipud(ramp())), "JPEG", quality=60)


@pytest.mark.parametrize(
    ("picture", "lossy", "expected"),
    [
        (JPEG, "01", Resent.SHOWN_DIFFERENTLY),
        (JPEG, "", Resent.SHOWN_DIFFERENTLY),
        (OTHER, "01", Resent.OTHER_PIXELS),
    ],
)
def test_a_film_compressed_with_loss_is_the_same_film(picture: bytes, lossy: str, expected: Resent) -> None:
    sent = with_frame(dicom_file(ramp(), LossyImageCompression=lossy), picture, JPEGBaseline8Bit)

    assert compared(dicom_file(ramp()), sent).resent is expected


def test_the_film_before_its_compression_with_loss_is_the_same_film() -> None:
    lossy = with_frame(dicom_file(ramp()), JPEG, JPEGBaseline8Bit)

    assert compared(lossy, dicom_file(ramp())).resent is Resent.SHOWN_DIFFERENTLY


def test_an_edit_is_no_cost_of_compression() -> None:
    edited = ramp()
    edited[:20, -20:] = 0
    picture = picture_file(Image.fromarray(edited), "JPEG", quality=95)
    sent = with_frame(dicom_file(ramp(), LossyImageCompression="01"), picture, JPEGBaseline8Bit)

    assert compared(dicom_file(ramp()), sent).resent is Resent.OTHER_PIXELS
