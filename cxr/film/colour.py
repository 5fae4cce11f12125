"""Decide whether a picture stored in colour is a grey film."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from cxr.film.errors import FilmError, FilmErrorCode

COLOUR_SPREAD = 24
"""Largest difference between the channels of a grey pixel, of 255: JPEG's chroma noise stays under it."""

COLOURED_SHARE = 0.02
"""A picture with this share of coloured pixels is not a film: arrows and notes cover up to 1.1 %."""

STRIP_PIXELS = 1_000_000
"""Pixels that are converted at a time: Pillow takes up to four bytes a pixel for each of a dozen steps."""


def coloured_pixels(picture: Image.Image) -> int:
    """Count the pixels of an RGB picture whose channels differ by more than `COLOUR_SPREAD`."""
    red, green, blue = picture.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    smallest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return sum(ImageChops.subtract(largest, smallest).histogram()[COLOUR_SPREAD + 1 :])


def grey_of(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Convert a picture of a grey film to luma (ITU-R BT.601), shape (height, width); transparent is black.

    A tint of up to `COLOUR_SPREAD` levels, as in scans of blue-based film, counts as grey; a stronger one
    is refused, because a sepia photograph looks the same.

    Raises
    ------
    FilmError
        `COLOUR`, where `COLOURED_SHARE` of the pixels or more are coloured.
    """
    width, height = picture.size
    grey = np.empty((height, width), np.uint8)
    rows, coloured = max(1, STRIP_PIXELS // width), 0
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = _opaque(picture.crop((0, top, width, bottom)))
        coloured += coloured_pixels(strip)
        grey[top:bottom] = np.asarray(strip.convert("L"))
    share = coloured / (width * height)
    if share >= COLOURED_SHARE:
        raise FilmError(
            FilmErrorCode.COLOUR,
            f"This is a colour picture ({share:.0%} of it is coloured); a radiograph is grey. "
            "Export the film itself in greyscale, not a photograph of it.",
        )
    return grey


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    opaque, seen = Image.new("RGB", picture.size), picture.convert("RGBA")
    opaque.paste(seen, mask=seen.getchannel("A"))
    return opaque
