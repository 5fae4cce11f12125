"""Does the heat map point at what the radiologist boxed?"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cxr.explain.gradcam import HeatMap
from cxr.measure.labels import Box


@dataclass(frozen=True, slots=True)
class BoxAgreement:
    """A heat map compared with the boxes of its film.

    Attributes
    ----------
    hit
        The pointing game (Zhang et al. 2018): 1 where the centre of the hottest cell lies in a box, else 0.
        Where several cells are hottest, which the map's upper end at 1 allows, the share of them that do. 0
        where no heat is shown.
    energy
        Share of the map's sum that lies in the boxes (Wang et al. 2020, Score-CAM), each cell counting by
        the share of its area in a box. None where no heat is shown.
    box_area
        Share of the film in boxes: what a hit rate is by chance, and the energy of a map that is even.
    """

    hit: float
    energy: float | None
    box_area: float


def compare(heat: HeatMap, boxes: Sequence[Box], size: tuple[int, int]) -> BoxAgreement:
    """Hold a heat map, cell by cell, against boxes in pixels of a film of `size` (width, height).

    The map's own cells are compared, not their smooth enlargement, which places heat between them that
    the network did not find.
    """
    rows, columns = heat.values.shape
    in_boxes = boxes_mask(boxes, size)
    covered = cv2.resize(in_boxes.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    area = float(in_boxes.mean())
    if not heat.shown or not heat.values.any():
        return BoxAgreement(0.0, None, area)
    width, height = size
    row, column = np.nonzero(heat.values == heat.values.max())
    hits = in_boxes[
        ((row + 0.5) * height / rows).astype(int),
        ((column + 0.5) * width / columns).astype(int),
    ]
    energy = float((heat.values * covered).sum() / heat.values.sum())
    return BoxAgreement(float(hits.mean()), energy, area)


def boxes_mask(boxes: Sequence[Box], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Pixels of a film of `size` (width, height) that lie in any box, shape (height, width)."""
    width, height = size
    mask = np.zeros((height, width), dtype=np.bool_)
    for x, y, box_width, box_height in boxes:
        left, top = max(0, round(x)), max(0, round(y))
        mask[top : max(0, round(y + box_height)), left : max(0, round(x + box_width))] = True
    return mask
