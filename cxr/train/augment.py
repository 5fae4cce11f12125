"""Random changes to training films: how a child is placed, and what another X-ray machine does to it."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import affine_grid, grid_sample


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Largest changes; each film draws its own between nothing and these, in both directions."""

    rotation_degrees: float = 10.0
    scale: float = 0.15
    aspect: float = 0.12
    shift: float = 0.06
    gamma: float = 0.5
    contrast: float = 0.4
    brightness: float = 0.2

    def __call__(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Move films and change their grey levels; shape (films, 1, height, width), 0 to 1, as before."""
        return self.develop(self.move(batch, generator), generator)

    def move(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Turn, scale and shift films together with whatever lies in their further channels."""
        return grid_sample(
            batch, self._grid(batch, generator), mode="bilinear", padding_mode="zeros", align_corners=False
        )

    def develop(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Change gamma, contrast and brightness of films that lie where they are to lie."""

        def draw() -> torch.Tensor:
            return _uniform(len(batch), generator)[:, None, None, None]

        curved = batch.clamp(1e-4, 1) ** torch.exp(draw() * self.gamma)
        return ((curved - 0.5) * torch.exp(draw() * self.contrast) + 0.5 + draw() * self.brightness).clamp_(
            0, 1
        )

    def _grid(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        def draw() -> torch.Tensor:
            return _uniform(len(batch), generator)

        angle = draw() * math.radians(self.rotation_degrees)
        scale = torch.exp(draw() * self.scale)
        stretch = torch.exp(draw() * self.aspect / 2)
        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        shift_x, shift_y = draw() * self.shift * 2, draw() * self.shift * 2
        rows = [
            torch.stack([cos * stretch, -sin * stretch, shift_x], dim=1),
            torch.stack([sin / stretch, cos / stretch, shift_y], dim=1),
        ]
        return affine_grid(torch.stack(rows, dim=1), list(batch.shape), align_corners=False)


def _uniform(count: int, generator: torch.Generator) -> torch.Tensor:
    """Draw numbers from -1 to 1."""
    return torch.rand(count, generator=generator) * 2 - 1
