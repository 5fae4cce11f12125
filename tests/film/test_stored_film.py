"""The stored, de-identified film gives what the film gave as it came: pixels, notes, age, or the refusal."""

from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, ramp
from pydicom.uid import ImplicitVRLittleEndian

from cxr.film import Film, FilmError, FilmErrorCode, Population, RequestedPriority
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier, Keep
from cxr.film.read import decode_film

FILM = ramp(top=4095, dtype=np.uint16)
DEIDENTIFIER = Deidentifier(b"k" * 32)


def film(**changes: Any) -> bytes:
    return dicom_file(FILM, PatientAge="045Y", **changes)


def outcome(data: bytes, deidentifier: Deidentifier | None = None) -> Film | FilmError:
    try:
        return decode_film(clean_film(data, deidentifier, str).content if deidentifier else data)
    except FilmError as error:
        return error


IMPLICIT = {"transfer_syntax": ImplicitVRLittleEndian, "PixelRepresentation": None}


@pytest.mark.parametrize(
    ("changes", "ignored"),
    [
        ({"PixelRepresentation": None}, ("PixelRepresentation",)),
        (IMPLICIT, ("PixelRepresentation",)),
        ({"SamplesPerPixel": None, "WindowCenter": 1}, ("SamplesPerPixel", "WindowWidth")),
        ({"BitsStored": None, "HighBit": 11}, ("BitsStored",)),
        ({"HighBit": None}, ()),
        ({"WindowCenter": 9000, "WindowWidth": 1}, ("WindowCenter", "WindowWidth")),
    ],
)
def test_notes_are_the_same(changes: dict[str, Any], ignored: tuple[str, ...]) -> None:
    for one in (outcome(film(**changes)), outcome(film(**changes), DEIDENTIFIER)):
        assert isinstance(one, Film)
        assert one.ignored == ignored
        np.testing.assert_array_equal(one.pixels, decode_film(film()).pixels * np.uint16(1))


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"Rows": None}, FilmErrorCode.UNSUPPORTED_DICOM, "lacks Rows"),
        ({"Columns": None}, FilmErrorCode.UNSUPPORTED_DICOM, "lacks Columns"),
        ({"PhotometricInterpretation": None}, FilmErrorCode.UNSUPPORTED_DICOM, "lacks Photometric"),
        ({"ViewPosition": "LL", "Rows": None}, FilmErrorCode.LATERAL, "lateral"),
        ({"BodyPartExamined": "HAND"}, FilmErrorCode.WRONG_BODY_PART, "body part"),
    ],
)
def test_refusals_and_what_is_known_of_the_patient_are_the_same(
    changes: dict[str, Any], code: FilmErrorCode, word: str
) -> None:
    for one in (outcome(film(**changes)), outcome(film(**changes), DEIDENTIFIER)):
        assert isinstance(one, FilmError)
        assert (one.code, one.population) == (code, Population.ADULT) and word in one.sentence


@pytest.mark.parametrize("missing", ["Rows", "PhotometricInterpretation"])
def test_a_film_whose_pixels_cannot_be_kept_keeps_its_identifiers_and_what_its_header_says(
    missing: str,
) -> None:
    error = outcome(film(**{missing: None}, RequestedProcedurePriority="STAT"), DEIDENTIFIER)

    assert isinstance(error, FilmError) and error.header and error.header.identity
    assert error.header.identity.patient_name == "ROSSI, MARIA"
    assert error.header.patient and error.header.age and error.header.age.years == 45
    assert error.header.requested is RequestedPriority.STAT
    assert "ROSSI" not in repr(error.header) and "ROSSI" not in error.sentence


def test_a_refusal_tells_nothing_of_the_age_where_it_may_not_be_kept() -> None:
    error = outcome(film(Rows=None), Deidentifier(b"k" * 32, [Keep.DEVICE]))

    assert isinstance(error, FilmError) and error.population is Population.UNKNOWN
    assert error.header and error.header.age is None


def test_notes_from_elsewhere_are_known_words_only() -> None:
    stored = clean_film(film(PixelRepresentation=None), DEIDENTIFIER, str).content

    assert decode_film(stored.replace(b"PixelRepresentation", b"ROSSI^MARIA^4711^XY")).ignored == ()
