"""Films are opened and decoded in child processes with limits: one bad film costs that film alone.

Every way into the program goes through here: app, worker, storage SCP, command line and cluster. A child that
dies or is late is replaced, and the film in its hands is tried once more, then refused.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cxr.film.decoding_pool import POOL, Attempt, DecodingFailedError, Limits, refusal_of
from cxr.film.errors import FilmError
from cxr.film.film import Adjusted, Film, FilmSource, Pixels, Population, RequestedPriority, Sex, View
from cxr.film.orientation import Orientation
from cxr.film.voi import Window

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from cxr.film.clean import CleanFilm, CleanHeader
    from cxr.film.deidentify import Keep
    from cxr.film.object_header import ObjectHeader
    from cxr.film.redaction import Corner
    from cxr.film.resent import Comparison


def limit_decoding(limits: Limits) -> None:
    """Set the limits for children that are started from now on: call it before the first film."""
    POOL.limits = limits


def stop_decoding() -> None:
    """End all children and give up what they decode; later requests raise `DecodingStopped`."""
    POOL.stop()


def read_film(
    source: FilmSource | str,
    side: int | None = None,
    attempt: Attempt = Attempt.BOTH,
    any_view: bool = False,
) -> Film:
    """Read a film from a path or from a file's bytes, in a child process (see `cxr.film.read.decode_film`).

    Raises
    ------
    FilmError
        Whatever is wrong with the file; `DecodingFailedError` where the child died or was late.
    """
    content, arguments = _request(source)
    header, body = POOL.ask("read", arguments | {"side": side, "any_view": any_view}, content, attempt)
    dtype = np.uint16 if header.pop("dtype") == "uint16" else np.uint8
    pixels = cast(Pixels, np.frombuffer(body, dtype).reshape(header.pop("shape")))
    header["population"] = Population(header["population"])
    header["sex"] = header["sex"] and Sex(header["sex"])
    header["view"] = header["view"] and View(header["view"])
    header["ignored"] = tuple(header["ignored"])
    header["window"] = header["window"] and Window(**header["window"])
    header["orientation"] = Orientation.of(header["orientation"])
    header["spacing_mm"] = header["spacing_mm"] and tuple(header["spacing_mm"])
    return Film(pixels=pixels, **header)


def pack_film(source: FilmSource) -> bytes:
    """Read a film of any view and pack its grey levels, in a child process (see `cxr.film.packed.packed`).

    Raises
    ------
    FilmError
        As from `read_film`.
    """
    content, arguments = _request(source)
    return bytes(POOL.ask("pack", arguments, content)[1])


def _request(source: FilmSource | str) -> tuple[bytes, dict[str, Any]]:
    """Return what a child reads a film from: content and arguments."""
    adjusted = Adjusted.of(source)
    file = adjusted.file
    content, path = (file, None) if isinstance(file, bytes) else (b"", os.path.abspath(file))
    return content, {"path": path, "inverted": adjusted.inverted, "orientation": adjusted.orientation.code}


def clean_film(content: bytes, key: bytes, keep: Collection[Keep]) -> CleanFilm:
    """Take out of a film file what identifies the patient, in a child process.

    Parameters
    ----------
    key
        Secret under which pseudonyms and UIDs are made.
    keep
        Options of the de-identification profile.

    Raises
    ------
    FilmError
        If the file cannot be parsed, so that no identifiers can be removed from it; with the header, where
        that can be read.
    """
    # The libraries that decode are imported where they are needed, which is in the children.
    from cxr.film.clean import CleanFilm

    arguments = {"key": key.hex(), "keep": list(keep)}
    try:
        header, body = POOL.ask("clean", arguments, content)
    except DecodingFailedError as error:
        error.header = _header_alone(content, arguments)
        raise
    held = _held(header)
    if "refusal" in header:
        refusal = refusal_of(header["refusal"])
        refusal.header = held
        raise refusal
    return CleanFilm(*(getattr(held, one.name) for one in fields(held)), content=bytes(body))


def _header_alone(content: bytes, arguments: dict[str, Any]) -> CleanHeader | None:
    """Read the header of a film whose pixels ended the child, so that its identifiers are not lost."""
    try:
        return _held(POOL.ask("clean_header", arguments, content, Attempt.FIRST)[0])
    except FilmError:
        return None


def _held(header: dict[str, Any]) -> CleanHeader:
    from cxr.film.age import PatientAge
    from cxr.film.clean import CleanHeader
    from cxr.film.identity import Identity
    from cxr.film.patient import Patient, PatientNumber

    requested, identity, patient = header["requested"], header["identity"], header["patient"]
    if patient:
        patient["others"] = tuple(PatientNumber(**other) for other in patient["others"])
    return CleanHeader(
        header["pseudonym"],
        RequestedPriority(requested) if requested else None,
        Identity(identity) if identity else None,
        Patient(**patient) if patient else None,
        PatientAge(**header["age"]) if header["age"] else None,
    )


def compare(kept: bytes, sent: bytes) -> Comparison:
    """Compare a film with the same one sent again, in a child process (see `cxr.film.resent.compared`)."""
    from cxr.film.resent import Comparison, Resent

    found = POOL.ask("compare", {"kept": len(kept)}, kept + sent)[0]
    return Comparison(Resent(found["resent"]), tuple(found["words"]))


def left_out(content: bytes) -> FilmError | None:
    """Return the error of a file that never was a film, found in a child process (see `cxr.film.left_out`).

    A file that ends the child, or takes too long, may be a film.
    """
    try:
        POOL.ask("check_kind", {}, content, Attempt.FIRST)
    except FilmError as error:
        return error if error.left_out else None
    return None


def object_header(content: bytes) -> ObjectHeader:
    """Read what tells a DICOM object from others, in a child process; empty where it cannot be read."""
    from cxr.film.object_header import ObjectHeader

    try:
        return ObjectHeader(**POOL.ask("header", {}, content, Attempt.FIRST)[0])
    except FilmError:
        return ObjectHeader()


def document(content: bytes) -> Dataset:
    """Read a DICOM object without pixels, in a child process (see `cxr.film.document`).

    Raises
    ------
    FilmError
        If it cannot be read.
    """
    from pydicom.dataset import Dataset

    return Dataset.from_json(POOL.ask("document", {}, content, Attempt.FIRST)[1].decode())


def redacted(
    content: bytes, corners: Collection[Corner], width: float, height: float, inverted: bool = False
) -> bytes:
    """Set boxes in a film's corners to black, in a child process (see `cxr.film.redaction.redacted`)."""
    arguments = {"corners": list(corners), "width": width, "height": height, "inverted": inverted}
    return bytes(POOL.ask("redact", arguments, content)[1])
