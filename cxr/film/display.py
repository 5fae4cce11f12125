"""Convert stored values to displayed grey levels: modality LUT, VOI LUT or window, polarity."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import Pixels
from cxr.film.lookup_table import Shades, tables_of
from cxr.film.voi import VoiTable, Window, displayed_voi, numbers, spread, unusable_window

ONE_GREY = 1 / 255
"""What spans less of the scale is one grey to the network, and to a reader."""
_REDUCTIONS = (8, 4, 2)
_MOST = 1e9
"""No film is rescaled by more: double precision must tell its values apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Displayed:
    """Grey levels as displayed, the VOI LUT or window that made them, and the unusable attributes."""

    pixels: Pixels
    voi: VoiTable | Window | None = None
    ignored: tuple[str, ...] = ()


def grey_levels(stored: npt.NDArray[np.integer], header: Dataset, side: int | None = None) -> Displayed:
    """Convert stored values to the grey levels that a viewer displays, 0 = black.

    Each step maps a value to a shade, so it runs once per value that can occur (at most 65536), not once
    per pixel.

    Parameters
    ----------
    stored
        Stored values, shape (rows, columns), of 8 or 16 bits.
    header
        Photometric Interpretation, Bits Stored and, where present, rescale, LUTs, window and padding.
    side
        As in `read_film`; a film with padding keeps its size.

    Returns
    -------
    Displayed
        Grey levels, `uint8` where Bits Stored is up to 8, else `uint16`. Black and white are the ends of the
        window or VOI LUT, or, without one, the film's darkest and brightest value. Padding is black.
    """
    lowest, highest = int(stored.min()), int(stored.max())
    levels = np.arange(lowest, highest + 1, dtype=np.int32)
    ignored: list[str] = []
    padding = _is_padding(levels, header, ignored)
    shown = ~padding
    if padding.any():
        occurs = np.zeros(levels.shape, dtype=bool)
        occurs[np.subtract(stored, lowest, dtype=np.int32)] = True
        shown &= occurs
    else:
        stored = reduced(stored, side)

    shades, voi = _shades(levels, shown, header, ignored)
    if header.PhotometricInterpretation == "MONOCHROME1":
        shades = 1 - shades
    shades[padding] = 0
    if not np.isfinite(shades).all():
        raise FilmError(
            FilmErrorCode.DAMAGED,
            "The rescale or window values of this DICOM film are not numbers. Export it again from the PACS.",
        )
    grey_type, white = (np.uint8, 255) if header.BitsStored <= 8 else (np.uint16, 65535)
    table = np.rint(shades * white).astype(grey_type)
    pixels: Pixels = table[np.subtract(stored, lowest, dtype=np.int32)]
    return Displayed(pixels, voi, tuple(ignored))


def reduction(height: int, width: int, side: int | None) -> int:
    """Give the factor, 8, 4, 2 or 1, by which a picture can shrink and keep `side` pixels on each side."""
    return next((by for by in _REDUCTIONS if side and min(height, width) >= by * side), 1)


def reduced(pixels: npt.NDArray[np.integer], side: int | None) -> npt.NDArray[np.integer]:
    """Shrink a picture by averaging areas, to no less than `side` pixels on its shorter side."""
    by = reduction(pixels.shape[0], pixels.shape[1], side)
    if by == 1:
        return pixels
    size = (-(-pixels.shape[1] // by), -(-pixels.shape[0] // by))
    smaller = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return smaller.astype(pixels.dtype, copy=False)


def _shades(
    levels: npt.NDArray[np.int32], shown: npt.NDArray[np.bool_], header: Dataset, ignored: list[str]
) -> tuple[Shades, VoiTable | Window | None]:
    """Map each level to 0 .. 1, before polarity (PS3.3 C.11.1 and C.11.2); also what was applied."""
    values = _modality_values(levels.astype(np.float64), shown, header, ignored)
    voi, shades = displayed_voi(header, lambda shades: _shows(shades, shown), values)
    if not isinstance(voi, VoiTable) and header.get("VOILUTSequence"):
        ignored.append("VOILUTSequence")
    if voi is None:
        ignored += unusable_window(header)
        shades = spread(values, values[shown]) if shown.any() else np.zeros_like(values)
    return shades, voi


def _shows(shades: Shades, shown: npt.NDArray[np.bool_]) -> bool:
    """Whether a table or window shows more than black and white of a film that has more greys.

    Vendors write a width of 1 for "none", which leaves no picture to read.
    """
    if shown.sum() <= 2:
        return True
    if not np.isfinite(shades).all() or np.ptp(shades[shown]) < ONE_GREY:
        return False
    return len(np.unique(np.rint(shades[shown] / ONE_GREY))) > 2


def _modality_values(
    values: Shades, shown: npt.NDArray[np.bool_], header: Dataset, ignored: list[str]
) -> Shades:
    several = shown.sum() > 1
    for table in tables_of(header, "ModalityLUTSequence"):
        mapped = table.apply(values)
        if not several or np.ptp(mapped[shown]):
            return mapped
    if header.get("ModalityLUTSequence"):
        ignored.append("ModalityLUTSequence")
    slope, intercept = (next(iter(numbers(header, f"Rescale{of}")), None) for of in ("Slope", "Intercept"))
    if slope is not None and not (abs(slope) < _MOST and slope):
        ignored.append("RescaleSlope")
        slope = None
    if intercept is not None and not abs(intercept) < _MOST:
        ignored.append("RescaleIntercept")
        intercept = None
    rescaled = values * (1 if slope is None else slope) + (intercept or 0)
    if several and not np.ptp(rescaled[shown]):
        ignored.append("RescaleSlope")
        return values + (intercept or 0)
    return rescaled


def _is_padding(levels: npt.NDArray[np.int32], header: Dataset, ignored: list[str]) -> npt.NDArray[np.bool_]:
    """Find the levels that are padding; a range of all the film's levels is passed over."""
    value, limit = (_stored_value(header, f"PixelPadding{of}") for of in ("Value", "RangeLimit"))
    if value is None:
        return np.zeros(levels.shape, dtype=bool)
    lowest, highest = sorted((value, value if limit is None else limit))
    if lowest <= levels[0] < levels[-1] <= highest:
        ignored.append("PixelPaddingRangeLimit")
        lowest = highest = value
    padding: npt.NDArray[np.bool_] = (levels >= lowest) & (levels <= highest)
    return padding


def _stored_value(header: Dataset, keyword: str) -> int | None:
    """Read an attribute as a stored value, also where it is written as one of the other sign."""
    value, bits = header.get(keyword), int(header.get("BitsAllocated") or 16)
    if not isinstance(value, int):
        return None
    if not -(1 << (bits - 1)) <= value < 1 << bits:
        return value  # of no pixel
    if header.get("PixelRepresentation") == 1:
        half = 1 << (bits - 1)
        return (value + half) % (2 * half) - half
    return value % (1 << bits)
