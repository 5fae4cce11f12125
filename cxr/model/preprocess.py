"""From a film to the network's input: one path for training and for serving."""

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from cxr.film import Film
from cxr.model.card import GreyLevels, Preprocessing

LEVELS = 256
# Fewer grey levels than this are an empty film, which is not blown up into noise.
MIN_LEVELS = 32
# What lies outside these shares of a film's pixels does not decide where its grey levels begin and end.
TAIL = 0.005
# Grey levels that are spread evenly from 0 to 1 have this deviation.
EVEN_DEVIATION = 12**-0.5
# Standardised, this share of a film's pixels is clipped at either end, but for a little more range.
CLIPPED = 0.01
OVERSHOOT = 0.1
# Of a film that is nearly all of one grey, in shares of its range.
LEAST_DEVIATION = 0.1


def side_wanted(size: int) -> int:
    """Shorter side in pixels at which to read a film that will be resized to `size` (see `read_film`).

    Twice as many: where a film is decoded at a fraction, no detail is lost to the network.
    """
    return 2 * size


def resize(film: Film, size: int) -> npt.NDArray[np.uint8]:
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


def to_batch(resized: npt.NDArray[np.uint8]) -> torch.Tensor:
    """Turn grey levels of shape (films, size, size) into a tensor (films, 1, size, size) from 0 to 1."""
    return torch.from_numpy(resized).unsqueeze(1).to(torch.float32).div_(LEVELS - 1)


def to_input(resized: npt.NDArray[np.uint8], preprocessing: Preprocessing) -> torch.Tensor:
    """Make the network's input of films: a channel of grey levels for each way that these are prepared.

    What a hospital's machine did to brightness and contrast drops out; equalised, gamma as well, because only
    the order of grey levels is left. The result has shape (films, channels, size, size), channels last.
    """
    channels = [_channel(resized, way, preprocessing.slope_limit) for way in preprocessing.grey_levels]
    # Laid out by hand: with one channel, torch takes either layout for channels last and changes nothing.
    return torch.from_numpy(np.stack(channels, axis=3)).permute(0, 3, 1, 2)


def _channel(resized: npt.NDArray[np.uint8], way: GreyLevels, slope_limit: float) -> npt.NDArray[np.float32]:
    if way == "standardised":
        return np.stack([standardise(film) for film in resized])
    levels = np.stack([equalise(film, slope_limit) for film in resized])
    levels -= np.float32(0.5)
    levels /= np.float32(EVEN_DEVIATION)
    return levels


def standardise(film: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Clip grey levels a little outside their 1st and 99th percentile, then give them mean 0 and deviation 1.

    Black and white do not count, as in `equalise`; an empty film is not blown up into noise.

    Parameters
    ----------
    film
        Grey levels, shape (height, width).
    """
    counts = np.bincount(film.ravel(), minlength=LEVELS).astype(np.float64)
    counts[0] = counts[-1] = 0
    total = counts.sum()
    levels = np.arange(LEVELS, dtype=np.float64)
    if total == 0:
        return ((film / np.float32(LEVELS - 1) - 0.5) / np.float32(EVEN_DEVIATION)).astype(np.float32)
    low, high = np.searchsorted(np.cumsum(counts) / total, [CLIPPED, 1 - CLIPPED])
    width = max(high - low, MIN_LEVELS)
    middle = (low + high) / 2
    scaled = ((levels - middle) / width).clip(-0.5 - OVERSHOOT, 0.5 + OVERSHOOT)
    mean = (scaled * counts).sum() / total
    deviation = np.sqrt(((scaled - mean) ** 2 * counts).sum() / total)
    standardised = (scaled - mean) / max(deviation, LEAST_DEVIATION)
    result: npt.NDArray[np.float32] = standardised.astype(np.float32)[film]
    return result


def equalise(film: npt.NDArray[np.uint8], slope_limit: float) -> npt.NDArray[np.float32]:
    """Replace each grey level by the share of the film that is darker, 0 to 1.

    Histogram equalisation with a limited slope, as in CLAHE (Pizer et al. 1987), but over the whole film.
    Black and white are left out of the histogram: they are borders, covers and what the export cut off.

    Parameters
    ----------
    film
        Grey levels, shape (height, width).
    slope_limit
        Times that a grey level may take more of the result than its even share: it keeps a large flat
        background from being stretched into noise.
    """
    counts = np.bincount(film.ravel(), minlength=LEVELS).astype(np.float64)
    counts[0] = counts[-1] = 0
    total = counts.sum()
    if total == 0:
        return (film / np.float32(LEVELS - 1)).astype(np.float32)
    reached = np.cumsum(counts) / total
    first, last = np.searchsorted(reached, [TAIL, 1 - TAIL])
    wanting = max(0, MIN_LEVELS - (last - first + 1))
    first, last = max(1, first - wanting // 2), min(LEVELS - 2, last + wanting - wanting // 2)
    even = total / (last - first + 1)
    limited = np.minimum(counts, slope_limit * even)
    limited[first : last + 1] += (total - limited.sum()) / (last - first + 1)
    darker = (np.cumsum(limited) - limited / 2) / total
    darker[0], darker[-1] = 0, 1
    levels: npt.NDArray[np.float32] = darker.astype(np.float32)[film]
    return levels
