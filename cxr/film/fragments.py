"""The fragments of encapsulated pixel data (PS3.5 A.4), put in order before a library reads them."""

from cxr.film.transfer_syntax import ITEM, coding_of

_NO_LENGTH = b"\0\0\0\0"
_EMPTY_TABLE, _TABLE_OF_ONE = ITEM + _NO_LENGTH, ITEM + b"\4\0\0\0" + bytes(4)
_END_OF_SEQUENCE = b"\xfe\xff\xdd\xe0" + _NO_LENGTH


def items_at(data: bytes, place: int) -> tuple[list[tuple[int, int]], int]:
    """Give where the offset table and each fragment start and end, and where what follows them begins."""
    items, end = [], place
    while data[end : end + len(ITEM)] == ITEM:
        start = end + 8
        end = start + int.from_bytes(data[end + 4 : start], "little")
        items.append((start, end))
    return items, end


def in_order(data: bytes, place: int) -> bytes:
    """Give a file whose fragments, from `place` on, come after an empty offset table and before a delimiter.

    A film has one frame, so no offset is needed, and those of a converter may be wrong. The table may be
    missing, so that a codestream begins in its place. Fragments of odd length, of which a reader loses the
    last byte or gives up, become one. What follows the fragments is left out. A file that is cut short stays
    as it is.
    """
    items, end = items_at(data, place)
    if end > len(data):
        return data
    has_table = bool(items) and coding_of(data[slice(*items[0])]) is None
    fragments = items[1:] if has_table else items
    if any((stop - start) % 2 for start, stop in fragments):
        frame = b"".join(data[start:stop] for start, stop in fragments)
        frame += b"\0" * (len(frame) % 2)
        fragment = ITEM + len(frame).to_bytes(4, "little") + frame
        return data[:place] + _EMPTY_TABLE + fragment + _END_OF_SEQUENCE
    if fragments and data[place : fragments[0][0] - 8] not in (_EMPTY_TABLE, _TABLE_OF_ONE):
        return data[:place] + _EMPTY_TABLE + data[fragments[0][0] - 8 : end] + _END_OF_SEQUENCE
    return data if data[end:] == _END_OF_SEQUENCE else data[:end] + _END_OF_SEQUENCE
