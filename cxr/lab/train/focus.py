"""Training the heat map itself: what raises the probability has to lie in the opacity.

Grad-CAM of this network is differentiable and costs one product with the head's small gradient. Where a
radiologist boxed the opacities, the heat belongs into the boxes; elsewhere it belongs into the lungs, as a
person outlined them or, failing that, as the network itself predicts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from cxr.lab.train.lungs import SIDE
from cxr.measure.boxes import boxes_mask
from cxr.measure.labels import LabelledFilm
from cxr.model.network import CxrNet, pool

# Heat that is all outside its field costs -log of this, not infinity.
LEAST_SHARE = 0.02


def box_maps(films: Sequence[LabelledFilm]) -> torch.Tensor:
    """1 in a film's boxes, 0 elsewhere, shape (films, 1, SIDE, SIDE)."""
    return torch.stack([_boxes(film) for film in films]).unsqueeze(1)


def _boxes(film: LabelledFilm) -> torch.Tensor:
    if not film.boxes:
        return torch.zeros(SIDE, SIDE)
    x_scale, y_scale = SIDE / film.size[0], SIDE / film.size[1]
    resized = [(x * x_scale, y * y_scale, w * x_scale, h * y_scale) for x, y, w, h in film.boxes]
    return torch.from_numpy(boxes_mask(resized, (SIDE, SIDE)).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What training looks at.

    Attributes
    ----------
    logits
        Shape (films,).
    cam
        Grad-CAM, shape (films, rows, columns).
    lungs
        Logits of each cell, shape (films, 1, rows, columns).
    """

    logits: torch.Tensor
    cam: torch.Tensor
    lungs: torch.Tensor


def run(network: CxrNet, batch: torch.Tensor) -> Outputs:
    """Run films through a network that has a layer for lungs; everything can be trained on."""
    maps = network.trunk(batch).float()
    pooled = pool(maps)
    logits: torch.Tensor = network.head(pooled).squeeze(1).float()
    (gradient,) = torch.autograd.grad(logits.sum(), pooled, create_graph=True)
    cam = torch.einsum("fk,fkij->fij", gradient.float(), maps).relu()
    assert network.lungs is not None
    return Outputs(logits, cam, network.lungs(maps).float())


def heat_fields(boxes: torch.Tensor, outlines: torch.Tensor, lungs: torch.Tensor) -> torch.Tensor:
    """Where the heat of each film may lie, 0 to 1, shape (films, rows, columns).

    Parameters
    ----------
    boxes, outlines
        Of `box_maps` and `outline_maps`, moved as the films were.
    lungs
        Logits of lungs that the network predicts, shape (films, 1, rows, columns). No gradient goes through.
    """
    cells = (lungs.shape[2], lungs.shape[3])
    boxed = adaptive_avg_pool2d(boxes, cells)[:, 0]
    lung, known = adaptive_avg_pool2d(outlines, cells).unbind(dim=1)
    has_boxes, has_outline = boxes.amax(dim=(1, 2, 3)) > 0, outlines[:, 1].amax(dim=(1, 2)) > 0
    predicted = lungs.detach().sigmoid()[:, 0]
    outlined = lung + (1 - known).clamp(0, 1) * predicted
    field = torch.where(has_outline[:, None, None], outlined, predicted)
    return torch.where(has_boxes[:, None, None], boxed, field)


def misplaced_heat(cam: torch.Tensor, field: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Mean of -log of the share of each film's heat that lies in its field.

    Parameters
    ----------
    cam
        Shape (films, rows, columns), not negative.
    field
        How far heat may lie in a cell, 0 to 1, of the same shape.
    counts
        1 for the films that count, 0 for the others, shape (films,). A film without heat costs nothing.
    """
    total = cam.sum(dim=(1, 2))
    counts = counts * (total > 0)
    inside = (cam * field).sum(dim=(1, 2)) / total.clamp_min(1e-6)
    cost = -torch.log(inside * (1 - LEAST_SHARE) + LEAST_SHARE)
    return (cost * counts).sum() / counts.sum().clamp_min(1)
