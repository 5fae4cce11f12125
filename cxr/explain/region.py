"""The region of a film that raised its probability most: one test for what is drawn and what is said."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cxr.explain.gradcam import HeatMap

FINENESS = 64
"""Pixels per cell of the grid that the region is found on, whatever the size of the film."""
NOTHING_DRAWN = "Heat map: nothing is drawn for a routine film"
NO_REGION = "No region stands out: the model cannot show where"
OUTLINED = "Outlined: the region that raised the probability most"


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The outline of a region.

    Attributes
    ----------
    outline
        Closed polygon, shape (points, 2): x and y as shares of the film's width and height, 0 to 1.
    """

    outline: npt.NDArray[np.float64]

    def in_pixels(self, height: int, width: int) -> npt.NDArray[np.float64]:
        """Scale the outline to a film; the outer corner of its first pixel is at 0, 0."""
        scaled: npt.NDArray[np.float64] = self.outline * (width, height)
        return scaled

    def covered(self, height: int, width: int) -> npt.NDArray[np.bool_]:
        """Find the pixels of a film that the region covers, shape (height, width)."""
        filled = np.zeros((height, width), np.uint8)
        # Pixels are numbered by their centres here.
        points = np.rint(self.in_pixels(height, width) - 0.5).astype(np.int32)
        cv2.fillPoly(filled, [points], 1)
        return filled.astype(np.bool_)


def hottest_region(heat: HeatMap) -> Region | None:
    """Find the region around the hottest place of a heat map that reaches the contour's value.

    Returns
    -------
    `None` where no heat is shown, and where the whole map stays below the contour's value.
    """
    if not heat.shown:
        return None
    rows, columns = heat.values.shape
    values = enlarge(heat, (rows * FINENESS, columns * FINENESS))
    if values.max() < heat.contour:
        return None
    y, x = np.unravel_index(int(values.argmax()), values.shape)
    _, labels = cv2.connectedComponents((values >= heat.contour).astype(np.uint8))
    outlines, _ = cv2.findContours(
        (labels == labels[y, x]).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    # Half a pixel of the grid cannot be seen, and coordinates in DICOM hold at most 8,191 points.
    simple = cv2.approxPolyDP(outlines[0], 0.5, True)[:, 0]
    height, width = values.shape
    return Region((simple + 0.5) / (width, height))


def caption(heat: HeatMap) -> str:
    """Describe what is drawn of a heat map, for screens and reports."""
    if not heat.shown:
        return NOTHING_DRAWN
    return OUTLINED if hottest_region(heat) else NO_REGION


def enlarge(heat: HeatMap, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Interpolate a heat map to a film's size, shape (height, width), smoothly between the cells."""
    height, width = shape
    enlarged = cv2.resize(heat.values, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(enlarged, 0, 1).astype(np.float32)
