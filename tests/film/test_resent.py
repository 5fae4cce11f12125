"""A film that is sent again is compared with the one that is kept."""

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit
from test_dicom_odd_pixels import with_frame

from cxr.film.resent import Resent, compared

JPEG = picture_file(Image.fromarray(ramp()), "JPEG", quality=60)
OTHER = picture_file(Image.fromarray(np.flipud(ramp())), "JPEG", quality=60)


@pytest.mark.parametrize(
    ("picture", "lossy", "expected"),
    [
        (JPEG, "01", Resent.SHOWN_DIFFERENTLY),
        (JPEG, "00", Resent.OTHER_PIXELS),
        (OTHER, "01", Resent.OTHER_PIXELS),
    ],
)
def test_a_film_compressed_with_loss_is_the_same_film_where_the_header_says_so(
    picture: bytes, lossy: str, expected: Resent
) -> None:
    sent = with_frame(dicom_file(ramp(), LossyImageCompression=lossy), JPEGBaseline8Bit, picture)

    assert compared(dicom_file(ramp()), sent).resent is expected
