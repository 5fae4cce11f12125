"""The hottest region of a heat map in the coordinates of the film that the hospital has."""

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from cxr.explain.gradcam import HeatMap
from cxr.explain.overlay import DISPLAY_SIDE, enlarge, hottest_region

# In pixels of the screen: nobody sees it, and a coordinate list in DICOM holds 8,191 points at most.
SLACK = 0.5

Outline = npt.NDArray[np.float64]


def hottest_outline(heat: HeatMap | None, original: Dataset) -> Outline | None:
    """Outline of the region that the overlay draws its contour around; nothing where it draws none.

    Returns
    -------
    Closed outline, shape (points, 2): column and row in pixels of the original, the outer corner of its first
    pixel at 0, 0 (PS3.3 C.10.5.1.2).
    """
    if heat is None or not heat.shown:
        return None
    shrink = min(1.0, DISPLAY_SIDE / max(original.Rows, original.Columns))
    height, width = round(original.Rows * shrink), round(original.Columns * shrink)
    contour = hottest_region(enlarge(heat, (height, width)), heat.contour)
    if contour is None:
        return None
    simple = cv2.approxPolyDP(np.array(contour.points, np.int32), SLACK, True)[:, 0]
    corners = (simple + 0.5) * (original.Columns / width, original.Rows / height)
    closed: Outline = np.vstack([corners, corners[:1]])
    return closed
