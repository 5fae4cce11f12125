"""Specific Character Set of a file, corrected or marked as unknown before a library reads it.

pydicom gives up the whole file where the attribute is damaged, and takes every codec of Python for a
character set, also `hex` and `utf_16`, under which no Patient ID is what was written.
"""

import codecs
from typing import Literal

from pydicom.charset import python_encoding

UNKNOWN = "?"
"""Stands for a term that names no character set; pydicom decodes texts as Latin-1 then."""
Order = Literal["little", "big"]
_TAGS: dict[Order, bytes] = {"little": b"\x08\x00\x05\x00", "big": b"\x00\x08\x00\x05"}
_PIXELS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
"""Value representations whose length takes four bytes, after two reserved ones (PS3.5 7.1.2)."""
_SHORT_HEADER, _LONG_HEADER = 8, 12
_MOST_BYTES = 1024
_TERMS = {"".join(filter(str.isalnum, term)): term for term in python_encoding if term}
_ASCII = bytes(range(0x20, 0x7F)) + rb"\n\x41\u0041+AGE-"
"""Text, with what some codecs take for escape sequences."""


def with_known_character_sets(data: bytes) -> bytes:
    """Correct each Specific Character Set before the pixels, at any depth; the file keeps its length."""
    end = next((place for pixels in _PIXELS if (place := data.find(pixels)) >= 0), len(data))
    for order, tag in _TAGS.items():
        place = data.find(tag, 0, end)
        while place >= 0:
            data = _corrected(data, place, order)
            place = data.find(tag, place + len(tag), end)
    return data


def _corrected(data: bytes, place: int, order: Order) -> bytes:
    """Correct the element at a place, if it is one."""
    vr, size = data[place + 4 : place + 6], 2
    explicit = vr.isalpha() and vr.isupper()
    header = _LONG_HEADER if explicit and vr in _LONG else _SHORT_HEADER
    if not explicit or header == _LONG_HEADER:
        size = 4
    start = place + header
    length = int.from_bytes(data[start - size : start], order)
    if not 0 < length <= _MOST_BYTES or start + length > len(data):
        return data
    terms = data[start : start + length].decode("latin-1").split("\\")
    known = [_known(term.strip(" \0")) for term in terms]
    if vr == b"CS" or not explicit:
        if known == [term.strip(" \0") for term in terms]:
            return data
        room, opening = length, data[place:start]
    else:
        room = header + length - _SHORT_HEADER
        opening = data[place : place + 4] + b"CS" + room.to_bytes(2, order)
    value = "\\".join(known)
    if len(value) > room:
        value = UNKNOWN
    return data[:place] + opening + value.encode("ascii").ljust(room) + data[start + length :]


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
