"""Notes that a de-identified film carries: what its header lacked or contradicted when it arrived.

De-identification fills in what is missing and removes the birth date, so the stored film no longer shows it.
"""

from collections.abc import Iterable

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

AGE_CONTRADICTS = "AGE CONTRADICTS"
_CREATOR, _OWNER = 0x00110010, "CXR SCREENING"
_NOTES = 0x00111001
NOTE_TAGS = (_CREATOR, _NOTES)


def add_notes(dataset: Dataset, notes: Iterable[str]) -> None:
    """Record notes in a data set, as a private element (PS3.5 7.8); none where there are none."""
    if found := list(dict.fromkeys(notes)):
        dataset.add_new(_CREATOR, "LO", _OWNER)
        dataset.add_new(_NOTES, "LO", found)


def notes_of(dataset: Dataset) -> tuple[str, ...]:
    """Give the notes that a data set carries: keywords of attributes, and `AGE_CONTRADICTS`."""
    if _text(dataset, _CREATOR) != [_OWNER]:
        return ()
    # Of a file from elsewhere, nothing but known words.
    return tuple(note for note in _text(dataset, _NOTES) if note == AGE_CONTRADICTS or tag_for_keyword(note))


def _text(dataset: Dataset, tag: int) -> list[str]:
    value = dataset[tag].value if tag in dataset else b""
    if isinstance(value, bytes):  # Implicit VR does not say what a private element is
        value = value.decode("ascii", "replace").split("\\")
    values = value if isinstance(value, (MultiValue, list)) else [value]
    return [str(one).strip(" \0") for one in values]
