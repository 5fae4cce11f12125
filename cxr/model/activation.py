"""What one forward pass gives, for calibration and explanation; known without torch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """One forward pass over a batch.

    Attributes
    ----------
    maps
        The trunk's last activation, shape (films, channels, rows, columns).
    pooled
        Its average over the film, shape (films, channels).
    logits
        The head's output, shape (films,), not yet calibrated.
    gradient
        Derivative of each film's logit by its pooled features, shape (films, channels).
    """

    maps: Array
    pooled: Array
    logits: Array
    gradient: Array
