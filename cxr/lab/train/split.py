"""Which patients train, which choose, which report: by a hash, so that it is the same on every machine."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image

from cxr.measure.labels import LabelledFilm

# Two films whose 16 x 16 thumbnails correlate above this are the same film: true copies reach 0.9999,
# two films of one patient, or of two alike, stay below.
SAME_FILM = 0.9995
THUMBNAIL = 16


class Part(StrEnum):
    """What a patient of the training split is used for."""

    FIT = "fit"
    """the network's weights"""
    TUNE = "tune"
    """every choice: epoch, calibration, operating points, scale of the heat map"""
    HOLDOUT = "holdout"
    """the figures that are reported; nothing is chosen on them"""


SHARES = {Part.HOLDOUT: 0.15, Part.TUNE: 0.15}


def assign_parts(films: Sequence[LabelledFilm], resized: npt.NDArray[np.uint8]) -> list[Part]:
    """Give each film the part of its patient.

    Patients who share a copy of one film count as one patient.

    Parameters
    ----------
    films
        Films of a training split.
    resized
        Their pixels, shape (films, size, size).
    """
    leader = {film.patient: film.patient for film in films}

    def first(patient: tuple[str, str]) -> tuple[str, str]:
        while leader[patient] != patient:
            patient = leader[patient]
        return patient

    for i, j in same_films(resized):
        a, b = sorted((first(films[i].patient), first(films[j].patient)))
        leader[b] = a
    return [_part(first(film.patient)) for film in films]


def same_films(resized: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Pairs of indices of films that are copies of each other."""
    thumbnails = np.stack(
        [
            np.asarray(Image.fromarray(pixels).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX))
            for pixels in resized
        ]
    ).reshape(len(resized), -1)
    centred = thumbnails - thumbnails.mean(axis=1, keepdims=True, dtype=np.float32)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True).clip(min=1e-6)
    first, second = np.nonzero(np.triu(unit @ unit.T > SAME_FILM, k=1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _part(patient: tuple[str, str]) -> Part:
    draw = int.from_bytes(hashlib.sha256("/".join(patient).encode()).digest()[:8]) / 2**64
    for part, share in SHARES.items():
        if draw < share:
            return part
        draw -= share
    return Part.FIT
