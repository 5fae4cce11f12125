"""Recognise files on a patient CD or in an export that are not films, so that they are left out."""

import codecs
from collections.abc import Iterable

from pydicom.dataset import FileDataset
from pydicom.uid import MediaStorageDirectoryStorage

from cxr.film.dicom_file import text_of
from cxr.film.dicom_header import RADIOGRAPH_CLASSES, RADIOGRAPHS, SECONDARY_CAPTURES
from cxr.film.errors import FilmError, FilmErrorCode

_MAGIC = (
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xfe\xed\xfa", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "thumbnail cache or office document"),
    (b"\x00\x00\x00\x01Bud1", "folder settings"),
    (b"SQLite format 3\x00", "database"),
    (b"%PDF", "PDF document"),
    (b"%!PS", "PostScript document"),
    (b"PK\x03\x04", "ZIP archive or office document"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"MSCF", "archive"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"ITSF", "help file"),
    (b"ID3", "audio file"),
    # 256 greys at most, and used for drawings and animations.
    (b"GIF87a", "GIF picture"),
    (b"GIF89a", "GIF picture"),
)
# Storage classes without an image of their own (PS3.4 B.5), by the beginning of their UIDs.
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_CLASSES = (
    (MediaStorageDirectoryStorage, "DICOMDIR"),
    (_STORAGE + "11.", "presentation state"),
    (_STORAGE + "88.59", "key object selection"),
    (_STORAGE + "88.", "structured report"),
    (_STORAGE + "104.", "encapsulated document"),
    (_STORAGE + "9.", "waveform"),
    (_STORAGE + "66.", "registration or segmentation"),
    (_STORAGE + "67", "real world value mapping"),
    (_STORAGE + "481.", "radiotherapy object"),
    ("1.2.840.10008.5.1.4.38.", "hanging protocol"),
)
# Modalities of the same (PS3.3 C.7.3.1.1.1), for files whose storage class is missing or private.
_MODALITIES = {
    **dict.fromkeys(("PR",), "presentation state"),
    **dict.fromkeys(("KO",), "key object selection"),
    **dict.fromkeys(("SR", "SRD"), "structured report"),
    **dict.fromkeys(("DOC",), "encapsulated document"),
    **dict.fromkeys(("ECG", "EEG", "EMG", "EOG", "HD", "AU", "RESP"), "waveform"),
    **dict.fromkeys(("REG", "FID"), "registration or segmentation"),
    **dict.fromkeys(("RTPLAN", "RTSTRUCT", "RTRECORD", "PLAN"), "radiotherapy object"),
    **dict.fromkeys(("ASMT", "SMR", "STAIN", "RWV"), "report or measurement"),
}
# Storage classes of other images and of raw data (PS3.4 B.5), and procedure steps.
_OTHER_CLASSES = (
    (_STORAGE + "1.2", "mammogram"),
    (_STORAGE + "1.3", "dental film"),
    (_STORAGE + "2", "CT image"),
    (_STORAGE + "3.1", "ultrasound image"),
    (_STORAGE + "4", "MR image"),
    (_STORAGE + "5", "nuclear medicine image"),
    (_STORAGE + "6", "ultrasound image"),
    (_STORAGE + "12.", "angiogram or fluoroscopy"),
    (_STORAGE + "13.", "tomosynthesis"),
    (_STORAGE + "14.", "intravascular image"),
    (_STORAGE + "20", "nuclear medicine image"),
    (_STORAGE + "30", "parametric map"),
    (_STORAGE + "66", "raw data"),
    (_STORAGE + "68.", "surface scan"),
    (_STORAGE + "77.", "photograph or microscopy"),
    (_STORAGE + "128", "PET image"),
    (_STORAGE + "130", "PET image"),
    ("1.2.840.10008.3.1.2.3.", "procedure step"),
)
# Modalities of the same (PS3.3 C.7.3.1.1.1), also as a secondary capture names what it captured.
_OTHER_MODALITIES = {
    "CT": "CT image",
    "MR": "MR image",
    "NM": "nuclear medicine image",
    "PT": "PET image",
    "MG": "mammogram",
    "SEG": "registration or segmentation",
    **dict.fromkeys(("US", "BDUS", "EPS", "IVUS"), "ultrasound image"),
    **dict.fromkeys(("XA", "RF", "DF", "DS", "CF"), "angiogram or fluoroscopy"),
    **dict.fromkeys(("IO", "PX"), "dental film"),
    **dict.fromkeys(("RTIMAGE", "RTDOSE"), "radiotherapy object"),
    **dict.fromkeys(("IVOCT", "OCT"), "intravascular image"),
    **dict.fromkeys(
        ("XC", "ES", "GM", "SM", "CP", "LP", "DMS", "VL", "OP", "OPT", "OPM", "OPV", "OPTENF", "OPTBSV"),
        "photograph or microscopy",
    ),
    **dict.fromkeys(("BMD", "LEN", "AR", "KER", "SRF", "VA", "BI", "TG", "LS", "OSS"), "measurement"),
}
_TEXT_BYTES = 4096
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1a") | {0x7F}


