"""Training the heat map itself: what raises the probability has to lie where lungs can be.

Grad-CAM of this network is differentiable and costs one product with the head's small gradient.
"""

import torch
from torch.nn.functional import adaptive_avg_pool2d

from cxr.model.network import CxrNet, pool

REACH = (0.88, 0.9)
POWER = 4


def lung_field(size: int) -> torch.Tensor:
    """Where lungs can lie on a film of size x size pixels: 1 within, 0 at the edges and in the corners."""
    place = torch.linspace(-1, 1, size)
    x, y = (place / REACH[0]).abs() ** POWER, (place / REACH[1]).abs() ** POWER
    return (y[:, None] + x[None, :] <= 1).float()


def logits_and_cam(network: CxrNet, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, shape (films,), and Grad-CAM, shape (films, rows, columns), both to be trained on."""
    maps = network.trunk(batch).float()
    pooled = pool(maps)
    logits: torch.Tensor = network.head(pooled).squeeze(1).float()
    (gradient,) = torch.autograd.grad(logits.sum(), pooled, create_graph=True)
    return logits, torch.einsum("fk,fkij->fij", gradient.float(), maps).relu()


def share_outside(cam: torch.Tensor, field: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
    """Mean share of the positive films' heat that lies outside their field.

    Parameters
    ----------
    cam
        Shape (films, rows, columns), not negative.
    field
        1 where heat may lie, 0 elsewhere, shape (films, 1, height, width).
    positive
        1 for the films that count, 0 for the others, shape (films,).
    """
    allowed = adaptive_avg_pool2d(field, (cam.shape[1], cam.shape[2])).squeeze(1)
    total = cam.sum(dim=(1, 2))
    outside = (cam * (1 - allowed)).sum(dim=(1, 2)) / total.clamp_min(1e-6)
    return (outside * positive).sum() / positive.sum().clamp_min(1)
