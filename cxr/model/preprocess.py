"""From a film to the network's input: one path for training and for serving."""

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from cxr.film import Film

# A standard deviation under this, in grey levels of 0 to 1, is an empty film: it is not blown up into noise.
MIN_DEVIATION = 0.01


def squash(film: Film, size: int) -> npt.NDArray[np.uint8]:
    """Resize a film to a square without keeping its aspect ratio, as the training sets were.

    Parameters
    ----------
    film
        A film of any height, width and bit depth.
    size
        Side of the result in pixels.

    Returns
    -------
    Grey levels, shape (size, size), by Pillow's antialiased bilinear filter. A film that has that size
    already comes back as it is.
    """
    if film.pixels.dtype == np.uint8:
        image = Image.fromarray(film.pixels)
        if image.size != (size, size):
            image = image.resize((size, size), Image.Resampling.BILINEAR)
        return np.asarray(image)
    wide = Image.fromarray(film.pixels.astype(np.float32) * (255 / film.white))
    resized = np.asarray(wide.resize((size, size), Image.Resampling.BILINEAR))
    return np.round(resized).astype(np.uint8)


def to_batch(squashed: npt.NDArray[np.uint8]) -> torch.Tensor:
    """Turn grey levels of shape (films, size, size) into a tensor (films, 1, size, size) from 0 to 1."""
    return torch.from_numpy(squashed).unsqueeze(1).to(torch.float32).div_(255)


def standardise(batch: torch.Tensor, clip: float) -> torch.Tensor:
    """Give every film of a batch mean 0 and deviation 1, and cut what lies `clip` deviations away.

    Brightness and contrast, which differ from hospital to hospital, drop out; the cut keeps lead markers
    and borders from dominating. Shape (films, 1, height, width), before and after.
    """
    mean = batch.mean(dim=(2, 3), keepdim=True)
    deviation = batch.std(dim=(2, 3), keepdim=True).clamp_min(MIN_DEVIATION)
    return ((batch - mean) / deviation).clamp_(-clip, clip)
