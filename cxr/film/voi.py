"""The VOI LUT or window of a DICOM film: which one is displayed, and what it makes of the values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from cxr.film.lookup_table import LookupTable, Shades, tables_of

MOST_TRIED = 50
"""VOI LUTs and windows of a film that are tried, at most of each; a modality offers a few."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a header; its function is LINEAR, LINEAR_EXACT or SIGMOID."""

    center: float
    width: float
    function: str = "LINEAR"

    def apply(self, values: Shades) -> Shades:
        """Map values to 0 .. 1 (PS3.3 C.11.2.1.2 and C.11.2.1.3).

        pydicom's `apply_windowing` scales to the range of the stored values and inverts a film whose Rescale
        Slope is negative.
        """
        center, width = self.center, self.width
        if self.function == "SIGMOID":
            curve: Shades = np.reciprocal(1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
            return curve
        if self.function == "LINEAR":
            center, width = center - 0.5, width - 1
            if width == 0:
                return (values > center).astype(np.float64)
        return np.clip((values - center) / width + 0.5, 0, 1)


@dataclass(frozen=True, slots=True)
class VoiTable:
    """A VOI LUT of a header; `place` counts those that can be read, from 0."""

    place: int
    table: LookupTable

    def apply(self, values: Shades) -> Shades:
        """Map values to 0 .. 1, the ends of the table's own entries."""
        return spread(self.table.apply(values), self.table.entries)


def displayed_voi(
    header: Dataset, shows: Callable[[Shades], bool], values: Shades
) -> tuple[VoiTable | Window | None, Shades]:
    """Choose the VOI LUT or window that a film is displayed with, and apply it: the one place to decide.

    Tables come before windows. The first whose shades pass is taken; without any, none is, and the values
    come back as they are.

    Parameters
    ----------
    shows
        Whether shades show anything of the film.
    """
    candidates: Iterator[VoiTable | Window] = chain(
        islice(voi_tables(header), MOST_TRIED), islice(windows(header), MOST_TRIED)
    )
    for voi in candidates:
        if shows(shades := voi.apply(values)):
            return voi, shades
    return None, values


def voi_tables(header: Dataset) -> Iterator[VoiTable]:
    """Give the VOI LUTs of a header that can be read."""
    for place, table in enumerate(tables_of(header, "VOILUTSequence")):
        yield VoiTable(place, table)


def windows(header: Dataset) -> Iterator[Window]:
    """Give the windows of a header that are in form.

    An unknown function counts as LINEAR. A width that the standard forbids (vendors write 0 for "none") is no
    window.
    """
    function = str(header.get("VOILUTFunction") or "").strip().upper()
    function = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    least = 1 if function == "LINEAR" else 0.001
    pairs = zip(numbers(header, "WindowCenter"), numbers(header, "WindowWidth"), strict=False)
    for center, width in pairs:
        if np.isfinite(center) and np.isfinite(width) and width >= least:
            yield Window(center, width, function)


def unusable_window(header: Dataset) -> list[str]:
    """Name what is wrong with the windows of a header that were passed over: both, where one is in form."""
    centers, widths = numbers(header, "WindowCenter"), numbers(header, "WindowWidth")
    if any(windows(header)):
        return ["WindowCenter", "WindowWidth"]
    if not (centers or widths):
        return []
    unusable = [] if any(map(np.isfinite, centers)) else ["WindowCenter"]
    if not any(width > 0 and np.isfinite(width) for width in widths):
        unusable.append("WindowWidth")
    return unusable or ["WindowWidth"]


def spread(values: Shades, between: Shades) -> Shades:
    """Scale so that the least and the largest of some values are 0 and 1."""
    black, white = between.min(), between.max()
    shades: Shades = np.clip((values - black) / ((white - black) or 1.0), 0, 1)
    return shades


def numbers(header: Dataset, keyword: str) -> list[float]:
    """Read all values of a decimal attribute; what is not a number is NaN."""
    found = []
    for text in _texts(header, keyword):
        try:
            found.append(float(text.replace(",", ".")))
        except ValueError:
            found.append(np.nan)
    return found


def _texts(header: Dataset, keyword: str) -> list[str]:
    value = header.get(keyword)
    values = value if isinstance(value, (MultiValue, list)) else [value]
    return [str(one).strip() for one in values if one is not None and str(one).strip()]
