"""Decide whether a picture stored in colour is a grey film."""

from PIL import Image, ImageChops

from cxr.film.errors import FilmError, FilmErrorCode

COLOUR_SPREAD = 24
"""Largest difference between the channels of a grey pixel, of 255: JPEG's chroma noise stays under it."""

COLOURED_SHARE = 0.02
"""A picture with this share of coloured pixels is not a film: arrows and notes cover up to 1.1 %."""


def coloured_share(picture: Image.Image) -> float:
    """Give the share of an RGB picture's pixels whose channels differ by more than `COLOUR_SPREAD`."""
    red, green, blue = picture.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    smallest = ImageChops.darker(ImageChops.darker(red, green), blue)
    spread = ImageChops.subtract(largest, smallest).histogram()
    return sum(spread[COLOUR_SPREAD + 1 :]) / (picture.width * picture.height)


def grey_of(picture: Image.Image) -> Image.Image:
    """Convert an RGB picture of a grey film to luma (ITU-R BT.601).

    A tint of up to `COLOUR_SPREAD` levels, as in scans of blue-based film, counts as grey; a stronger one
    is refused, because a sepia photograph looks the same.

    Raises
    ------
    FilmError
        `COLOUR`, where `COLOURED_SHARE` of the pixels or more are coloured.
    """
    share = coloured_share(picture)
    if share >= COLOURED_SHARE:
        raise FilmError(
            FilmErrorCode.COLOUR,
            f"This is a colour picture ({share:.0%} of it is coloured); a radiograph is grey. "
            "Export the film itself in greyscale, not a photograph of it.",
        )
    return picture.convert("L")
