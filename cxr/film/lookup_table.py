"""Lookup tables of a DICOM header as they come: of 8 or 16 bits, packed, empty or cut short."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items

Shades = npt.NDArray[np.float64]
MOST_ENTRIES = 65536
_BYTE = 8


@dataclass(frozen=True, slots=True, eq=False)
class LookupTable:
    """Output values for consecutive input values from `first` on; inputs beyond an end take its value."""

    first: int
    entries: Shades

    def apply(self, values: Shades) -> Shades:
        """Map values, rounded to whole ones."""
        places = np.clip(np.rint(values) - self.first, 0, len(self.entries) - 1).astype(np.int64)
        mapped: Shades = self.entries[places]
        return mapped


def tables_of(header: Dataset, keyword: str) -> Iterator[LookupTable]:
    """Give the usable tables of a Modality or VOI LUT Sequence."""
    items = header.get(keyword)
    signed = header.get("PixelRepresentation") == 1
    little = not isinstance(header, FileDataset) or header.original_encoding[1] is not False
    tables = (lookup_table(item, signed, little) for item in items) if isinstance(items, Items) else ()
    yield from filter(None, tables)


def lookup_table(item: Dataset, signed: bool, little_endian: bool = True) -> LookupTable | None:
    """Read an item of a Modality or VOI LUT Sequence (PS3.3 C.11.1.1); `None` where it is unusable.

    That is one without data, with fewer entries than it declares, or of a single grey.

    Parameters
    ----------
    signed
        Whether the values that go in can be negative.
    """
    try:
        return _read(item, signed, little_endian)
    except (TypeError, ValueError, OverflowError):  # values that are no whole numbers
        return None


def _read(item: Dataset, signed: bool, little_endian: bool) -> LookupTable | None:
    descriptor, data = item.get("LUTDescriptor"), item.get("LUTData")
    if not isinstance(descriptor, (MultiValue, list)) or len(descriptor) != 3 or data is None:
        return None
    packed = int(descriptor[2]) <= _BYTE
    table = read_table(descriptor, data, signed, "<" if little_endian else ">", may_be_packed=packed)
    return None if table is None or table.entries.min() == table.entries.max() else table


def read_table(
    descriptor: Sequence[int], data: object, signed: bool, order: str, *, may_be_packed: bool
) -> LookupTable | None:
    """Read a table by its descriptor; `None` where it has fewer entries than that declares.

    Parameters
    ----------
    signed
        Whether the values that go in can be negative.
    order
        Byte order of its words, `<` or `>`.
    may_be_packed
        Whether two entries may share a word.
    """
    count, first = int(descriptor[0]) & 0xFFFF or MOST_ENTRIES, int(descriptor[1])
    if signed and first > 0x7FFF:  # read as unsigned
        first -= MOST_ENTRIES
    entries = _entries(data, count, order, may_be_packed)
    return None if entries is None else LookupTable(first, entries.astype(np.float64))


def _entries(data: object, count: int, order: str, may_be_packed: bool) -> npt.NDArray[np.uint16] | None:
    if isinstance(data, (MultiValue, list)):
        words = np.array([int(value) & 0xFFFF for value in data], np.uint16)
        raw, order = words.astype("<u2").tobytes(), "<"
    elif isinstance(data, bytes):
        raw = data
    else:
        return None
    if len(raw) >= 2 * count:
        return np.frombuffer(raw, f"{order}u2", count).astype(np.uint16)
    # Entries of 8 bits are packed, two in a word.
    if may_be_packed and len(raw) in (count, count + count % 2):
        packed = np.frombuffer(raw, np.uint8)
        if order == ">" and len(raw) % 2 == 0:
            packed = packed.reshape(-1, 2)[:, ::-1].ravel()
        return packed[:count].astype(np.uint16)
    return None
