"""The hottest region of a heat map in the coordinates of the original film."""

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from cxr.explain.gradcam import HeatMap
from cxr.explain.region import hottest_region
from cxr.film.orientation import AS_STORED, Orientation

Outline = npt.NDArray[np.float64]


def outline_over(
    heat: HeatMap | None, original: Dataset, orientation: Orientation = AS_STORED
) -> Outline | None:
    """Outline the region that the overlay outlines; `None` where it outlines none.

    Parameters
    ----------
    heat
        Of the film as displayed.
    orientation
        How the film is rotated and mirrored for display.

    Returns
    -------
    Closed polygon, shape (points, 2): column and row in pixels of the original, the outer corner of its first
    pixel at 0, 0 (PS3.3 C.10.5.1.2).
    """
    region = hottest_region(heat) if heat else None
    if region is None or not (original.get("Rows") and original.get("Columns")):
        return None
    corners = orientation.in_file(region.outline) * (original.Columns, original.Rows)
    closed: Outline = np.vstack([corners, corners[:1]])
    return closed
