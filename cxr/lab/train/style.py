"""Mixing the styles of hospitals inside the network, so that a style cannot stand for a label.

Zhou et al.: Domain generalization with MixStyle (2021). Mean and deviation of an early feature map hold
what a machine's look is made of; here each film gets a mixture of its own and another film's.
"""

import numpy as np
import torch
from torch import nn

# Stages of the trunk after which styles are mixed: 56 and 28 cells a side for a film of 224 pixels.
STAGES = (3, 6)
# Beta distribution of a film's own part: most films keep nearly all or nearly nothing of it.
CONCENTRATION = 0.2
MIN_DEVIATION = 1e-3


class StyleMixing:
    """Random mixing for one batch."""

    def __init__(self, chance: float, films: int, generator: torch.Generator) -> None:
        random = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        self._stages = [stage for stage in STAGES if random.random() < chance]
        own = random.beta(CONCENTRATION, CONCENTRATION, films).astype(np.float32)
        self._own = torch.from_numpy(own)[:, None, None, None]
        self._other = torch.randperm(films, generator=generator)

    def through(self, trunk: nn.Sequential, batch: torch.Tensor) -> torch.Tensor:
        """Run a trunk on standardised films, shape (films, 1, height, width), mixing on the way."""
        for stage, layer in enumerate(trunk):
            batch = layer(batch)
            if stage in self._stages:
                batch = self._mixed(batch)
        return batch

    def _mixed(self, maps: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            wide = maps.float()
            mean = wide.mean(dim=(2, 3), keepdim=True)
            deviation = wide.std(dim=(2, 3), keepdim=True).clamp_min(MIN_DEVIATION)
            mixed_mean = mean * self._own + mean[self._other] * (1 - self._own)
            mixed_deviation = deviation * self._own + deviation[self._other] * (1 - self._own)
            factor = mixed_deviation / deviation
            offset = mixed_mean - mean * factor
        return maps * factor.to(maps.dtype) + offset.to(maps.dtype)
