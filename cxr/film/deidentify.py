"""De-identify DICOM films by the Basic Application Level Confidentiality Profile (PS3.15 E.1)."""

import hashlib
import hmac
import re
from collections.abc import Collection
from enum import StrEnum
from functools import cache
from io import BytesIO

from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
from dicomanonymizer.simpledicomanonymizer import replace_element
from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import UID, SecondaryCaptureImageStorage

from cxr.film.age import patient_age
from cxr.film.dicom_file import intact, repaired, text_of
from cxr.film.dicom_header import HEADER_TAGS, age_of
from cxr.film.dicom_pixels import PIXEL_TAGS
from cxr.film.hidden_bytes import remove_hidden_bytes
from cxr.film.notes import AGE_CONTRADICTS, add_notes, notes_of
from cxr.film.transfer_syntax import transfer_syntax
from cxr.film.unreadable import put, remove_unreadable, remove_unwritable

PROFILE = "dicomfields_2026c"
"""Edition of the standard's table E.1-1 that the library dicom-anonymizer holds."""
UID_ROOT = "2.25."


class Keep(StrEnum):
    """Options of the profile: attributes that are retained (PS3.15 E.3)."""

    PATIENT_CHARACTERISTICS = "patient characteristics"
    FULL_DATES = "full dates"
    DEVICE = "device"
    INSTITUTION = "institution"
    UIDS = "uids"


# Code of each option (PS3.16 CID 7050), and the attributes that it retains. Free text, which an option would
# clean, is removed instead. Dates and UIDs are recognised by their value representation.
_OPTIONS: dict[Keep, tuple[str, str, frozenset[str]]] = {
    Keep.PATIENT_CHARACTERISTICS: (
        "113108",
        "Retain Patient Characteristics Option",
        frozenset(
            {
                *("PatientAge", "PatientSex", "PatientSize", "PatientWeight", "PatientBodyMassIndex"),
                *("PregnancyStatus", "SmokingStatus", "PatientSexNeutered"),
            }
        ),
    ),
    Keep.FULL_DATES: (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
        frozenset({"TimezoneOffsetFromUTC"}),
    ),
    Keep.DEVICE: (
        "113109",
        "Retain Device Identity Option",
        frozenset(
            {
                *("DeviceSerialNumber", "DeviceUID", "StationName", "DetectorID", "PlateID", "CassetteID"),
                *("GantryID", "GeneratorID", "ScheduledStationName", "PerformedStationName"),
                *("LensMake", "LensModel", "LensSerialNumber", "DeviceLabel", "UDISequence"),
            }
        ),
    ),
    Keep.INSTITUTION: (
        "113112",
        "Retain Institution Identity Option",
        frozenset(
            {
                *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName"),
                *("InstitutionCodeSequence", "InstitutionalDepartmentTypeCodeSequence"),
            }
        ),
    ),
    Keep.UIDS: ("113110", "Retain UIDs Option", frozenset()),
}
_BASIC = ("113100", "Basic Application Confidentiality Profile")
_DATES = ("DA", "DT", "TM")
_OF_BIRTH = frozenset({"PatientBirthDate", "PatientBirthTime"})
"""Not of the examination: that option does not keep them."""
_STANDARD_AGE = re.compile("[0-9]{3}[DWMY]")
_REMOVE, _EMPTY, _DUMMY, _UID = "X", "Z", "D", "U"
_READ = frozenset({*HEADER_TAGS, *PIXEL_TAGS})
"""What reading a film takes note of where it cannot be read."""


