"""Elements of a DICOM header whose value contradicts its representation, such as a broken sequence.

pydicom converts a value when it is first asked for, so one such element, however unrelated, would fail the
whole film.
"""

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from cxr.film.character_set_terms import UNKNOWN


def remove_unreadable(dataset: Dataset) -> tuple[str, ...]:
    """Remove in place, at any depth, the elements that cannot be read; return the keywords of the outermost.

    Private and unknown elements, and those within sequences, are not named. Of Specific Character Set, the
    terms go that name none.
    """
    removed = []
    if UNKNOWN in (terms := _terms(dataset)):
        del dataset.SpecificCharacterSet
        if known := [term for term in terms if term != UNKNOWN]:
            dataset.SpecificCharacterSet = known
        removed.append("SpecificCharacterSet")
    for tag in list(dataset.keys()):
        try:
            value = dataset[tag].value
            for item in value if isinstance(value, Sequence) else ():
                remove_unreadable(item)
        except MemoryError:
            raise
        except Exception:  # conversions fail in a dozen ways
            del dataset[tag]
            removed.append(keyword_for_tag(tag))
    return tuple(filter(None, removed))


def _terms(dataset: Dataset) -> list[str]:
    try:
        value = dataset.get("SpecificCharacterSet")
    except Exception:
        return []
    return [str(term) for term in value] if isinstance(value, (MultiValue, list)) else [str(value or "")]


def put(dataset: Dataset, keyword: str, value: object) -> None:
    """Set an attribute with the representation that the standard gives it, whatever it had."""
    dataset.pop(keyword, None)
    setattr(dataset, keyword, value)


def remove_unwritable(dataset: Dataset) -> None:
    """Remove in place the elements that can be read but not written again."""
    stated = dataset.original_character_set
    charsets = stated if isinstance(stated, str) else list(stated)
    for tag in list(dataset.keys()):
        try:
            file = DicomBytesIO()
            file.is_little_endian, file.is_implicit_VR = True, False
            write_data_element(file, dataset[tag], charsets)
        except MemoryError:
            raise
        except Exception:  # as many ways
            del dataset[tag]
