"""Where the outlined region lies, in a radiologist's words: side, zone, and share of the lungs."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cxr.explain.gradcam import HeatMap
from cxr.explain.lung_field import LUNG
from cxr.explain.region import FINENESS, caption, hottest_region

NAMED = 0.2
"""Least share of the region in a zone that is named."""
INSIDE = 0.5
"""Share of the region in the lungs below which the reader is warned."""
LEAST_LUNG = 0.05
"""Least share of the film that is lung: below it, the lungs were not found."""
FINE = FINENESS // 8

ZONES = (
    *("right upper zone", "right middle zone", "right lower zone"),
    *("left upper zone", "left middle zone", "left lower zone"),
)
"""Sides are the patient's: the right lung is on the left of a film."""
OUTSIDE = "Most of the outlined region lies outside the lungs: look there before you trust this result."

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outlined region lies.

    Attributes
    ----------
    zones
        The lung zones that hold a good part of it, those of the right lung first.
    of_lungs
        Share of the lungs that it covers, 0 to 1.
    inside
        Share of it that lies in the lungs, 0 to 1.
    """

    zones: tuple[str, ...]
    of_lungs: float
    inside: float


def place_of(heat: HeatMap) -> Place | None:
    """Find where the outlined region lies; None where none is outlined, or the lungs were not found."""
    region = hottest_region(heat)
    rows, columns = heat.values.shape
    lungs = lungs_of(heat, rows * FINE, columns * FINE)
    if region is None or lungs is None:
        return None
    covered = region.covered(*lungs.shape)
    inside = covered & lungs
    zones = zip(ZONES, _zones(lungs), strict=True)
    named = tuple(name for name, zone in zones if (inside & zone).sum() >= NAMED * max(1, inside.sum()))
    return Place(
        named if inside.any() else (),
        float(inside.sum() / lungs.sum()),
        float(inside.sum() / covered.sum()),
    )


def lungs_of(heat: HeatMap, height: int, width: int) -> Mask | None:
    """Find the lungs in a film, shape (height, width); None where they were not found."""
    if heat.lungs is None:
        return None
    lungs: Mask = cv2.resize(heat.lungs, (width, height), interpolation=cv2.INTER_LINEAR) >= LUNG
    return None if lungs.mean() < LEAST_LUNG else lungs


def _zones(lungs: Mask) -> list[Mask]:
    """Divide each lung into thirds of its height, in the order of `ZONES`."""
    columns = np.arange(lungs.shape[1])
    middle = float(columns[np.nonzero(lungs)[1]].mean())
    zones = []
    for side in (columns <= middle, columns > middle):
        lung = lungs & side
        filled = np.flatnonzero(lung.any(axis=1))
        top, height = (filled[0], filled[-1] + 1 - filled[0]) if len(filled) else (0, 1)
        third = (np.arange(len(lung)) - top) * 3 // height
        zones += [lung & (third == part)[:, None] for part in range(3)]
    return zones


def place_sentence(heat: HeatMap) -> str:
    """Say where the outlined region lies, or warn that it is not in the lungs; empty if not known."""
    place = place_of(heat)
    if place is None:
        return ""
    if place.inside < INSIDE or not place.zones:
        return OUTSIDE
    zones, share = ", ".join(place.zones), max(1, round(100 * place.of_lungs))
    if len(place.zones) > 1:
        return f"It lies in several zones ({zones}) and covers {share} % of the lungs."
    return f"It lies in the {zones} and covers {share} % of the lungs."


def heat_sentences(heat: HeatMap) -> list[str]:
    """Describe what is drawn of a heat map, and where it lies, for reports."""
    return [f"{caption(heat)}.", *filter(None, [place_sentence(heat)])]
