"""Elements of a header that come after the pixel data, where readers of headers do not look."""

import struct
from io import BytesIO

from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag

from cxr.film.dicom_start import LONG, VRS

_FIRST_GROUP, _PIXEL_GROUP, _DELIMITERS = 0x0008, 0x7FE0, 0xFFFE


def elements_behind(data: bytes, place: int, implicit: bool, order: str) -> bytes:
    """Give the elements from a place on that the header before the pixels lacks, or has without a value.

    Padding, signatures and stray delimiters are passed over; what is no element ends the search. Nothing is
    given of another file, whose elements may be those of another patient: it has file meta information,
    pixels, or another value for what the header has.

    Parameters
    ----------
    order
        Byte order, `<` or `>`.
    """
    found: dict[int, tuple[bytes, bytes]] = {}
    while place + 8 <= len(data):
        group, element, vr, length = struct.unpack_from(f"{order}HH2sH", data, place)
        tag, start = group << 16 | element, place + 8
        if group == _DELIMITERS or data[place:start] == bytes(8):
            place = start
            continue
        if implicit or vr not in VRS:
            (length,) = struct.unpack_from(f"{order}L", data, place + 4)
        elif vr in LONG and place + 12 <= len(data):
            (length,), start = struct.unpack_from(f"{order}L", data, place + 8), place + 12
        end = start + length
        if end > len(data) or not (dictionary_has_tag(tag) or (vr in VRS and not implicit)):
            # Numbers can look like implicit elements: pixels that are more than their length says.
            found = {} if implicit else found
            break
        if group < _FIRST_GROUP or group == _PIXEL_GROUP:
            return b""
        if group < _PIXEL_GROUP:
            found.setdefault(tag, (data[place:end], data[start:end]))
        place = end
    if not found:
        return b""
    header = dcmread(BytesIO(data), stop_before_pixels=True, force=True)
    before = {tag: getattr(header.get_item(tag), "value", None) for tag in found if tag in header}
    stated = {tag: value for tag, value in before.items() if value}
    if any(found[tag][1] != value for tag, value in stated.items()):
        return b""
    return b"".join(element for tag, (element, _) in found.items() if tag not in stated)
