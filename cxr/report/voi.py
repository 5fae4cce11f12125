"""The VOI LUT or window of a film that its presentation state repeats: the one that the display uses."""

import numpy as np
from pydicom.dataset import Dataset

from cxr.film.display import voi_table, voi_window
from cxr.film.lookup_table import LookupTable

_NAMES = ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence")


def keep_displayed_voi(original: Dataset) -> None:
    """Reduce the VOI attributes of a film to those that its display uses; none where it uses none."""
    table, window = voi_table(original), voi_window(original)
    for name in _NAMES:
        original.pop(name, None)
    if table:
        original.VOILUTSequence = [_item(table)]
    elif window:
        original.WindowCenter, original.WindowWidth, function = window
        if function != "LINEAR":
            original.VOILUTFunction = function


def _item(table: LookupTable) -> Dataset:
    """Write a table as an item of a VOI LUT Sequence (PS3.3 C.11.2.1.1), its entries as words."""
    entries = table.entries.astype("<u2")
    bits = max(8, int(entries.max()).bit_length())
    signed = table.first < 0
    count = len(entries) if len(entries) < (1 << 15 if signed else 1 << 16) else len(entries) - (1 << 16)
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", [count, table.first, bits])
    item.add_new("LUTData", "OW", np.ascontiguousarray(entries).tobytes())
    return item
