"""Films whose lungs are hidden: what is left of them must say nothing.

Age, posture, devices and a hospital's habits stand in the shoulders, the arms and the frame of a film. A
network that is shown such remains with the answer "I cannot tell" has no use for them.
"""

from dataclasses import dataclass

import numpy as np
import torch

# The answer on which such films are trained.
CANNOT_TELL = 0.5


def said_of_hidden(logits: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """Mean square of the logits, shape (films,), of the films whose lungs are hidden.

    Near "cannot tell" the cross-entropy hardly pulls; this does, until the frame moves no score.
    """
    return (logits.square() * hidden).sum() / hidden.sum().clamp_min(1)


@dataclass(frozen=True, slots=True)
class HiddenLungs:
    """Cover the lungs of some films.

    Attributes
    ----------
    share
        How many films, 0 to 1.
    frame
        Share of a side, at each end, that stays visible: least and most.
    """

    share: float = 0.25
    frame: tuple[float, float] = (0.04, 0.2)

    def __call__(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Change films of shape (films, 1, size, size), grey levels 0 to 1, in place.

        Returns
        -------
        1 for the films whose lungs are hidden, 0 for the others, shape (films,).
        """
        random = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        hidden = torch.from_numpy((random.random(len(batch)) < self.share).astype(np.float32))
        for place in hidden.nonzero().flatten().tolist():
            self._cover(batch[place, 0], random)
        return hidden

    def _cover(self, film: torch.Tensor, random: np.random.Generator) -> None:
        """Cover an even patch, or a noisy one, of the film's own mean or of any grey level."""
        size = len(film)
        top, bottom, left, right = (int(random.uniform(*self.frame) * size) for _ in range(4))
        patch = film[top : size - bottom, left : size - right]
        level = float(film.mean()) if random.random() < 0.5 else float(random.random())
        noise = random.normal(0, random.choice([0.0, 0.02, 0.1]), patch.shape)
        patch.copy_(torch.from_numpy((level + noise).astype(np.float32)).clamp(0, 1))
