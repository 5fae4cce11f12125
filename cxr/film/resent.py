"""Compare a film with the same one sent again."""

from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

import cv2
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
)

from cxr.film.decode import stored_values
from cxr.film.dicom_file import text_of
from cxr.film.dicom_header import part_word, view_word
from cxr.film.errors import FilmError
from cxr.film.film import Film
from cxr.film.read import decode_film
from cxr.film.stored_bits import Stored
from cxr.film.transfer_syntax import transfer_syntax

COMPRESSION_COSTS, BLOCK_COSTS = 0.01, 0.1
"""Mean difference of a film from itself compressed with loss, at most, as a share of the grey scale: over the
film, and over each block. JPEG of quality 40 costs a block up to 0.067 in 16 films; an edit costs more."""
BLOCK = 8
SAME_SHOWN = 1.5 / 255
"""Difference of two displays, at every pixel, that rounding explains, as a share of the grey scale."""
LEVELS, ROUNDED = 64, 1.0
"""Stored values that are those of another file but for scale and offset differ from them by no more than one,
once scaled, and span so many levels that no other picture does."""
EXCHANGED = "black and white exchanged"
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K)


class Resent(StrEnum):
    """How a film that is sent again differs from the one that is kept."""

    SAME = "same"
    """the same picture, whatever its coding and the rest of its header"""
    SHOWN_DIFFERENTLY = "shown differently"
    """the same pixels with another view, window, body part or note, or the same film compressed with loss"""
    OTHER_PIXELS = "other pixels"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a film that is sent again differs, and what changed in its header, in words without its values."""

    resent: Resent
    words: tuple[str, ...] = ()

    @property
    def exchanged(self) -> bool:
        """Whether it is displayed as the negative of what it was."""
        return EXCHANGED in self.words


_OF_HEADER = {"PatientSex": "sex", "StudyInstanceUID": "study", "SeriesInstanceUID": "series"}


def compared(kept: bytes, sent: bytes) -> Comparison:
    """Compare two de-identified DICOM files that claim to be the same film."""
    headers = [dcmread(BytesIO(content), stop_before_pixels=True, force=True) for content in (kept, sent)]
    words = _changed_words(*headers)
    before, after = _seen(kept), _seen(sent)
    if isinstance(before, Film) and isinstance(after, Film):
        if np.array_equal(before.pixels, after.pixels):
            alike = _notes(before) == _notes(after)
            return Comparison(Resent.SAME if alike else Resent.SHOWN_DIFFERENTLY, words)
        if any(map(_is_lossy, headers)) and _agree(before, after):
            return Comparison(Resent.SHOWN_DIFFERENTLY, (*words, "compressed with loss"))
        if _displayed_alike(before, after):
            return Comparison(Resent.SHOWN_DIFFERENTLY, (*words, "window or lookup table"))
        negative = _displayed_alike(before, after.inverted())
        words = (*words, EXCHANGED if negative else "window or lookup table")
    if not _same_pixels(kept, sent):
        return Comparison(Resent.OTHER_PIXELS)
    refused_alike = isinstance(before, str) and before == after
    return Comparison(Resent.SAME if refused_alike else Resent.SHOWN_DIFFERENTLY, words)


def _changed_words(before: Dataset, after: Dataset) -> tuple[str, ...]:
    words = [word for tag, word in _OF_HEADER.items() if text_of(before, tag) != text_of(after, tag)]
    if (old := view_word(before)) != (new := view_word(after)):
        words.append(f"view: {old} to {new}")
    if (old := part_word(before)) != (new := part_word(after)):
        words.append(f"body part: {old} to {new}")
    return tuple(words)


def _seen(content: bytes) -> Film | str:
    try:
        return decode_film(content)
    except FilmError as error:
        return error.code


def _notes(film: Film) -> tuple[object, ...]:
    """Return what is said of a film beside its pixels."""
    return film.view, film.age_unreadable, film.age_contradictory, frozenset(film.ignored)


def _is_lossy(header: FileDataset) -> bool:
    return text_of(header, "LossyImageCompression") == "01" or transfer_syntax(header) in LOSSY


def _agree(before: Film, after: Film) -> bool:
    """Whether two films differ by no more than compression costs."""
    if before.pixels.shape != after.pixels.shape:
        return False
    difference = np.abs(before.pixels / np.float32(before.white) - after.pixels / np.float32(after.white))
    blocks = cv2.blur(difference, (BLOCK, BLOCK))
    return float(difference.mean()) < COMPRESSION_COSTS and float(blocks.max()) < BLOCK_COSTS


def _displayed_alike(before: Film, after: Film) -> bool:
    """Whether no pixel of two displays differs by more than rounding, as with other bits."""
    if before.pixels.shape != after.pixels.shape:
        return False
    difference = before.pixels / np.float32(before.white) - after.pixels / np.float32(after.white)
    return float(np.abs(difference).max()) <= SAME_SHOWN


def _same_pixels(kept: bytes, sent: bytes) -> bool:
    """Compare pixels as stored; what cannot be decoded is compared as it is coded."""
    before, after = (dcmread(BytesIO(content), force=True) for content in (kept, sent))
    try:
        return _same_values(_stored(before), _stored(after))
    except Exception:  # decoders fail in a dozen ways
        return bool(before.get("PixelData") == after.get("PixelData"))


def _same_values(before: Stored, after: Stored) -> bool:
    """Whether stored values are the same but for scale, sign and offset, as shifted or inverted ones are."""
    if before.shape != after.shape:
        return False
    if np.array_equal(before, after):
        return True
    coarse, fine = sorted((before.astype(np.float32), after.astype(np.float32)), key=np.std)
    if np.ptp(coarse) < LEVELS:
        return False
    away = fine - fine.mean()
    scaled = float(np.mean(away * (coarse - coarse.mean())) / np.mean(away * away)) * away + coarse.mean()
    return float(np.abs(coarse - scaled).max()) <= ROUNDED


def _stored(dataset: FileDataset) -> Stored:
    dataset.file_meta.TransferSyntaxUID = syntax = transfer_syntax(dataset)
    return stored_values(dataset, syntax)
