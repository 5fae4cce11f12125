"""Sequences and items of undefined length whose delimiter is missing: they get the length that they have.

A reader would take all that follows for elements of their last item, the patient and the pixels too.
"""

import struct
from dataclasses import dataclass

from cxr.film.dicom_start import LONG, PIXEL_DATA, is_implicit

_UNDEFINED = 0xFFFFFFFF
_DELIMITERS, _ITEM, _ITEM_END = 0xFFFE, 0xFFFEE000, 0xFFFEE00D
_OF_PIXELS = (b"OB", b"OW")


@dataclass(frozen=True, slots=True)
class _Open:
    """A sequence or an item, where its value begins, and where it ends at the latest.

    Attributes
    ----------
    tag
        Of the sequence, also for its items.
    implicit
        How what follows it is coded.
    """

    tag: int
    start: int
    end: int
    is_item: bool
    undefined: bool
    implicit: bool


def with_lengths(data: bytes, place: int, order: str) -> bytes:
    """Give each sequence and item that lacks its delimiter a length, in place; the file keeps its size.

    A sequence ends where an element follows an item. An item that nothing ends does so before an element that
    comes after its sequence in the order of tags, as all further ones of the data set do.

    Parameters
    ----------
    data
        A file whose elements are within the limit, and have a value representation or none of them has.
    place
        Where its data set begins.
    order
        Byte order, `<` or `>`.
    """
    walk = _Walk(data, order)
    walk.go(place)
    if walk.open:
        walk = _Walk(data, order, frozenset(one.start for one in walk.open if one.undefined))
        # What is still open then is cut short, and stays as it is.
        walk.go(place)
    if not walk.lengths:
        return data
    corrected = bytearray(data)
    for start, length in walk.lengths.items():
        struct.pack_into(f"{order}L", corrected, start - 4, length)
    return bytes(corrected)


class _Walk:
    """A walk over the elements of a data set, which closes what lacks its delimiter.

    Parameters
    ----------
    endless
        Starts of items that end before an element that comes after their sequence.

    Attributes
    ----------
    open
        Sequences and items that are open at the place, the innermost last.
    lengths
        Of those that ended without a delimiter, by their start.
    """

    def __init__(self, data: bytes, order: str, endless: frozenset[int] = frozenset()) -> None:
        self._data, self._endless = data, endless
        self._header = struct.Struct(f"{order}HH2sH").unpack_from
        self._long = struct.Struct(f"{order}L").unpack_from
        self._item, self._sequence_end = (
            struct.pack(f"{order}HH", _DELIMITERS, element) for element in (0xE000, 0xE0DD)
        )
        self._implicit = True
        self.open: list[_Open] = []
        self.lengths: dict[int, int] = {}

    def go(self, place: int) -> None:
        """Walk from a place up to the pixel data, or to the end."""
        self._implicit = is_implicit(self._data, place)
        while place + 8 <= len(self._data):
            if self.open and place >= self.open[-1].end:
                place = self.open[-1].end
                self._close(at=place)
            else:
                place = self._after(place)

    def _after(self, place: int) -> int:
        """Return the place of what follows an element or delimiter, which may be within it."""
        group, element, vr, length = self._header(self._data, place)
        tag, start = group << 16 | element, place + 8
        if group == _DELIMITERS:
            self._delimit(tag, place)
            return start
        if self.open and self._ends_before(tag):
            self._close(at=place)
            return place
        if self._implicit or not vr.isalpha():
            vr, (length,) = b"", self._long(self._data, place + 4)
        elif vr in LONG and start + 4 <= len(self._data):
            (length,), start = self._long(self._data, start), start + 4
        is_pixels = vr in _OF_PIXELS or tag == PIXEL_DATA
        if length == _UNDEFINED and is_pixels:
            found = self._data.find(self._sequence_end, start) if self.open else -1
            return len(self._data) if found < 0 else found + 8
        if length == _UNDEFINED or (not is_pixels and self._data.startswith(self._item, start)):
            self._open(tag, start, length, is_item=False)
            return start
        return start + int(length)

    def _delimit(self, tag: int, place: int) -> None:
        """Take in the start or end of an item, or the end of a sequence."""
        if self.open and self.open[-1].is_item and self.open[-1].undefined:
            self._close(at=None if tag == _ITEM_END else place)
        sequence = self.open[-1] if self.open and not self.open[-1].is_item else None
        if sequence and tag == _ITEM:
            (length,) = self._long(self._data, place + 4)
            self._open(sequence.tag, place + 8, length, is_item=True)
            self._implicit = is_implicit(self._data, place + 8)
        elif sequence and sequence.undefined and tag != _ITEM_END:
            self._close()

    def _ends_before(self, tag: int) -> bool:
        """Whether the innermost one must have ended where an element comes."""
        one = self.open[-1]
        return one.undefined and (not one.is_item or (one.start in self._endless and tag > one.tag))

    def _open(self, tag: int, start: int, length: int, is_item: bool) -> None:
        enclosing = self.open[-1].end if self.open else len(self._data)
        undefined = length == _UNDEFINED
        end = enclosing if undefined else min(enclosing, start + length)
        self.open.append(_Open(tag, start, end, is_item, undefined, self._implicit))

    def _close(self, at: int | None = None) -> None:
        """Close the innermost one, at a place if it has no delimiter."""
        one = self.open.pop()
        self._implicit = one.implicit
        if one.undefined and at is not None:
            self.lengths[one.start] = at - one.start