def check_storage_class(dataset: FileDataset, has_pixels: bool) -> None:
    """Raise `not_a_film` for a DICOM object without an image, unless it claims to be a radiograph."""
    kind = None if has_pixels else other_kind(dataset, has_pixels)
    if kind or "DirectoryRecordSequence" in dataset:
        raise not_a_film(kind or "DICOMDIR")


def other_kind(dataset: FileDataset, has_pixels: bool) -> str | None:
    """What a DICOM object is that is no radiograph by storage class or modality; `None` if it may be one.

    An object that claims to be a radiograph without pixels, or with another storage class, may be a damaged
    one.
    """
    stated, modality = _stated_class(dataset), text_of(dataset, "Modality").upper()
    if has_pixels and modality in RADIOGRAPHS:
        return None
    if kind := _kind_of_class(stated, (*_CLASSES, *_OTHER_CLASSES)):
        return kind
    if stated in RADIOGRAPH_CLASSES or modality in RADIOGRAPHS:
        return None
    kind = (_MODALITIES | _OTHER_MODALITIES).get(modality)
    # One that states neither may be a film cut short after its first bytes.
    if kind is None and not has_pixels and stated not in SECONDARY_CAPTURES and (stated or modality):
        kind = "DICOM object without an image"
    return kind


def check_content(data: bytes) -> None:
    """Raise `not_a_film` for a file that is neither a picture nor DICOM, and known to be something else."""
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if kind is None and data[:4] == b"RIFF" and data[8:12] in (b"AVI ", b"WAVE"):
        kind = "video or audio file"
    if kind is None and data[4:8] == b"ftyp":
        kind = "video or audio file"
    if kind is None and _is_text(data[:_TEXT_BYTES]):
        kind = "text file"
    if kind:
        raise not_a_film(kind)


def not_a_film(kind: str) -> FilmError:
    """Make the error for a file that is left out, with the kind of file that it is."""
    return FilmError(
        FilmErrorCode.NOT_A_FILM,
        f"This file is not a film ({kind}), so it was left out. Films can be DICOM, JPEG, PNG, TIFF, BMP or "
        "WebP files.",
        kind,
    )


def _stated_class(dataset: FileDataset) -> str:
    meta = getattr(dataset, "file_meta", None)
    return text_of(dataset, "SOPClassUID") or (text_of(meta, "MediaStorageSOPClassUID") if meta else "")


def _kind_of_class(stated: str, classes: Iterable[tuple[str, str]]) -> str | None:
    below = ((uid, uid if uid.endswith(".") else f"{uid}.", kind) for uid, kind in classes)
    return next((kind for uid, root, kind in below if stated == uid or stated.startswith(root)), None)


def _is_text(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[: len(start) & ~1].decode("utf-16", "replace").encode()
    if not start.strip() or _CONTROLS & frozenset(start):
        return False
    # In a character set of one byte, most of a text is still ASCII.
    return sum(byte > 0x7F for byte in start) < len(start) / 4 or _is_utf_8(start)


def _is_utf_8(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # the last character may be cut off
    except UnicodeDecodeError:
        return False
    return True
