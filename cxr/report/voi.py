"""The VOI LUT or window of a film that its presentation state repeats: the one that the display uses."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from cxr.film.display import voi_table, voi_window
from cxr.film.lookup_table import LookupTable

_NAMES = ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence")


def keep_displayed_voi(original: Dataset, unusable: Sequence[str] = ()) -> Dataset | None:
    """Reduce the VOI attributes of a film to those that its display uses; none where it uses none.

    A table of values below 0 is returned as an item of a VOI LUT Sequence instead: highdicom copies none.

    Parameters
    ----------
    unusable
        Keywords of attributes that the display passed over.
    """
    for name in {*unusable} & {*_NAMES}:
        original.pop(name, None)
    table, window = voi_table(original), voi_window(original)
    for name in _NAMES:
        original.pop(name, None)
    if table and table.first >= 0:
        original.VOILUTSequence = [_item(table)]
    elif table:
        return _item(table)
    elif window:
        original.WindowCenter, original.WindowWidth, function = window
        if function != "LINEAR":
            original.VOILUTFunction = function
    return None


def _item(table: LookupTable) -> Dataset:
    """Write a table as an item of a VOI LUT Sequence (PS3.3 C.11.2.1.1); entries of 8 bits are packed."""
    bits = max(8, int(table.entries.max()).bit_length())
    entries = table.entries.astype("<u2" if bits > 8 else "u1")
    data = entries.tobytes()
    signed = table.first < 0
    count = len(entries) if len(entries) < (1 << 15 if signed else 1 << 16) else len(entries) - (1 << 16)
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", [count, table.first, bits])
    item.add_new("LUTData", "OW", data + bytes(len(data) % 2))
    return item
