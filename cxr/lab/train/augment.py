"""Random changes to training films: how a patient is placed, and what another X-ray machine does to it."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import affine_grid, grid_sample, interpolate


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Largest changes; each film draws its own between nothing and these, in both directions."""

    rotation_degrees: float = 10.0
    scale: float = 0.15
    aspect: float = 0.2
    shift: float = 0.05
    gamma: float = 0.5
    contrast: float = 0.3
    brightness: float = 0.1
    shading: float = 0.15
    mirrored: float = 0.5

    def __call__(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Move films and change their grey levels; shape (films, 1, height, width), 0 to 1, as before."""
        return self.develop(move(batch, self.placement(len(batch), generator), batch.shape[2]), generator)

    def develop(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Change gamma, shading, contrast and brightness of films that lie where they are to lie."""

        def draw() -> torch.Tensor:
            return _uniform(len(batch), generator)[:, None, None, None]

        curved = batch.clamp(1e-4, 1) ** torch.exp(draw() * self.gamma) + self._shade(batch, generator)
        return ((curved - 0.5) * torch.exp(draw() * self.contrast) + 0.5 + draw() * self.brightness).clamp_(
            0, 1
        )

    def _shade(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw what a tilted beam, scatter or a wide body add: a slow change of grey over the film."""
        coarse = torch.rand((len(batch), 1, 3, 3), generator=generator) * 2 - 1
        amount = torch.rand(len(batch), generator=generator)[:, None, None, None] * self.shading
        shade = interpolate(coarse * amount, size=batch.shape[2:], mode="bicubic", align_corners=True)
        # What is black lies outside the beam.
        return shade * (batch > 0)

    def placement(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Draw how so many films are rotated, scaled, shifted and mirrored, shape (films, 2, 3)."""

        def draw() -> torch.Tensor:
            return _uniform(count, generator)

        angle = draw() * math.radians(self.rotation_degrees)
        scale = torch.exp(draw() * self.scale)
        stretch = torch.exp(draw() * self.aspect / 2)
        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        side = 1 - 2 * (torch.rand(count, generator=generator) < self.mirrored).float()
        shift_x, shift_y = draw() * self.shift * 2, draw() * self.shift * 2
        rows = [
            torch.stack([side * cos * stretch, -sin * stretch, shift_x], dim=1),
            torch.stack([side * sin / stretch, cos / stretch, shift_y], dim=1),
        ]
        return torch.stack(rows, dim=1)


def move(batch: torch.Tensor, placement: torch.Tensor, size: int) -> torch.Tensor:
    """Resample films, or maps of them, at a placement: (films, channels, size, size), black outside."""
    grid = affine_grid(placement, [*batch.shape[:2], size, size], align_corners=False)
    return grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _uniform(count: int, generator: torch.Generator) -> torch.Tensor:
    """Draw numbers from -1 to 1."""
    return torch.rand(count, generator=generator) * 2 - 1
