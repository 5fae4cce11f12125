"""Why a file could not be read as a film: a code for programs and a sentence for a clinician."""

from enum import StrEnum

FAILED = "The program failed on this film. Read it without the program, and report the failure."
"""What to do about a film whose code is `failed`."""


class FilmErrorCode(StrEnum):
    """Why a file could not be read; the values are stable, for logs and other programs.

    `too_small` and `too_many_pixels` come from the size of the picture, `multiple_images` from its frames or
    pages and `too_complex` from the number of its parts, before a pixel is decoded; the last four come from
    the DICOM header. What a film shows once it is read is checked in `cxr.quality`.
    """

    NOT_FOUND = "not_found"
    EMPTY_FILE = "empty_file"
    FILE_TOO_LARGE = "file_too_large"
    NOT_AN_IMAGE = "not_an_image"
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
    """

    def __init__(self, code: FilmErrorCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