class Deidentifier:
    """Remove what identifies the patient from DICOM files, with the same result every time.

    Parameters
    ----------
    key
        Secret for replacing UIDs: a UID always gets the same replacement, and without the key nobody can
        find the original by brute force.
    keep
        Options of the profile to apply.
    """

    def __init__(self, key: bytes, keep: Collection[Keep] = (Keep.PATIENT_CHARACTERISTICS,)) -> None:
        self._key = key
        self._keep = tuple(option for option in Keep if option in keep)
        self._kept = frozenset[str]().union(*(_OPTIONS[option][2] for option in self._keep))

    @property
    def keeps_age(self) -> bool:
        """Whether the age may be kept."""
        return Keep.PATIENT_CHARACTERISTICS in self._keep

    def deidentified(self, data: bytes, pseudonym: str | None) -> bytes:
        """Give a DICOM file without its identifiers; the pixels stay encoded as they were.

        Any exception means a file that pydicom cannot read; its message may hold patient data.

        Parameters
        ----------
        data
            A whole DICOM file, also one without preamble.
        pseudonym
            Replaces the patient's name and Patient ID; `None` where there was no Patient ID.
        """
        dataset = repaired(dcmread(BytesIO(intact(data)), force=True))
        dataset.file_meta.TransferSyntaxUID = syntax = transfer_syntax(dataset)
        unreadable = [name for name in remove_unreadable(dataset) if name in _READ]
        notes = [*notes_of(dataset), *unreadable]
        if self.keeps_age:
            notes += _state_age(dataset)
        self._clean(dataset)
        notes += remove_hidden_bytes(dataset, syntax)
        add_notes(dataset, notes)
        codes = [dicom_code(*code) for code in (_BASIC, *(_OPTIONS[option][:2] for option in self._keep))]
        for keyword, value in (
            ("PatientName", pseudonym or ""),
            ("PatientID", pseudonym or ""),
            ("PatientIdentityRemoved", "YES"),
            ("DeidentificationMethodCodeSequence", codes),
        ):
            put(dataset, keyword, value)
        if "SOPClassUID" in dataset and dataset["SOPClassUID"].VR != "UI":
            del dataset.SOPClassUID
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(text_of(dataset, "SOPClassUID") or SecondaryCaptureImageStorage)
        instance = text_of(dataset, "SOPInstanceUID") or self._new_uid(data.hex())
        meta.MediaStorageSOPInstanceUID = UID(instance)
        # Uncompressed by now, where the codestream was malformed.
        meta.TransferSyntaxUID = transfer_syntax(dataset)
        dataset.file_meta, dataset.preamble = meta, bytes(128)
        try:
            return written(dataset)
        except MemoryError:
            raise
        except Exception:
            remove_unwritable(dataset)
            return written(dataset)

    def _clean(self, dataset: Dataset) -> None:
        """Clean a data set and its nested sequences; attributes not in the standard are removed."""
        for tag in list(dataset.keys()):
            if tag.is_private or not dictionary_has_tag(tag):
                del dataset[tag]
                continue
            try:
                self._clean_element(dataset, dataset[tag])
            except MemoryError:
                raise
            except Exception:  # whatever cannot be cleaned may hold a name
                dataset.pop(tag, None)

    def _clean_element(self, dataset: Dataset, element: DataElement) -> None:
        action = None if self._is_kept(element) else _action(int(element.tag))
        if action == _REMOVE:
            del dataset[element.tag]
        elif action == _EMPTY:
            element.value = Sequence() if element.VR == "SQ" else None
        elif action == _UID:
            self._replace_uids(dataset, element)
        elif action == _DUMMY:
            replace_element(element)
        elif element.VR == "SQ":
            for nested in element.value:
                self._clean(nested)

    def _is_kept(self, element: DataElement) -> bool:
        # The standard's representation: a name that is written as a date is none.
        keyword, vr = keyword_for_tag(element.tag), dictionary_VR(element.tag)
        if Keep.FULL_DATES in self._keep and vr in _DATES and keyword not in _OF_BIRTH:
            return True
        if Keep.UIDS in self._keep and vr == "UI":
            return True
        return keyword in self._kept

    def _replace_uids(self, dataset: Dataset, element: DataElement) -> None:
        if element.VR != "UI":
            del dataset[element.tag]
        elif isinstance(element.value, MultiValue):
            element.value = [self._new_uid(str(uid)) for uid in element.value]
        elif element.value and not UID(element.value).type:  # the standard's own UIDs identify nobody
            element.value = self._new_uid(str(element.value))

    def _new_uid(self, uid: str) -> str:
        return replaced_uid(self._key, uid)


def replaced_uid(key: bytes, uid: str) -> str:
    """Derive from a UID the one that replaces it: a UUID of a keyed hash (PS3.5 B.2)."""
    digest = hmac.new(key, uid.encode(), hashlib.sha256).digest()
    return UID_ROOT + str(int.from_bytes(digest[:16], "big"))


def pseudonym(key: bytes, patient_id: str) -> str:
    """Replace a patient's number by a keyed hash of 32 hex digits (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(key, patient_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def written(dataset: Dataset) -> bytes:
    """Write a data set as a file."""
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _state_age(dataset: Dataset) -> list[str]:
    """Record the age as it was read, so that the stored film gives the same one; return notes on it."""
    age, stated = age_of(dataset), text_of(dataset, "PatientAge")
    if not _STANDARD_AGE.fullmatch(stated) or patient_age(stated, "", ()) != age:
        put(dataset, "PatientAge", age.text)
    return [AGE_CONTRADICTS] if age.contradictory else []


@cache
def _actions() -> tuple[dict[int, str], list[tuple[int, int, str]]]:
    """Action of each attribute of table E.1-1, and of each repeating group as (mask, tag, action).

    Where the table leaves a choice, the safest for programs that read the file: a dummy value rather than
    an empty one, and an empty one rather than none.
    """
    table = dicom_anonymization_database_selector(PROFILE)
    by_list = {"X_TAGS": _REMOVE, "Z_TAGS": _EMPTY, "X_Z_TAGS": _EMPTY, "U_TAGS": _UID}
    by_list |= dict.fromkeys(("D_TAGS", "Z_D_TAGS", "X_D_TAGS", "X_Z_D_TAGS"), _DUMMY)
    by_list["X_Z_U_STAR_TAGS"] = _UID
    single: dict[int, str] = {}
    repeating: list[tuple[int, int, str]] = []
    for name, action in by_list.items():
        for group, element, *mask in table[name]:
            if mask:
                repeating.append((mask[0] << 16 | mask[1], group << 16 | element, action))
            else:
                single[group << 16 | element] = action
    return single, repeating


def _action(tag: int) -> str | None:
    single, repeating = _actions()
    matching = (action for mask, wanted, action in repeating if tag & mask == wanted)
    return single.get(tag) or next(matching, None)


def dicom_code(value: str, meaning: str) -> Dataset:
    """Make a coded entry of DICOM's own scheme (PS3.16 D)."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code
