"""Redact corners of a film, so that a burned-in annotation no longer identifies the patient."""

from collections.abc import Collection
from enum import StrEnum
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import dcmread

from cxr.film.decode import store_uncompressed, stored_values
from cxr.film.deidentify import dicom_code, written
from cxr.film.dicom_start import is_dicom
from cxr.film.notes import add_notes, notes_of
from cxr.film.orientation import Orientation
from cxr.film.read import decode_film
from cxr.film.transfer_syntax import transfer_syntax

LARGEST_SHARE = 0.5


class Corner(StrEnum):
    """A corner of the film."""

    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM_RIGHT = "bottom right"

    def in_file(self, orientation: Orientation) -> "Corner":
        """Find this corner of the displayed film in its file."""
        corners = list(Corner)
        down, across = divmod(corners.index(self), 2)
        x, y = orientation.in_file(np.array([[across, down]], dtype=np.float64))[0]
        return corners[int(2 * y + x)]


def redact_corners(
    pixels: npt.NDArray[Any], corners: Collection[Corner], width: float, height: float, black: Any = 0
) -> npt.NDArray[Any]:
    """Copy a picture with boxes in its corners set to black.

    Parameters
    ----------
    pixels
        Shape (rows, columns) or (rows, columns, channels).
    width, height
        Size of a box as shares of the picture; up to `LARGEST_SHARE`.

    Raises
    ------
    ValueError
        Where a share is not above 0, or is above `LARGEST_SHARE`.
    """
    for share in (width, height):
        if not 0 < share <= LARGEST_SHARE:
            raise ValueError(
                f"A box must cover more than 0 and up to {LARGEST_SHARE:.0%} of a side; got {share:.0%}."
            )
    rows, columns = max(1, round(height * pixels.shape[0])), max(1, round(width * pixels.shape[1]))
    covered = pixels.copy()
    for corner in corners:
        down = slice(0, rows) if corner.startswith("top") else slice(-rows, None)
        across = slice(0, columns) if corner.endswith("left") else slice(-columns, None)
        covered[down, across] = black
    return covered


def redacted(
    content: bytes, corners: Collection[Corner], width: float, height: float, inverted: bool = False
) -> bytes:
    """Give a film file whose corners are permanently redacted, otherwise unchanged.

    A DICOM file becomes an uncompressed DICOM file; any other becomes a PNG.

    Parameters
    ----------
    inverted
        Whether the film is displayed inverted, so that its white is shown as black.

    Raises
    ------
    FilmError
        Where the file cannot be read as a film.
    """
    film = decode_film(content)
    if not is_dicom(content):
        file = BytesIO()
        black = film.white if inverted else 0
        Image.fromarray(redact_corners(film.pixels, corners, width, height, black)).save(file, "PNG")
        return file.getvalue()
    dataset = dcmread(BytesIO(content), force=True)
    dataset.file_meta.TransferSyntaxUID = syntax = transfer_syntax(dataset)
    stored = stored_values(dataset, syntax)
    # The film's own darkest value: a film without a window is displayed from its lowest to its highest value.
    negative = (dataset.PhotometricInterpretation == "MONOCHROME1") is not inverted
    black = stored.max() if negative else stored.min()
    store_uncompressed(dataset, redact_corners(stored, corners, width, height, black))
    # Written uncompressed, the film no longer shows what was corrected in it.
    add_notes(dataset, [*notes_of(dataset), *film.ignored])
    dataset.BurnedInAnnotation = "NO"
    dataset.DeidentificationMethodCodeSequence = [
        *(dataset.get("DeidentificationMethodCodeSequence") or []),
        dicom_code("113101", "Clean Pixel Data Option"),
    ]
    return written(dataset)
