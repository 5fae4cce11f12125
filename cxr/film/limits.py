"""Limits on the size of a film, checked before a pixel is decoded."""

from math import ceil

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_FILE_MB, MAX_MEGAPIXELS, MIN_SIDE

BYTES_PER_MB = 1024 * 1024
MAX_FILE_BYTES = MAX_FILE_MB * BYTES_PER_MB


def check_file_size(size_bytes: int) -> None:
    """Raise `FilmError` where a file is empty or larger than `MAX_FILE_MB`."""
    if size_bytes == 0:
        raise FilmError(FilmErrorCode.EMPTY_FILE, "This file is empty (0 bytes). Export the film again.")
    if size_bytes > MAX_FILE_BYTES:
        raise FilmError(
            FilmErrorCode.FILE_TOO_LARGE,
            f"This file is {ceil(size_bytes / BYTES_PER_MB)} MB; files of up to {MAX_FILE_MB} MB can be "
            "read. Export it again as JPEG or PNG.",
        )


def check_picture_size(width: int, height: int) -> None:
    """Raise `FilmError` where a picture exceeds `MAX_MEGAPIXELS` or a side is shorter than `MIN_SIDE`."""
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise FilmError(
            FilmErrorCode.TOO_MANY_PIXELS,
            f"This image is {width} x {height} pixels; films of up to {MAX_MEGAPIXELS} megapixels can be "
            "read. Export it again at a lower resolution.",
        )
    if min(width, height) < MIN_SIDE:
        raise FilmError(
            FilmErrorCode.TOO_SMALL,
            f"This image is {width} x {height} pixels; a film needs at least {MIN_SIDE} pixels on each side. "
            "Export it again at full size, not as a preview.",
        )
