"""Elements without a valid value representation (VR), such as `??` or blanks, or with a wrong length.

A reader has to know the length of such an element, or it loses every element behind it.
"""

import re
import struct
from itertools import islice

from pydicom.datadict import dictionary_has_tag

from cxr.film.dicom_start import PIXEL_DATA, UNDEFINED, VRS

_ITEMS, _DELIMITERS = (0xFFFEE000, 0xFFFEE0DD), 0xFFFE
_OVERLAYS, _BEYOND = 0x6000, 0x8000
_SEARCHED_BYTES, _MOST_FOUND = 1024, 64
"""How far the next element is looked for where no way to read a length leads to one."""
_ELEMENT = re.compile(rb"(?s)(?=....(?:" + b"|".join(sorted(VRS)) + rb"))")
_NEWER = frozenset((b"OD", b"OF", b"OL", b"OV", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
"""Representations that some writers give a length of two bytes, as the older ones have."""
_SURE = VRS - _NEWER
_OF_PIXELS = frozenset((b"OB", b"OW"))
_LONG = _OF_PIXELS | {b"SQ"}


def is_sure(data: bytes | bytearray, place: int, order: str) -> bool:
    """Whether an element is read as the standard says, by its representation, and ends within the data."""
    vr = bytes(data[place + 4 : place + 6])
    if _tag(data, place, order) == PIXEL_DATA:
        return vr in _OF_PIXELS
    if vr in _LONG and place + 12 <= len(data):
        (length,) = struct.unpack_from(f"{order}L", data, place + 8)
        return bool(length == UNDEFINED or place + 12 + length <= len(data))
    (length,) = struct.unpack_from(f"{order}H", data, place + 6)
    return bool(vr in _SURE and place + 8 + length <= len(data))


def is_explicit(data: bytes | bytearray, place: int, order: str, strictly: bool) -> bool:
    """Whether the first element of a data set or an item states a representation, although not a valid one.

    Parameters
    ----------
    strictly
        As in `value_of`.
    """
    found = value_of(data, place, order, strictly) if place + 12 <= len(data) else None
    if found is None or strictly:
        return found is not None
    return found != (place + 8, *struct.unpack_from(f"{order}L", data, place + 4))


def value_of(
    data: bytes | bytearray, place: int, order: str, strictly: bool = False
) -> tuple[int, int] | None:
    """Give where the value of an element begins, and its length, such that another element follows.

    Its length may have two bytes, four, or four after two reserved ones. None of them may be right: then the
    value ends where the next element begins, if one is near. `None` where nothing parses.

    Parameters
    ----------
    order
        Byte order, `<` or `>`.
    strictly
        Whether the next element must state its representation: this one alone does not tell whether
        the data set is explicit.
    """
    group, element, vr, short = struct.unpack_from(f"{order}HH2sH", data, place)
    (implicit,) = struct.unpack_from(f"{order}L", data, place + 4)
    codings = [(place + 8, short), (place + 8, implicit)]
    if (short == 0 or vr in _NEWER) and place + 12 <= len(data):
        codings.insert(0, (place + 12, *struct.unpack_from(f"{order}L", data, place + 8)))
    if group << 16 | element == PIXEL_DATA:
        start, length = codings[0]
        fits = length == UNDEFINED or start + length <= len(data)
        return (start, length) if start > place + 8 and fits else None
    for start, length in codings:
        if length == UNDEFINED:
            follows = _tag(data, start, order) in _ITEMS
        else:
            follows = _leads_on(data, place, start + length, order, strictly)
        if follows:
            return start, length
    start = codings[0][0]
    found = islice(_ELEMENT.finditer(data, start, start + _SEARCHED_BYTES), _MOST_FOUND)
    ends = (one.start() for one in found)
    end = next((end for end in ends if _leads_on(data, place, end, order, strictly=True)), None)
    return None if end is None else (start, end - start)


def as_unknown(data: bytes | bytearray, place: int, order: str, length: int) -> bytes:
    """Give the header of such an element in the form of the standard: `UN`, or that of pixel data."""
    vr = b"UN"
    if _tag(data, place, order) == PIXEL_DATA:
        vr = b"OB" if length == UNDEFINED else b"OW"
    return bytes(data[place : place + 4]) + vr + bytes(2) + struct.pack(f"{order}L", length)


def _leads_on(data: bytes | bytearray, place: int, end: int, order: str, strictly: bool) -> bool:
    """Whether an element begins where that at a place is said to end; or the data end there."""
    if end + 8 > len(data):
        return end == len(data) and not strictly
    tag, vr = _tag(data, end, order), bytes(data[end + 4 : end + 6]).upper()
    group, before = tag >> 16, _tag(data, place, order)
    if group == _DELIMITERS:
        return tag != _ITEMS[0] and not strictly
    is_known = dictionary_has_tag(tag) or group & 0xFFE1 == _OVERLAYS or (group % 2 == 1 and group < _BEYOND)
    ascends = before < tag < _BEYOND << 16
    if vr in VRS:
        return (is_known and ascends) if strictly else (is_known or ascends)
    if strictly or not (is_known and ascends):
        return False
    # Another one of them: with the same bytes for a representation, or without one.
    (length,) = struct.unpack_from(f"{order}L", data, end + 4)
    alike = vr == data[place + 4 : place + 6].upper()
    return alike or (dictionary_has_tag(tag) and end + 8 + length <= len(data))


def _tag(data: bytes | bytearray, place: int, order: str) -> int:
    if place + 4 > len(data):
        return 0
    group, element = struct.unpack_from(f"{order}HH", data, place)
    return int(group << 16 | element)
