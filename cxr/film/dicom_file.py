"""Open a DICOM file as hospitals send it: deflated, cut off after its pixels, or with values out of form."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from cxr.film.behind_pixels import elements_behind
from cxr.film.character_set_terms import with_known_character_sets
from cxr.film.dicom_start import UNDEFINED, without_odd_start
from cxr.film.fragments import in_order, items_at
from cxr.film.inflate import inflated
from cxr.film.unreadable import put, remove_unreadable

_FIRST_GROUP = 0x0008
_PIXEL_HEADERS = tuple(vr + b"\0\0" for vr in (b"OB", b"OW", b"UN"))
GREY = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
COLOUR_SPACES = (
    *("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420"),
    *("YBR_ICT", "YBR_RCT"),
)
"""Of three samples per pixel."""
_PHOTOMETRIC = {"".join(filter(str.isalnum, term)): term for term in (*GREY, PALETTE, *COLOUR_SPACES)}
_STATED_TWICE = {
    "SOPClassUID": "MediaStorageSOPClassUID",
    "SOPInstanceUID": "MediaStorageSOPInstanceUID",
}
"""What the file meta information repeats of the header."""
_DECIMALS = ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")


def intact(data: bytes) -> bytes:
    """Give a DICOM file uncompressed as a whole and ending with its pixel data, closed by a delimiter.

    What follows the pixel data is padding or a signature that no longer holds; readers stumble over zeros and
    stray delimiters there, and over fragments that are out of order (see `in_order`). Elements of the header
    that follow it, such as those of the patient, are put before it.
    """
    data = with_known_character_sets(inflated(without_odd_start(data)))
    file = BytesIO(data)
    header = dcmread(file, stop_before_pixels=True, force=True, specific_tags=["Rows"])
    start = file.tell()
    is_implicit, is_little_endian = header.original_encoding
    tag = b"\xe0\x7f\x10\x00" if is_little_endian else b"\x7f\xe0\x00\x10"
    if data[start : start + 4] != tag:
        return data
    # Whatever the file states; pydicom reads elements as they are coded.
    is_implicit = data[start + 4 : start + 8] not in _PIXEL_HEADERS
    value = start + (8 if is_implicit else 12)
    length = int.from_bytes(data[value - 4 : value], "little" if is_little_endian else "big")
    end = items_at(data, value)[1] if length == UNDEFINED else value + length
    order = "<" if is_little_endian else ">"
    if behind := elements_behind(data, end, is_implicit, order):
        data = with_known_character_sets(data[:start] + behind + data[start:])
        value, end = value + len(behind), end + len(behind)
    if length != UNDEFINED:
        return data[:end] if end < len(data) else data
    return in_order(data, value)


def header_before_pixels(data: bytes, tags: Sequence[str | int], all_of_them: bool = False) -> FileDataset:
    """Read some attributes of an `intact` file that come before its pixels.

    Parameters
    ----------
    all_of_them
        Whether they come as bytes, also those that cannot be read.
    """
    file = BytesIO(data)
    header = repaired(
        dcmread(file, stop_before_pixels=True, force=True, specific_tags=[Tag(tag) for tag in tags])
    )
    if not all_of_them:
        remove_unreadable(header)
    return header


def has_pixels(data: bytes) -> bool:
    """Whether an `intact` file goes on after its header."""
    file = BytesIO(data)
    dcmread(file, stop_before_pixels=True, force=True, specific_tags=["Rows"])
    return bool(file.read(1))


def repaired(dataset: FileDataset) -> FileDataset:
    """Correct in place what is out of form but has one meaning.

    Decimal commas, spellings of enumerations, UIDs that only the file meta information has, and what a
    converter left of a command or of other file meta information, which is removed.
    """
    for tag in list(dataset.keys()):
        if tag.group < _FIRST_GROUP:
            del dataset[tag]
    for keyword in _DECIMALS:
        tag = Tag(keyword)
        element: Any = dataset.get_item(tag) if tag in dataset else None
        if isinstance(element, RawDataElement) and element.value and b"," in element.value:
            dataset[tag] = element._replace(value=element.value.replace(b",", b"."))
    if photometric := text_of(dataset, "PhotometricInterpretation").upper():
        spelled = "".join(filter(str.isalnum, photometric))
        put(dataset, "PhotometricInterpretation", _PHOTOMETRIC.get(spelled, photometric))
    for keyword, of_file in _STATED_TWICE.items():
        if not text_of(dataset, keyword) and (uid := text_of(dataset.file_meta, of_file)):
            put(dataset, keyword, uid)
    return dataset


def values_of(dataset: Dataset, keyword: str) -> list[str]:
    """Give all values of an attribute as text without padding; none where it cannot be read."""
    try:
        value = dataset.get(keyword)
    except Exception:  # a value that its representation does not allow
        return []
    values = value if isinstance(value, (MultiValue, list)) else [value]
    return [str(one if one is not None else "").strip(" \0") for one in values]


def text_of(dataset: Dataset, keyword: str) -> str:
    """Give the first value of an attribute as text; empty where there is none or it cannot be read."""
    return next(iter(values_of(dataset, keyword)), "")
