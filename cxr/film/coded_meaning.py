"""What a code of anatomy or of a view means, in the words of the standard."""

from functools import lru_cache
from typing import Any, cast

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr.film.character_sets import meanings_of
from cxr.film.dicom_file import text_of

_CHEST = frozenset({"51185008", "T-D3000"})
_LISTS = frozenset({4009, 4010, 4031})
"""Context groups of anatomy and of views (PS3.16 B)."""
_OTHERS = {
    **dict.fromkeys(("113345001", "818981001", "818983003"), "Abdomen"),
    **dict.fromkeys(("12921003", "816092008"), "Pelvis"),
}
"""Codes of earlier and later editions."""


def coded_meanings(dataset: Dataset, keyword: str, charsets: list[str]) -> list[str]:
    """Give what the items of a code sequence mean: as they say, and as their codes are defined."""
    items = dataset.get(keyword)
    found: list[str] = []
    for item in items if isinstance(items, Sequence) else ():
        found += meanings_of(item, "CodeMeaning", charsets)
        value = text_of(item, "CodeValue")
        found.append("chest" if value in _CHEST else _defined(value))
    return [text for text in found if text]


@lru_cache(256)
def _defined(value: str) -> str:
    """Look up a code of SNOMED CT, or of the older SNOMED RT; empty where no list of the standard has it."""
    # Large tables, which few films need.
    from pydicom.sr._concepts_dict import concepts
    from pydicom.sr._snomed_dict import mapping

    defined: dict[str, dict[str, tuple[str, list[int]]]] = cast(Any, concepts["SCT"])
    value = mapping["SRT"].get(value, value)
    listed = (codes[value] for codes in defined.values() if value in codes)
    found = (meaning for meaning, lists in listed if not _LISTS.isdisjoint(lists))
    return next(found, _OTHERS.get(value, ""))
