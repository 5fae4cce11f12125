"""Do with a file what the program does with an upload, and hold every reader to its promises."""

from functools import cache
from io import BytesIO

import numpy as np
from pydicom import dcmread

from cxr.film.clean import CleanFilm, clean_film
from cxr.film.deidentify import Deidentifier, pseudonym
from cxr.film.errors import FilmError
from cxr.film.film import Film
from cxr.film.left_out import left_out
from cxr.film.read import decode_film
from cxr.film.redaction import Corner, redacted
from cxr.film.resent import Resent, compared

KEY = b"key"
REDUCED = 64
"""Pixels wanted on the shorter side: reduced decoding of the seed films."""


class BrokenPromise(Exception):
    """What a reader did and must not do."""


def exercise(data: bytes) -> str:
    """Decode, clean, redact and compare a file; give `read` or the code with which it was refused.

    Raises
    ------
    BrokenPromise
        Where what is stored shows another film than what came.
    Exception
        Anything but a `FilmError` from a reader.
    """
    left_out(data)
    film, clean = decoded(data), cleaned(data)
    reduced = decoded(data, REDUCED)
    if isinstance(film, Film) and isinstance(clean, CleanFilm):
        _check_stored(data, film, clean.content)
    if isinstance(film, Film) and isinstance(reduced, Film) and max(reduced.pixels.shape) < REDUCED:
        raise BrokenPromise("reduced below what was asked for")
    return "read" if isinstance(film, Film) else film


def decoded(data: bytes, side: int | None = None) -> Film | str:
    """Decode a film, or give the code of its refusal."""
    try:
        return decode_film(data, side)
    except FilmError as error:
        return error.code


def cleaned(data: bytes) -> CleanFilm | str:
    """De-identify a film, or give the code of its refusal."""
    try:
        return clean_film(data, _deidentifier(), lambda patient: pseudonym(KEY, patient))
    except FilmError as error:
        return error.code


@cache
def _deidentifier() -> Deidentifier:
    return Deidentifier(KEY)


def _check_stored(data: bytes, film: Film, stored: bytes) -> None:
    again = decoded(stored)
    if not isinstance(again, Film):
        raise BrokenPromise(f"read as it came, and refused as {again} once it is stored")
    if not np.array_equal(film.pixels, again.pixels):
        twice = decoded(data)
        same = isinstance(twice, Film) and np.array_equal(film.pixels, twice.pixels)
        raise BrokenPromise("stored with other pixels" if same else "decoded differently each time")
    redacted(stored, [Corner.TOP_LEFT], 0.2, 0.1)
    if data[128:132] == b"DICM" and compared(stored, stored).resent is not Resent.SAME:
        raise BrokenPromise("differs from itself")
    if stored[128:132] == b"DICM" and dcmread(BytesIO(stored)).PatientName not in ("", None):
        _check_name(stored)


def _check_name(stored: bytes) -> None:
    if len(str(dcmread(BytesIO(stored)).PatientName)) != 32:
        raise BrokenPromise("stored with a patient's name that is no pseudonym")
