"""A DICOM file is recognised by its elements where preamble or prefix are out of form."""

import numpy as np
import pytest
from film_files import dicom_file, ramp

from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.dicom_start import is_dicom
from cxr.film.read import decode_film

WHOLE = dicom_file(ramp())
BARE = dicom_file(ramp(), preamble=False)


@pytest.mark.parametrize(
    "data",
    [
        *(WHOLE[128:], WHOLE[:128] + WHOLE[132:], bytes(132) + WHOLE[132:]),
        *(bytes(128) + BARE, b"DICM" + BARE, BARE),
    ],
)
def test_a_file_without_preamble_or_prefix_is_read_as_it_comes_and_as_it_is_stored(data: bytes) -> None:
    for one in (data, clean_film(data, Deidentifier(b"k" * 32), str).content):
        np.testing.assert_array_equal(decode_film(one).pixels, ramp())


@pytest.mark.parametrize("data", [b"DICM", bytes(500), b"DICM" + bytes(500), b"\x01" * 128 + BARE, b""])
def test_a_prefix_or_zeros_without_elements_are_no_dicom(data: bytes) -> None:
    assert not is_dicom(data)
