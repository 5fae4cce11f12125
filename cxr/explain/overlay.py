"""A heat map drawn over its film."""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from cxr.explain.gradcam import HeatMap
from cxr.explain.region import enlarge, hottest_region
from cxr.film import Film

DISPLAY_SIDE = 1024
EXPORT_LINE = "Research use only. Not a medical device."
OPACITY = 0.55
"""Opacity of the heat map in a picture."""
CONTOUR_COLOUR = (94, 234, 212)
# Heat is visible from the first value on, and has its full opacity from the second.
VISIBLE = (0.08, 0.6)

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]


def display(film: Film, side: int = DISPLAY_SIDE, reducing_gap: float = 2.0) -> Grey:
    """Grey levels of a film for the screen, shape (height, width), at most `side` pixels a side.

    Parameters
    ----------
    reducing_gap
        A film at least this many times larger than `side` is first averaged over whole pixels: 1 is
        fastest, with an error of about one grey level.
    """
    if film.pixels.dtype == np.uint8:
        image = Image.fromarray(film.pixels)
    else:
        image = Image.fromarray((film.pixels >> 8).astype(np.uint8))
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap)
    return np.asarray(image)


def overlay(grey: Grey, heat: HeatMap, opacity: float) -> Colour:
    """Blend a heat map over a film and draw the contour of its hottest region.

    Parameters
    ----------
    grey
        The film for the screen, shape (height, width).
    heat
        Its heat map; nothing is drawn where it is not shown.
    opacity
        Opacity of the hottest place, 0 to 1.

    Returns
    -------
    Colours, shape (height, width, 3), red, green, blue.
    """
    colours: Colour = np.repeat(grey[:, :, None], 3, axis=2)
    if not heat.shown:
        return colours
    values = enlarge(heat, grey.shape)
    inferno = cv2.applyColorMap(np.round(values * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]
    start, full = VISIBLE
    alpha = (opacity * np.clip((values - start) / (full - start), 0, 1))[:, :, None]
    blended: Colour = np.round(colours * (1 - alpha) + inferno * alpha).astype(np.uint8)
    if region := hottest_region(heat):
        # Pixels are numbered by their centres here.
        points = np.rint(region.in_pixels(*grey.shape) - 0.5).astype(np.int32)
        width = max(1, round(max(grey.shape) / 350))
        cv2.polylines(blended, [points], True, CONTOUR_COLOUR, width, cv2.LINE_AA)
    return blended


def inferno(value: float) -> str:
    """Look up the colour of a heat value, 0 to 1, as `rgb(red, green, blue)`."""
    grey = np.full((1, 1), round(255 * value), np.uint8)
    blue, green, red = cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[0, 0]
    return f"rgb({red}, {green}, {blue})"


def annotate(colours: Colour, line: str) -> Colour:
    """Add a strip under a picture, shape (height, width, 3), with a description and the research notice."""
    height, width = colours.shape[:2]
    size = max(11, width // 48)
    font = ImageFont.load_default(size)
    longest = max(font.getlength(text) for text in (line, EXPORT_LINE))
    picture = Image.new("RGB", (max(width, round(longest) + 2 * size), height + 4 * size), (0, 0, 0))
    picture.paste(Image.fromarray(colours))
    draw = ImageDraw.Draw(picture)
    draw.text((size, height + size * 0.5), line, (255, 255, 255), font)
    draw.text((size, height + size * 2.1), EXPORT_LINE, (255, 210, 120), font)
    return np.asarray(picture)
