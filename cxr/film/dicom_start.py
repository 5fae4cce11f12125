"""Recognise a DICOM file by how it begins, and read past a beginning that is out of form."""

from typing import Literal

from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

PREAMBLE_BYTES = 128
SHORT_HEADER = 8
Order = Literal["little", "big"]
_PREFIX = b"DICM"
_GROUPS = (0x0008, 0x0002)
VRS = frozenset(vr.encode() for vr in VR if len(vr) == 2)
LONG = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)
"""Value representations whose length takes four bytes, after two reserved ones (PS3.5 7.1.2)."""
UNDEFINED = 0xFFFFFFFF
"""In place of a length: the value ends with a delimiter."""
PIXEL_DATA = 0x7FE00010


def is_dicom(data: bytes) -> bool:
    """Recognise a DICOM file by its preamble or, without one, by a first element of group 0008 or 0002."""
    return data[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == _PREFIX or _elements_start(data) is not None


def without_odd_start(data: bytes) -> bytes:
    """Drop a prefix without preamble or a preamble without prefix, and keep the elements behind it."""
    if data[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == _PREFIX:
        return data
    start = _elements_start(data)
    return data[start:] if start else data


def _elements_start(data: bytes) -> int | None:
    """Find the first element of a file without the usual preamble and prefix."""
    if is_element(data, 0):
        return 0
    if data.startswith(_PREFIX):
        return len(_PREFIX) if is_element(data, len(_PREFIX)) else None
    # Other formats begin with something else than zeros.
    if data[:PREAMBLE_BYTES].strip(b"\0"):
        return None
    places = (PREAMBLE_BYTES, PREAMBLE_BYTES + len(_PREFIX))
    return next((place for place in places if is_element(data, place)), None)


def is_element(data: bytes, place: int) -> bool:
    """Whether an element of group 0008 or 0002 begins at a place, in either byte order."""
    return byte_order(data, place) is not None


def byte_order(data: bytes, place: int) -> Order | None:
    """Give the byte order of an element of group 0008 or 0002; `None` where none begins at a place."""
    orders: tuple[Order, ...] = ("little", "big")
    return next((order for order in orders if _is_element(data[place : place + 10], order)), None)


def _is_element(start: bytes, order: Order) -> bool:
    group, element, length = (int.from_bytes(start[a:b], order) for a, b in ((0, 2), (2, 4), (4, 8)))
    if len(start) < SHORT_HEADER or group not in _GROUPS or element > 0x0100:
        return False
    if start[4:6] in VRS:
        return True
    # Big-endian is always explicit. An empty first element is followed by another one of its group.
    is_empty = length == 0 and start[8:] == start[:2]
    return order == "little" and (length in range(2, 1024, 2) or is_empty)


def is_implicit(data: bytes | bytearray, place: int) -> bool:
    """Tell by its first element how a data set is coded, as pydicom does."""
    return (
        not (0x40 < data[place + 4] < 0x5B and 0x40 < data[place + 5] < 0x5B)
        if place + 6 <= len(data)
        else True
    )
