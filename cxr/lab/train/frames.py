"""Films that get the frame of another film: what stands around the lungs then says nothing of them.

Shoulders, arms, collimation and markers differ between the sick and the well wherever sick children lie
and healthy ones sit. A film whose lungs are one patient's and whose frame is another's keeps the label of
the lungs, so that the frame cannot stand for it. After CutMix (Yun et al. 2019), with the label kept whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

MIN_DEVIATION = 0.02


@dataclass(frozen=True, slots=True)
class SwappedFrames:
    """Give some films the frame of another film of the same source.

    Attributes
    ----------
    share
        How many films, 0 to 1.
    frame
        Share of a side, at each end, that comes from the other film: least and most.
    softness
        Width of the transition as a share of a side: least and most; a hard edge would give it away.
    """

    share: float = 0.5
    frame: tuple[float, float] = (0.04, 0.2)
    softness: tuple[float, float] = (0.005, 0.06)

    def __call__(
        self, batch: torch.Tensor, sources: Sequence[str], generator: torch.Generator
    ) -> torch.Tensor:
        """Swap frames of films of shape (films, 1, size, size), grey levels 0 to 1; the result is new."""
        random = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        swapped = batch.clone()
        for place, source in enumerate(sources):
            others = [other for other, of in enumerate(sources) if of == source and other != place]
            if others and random.random() < self.share:
                lungs = batch[place, 0]
                frame = _in_the_tones_of(lungs, batch[random.choice(others), 0])
                window = self._window(len(lungs), random)
                swapped[place, 0] = lungs * window + frame * (1 - window)
        return swapped

    def _window(self, size: int, random: np.random.Generator) -> torch.Tensor:
        """Draw where a film stays its own: 1 within, 0 in the frame."""
        place = (torch.arange(size) + 0.5) / size
        softness = float(random.uniform(*self.softness))

        def within(least: float, most: float) -> torch.Tensor:
            return torch.sigmoid((place - least) / softness) * torch.sigmoid((most - place) / softness)

        top, bottom, left, right = (float(random.uniform(*self.frame)) for _ in range(4))
        return within(top, 1 - bottom)[:, None] * within(left, 1 - right)[None, :]


def _in_the_tones_of(film: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Give another film the mean and the deviation of a film."""
    even = (other - other.mean()) / other.std().clamp_min(MIN_DEVIATION)
    return (even * film.std() + film.mean()).clamp(0, 1)
