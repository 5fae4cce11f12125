"""Distance between a film's pixels, from its DICOM header."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

SPACING_TAGS = (
    "PixelSpacing",
    "PixelSpacingCalibrationType",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
)
CALIBRATED = ("GEOMETRY", "FIDUCIAL")
LEAST_MM, MOST_MM = 0.01, 10.0
"""A spacing outside these is a mistake: a chest film is some 400 mm wide and at most 10,000 pixels."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distance between rows and between columns.

    Attributes
    ----------
    at_detector
        Whether it holds at the detector, where objects appear larger than they are.
    """

    mm: tuple[float, float]
    at_detector: bool


def spacing_of(dataset: Dataset) -> Spacing | None:
    """Extract the spacing; `None` where the header states none, or nonsense.

    Pixel Spacing of a projection radiograph is calibrated for the patient only where its calibration type
    says so or where it differs from Imager Pixel Spacing (PS3.3 10.7.1.3).
    """
    stated, detector = (_pair(dataset, keyword) for keyword in ("PixelSpacing", "ImagerPixelSpacing"))
    if stated:
        kind = str(dataset.get("PixelSpacingCalibrationType") or "").strip().upper()
        calibrated = kind in CALIBRATED or (detector is not None and detector != stated)
        return Spacing(stated, at_detector=not calibrated)
    detector = detector or _pair(dataset, "NominalScannedPixelSpacing")
    return Spacing(detector, at_detector=True) if detector else None


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    try:
        value = dataset.get(keyword)
        if not isinstance(value, MultiValue) or len(value) != 2:
            return None
        rows, columns = (float(str(one).replace(",", ".")) for one in value)
    except Exception:  # a value that its representation does not allow
        return None
    fits = all(math.isfinite(one) and LEAST_MM <= one <= MOST_MM for one in (rows, columns))
    return (rows, columns) if fits else None
