"""Sequences and items whose length is wrong or whose delimiter is missing: each gets the one that it has.

A reader would take all that follows for elements of their last item, the patient and the pixels too, or lose
its place among the elements.
"""

import struct
from dataclasses import dataclass

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from cxr.film.dicom_start import LONG, PIXEL_DATA, UNDEFINED, is_implicit

_DELIMITERS, _ITEM, _ITEM_END = 0xFFFE, 0xFFFEE000, 0xFFFEE00D
_OF_PIXELS = (b"OB", b"OW")
_IN_ITEMS_ONLY = frozenset(
    (
        *range(0x00081150, 0x0008115B),
        0x00081160,
        *range(0x00283002, 0x00283007),
        *range(0x00401001, 0x0040100A),
        *(0x0040A043, 0x0040A168, 0x0040A170, 0x0040A30A),
    )
)
"""References, lookup tables, parts of a request and coded concepts: a film has them in sequences alone."""
_MOST_STEPS = 5_000
"""Of one walk, at most: a radiograph has a few hundred elements, and hostile files have millions."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A sequence or an item, where its value begins, and where it ends at the latest.

    Attributes
    ----------
    tag
        Of the sequence, also for its items.
    before
        The least tag of the sequences without an end that it is in: it ends before what comes after that.
    implicit
        How what follows it is coded.
    """

    tag: int
    start: int
    end: int
    is_item: bool
    undefined: bool
    before: int
    implicit: bool


def with_lengths(data: bytes | bytearray, place: int, order: str) -> bytes | bytearray:
    """Correct the lengths of sequences and items in place; the file keeps its size.

    A sequence ends where an element follows an item. An item that nothing ends does so before an element that
    comes after its sequence in the order of tags, as all further ones of the data set do. Where the stated
    lengths do not lead to the pixel data, none of them is believed. If that does not lead there either, the
    file stays as it is.

    Parameters
    ----------
    data
        A file.
    place
        Where its data set begins.
    order
        Byte order, `<` or `>`.
    """
    walk = _Walk(data, order)
    if not walk.leads_to_pixels(place):
        if walk.too_long:
            return data
        endless = frozenset(one.start for one in walk.open if one.undefined)
        walk = _Walk(data, order, endless)
        if not (endless and walk.leads_to_pixels(place)):
            walk = _Walk(data, order, believing=False)
            if not walk.leads_to_pixels(place):
                return data
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
    believing
        Whether a stated length is believed; otherwise each sequence is one without a length or delimiter.

    Attributes
    ----------
    open
        Sequences and items that are open at the end, the innermost last.
    lengths
        Of those whose length is not as stated, by their start.
    too_long
        Whether the walk was given up.
    """

    def __init__(
        self,
        data: bytes | bytearray,
        order: str,
        endless: frozenset[int] = frozenset(),
        believing: bool = True,
    ) -> None:
        self._data, self._endless, self._believing = data, endless, believing
        self._header = struct.Struct(f"{order}HH2sH").unpack_from
        self._long = struct.Struct(f"{order}L").unpack_from
        self._item, self._sequence_end = (
            struct.pack(f"{order}HH", _DELIMITERS, element) for element in (0xE000, 0xE0DD)
        )
        self._implicit = True
        self.open: list[_Open] = []
        self.lengths: dict[int, int] = {}
        self.too_long = False

    def leads_to_pixels(self, place: int) -> bool:
        """Walk from a place on; whether every length leads to an element, and at last to the pixel data."""
        self._implicit = is_implicit(self._data, place)
        for _ in range(_MOST_STEPS):
            if place + 8 > len(self._data):
                return False
            if self.open and place >= self.open[-1].end:
                if place > self.open[-1].end:
                    return False
                self._close(at=place)
                continue
            if not self.open and self._tag(place) == PIXEL_DATA:
                return True
            place = self._after(place)
        self.too_long = True
        return False

    def _tag(self, place: int) -> int:
        group, element, *_ = self._header(self._data, place)
        return int(group << 16 | element)

    def _after(self, place: int) -> int:
        """Return the place of what follows an element or delimiter, which may be within it."""
        _, _, vr, length = self._header(self._data, place)
        tag, start = self._tag(place), place + 8
        if tag >> 16 == _DELIMITERS:
            self._delimit(tag, place)
            return start
        if self.open and self._ends_before(tag):
            self._close(at=place)
            return place
        if self._implicit or not vr.isalpha():
            vr, (length,) = b"", self._long(self._data, place + 4)
        elif vr in LONG and start + 4 <= len(self._data):
            (length,), start = self._long(self._data, start), start + 4
        if length == UNDEFINED and (vr in _OF_PIXELS or tag == PIXEL_DATA):
            found = self._data.find(self._sequence_end, start)
            return len(self._data) if found < 0 else found + 8
        if length == UNDEFINED or self._is_sequence(tag, vr, start):
            self._open(tag, start, length, is_item=False)
            return start
        return start + int(length)

    def _is_sequence(self, tag: int, vr: bytes, start: int) -> bool:
        if vr:
            return vr == b"SQ"
        known = dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"
        return known and self._data.startswith(self._item, start)

    def _delimit(self, tag: int, place: int) -> None:
        """Take in the start or end of an item, or the end of a sequence."""
        if self.open and self.open[-1].is_item and self.open[-1].undefined:
            self._close(at=None if tag == _ITEM_END else place)
        sequence = self.open[-1] if self.open and not self.open[-1].is_item else None
        if tag == _ITEM:
            (length,) = self._long(self._data, place + 4)
            if sequence:
                self._open(sequence.tag, place + 8, length, is_item=True)
                self._implicit = is_implicit(self._data, place + 8)
            elif not self.open:  # of a sequence that was taken to have ended: its elements follow
                self.lengths[place + 8] = 0
        elif sequence and sequence.undefined and tag != _ITEM_END:
            self._close()

    def _ends_before(self, tag: int) -> bool:
        """Whether the innermost one must have ended where an element comes."""
        one = self.open[-1]
        return not one.is_item or (tag > one.before and tag not in _IN_ITEMS_ONLY)

    def _open(self, tag: int, start: int, length: int, is_item: bool) -> None:
        end = self.open[-1].end if self.open else len(self._data)
        undefined = length == UNDEFINED or not self._believing
        if not undefined:
            end = min(end, start + length)
        before = self.open[-1].before if self.open else UNDEFINED
        if not self._believing or start in self._endless:
            before = min(before, tag)
        self.open.append(_Open(tag, start, end, is_item, undefined, before, self._implicit))

    def _close(self, at: int | None = None) -> None:
        """Close the innermost one, at a place if it has no delimiter there."""
        one = self.open.pop()
        self._implicit = one.implicit
        if at is not None and (one.undefined or at < one.end):
            self.lengths[one.start] = at - one.start
