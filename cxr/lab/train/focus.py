"""Training the heat map itself: what raises the probability has to lie in the opacity.

Grad-CAM of this network is differentiable and costs one product with the head's small gradient. Where a
radiologist boxed the opacities, the heat belongs into the boxes; elsewhere it belongs where lungs can be.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from cxr.lab.evaluate.boxes import boxes_mask
from cxr.lab.evaluate.labels import LabelledFilm
from cxr.lab.train.style import StyleMixing
from cxr.model.network import CxrNet, pool

REACH = (0.88, 0.9)
POWER = 4
# Heat that is all outside its field costs -log of this, not infinity.
LEAST_SHARE = 0.02


def lung_field(size: int) -> torch.Tensor:
    """Where lungs can lie on a film of size x size pixels: 1 within, 0 at the edges and in the corners."""
    place = torch.linspace(-1, 1, size)
    x, y = (place / REACH[0]).abs() ** POWER, (place / REACH[1]).abs() ** POWER
    return (y[:, None] + x[None, :] <= 1).float()


def heat_fields(films: Sequence[LabelledFilm], size: int) -> torch.Tensor:
    """Where the heat of each film may lie: its boxes, or else the lung field; (films, 1, size, size)."""
    lungs = lung_field(size)
    return torch.stack([_boxes(film, size) if film.boxes else lungs for film in films]).unsqueeze(1)


def _boxes(film: LabelledFilm, size: int) -> torch.Tensor:
    width, height = film.size
    squashed = [
        (x * size / width, y * size / height, w * size / width, h * size / height)
        for x, y, w, h in film.boxes
    ]
    return torch.from_numpy(boxes_mask(squashed, (size, size)).astype(np.float32))


def logits_and_cam(
    network: CxrNet, batch: torch.Tensor, mixing: StyleMixing | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, shape (films,), and Grad-CAM, shape (films, rows, columns), both to be trained on."""
    maps = (mixing.through(network.trunk, batch) if mixing else network.trunk(batch)).float()
    pooled = pool(maps)
    logits: torch.Tensor = network.head(pooled).squeeze(1).float()
    (gradient,) = torch.autograd.grad(logits.sum(), pooled, create_graph=True)
    return logits, torch.einsum("fk,fkij->fij", gradient.float(), maps).relu()


def misplaced_heat(cam: torch.Tensor, field: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Mean of -log of the share of each film's heat that lies in its field.

    Parameters
    ----------
    cam
        Shape (films, rows, columns), not negative.
    field
        1 where heat may lie, 0 elsewhere, shape (films, 1, height, width).
    counts
        1 for the films that count, 0 for the others, shape (films,). A film without heat costs nothing.
    """
    allowed = adaptive_avg_pool2d(field, (cam.shape[1], cam.shape[2])).squeeze(1)
    total = cam.sum(dim=(1, 2))
    counts = counts * (total > 0)
    inside = (cam * allowed).sum(dim=(1, 2)) / total.clamp_min(1e-6)
    cost = -torch.log(inside * (1 - LEAST_SHARE) + LEAST_SHARE)
    return (cost * counts).sum() / counts.sum().clamp_min(1)
