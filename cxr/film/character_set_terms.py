"""Specific Character Set of a file, corrected or marked as unknown before a library reads it.

pydicom gives up the whole file where the attribute is damaged, and takes every codec of Python for a
character set, also `hex` and `utf_16`, under which no Patient ID is what was written.
"""

import codecs
import re

from pydicom.charset import python_encoding

from cxr.film.dicom_start import LONG, SHORT_HEADER, Order, byte_order
from cxr.film.element_count import BIG_ENDIAN, MOST_ELEMENTS, file_meta, too_many_elements

UNKNOWN = "?"
"""Stands for a term that names no character set; pydicom decodes texts as Latin-1 then."""
_TAGS: dict[Order, re.Pattern[bytes]] = {
    "little": re.compile(rb"\x08\x00\x05\x00"),
    "big": re.compile(rb"\x00\x08\x00\x05"),
}
_PIXELS: dict[Order, re.Pattern[bytes]] = {
    "little": re.compile(rb"\xe0\x7f\x10\x00"),
    "big": re.compile(rb"\x7f\xe0\x00\x10"),
}
_LONG_HEADER = 12
_MOST_BYTES = 1024
_TERMS = {"".join(filter(str.isalnum, term)): term for term in python_encoding if term}
# Latin-9, which is newer than pydicom's table (PS3.3 C.12.1.1.2).
_TERMS |= dict.fromkeys(("ISOIR203", "ISO2022IR203"), "iso8859_15")
_ASCII = bytes(range(0x20, 0x7F)) + rb"\n\x41\u0041+AGE-"
"""Text, with what some codecs take for escape sequences."""


def with_known_character_sets(data: bytes) -> bytes:
    """Correct each Specific Character Set before the pixels, at any depth; the file keeps its length.

    Raises
    ------
    FilmError
        Where what looks like one, or like its values, is there more often than a file may have elements.
    """
    after_meta, _, syntax = file_meta(data)
    is_big = syntax == BIG_ENDIAN or (not syntax and byte_order(data, after_meta) == "big")
    order: Order = "big" if is_big else "little"
    # `bytes.find` takes seconds for zeros of many megabytes.
    pixels = _PIXELS[order].search(data)
    count, corrected = 0, bytearray()
    for found in _TAGS[order].finditer(data, 0, pixels.start() if pixels else len(data)):
        place = found.start()
        # The element and what follows: of a file that holds many, no more may be copied for each of them.
        start = data[place : place + _LONG_HEADER + _MOST_BYTES]
        if (count := count + 1 + start.count(b"\\")) > MOST_ELEMENTS:
            raise too_many_elements()
        if element := _corrected(start, order):
            corrected = corrected or bytearray(data)
            corrected[place : place + len(element)] = element
    return bytes(corrected) or data


def _corrected(data: bytes, order: Order) -> bytes:
    """Give the element that data begin with, corrected; nothing where it is none, or needs no correction."""
    vr, size = data[4:6], 2
    explicit = vr.isalpha() and vr.isupper()
    start = _LONG_HEADER if explicit and vr in LONG else SHORT_HEADER
    if not explicit or start == _LONG_HEADER:
        size = 4
    length = int.from_bytes(data[start - size : start], order)
    if not 0 < length <= _MOST_BYTES or start + length > len(data):
        return b""
    terms = data[start : start + length].decode("latin-1").split("\\")
    known = [_known(term.strip(" \0")) for term in terms]
    if vr == b"CS" or not explicit:
        if known == [term.strip(" \0") for term in terms]:
            return b""
        room, opening = length, data[:start]
    else:
        room = start + length - SHORT_HEADER
        opening = data[:4] + b"CS" + room.to_bytes(2, order)
    value = "\\".join(known)
    if len(value) > room:
        value = UNKNOWN
    return opening + value.encode("ascii").ljust(room)


def _known(term: str) -> str:
    """Give a term as the standard spells it, a codec as it is if it is like a character set, or `UNKNOWN`."""
    if not term or term in python_encoding:
        return term
    standard = _TERMS.get("".join(filter(str.isalnum, term.upper())))
    if standard:
        return standard
    try:
        alike = term.isascii() and codecs.decode(_ASCII, term) == _ASCII.decode()
        return term if alike and isinstance(codecs.decode(b"\xff", term, "replace"), str) else UNKNOWN
    except Exception:  # codecs fail in as many ways as there are of them
        return UNKNOWN
