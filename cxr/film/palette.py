"""The palette of a DICOM film: a lookup table of each colour, as it is or in segments (PS3.3 C.7.9)."""

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from cxr.film.colour import STRIP_PIXELS
from cxr.film.errors import FilmError, FilmErrorCode, missing_attribute
from cxr.film.lookup_table import MOST_ENTRIES, LookupTable, read_table

COLOURS = ("Red", "Green", "Blue")
_DISCRETE, _LINEAR = 0, 1
_BYTE = 8
_MOST_BYTES = 4 * MOST_ENTRIES
"""Bytes of a table in segments, at most: each of its entries may be a segment of its own, of two words."""


def coloured(stored: npt.NDArray[np.integer[Any]], header: FileDataset) -> npt.NDArray[np.uint8]:
    """Give a film of a palette in its colours, shape (rows, columns, 3).

    Raises
    ------
    FilmError
        Naming what the header lacks, or where the segments are of a kind that is not read.
    """
    if not header.get("RedPaletteColorLookupTableDescriptor"):
        raise missing_attribute("Red Palette Color Lookup Table Descriptor")
    lowest = int(stored.min())
    levels = np.arange(lowest, int(stored.max()) + 1, dtype=np.float64)
    shades = np.stack([_table(header, colour).apply(levels) for colour in COLOURS], axis=1).astype(np.uint16)
    # Entries have 8 or 16 bits, whatever the stored values have; 8 may come one in a word.
    eight_bits = (shades >> (_BYTE if shades.max() > 255 else 0)).astype(np.uint8)
    colours = np.empty((*stored.shape, 3), np.uint8)
    rows = max(1, STRIP_PIXELS // stored.shape[1])
    for top in range(0, len(stored), rows):
        strip = np.subtract(stored[top : top + rows], lowest, dtype=np.int32)
        np.take(eight_bits, strip, axis=0, out=colours[top : top + rows])
    return colours


def _table(header: FileDataset, colour: str) -> LookupTable:
    keyword = f"{colour}PaletteColorLookupTable"
    descriptor = header.get(f"{keyword}Descriptor") or header.RedPaletteColorLookupTableDescriptor
    order = ">" if header.original_encoding[1] is False else "<"
    data, segments = header.get(f"{keyword}Data"), header.get(f"Segmented{keyword}Data")
    if segments and not data:
        kind = "u1" if int(descriptor[2]) <= _BYTE else f"{order}u2"
        data = expanded(bytes(segments[:_MOST_BYTES]), np.dtype(kind)).astype(f"{order}u2").tobytes()
    table = read_table(descriptor, data, header.get("PixelRepresentation") == 1, order, may_be_packed=True)
    if table is None:  # or one of fewer entries than it states
        raise missing_attribute(f"{colour} Palette Color Lookup Table Data")
    return table


def expanded(data: bytes, kind: "np.dtype[Any]") -> npt.NDArray[np.uint16]:
    """Give the entries of a table in segments; once there are `MOST_ENTRIES`, no further segment is read.

    Raises
    ------
    FilmError
        Where a segment is neither discrete nor linear.
    """
    words = np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], kind).astype(np.int64)
    parts: list[npt.NDArray[Any]] = []
    place = count = 0
    while place + 1 < len(words) and count < MOST_ENTRIES:
        opcode, length = words[place : place + 2].tolist()
        place += 2
        if opcode == _DISCRETE:
            part = words[place : place + length]
            place += length
        elif opcode == _LINEAR and count:
            part = np.rint(np.linspace(parts[-1][-1], words[place], length + 1)[1:])
            place += 1
        else:
            raise FilmError(
                FilmErrorCode.UNSUPPORTED_DICOM,
                "The palette of this DICOM film is in segments of a kind that is not read. Export the film "
                "in greyscale.",
            )
        if len(part):
            parts.append(part)
            count += len(part)
    return np.concatenate(parts).astype(np.uint16)
