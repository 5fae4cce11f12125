"""Measure how much of the 256 grey levels that the network receives a film uses."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cxr.film import Film

LEVELS = 256
# A film with 98 % of its pixels within this share of the grey scale is blank.
BLANK_SPAN = 0.05
# Within this share it is a single grey with noise, from which no window recovers a picture.
ONE_GREY_SPAN = 0.01
# The middle of a film counts as dark in the lowest quarter of the scale, and as bright in the highest.
DARK, BRIGHT = 0.25, 0.75
# Chosen on films of children and adults, none of which had fewer than 13 and 22 respectively.
MIN_LUNG_LEVELS = 12
MIN_LEVELS = 20
# A larger film is subsampled to every second, third ... pixel.
SAMPLED_SIDE = 224

_Counts = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GreyLevels:
    """Measurements of a film; its middle is what lies a sixth or more from the borders.

    Attributes
    ----------
    span
        Share of the scale within which 98 % of the pixels lie.
    median
        Median of the middle, 0 = black, 1 = white.
    levels
        Effective number of grey levels in the middle: the exponential of their entropy, so that a rare level
        counts for little.
    lung_levels
        The same for the darker half of the middle, in which the lungs are.
    """

    span: float
    median: float
    levels: float
    lung_levels: float

    @property
    def blank(self) -> bool:
        """Whether the film shows nothing, and would show nothing with another window either."""
        return self.span < BLANK_SPAN and not (self.too_dark or self.too_bright)

    @property
    def too_dark(self) -> bool:
        """Whether so much is clipped to black that the lungs have lost their detail."""
        return self._shows and self.median < DARK and self.lung_levels < MIN_LUNG_LEVELS

    @property
    def too_bright(self) -> bool:
        """Whether so much is clipped to white that an opacity would not stand out."""
        return self._shows and self.median > BRIGHT and self.levels < MIN_LEVELS

    @property
    def _shows(self) -> bool:
        return self.span >= ONE_GREY_SPAN


def grey_levels(film: Film) -> GreyLevels:
    """Measure the grey levels of a film of any size and bit depth."""
    step = max(1, min(film.pixels.shape) // SAMPLED_SIDE)
    # Contiguous, for both histograms.
    sampled = film.pixels[::step, ::step].copy()
    levels = (sampled if film.white < LEVELS else sampled >> 8).astype(np.uint8, copy=False)
    rows, columns = levels.shape
    middle = _histogram(levels[rows // 6 : rows - rows // 6, columns // 6 : columns - columns // 6])
    darker_half = np.diff(np.minimum(np.cumsum(middle), middle.sum() // 2), prepend=0)
    darkest, brightest = _quantiles(_histogram(levels), 0.01, 0.99)
    (median,) = _quantiles(middle, 0.5)
    return GreyLevels(
        span=(brightest - darkest) / (LEVELS - 1),
        median=median / (LEVELS - 1),
        levels=_effective_number(middle),
        lung_levels=_effective_number(darker_half),
    )


def _histogram(levels: npt.NDArray[np.uint8]) -> _Counts:
    """Count the pixels of each level: sorting them would take ten times as long."""
    counts = cv2.calcHist([np.ascontiguousarray(levels)], [0], None, [LEVELS], [0, LEVELS])
    return counts.ravel().astype(np.intp)


def _quantiles(counts: _Counts, *shares: float) -> list[float]:
    """Give the levels below which these shares of the pixels lie, interpolated linearly."""
    reached = np.cumsum(counts)
    places = np.array(shares) * (reached[-1] - 1)
    below, above = (np.searchsorted(reached, end(places), side="right") for end in (np.floor, np.ceil))
    quantiles: list[float] = (below + (above - below) * (places % 1)).tolist()
    return quantiles


def _effective_number(counts: _Counts) -> float:
    """Give the number of equally frequent levels that would have the same entropy (Hill 1973, order 1)."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
