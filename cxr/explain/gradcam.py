"""Grad-CAM without a second pass through the trunk.

Selvaraju et al.: Grad-CAM (2017). The head sees the trunk's last activation only as an average over the
film, so the derivative of the logit is constant over each channel, and the derivative that the engine
computed through the small head is all that the map needs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.model.activation import Activation
from cxr.model.card import HeatScale

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where a film's logit comes from, on one scale for all films.

    Attributes
    ----------
    values
        Shape (rows, columns), 0 to 1, where 1 is the full scale of the bundle or more.
    contour
        The value along the outline of the hottest region.
    shown
        False below the low operating point: nothing is drawn then, whatever the values.
    lungs
        How likely each cell is lung, shape (rows, columns), 0 to 1; None where the bundle cannot tell.
    """

    values: Array
    contour: float
    shown: bool
    lungs: Array | None = None


def grad_cam(activation: Activation) -> Array:
    """Compute the Grad-CAM of every film of a batch, shape (films, rows, columns), not rescaled.

    `relu(sum_k (dlogit/dpooled_k) * A_k) / (rows * columns)`, which is what each cell adds to the logit.
    """
    rows, columns = activation.maps.shape[2:]
    weighted = np.einsum("fk,fkij->fij", activation.gradient, activation.maps, optimize=True)
    cams: Array = np.maximum(weighted, 0) / np.float32(rows * columns)
    return cams


def heat_map(cam: Array, scale: HeatScale, shown: bool, lungs: Array | None = None) -> HeatMap:
    """Put a film's Grad-CAM, shape (rows, columns), on the bundle's scale."""
    values = np.clip(cam / scale.full, 0, 1).astype(np.float32)
    values.flags.writeable = False
    return HeatMap(values, scale.contour, shown, lungs)
