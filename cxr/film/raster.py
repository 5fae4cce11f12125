"""Read PNG, JPEG, TIFF, BMP and WebP films."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from cxr.film.colour import grey_of
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_MEGAPIXELS, Pixels
from cxr.film.jpeg_markers import coding_process, quick_to_open
from cxr.film.limits import check_picture_size
from cxr.film.png_chunks import of_the_picture
from cxr.film.tiff_parts import check_parts

MOST_RUN_LENGTH_PIXELS = 4_000_000
"""Pixels, and bytes, of a BMP coded in runs, at most."""
MOST_EXIF_BYTES = 65_536
"""Of EXIF data, at most, as in a JPEG: they can ask for an orientation of millions of numbers."""
ORIENTATION = 0x0112
AS_STORED = 1
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation (CIPA DC-008, 4.6.5.1.6)."""
_HUFFMAN_PROCESSES = range(3)
"""Baseline, extended and progressive JPEG: what picture libraries read (ITU-T T.81, table B.1)."""
_PHOTOMETRIC_TAG = 262
_WHITE_IS_ZERO = 0
_COLOUR_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr")


def read_raster(data: bytes, picture_format: str, side: int | None = None) -> Pixels:
    """Decode a file recognised as `picture_format` (Pillow's name).

    Parameters
    ----------
    side
        As in `read_film`.

    Returns
    -------
    Pixels
        Shape (height, width), upright; `uint16` for 16-bit grey, else `uint8`. Transparent pixels
        become black; the ICC profile is ignored.

    Raises
    ------
    FilmError
        The picture is too large or too small, one of several, in colour, of 32 bits, of an uncommon JPEG
        process, or cannot be opened.
    """
    if picture_format == "JPEG" and (number := coding_process(data)) not in _HUFFMAN_PROCESSES:
        raise FilmError(
            FilmErrorCode.NOT_AN_IMAGE,
            f"This JPEG is coded by process {number} of the standard (arithmetic, lossless or the like), "
            "which is not read here. Export it again as PNG or as an ordinary JPEG.",
        )
    image = open_picture(data, picture_format)
    check_picture_size(*image.size)
    _check_single(image, picture_format)
    _check_runs(image, len(data))
    if side and picture_format == "JPEG":
        # The inverse cosine transform yields the smaller picture directly.
        image.draft(None, (side, side))
    if picture_format == "WEBP":
        orientation = orientation_of(image)
        del image  # which holds two canvases of four bytes a pixel, for animations
        image = _webp(data)
    else:
        image.load()
        orientation = orientation_of(image)
    pixels = _grey_levels(image, picture_format)
    transposition = _UPRIGHT.get(orientation)
    return np.asarray(Image.fromarray(pixels).transpose(transposition)) if transposition else pixels


def _grey_levels(image: Image.Image, picture_format: str) -> Pixels:
    """Give the grey levels of a decoded picture as it is stored, neither rotated nor mirrored."""
    if image.mode.startswith("I;16"):
        pixels = stretch_to_sixteen_bits(np.asarray(image).astype(np.uint16, copy=False))
        # Pillow itself inverts WhiteIsZero up to 8 bits, but not at 16.
        inverted = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
        return ~pixels if inverted else pixels
    if image.mode not in _COLOUR_MODES:
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DEPTH,
            f"This {picture_format} stores its pixels as '{image.mode}', which does not define black and "
            "white. Export it again with 8 or 16 bits per pixel.",
        )
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return np.asarray(image.convert("L"))
    return grey_of(image)


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Decode any picture, in colour or small, as 8-bit grey levels.

    For training the quality check on pictures that are not films; films to be scored go through `read_film`.
    """
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def open_picture(data: bytes, picture_format: str) -> Image.Image:
    """Open a picture without decoding it; `FilmError` where it is of another format or far too large."""
    if picture_format == "JPEG":
        data = quick_to_open(data)
    elif picture_format == "PNG":
        data = of_the_picture(data)
    elif picture_format == "TIFF":
        check_parts(data)
    try:
        return Image.open(BytesIO(data), formats=(picture_format,))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FilmError(
            FilmErrorCode.TOO_MANY_PIXELS,
            f"This image has far more than the {MAX_MEGAPIXELS} megapixels that can be read. "
            "Export it again at a lower resolution.",
        ) from None
    except UnidentifiedImageError:
        raise FilmError(
            FilmErrorCode.DAMAGED,
            f"This file begins like a {picture_format} but cannot be opened: it is damaged or of an "
            "unsupported kind. Export it again as JPEG or PNG.",
        ) from None


def orientation_of(image: Image.Image) -> int:
    """Read the EXIF orientation of a picture, 1 to 8: as stored where its metadata are damaged.

    Of the metadata nothing else is read, so that no other entry can cost a film.
    """
    orientation: int | None = None
    if len(image.info.get("exif") or b"") > MOST_EXIF_BYTES:
        return AS_STORED
    with suppress(Exception):  # Pillow fails on damaged metadata in a dozen ways
        orientation = image.getexif().get(ORIENTATION)
    return orientation if orientation and orientation in _UPRIGHT else AS_STORED


def _check_single(image: Image.Image, picture_format: str) -> None:
    # `is_animated`, not `n_frames`: counting the pages of a hostile TIFF takes minutes.
    # The first picture of a JPEG file is the one taken; phones add previews of it behind (CIPA DC-007).
    if picture_format != "JPEG" and getattr(image, "is_animated", False):
        kind = "is an animation" if picture_format in ("PNG", "WEBP") else "holds more than one image"
        raise FilmError(
            FilmErrorCode.MULTIPLE_IMAGES,
            f"This {picture_format} file {kind}; only one film per file can be read. "
            "Export the film alone as JPEG or PNG.",
        )


def _webp(data: bytes) -> Image.Image:
    with suppress(Exception):  # an animation of one picture, or a damaged one: as Pillow finds
        return Image.fromarray(imagecodecs.webp_decode(data))
    image = open_picture(data, "WEBP")
    image.load()
    return image


def _check_runs(image: Image.Image, size_bytes: int) -> None:
    """Refuse a large BMP coded in runs: Pillow decodes them in Python."""
    runs = any(tile[0] == "bmp_rle" for tile in getattr(image, "tile", ()))
    if runs and max(image.width * image.height, size_bytes) > MOST_RUN_LENGTH_PIXELS:
        raise FilmError(
            FilmErrorCode.TOO_COMPLEX,
            "This BMP is coded in runs, and so large that decoding it would take minutes. Export it again "
            "as PNG.",
        )


def stretch_to_sixteen_bits(pixels: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Scale grey levels so that white is 65535, where a 16-bit file uses fewer bits.

    PNG and TIFF do not state the detector's bit depth. White is taken to be the smallest 2**n - 1, with n at
    least 8, that holds the film's largest value: a 12-bit film would otherwise be almost black.
    """
    white = (1 << max(8, int(pixels.max()).bit_length())) - 1
    if white == 65535:
        return pixels
    levels = np.arange(white + 1) * 65535 / white
    return np.rint(levels).astype(np.uint16)[pixels]
