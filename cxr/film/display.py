"""Convert stored values to displayed grey levels: modality LUT, VOI LUT or window, polarity."""

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import Pixels

_Shades = npt.NDArray[np.float64]


def grey_levels(stored: npt.NDArray[np.integer], header: Dataset) -> Pixels:
    """Convert stored values to the grey levels that a viewer displays, 0 = black.

    Each step maps a value to a shade, so it runs once per value that can occur (at most 65536), not once
    per pixel.

    Parameters
    ----------
    stored
        Stored values, shape (rows, columns), of 8 or 16 bits.
    header
        Photometric Interpretation, Bits Stored and, where present, rescale, LUTs, window and padding.

    Returns
    -------
    Pixels
        `uint8` where Bits Stored is up to 8, else `uint16`. Black and white are the ends of the window or
        VOI LUT, or, without one, the film's darkest and brightest value. Padding is black.
    """
    lowest = int(stored.min())
    offsets = np.subtract(stored, lowest, dtype=np.int32)
    levels = np.arange(lowest, int(stored.max()) + 1, dtype=np.int32)
    padding = _is_padding(levels, header)
    occurs = np.zeros(levels.shape, dtype=bool)
    occurs[offsets] = True

    shades = _shades(levels, occurs & ~padding, header)
    if header.PhotometricInterpretation == "MONOCHROME1":
        shades = 1 - shades
    shades[padding] = 0
    if not np.isfinite(shades).all():
        raise FilmError(
            FilmErrorCode.DAMAGED,
            "The rescale or window values of this DICOM film are not numbers. Export it again from the PACS.",
        )
    grey_type, white = (np.uint8, 255) if header.BitsStored <= 8 else (np.uint16, 65535)
    pixels: Pixels = np.rint(shades * white).astype(grey_type)[offsets]
    return pixels


def _shades(levels: npt.NDArray[np.int32], shown: npt.NDArray[np.bool_], header: Dataset) -> _Shades:
    """Map each level to 0 .. 1, before polarity (PS3.3 C.11.1 and C.11.2)."""
    values = np.asarray(apply_modality_lut(levels, _rescalable(header)), dtype=np.float64)
    if header.get("VOILUTSequence"):
        return _through_table(values, header)
    center, width = _first_number(header, "WindowCenter"), _first_number(header, "WindowWidth")
    function = str(header.get("VOILUTFunction") or "LINEAR").upper()
    # A width that the standard forbids (vendors write 0 for "none") does not count as a window.
    if center is not None and width is not None and width >= (0.001 if function != "LINEAR" else 1):
        return through_window(values, center, width, function)
    if not shown.any():
        return np.zeros_like(values)
    black, white = values[shown].min(), values[shown].max()
    shades: _Shades = np.clip((values - black) / ((white - black) or 1.0), 0, 1)
    return shades


def through_window(values: _Shades, center: float, width: float, function: str) -> _Shades:
    """Apply a window, to 0 .. 1 (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    pydicom's `apply_windowing` scales to the range of the stored values and inverts a film whose Rescale
    Slope is negative.
    """
    if function == "SIGMOID":
        curve: _Shades = np.reciprocal(1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
        return curve
    if function == "LINEAR":
        center, width = center - 0.5, width - 1
        if width == 0:
            return (values > center).astype(np.float64)
    return np.clip((values - center) / width + 0.5, 0, 1)


def _through_table(values: _Shades, header: Dataset) -> _Shades:
    table = header.VOILUTSequence[0]
    entries, first = int(table.LUTDescriptor[0]) or 65536, int(table.LUTDescriptor[1])
    # pydicom indexes with the type of the entries: 8-bit indices into a longer table would wrap.
    table.LUTDescriptor = [table.LUTDescriptor[0], first, 16]
    ends = np.arange(first, first + entries)
    whole = np.asarray(apply_voi(ends, header), dtype=np.float64)
    inside = np.clip(np.rint(values), first, first + entries - 1).astype(np.int64)
    shades: _Shades = (whole[inside - first] - whole.min()) / ((whole.max() - whole.min()) or 1.0)
    return shades


def _rescalable(header: Dataset) -> Dataset:
    """Drop a rescale whose slope or intercept is empty."""
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        if keyword in header and _first_number(header, keyword) is None:
            del header[keyword]
    return header


def _first_number(header: Dataset, keyword: str) -> float | None:
    value = header.get(keyword)
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    return None if value is None or value == "" else float(value)


def _is_padding(levels: npt.NDArray[np.int32], header: Dataset) -> npt.NDArray[np.bool_]:
    value = header.get("PixelPaddingValue")
    if not isinstance(value, int):
        return np.zeros(levels.shape, dtype=bool)
    limit = header.get("PixelPaddingRangeLimit")
    other = limit if isinstance(limit, int) else value
    return (levels >= min(value, other)) & (levels <= max(value, other))
