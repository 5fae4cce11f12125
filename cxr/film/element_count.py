"""Count the elements, sequence items and values of a DICOM stream before anything is built from them.

A file of 12 KB can hold a million sequence items, each a Python object of a kilobyte once it is built, as is
each value of a text with backslashes. This scan reads tags, lengths and long texts, and stops at the limit.
"""

import struct

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from cxr.film.dicom_start import LONG, PIXEL_DATA, is_implicit
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.sequence_lengths import with_lengths
from cxr.film.unknown_vr import UNDEFINED, as_unknown, is_explicit, is_sure, value_of

MOST_ELEMENTS = 10_000
"""Elements, items and further values of one file, at most. A radiograph has a few hundred."""
MOST_TEXT_BYTES = 0xFFFE
"""Bytes of a text of several values, at most: with an explicit representation it cannot have more."""
MOST_LONG_TEXT_BYTES = 1024 * 1024
"""Bytes of one text that may be longer, at most; private ones are never looked at."""
_LONG_TEXTS = frozenset((b"UT", b"UR"))
_SHORT_TEXT_BYTES = 1024
_SEVERAL_VALUES = frozenset(
    (b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"PN", b"SH", b"TM", b"UC", b"UI")
)
_ENCODED = frozenset((b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UT"))
_ESCAPE = b"\x1b"
"""Changes the character set: what follows, up to the next one, is decoded by itself (PS3.5 6.1.2.5)."""
_NUMBERS = frozenset((b"US", b"SS", b"UL", b"SL", b"SV", b"UV", b"FL", b"FD", b"AT"))
_BYTES_OF_NUMBERS = 256
"""A value of these is small: so many bytes of them count as one."""
_CHARACTER_SETS = 0x00080005
"""Takes quadratic time to apply, and a kilobyte of it is nonsense."""
_UNSTATED = (b"", b"UN")
_META, _COMMAND, _DELIMITERS, _ITEM = 0x0002, 0x0000, 0xFFFE, 0xE000
_ZEROS = bytes(8)
_SYNTAX, BIG_ENDIAN, DEFLATED = 0x00020010, b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99"
_IMPLICIT = b"1.2.840.10008.1.2"


def check_elements(data: bytes | bytearray) -> int:
    """Raise `FilmError` where a DICOM file holds over `MOST_ELEMENTS`; of a deflated one, in its file meta.

    Parameters
    ----------
    data
        A whole file, with or without preamble.

    Returns
    -------
    int
        Where the elements end: zeros that follow are padding, and no elements.
    """
    return _checked(data)[0]


def parsable(data: bytes | bytearray) -> bytes:
    """Give a file up to the end of its elements, with `UN` for what is no value representation.

    Sequences of which a length is wrong or a delimiter missing have the right one (see `with_lengths`).

    Raises
    ------
    FilmError
        As `check_elements` does.
    """
    after_meta, _, syntax = file_meta(data)
    data = with_lengths(data, after_meta, _order(data, after_meta, syntax))
    end, order, odd = _checked(data)
    parts, done = list[bytes | bytearray](), 0
    for place, start, length in odd:
        parts += [data[done:place], as_unknown(data, place, order, length)]
        done = start
    if not odd:
        return bytes(data[:end])
    return bytes(with_lengths(b"".join((*parts, data[done:end])), after_meta, order))


Odd = tuple[int, int, int]
"""An element out of form: its place, that of its value, and the length of the value."""


def _checked(data: bytes | bytearray) -> tuple[int, str, list[Odd]]:
    place, count, syntax = file_meta(data)
    order, odd, end = "<", list[Odd](), len(data)
    if syntax != DEFLATED:
        order = _order(data, place, syntax)
        end, count = _count(data, place, count, order, syntax, odd)
    if count > MOST_ELEMENTS:
        raise too_many_elements()
    return end, order, odd


def file_meta(data: bytes | bytearray) -> tuple[int, int, bytes]:
    """Return where the file meta information ends, its elements, and the transfer syntax that it states.

    A sequence, which it never has (PS3.10 7.1), counts as more elements than the limit.
    """
    place, count, syntax = 132 if data[128:132] == b"DICM" else 0, 0, b""
    while place + 8 <= len(data) and count <= MOST_ELEMENTS:
        group, element, vr, length = struct.unpack_from("<HH2sH", data, place)
        if group != _META:
            break
        start, tag = place + 8, group << 16 | element
        if vr in LONG and place + 12 <= len(data):
            length, start = struct.unpack_from("<L", data, place + 8)[0], place + 12
        if tag == _SYNTAX:
            syntax = bytes(data[start : start + length]).rstrip(b"\0 ")
        place, count = start + length, count + 1
        if vr == b"SQ" or length == UNDEFINED:
            count = MOST_ELEMENTS + 1
        elif length > _SHORT_TEXT_BYTES:
            count += _further_values(data, tag, _stated(tag, vr), start, place)
    return place, count, syntax


def too_many_elements() -> FilmError:
    """Make the error for a file that holds over `MOST_ELEMENTS`."""
    return FilmError(
        FilmErrorCode.TOO_COMPLEX,
        f"This DICOM file holds more than {MOST_ELEMENTS:,} elements, sequence items and values; a "
        "radiograph has a few hundred. Export the radiograph alone from the PACS.",
    )


def _count(  # noqa: PLR0912, PLR0915 - one branch for each way of coding an element
    data: bytes | bytearray, place: int, count: int, order: str, syntax: bytes, odd: list[Odd]
) -> tuple[int, int]:
    """Count on from `place` to the end, and into every sequence, up to one more than the limit.

    What pydicom would read as a sequence is entered: it is one by its VR, has no length, or begins with an
    item. Return also where the count ended, and add the elements that pydicom would read past to `odd`.
    """
    implicit = is_implicit(data, place)
    if implicit and syntax not in (b"", _IMPLICIT):
        implicit = not is_explicit(data, place, order, strictly=True)
    explicit_header = struct.Struct(f"{order}HH2sH").unpack_from
    long = struct.Struct(f"{order}L").unpack_from
    item = struct.pack(f"{order}HH", _DELIMITERS, _ITEM)
    sequence_end = struct.pack(f"{order}HHL", _DELIMITERS, 0xE0DD, 0)
    # Where each open sequence or item ends at the latest, and how what follows it is coded.
    open_: list[tuple[int, bool]] = []
    zeros = -1
    while count <= MOST_ELEMENTS:
        while open_ and place >= open_[-1][0]:
            place, implicit = open_.pop()
        if place + 8 > len(data):
            break
        if data[place : place + 8] == _ZEROS:
            # Where the zeros to the end begin: found once, because it takes long.
            zeros = len(data.rstrip(b"\0")) if zeros < 0 else zeros
            if place >= zeros:
                return place, count
        count += 1
        enclosing = open_[-1][0] if open_ else len(data)
        group, element, vr, length = explicit_header(data, place)
        if group == _DELIMITERS:
            length, place = long(data, place + 4)[0], place + 8
            if element == _ITEM:
                open_.append((enclosing if length == UNDEFINED else min(enclosing, place + length), implicit))
                if not implicit and is_implicit(data, place):
                    whole = open_[-1][0] == len(data)
                    implicit = not (whole and is_explicit(data, place, order, strictly=False))
            elif open_:
                implicit = open_.pop()[1]
            continue
        start = place + 8
        tag = group << 16 | element
        whole = enclosing == len(data) and not implicit and group != _COMMAND
        if whole and not is_sure(data, place, order) and (found := value_of(data, place, order)):
            stated = found[0] == place + 12 and found[1] == long(data, place + 8)[0]
            if not stated or length or vr not in LONG or tag == PIXEL_DATA:
                odd.append((place, *found))
                vr = b"UN"
            start, length = found
        elif implicit or not b"AA" <= vr <= b"ZZ" or group == _COMMAND:
            vr, length = b"", long(data, place + 4)[0]
        elif vr in LONG:
            if place + 12 > len(data):
                break
            length, start = long(data, place + 8)[0], place + 12
        if length == UNDEFINED:
            if vr in (b"OB", b"OW") or tag == PIXEL_DATA:
                stop = data.find(sequence_end, start)
                stop = len(data) if stop < 0 else stop
                count, place = count + data.count(item, start, stop), stop + len(sequence_end)
            else:
                open_.append((enclosing, implicit))
                place = start
        elif vr == b"SQ" or (data.startswith(item, start) and tag != PIXEL_DATA):
            open_.append((min(enclosing, start + length), implicit))
            place = start
        else:
            place = start + length
            vr = _stated(tag, vr)
            count += data.count(_ESCAPE, start, place) if vr in _ENCODED else 0
            if length > _SHORT_TEXT_BYTES:
                count += _further_values(data, tag, vr, start, min(place, enclosing))
    return len(data), count


def _stated(tag: int, vr: bytes) -> bytes:
    """Give the representation of an element, from the dictionary where the file states none."""
    if vr not in _UNSTATED or not dictionary_has_tag(tag):
        return vr
    standard = dictionary_VR(tag)
    # What pydicom reads it as: as bytes, if they may be.
    return b"OW" if "OW" in standard else standard[:2].encode()


def _further_values(data: bytes | bytearray, tag: int, vr: bytes, start: int, end: int) -> int:
    """Count the values after the first of a long text; of one too long to be read, as more than the limit."""
    if vr in _LONG_TEXTS and end - start > MOST_LONG_TEXT_BYTES and not tag >> 16 & 1:
        return MOST_ELEMENTS + 1
    if vr in _NUMBERS:
        return (end - start) // _BYTES_OF_NUMBERS
    if vr not in _SEVERAL_VALUES:
        return 0
    if tag == _CHARACTER_SETS or end - start > MOST_TEXT_BYTES:
        return MOST_ELEMENTS + 1
    return data.count(b"\\", start, end)


def _order(data: bytes | bytearray, place: int, syntax: bytes) -> str:
    """Tell the byte order of a data set from its transfer syntax, or without one as pydicom does."""
    # It takes a first group of 1024 or more for the low byte of a big-endian one.
    guessed = int.from_bytes(data[place : place + 2], "little") >= 1024 and not is_implicit(data, place)
    return ">" if syntax == BIG_ENDIAN or (not syntax and guessed) else "<"
