"""The VOI LUT or window of a film that its presentation state repeats: the one that the display uses."""

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

LINEAR = "LINEAR"
FUNCTIONS = (LINEAR, "LINEAR_EXACT", "SIGMOID")
LEAST_WIDTH = {LINEAR: 1.0}
"""Smallest valid window width (PS3.3 C.11.2.1.2); of the other functions, any above 0."""
_NAMES = ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction")


def keep_displayed_voi(original: Dataset) -> None:
    """Reduce the VOI attributes of a film to those that its display uses.

    A usable VOI LUT comes before any window; of several windows the first usable pair of center and width
    counts; an unknown or empty function is LINEAR. Nothing is left where nothing is usable.
    """
    tables = [table for table in original.get("VOILUTSequence") or [] if _is_usable(table)]
    function = str(original.get("VOILUTFunction") or LINEAR).strip().upper()
    function = function if function in FUNCTIONS else LINEAR
    least = LEAST_WIDTH.get(function, 0.0)
    pairs = zip(_numbers(original, "WindowCenter"), _numbers(original, "WindowWidth"), strict=False)
    usable = [(center, width) for center, width in pairs if width >= least and width > 0]
    for name in (*_NAMES, "VOILUTSequence"):
        original.pop(name, None)
    if tables:
        original.VOILUTSequence = tables[:1]
    elif usable:
        original.WindowCenter, original.WindowWidth = usable[0]
        if function != LINEAR:
            original.VOILUTFunction = function


def _is_usable(table: Dataset) -> bool:
    try:
        entries, _, bits = (int(number) for number in table.LUTDescriptor)
        data = table.LUTData
    except (AttributeError, TypeError, ValueError):
        return False
    # Entries of 8 bits may be packed two to a value.
    return bool(data) and bits > 0 and len(data) >= (entries or 65536) / 2


def _numbers(original: Dataset, keyword: str) -> list[float]:
    value = original.get(keyword)
    try:
        return [float(one) for one in (value if isinstance(value, MultiValue | list) else [value])]
    except (TypeError, ValueError):
        return []
