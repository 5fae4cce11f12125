"""Why a file could not be read as a film: a code for programs and a sentence for a clinician."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cxr.film.film import Population

if TYPE_CHECKING:
    from cxr.film.clean import CleanHeader

FAILED = "The program failed on this film. Read it without the program, and report the failure."
"""What to do about a film whose code is `failed`."""


class FilmErrorCode(StrEnum):
    """Why a file could not be read; the values are stable, for logs and other programs.

    `too_small` and `too_many_pixels` come from the size of the picture, `multiple_images` from its frames or
    pages and `too_complex` from the number of its parts, before a pixel is decoded; the last four come from
    the DICOM header. `not_a_film` is a file known to be something else, which is left out; `not_an_image` is
    one of an unknown or unsupported format. What a film shows once it is read is checked in `cxr.quality`.
    """

    NOT_FOUND = "not_found"
    EMPTY_FILE = "empty_file"
    FILE_TOO_LARGE = "file_too_large"
    NOT_AN_IMAGE = "not_an_image"
    NOT_A_FILM = "not_a_film"
    DAMAGED = "damaged"
    TOO_SMALL = "too_small"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_COMPLEX = "too_complex"
    MULTIPLE_IMAGES = "multiple_images"
    COLOUR = "colour"
    UNSUPPORTED_DEPTH = "unsupported_depth"
    FAILED = "failed"
    UNSUPPORTED_DICOM = "unsupported_dicom"
    WRONG_MODALITY = "wrong_modality"
    WRONG_BODY_PART = "wrong_body_part"
    LATERAL = "lateral"
    FOR_PROCESSING = "for_processing"


class FilmError(Exception):
    """The only exception that reading a film raises: a code, and a sentence that says what to do.

    The sentence never holds the file name or patient data.

    Attributes
    ----------
    kind
        For `not_a_film`, what the file is instead, such as "DICOMDIR" or "structured report".
    population
        From the header, as far as that can be read.
    header
        What may be kept of a file whose pixels may not; it stays in this process.
    """

    def __init__(
        self,
        code: FilmErrorCode,
        sentence: str,
        kind: str = "",
        population: Population = Population.UNKNOWN,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.kind = kind
        self.population = population
        self.header: CleanHeader | None = None

    def __reduce__(self) -> tuple[type[FilmError], tuple[FilmErrorCode, str, str, Population]]:
        return type(self), (self.code, self.sentence, self.kind, self.population)

    @property
    def left_out(self) -> bool:
        """Whether the file never was a film, so that it gets neither a result nor a row in the worklist."""
        return self.code is FilmErrorCode.NOT_A_FILM


def missing_attribute(name: str) -> FilmError:
    """Make the error for a DICOM film without an attribute that its pixels need, by the attribute's name."""
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        f"The header of this DICOM film lacks {name}, without which its pixels cannot be read. Export it "
        "again from the PACS.",
    )
