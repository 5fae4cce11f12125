"""The original identifiers of a DICOM film: what a result must carry to reach its patient and study."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from cxr.film.character_sets import declare_utf_8, name_as_meant, recode_names
from cxr.film.dicom_file import header_before_pixels, intact, values_of
from cxr.film.notes import NOTE_TAGS, add_notes, notes_of
from cxr.film.patient import PATIENT_TAGS
from cxr.film.unreadable import put, remove_unreadable

IDENTITY_TAGS = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "OtherPatientIDs"),
    *("OtherPatientIDsSequence", "PatientBirthDate"),
    *("PatientSex", "PatientAge", "StudyInstanceUID", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName", "SeriesInstanceUID", "SOPClassUID"),
    *("SOPInstanceUID", "Modality", "Rows", "Columns", "BodyPartExamined", "PatientOrientation"),
    # Display attributes, which an overlay or a presentation state of the film must repeat.
    *("SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation", "BurnedInAnnotation"),
    *("RescaleIntercept", "RescaleSlope", "RescaleType", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
)
_FOR_PATIENT_ALONE = tuple(name for name in PATIENT_TAGS if name not in IDENTITY_TAGS)
_LOOKUP_TABLES = ("ModalityLUTSequence", "VOILUTSequence")
_MOST_TABLE_BYTES = 1024 * 1024
"""Bytes of the lookup tables of one kind, at most: the largest table has 128 KB, and a film has a few."""
_TEXTS = frozenset({"AS", "CS", "DA", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UT"})
_NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"})


@dataclass(frozen=True, slots=True)
class Identity:
    """The original identifiers of a DICOM film, as DICOM JSON (PS3.18 F); never part of a `repr`."""

    json: str = field(repr=False)

    @property
    def dataset(self) -> Dataset:
        """The identifiers as a data set: those of `IDENTITY_TAGS` that the film has."""
        return Dataset.from_json(self.json)

    @property
    def patient_name(self) -> str:
        """The patient's name, formatted for people; empty where the film has none.

        Of its groups (PS3.5 6.2.1) the alphabetic one, else the ideographic, else the phonetic. Prefix and
        suffix are left out, unless there is nothing else. UTF-8 declared as Latin-1 is shown as it was
        meant, and kept and sent back as it came.
        """
        names = map(name_as_meant, _values(self.dataset, "PatientName"))
        return "\\".join(filter(None, map(_formatted, names)))

    @property
    def character_set_corrected(self) -> bool:
        """Whether the name is shown in another character set than the one that the film declares."""
        names = _values(self.dataset, "PatientName")
        return bool(notes_of(self.dataset)) or any(name_as_meant(name) != name for name in names)

    @property
    def patient_id(self) -> str:
        """Patient ID as it came, also with a backslash; empty where the film has none."""
        return self.text("PatientID")

    def text(self, keyword: str) -> str:
        """Give an identifier as text as it came, also with a backslash; empty where the film has none."""
        return "\\".join(_values(self.dataset, keyword))


def identifiers_in(content: bytes) -> tuple[FileDataset, bool]:
    """Read the identifiers of a DICOM file in the character set that was meant, and whether that is known.

    What names the patient, what is shown and what results carry is read in this one way.
    """
    dataset = header_before_pixels(intact(content), (*IDENTITY_TAGS, *PATIENT_TAGS), all_of_them=True)
    corrected = declare_utf_8(dataset) or recode_names(dataset)
    known_set = "SpecificCharacterSet" not in remove_unreadable(dataset)
    add_notes(dataset, ["SpecificCharacterSet"] if corrected else [])
    return dataset, known_set


def identity_of(content: bytes | FileDataset) -> Identity:
    """Give the identifiers of a DICOM file as they came, whether or not the standard allows their form.

    Parameters
    ----------
    content
        The file, or what `identifiers_in` read of it, which is changed.
    """
    dataset = content if isinstance(content, FileDataset) else identifiers_in(content)[0]
    for tag in _FOR_PATIENT_ALONE:
        dataset.pop(tag, None)
    _shorten_tables(dataset)
    _give_standard_vr(dataset)
    elements = {f"{tag:08X}": _json_of(dataset, tag) for tag in sorted(dataset.keys())}
    return Identity(json.dumps({tag: element for tag, element in elements.items() if element}))


def _shorten_tables(dataset: Dataset) -> None:
    """Write the entries of lookup tables as bytes in place, and drop tables of many megabytes.

    As numbers in JSON they take seconds, in the process that keeps them too.
    """
    for keyword in _LOOKUP_TABLES:
        items = dataset.get(keyword)
        size = 0
        for item in items if isinstance(items, Sequence) else ():
            entries = item.get("LUTData")
            if isinstance(entries, (MultiValue, list)):
                words = b"".join((int(one) & 0xFFFF).to_bytes(2, "little") for one in entries)
                item["LUTData"] = DataElement(Tag("LUTData"), "OW", words)
            size += len(item.get("LUTData") or b"")
        if size > _MOST_TABLE_BYTES:
            del dataset[keyword]


def _give_standard_vr(dataset: Dataset) -> None:
    """Write texts and numbers in place as the texts that the standard has; drop what can be no such text."""
    for tag in dataset.keys() - set(NOTE_TAGS):
        keyword, vr, standard = keyword_for_tag(tag), dataset[tag].VR, dictionary_VR(tag)
        if standard not in (*_TEXTS, "DS") or vr == standard:
            continue
        values = values_of(dataset, keyword)
        del dataset[tag]
        if vr in _TEXTS or (vr in _NUMBERS and standard != "UI"):
            with suppress(ValueError):  # a text that is not a number rescales nothing
                put(dataset, keyword, "\\".join(values))


def _json_of(dataset: Dataset, tag: BaseTag) -> dict[str, Any] | None:
    """Convert an element to JSON as it is, also where it is longer than allowed; `None` if unreadable.

    pydicom's `suppress_invalid_tags` drops every element that does not conform, and with it the patient's ID.
    """
    try:
        return dataset[tag].to_json_dict(None, 0)
    except Exception:
        return _with_decimal_points(dataset, tag)


def _with_decimal_points(dataset: Dataset, tag: BaseTag) -> dict[str, Any] | None:
    """Convert numbers with decimal commas."""
    value = dataset.get_item(tag).value if tag in dataset else None
    try:
        text = value.decode("ascii") if isinstance(value, bytes) else str(value or "")
        numbers = [float(number) for number in text.replace(",", ".").split("\\")]
    except ValueError:
        return None
    return {"vr": "DS", "Value": numbers}


def _values(dataset: Dataset, keyword: str) -> list[str]:
    """Give the values of an attribute as text; a backslash, which may not be in one, separates them."""
    value = dataset.get(keyword)
    values = value if isinstance(value, MultiValue) else [value]
    return [str(one if one is not None else "") for one in values]


def _formatted(name: str) -> str:
    written = []
    for group in name.split("="):
        family, given, middle, *others = (part.strip() for part in (*group.split("^"), "", "", ""))
        written.append(", ".join(filter(None, (family, " ".join(filter(None, (given, middle)))))))
        written[-1] = written[-1] or " ".join(filter(None, others))
    return next(filter(None, written), "")
