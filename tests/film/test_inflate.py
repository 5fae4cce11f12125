"""A deflated file is read by what it is, whatever it states, and alike by all that read it."""

import zlib

import numpy as np
import pytest
from film_files import dicom_file, ramp
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import FilmError, FilmErrorCode
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.element_count import file_meta
from cxr.film.identity import identity_of
from cxr.film.left_out import left_out
from cxr.film.read import decode_film
from cxr.pacs.received import Received, what_is

RAW, ZLIB, GZIP = -15, 15, 31


def parts(transfer_syntax: str) -> tuple[bytes, bytes]:
    """File meta information, and the data set as it is coded."""
    data = dicom_file(ramp(), transfer_syntax=transfer_syntax, PatientAge="042Y")
    place = file_meta(data)[0]
    return data[:place], data[place:]


DEFLATED, CODED = parts(DeflatedExplicitVRLittleEndian)
EXPLICIT, PLAIN = parts(ExplicitVRLittleEndian)
IMPLICIT = parts(ImplicitVRLittleEndian)[1]


def deflated(data: bytes, window: int = RAW, level: int = 6) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, window)
    return deflater.compress(data) + deflater.flush()


FILES = {
    "as the standard has it": DEFLATED + CODED,
    "padded": DEFLATED + CODED + bytes(512),
    "followed by a signature": DEFLATED + CODED + b"SIGNATURE",
    "stored blocks": DEFLATED + deflated(PLAIN, level=0),
    "header of zlib": DEFLATED + deflated(PLAIN, ZLIB),
    "header of gzip": DEFLATED + deflated(PLAIN, GZIP),
    "Implicit VR inside": DEFLATED + deflated(IMPLICIT),
    "not deflated": DEFLATED + PLAIN,
    "stated as Explicit VR": EXPLICIT + deflated(PLAIN),
    "stated as Explicit VR, with a header of zlib": EXPLICIT + deflated(PLAIN, ZLIB),
    "without preamble": DEFLATED[132:] + CODED,
    "without length of the file meta": DEFLATED[:132] + DEFLATED[144:] + CODED,
}


@pytest.mark.parametrize("kind", FILES)
def test_a_deflated_film_is_read_stored_and_received_alike(kind: str) -> None:
    data = FILES[kind]

    film, clean = decode_film(data), clean_film(data, Deidentifier(b"k" * 32), str)

    assert np.array_equal(film.pixels, ramp()) and film.age_years == 42
    stored = decode_film(clean.content)
    assert np.array_equal(stored.pixels, ramp()) and stored.age_years == 42
    assert clean.patient and clean.patient.pseudonym == "\\MRN-4711"
    assert identity_of(data).patient_id == "MRN-4711"
    assert left_out(data) is None and what_is(data, None) is Received.FILM


@pytest.mark.parametrize("data", [DEFLATED + CODED[:-30], DEFLATED + b"\xff" * 99, EXPLICIT + CODED[:-30]])
def test_a_deflated_film_that_is_cut_short_or_damaged_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(FilmError) as refusal:
        decode_film(data)

    assert refusal.value.code is FilmErrorCode.DAMAGED
