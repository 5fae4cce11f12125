"""Is a picture that is stored in colour a grey film?"""

from PIL import Image, ImageChops

from cxr.film.errors import FilmError, FilmErrorCode

COLOUR_SPREAD = 24
"""Largest difference between the channels of a grey pixel, of 255: JPEG's chroma noise stays under it."""

COLOURED_SHARE = 0.02
"""Share of coloured pixels from which a picture is no film: arrows and notes on a film take up to 1.1 %."""


def coloured_share(picture: Image.Image) -> float:
    """Measure which share of an RGB picture's pixels differ by over `COLOUR_SPREAD` between channels."""
    red, green, blue = picture.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    smallest = ImageChops.darker(ImageChops.darker(red, green), blue)
    spread = ImageChops.subtract(largest, smallest).histogram()
    return sum(spread[COLOUR_SPREAD + 1 :]) / (picture.width * picture.height)


def grey_of(picture: Image.Image) -> Image.Image:
    """Reduce an RGB picture of a grey film to its luma (ITU-R BT.601).

    A tint of up to `COLOUR_SPREAD` levels, as a scanner leaves it on blue film base, counts as grey; a
    stronger one is refused, because a sepia photograph looks the same.

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
