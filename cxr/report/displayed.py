"""How a film's display is repeated in its presentation state: the rescaling, and the VOI LUT or window."""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from cxr.film import Film
from cxr.film.lookup_table import LookupTable
from cxr.film.voi import VoiTable, Window, displayed_voi, voi_tables

_NO_RESCALE = {"RescaleSlope": 1, "RescaleIntercept": 0}
_VOI = ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence")


def keep_displayed(original: Dataset, film: Film | None) -> Dataset | None:
    """Reduce the display attributes of a film to those that its display uses.

    A VOI LUT of values below 0 is returned as an item of a VOI LUT Sequence instead: highdicom copies none.

    Parameters
    ----------
    film
        The film as read, which says what its display uses. Where it can no longer be read, that is taken to
        be everything that is in form.
    """
    _keep_rescale(original, film.ignored if film else ())
    return _keep_voi(original, film)


def _keep_rescale(original: Dataset, ignored: Sequence[str]) -> None:
    """Keep a modality LUT or else the rescaling, whose missing half is that of no rescaling."""
    for name in {*ignored} & {*_NO_RESCALE, "ModalityLUTSequence"}:
        original.pop(name, None)
    given = [name for name in _NO_RESCALE if original.get(name) not in (None, "")]
    for name, value in _NO_RESCALE.items():
        if not given or original.get("ModalityLUTSequence"):
            original.pop(name, None)
        elif name not in given:
            setattr(original, name, value)


def _keep_voi(original: Dataset, film: Film | None) -> Dataset | None:
    voi = _voi(original, film) if film else displayed_voi(original, lambda _: True, np.zeros(1))[0]
    for name in _VOI:
        original.pop(name, None)
    if isinstance(voi, VoiTable):
        item = _item(voi.table)
        if voi.table.first < 0:
            return item
        original.VOILUTSequence = [item]
    elif voi:
        original.WindowCenter, original.WindowWidth = voi.center, voi.width
        if voi.function != "LINEAR":
            original.VOILUTFunction = voi.function
    return None


def _voi(original: Dataset, film: Film) -> VoiTable | Window | None:
    return film.window or next((one for one in voi_tables(original) if one.place == film.voi_table), None)


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
