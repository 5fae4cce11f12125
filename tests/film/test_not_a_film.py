"""What lies beside films on a patient CD is left out under its name, and no film is."""

import copy
from io import BytesIO

import pytest
from film_files import dicom_file, ramp, refusal
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.left_out import left_out

STORAGE = "1.2.840.10008.5.1.4.1.1."
CONTENTS = {
    "program": b"MZ\x90\x00" + bytes(100),
    "thumbnail cache or office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "text file": b"[autorun]\r\nopen=viewer.exe\r\nicon=viewer.ico\r\n",
    "PDF document": b"%PDF-1.7 ...",
    "ZIP archive or office document": b"PK\x03\x04....",
    "PostScript document": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "icon": b"\x00\x00\x01\x00\x01\x00",
    "database": b"SQLite format 3\x00" + bytes(10),
    "video or audio file": b"\x00\x00\x00\x18ftypmp42",
}
TEXTS = [
    *("Dear colleague", "Für Ärzte", "<html></html>", "a;b\n1;2\n"),
    *("[autorun]".encode("utf-16"), "Wichtig für Ärzte".encode("latin-1")),
]


def without_image(sop_class: str | None = None, modality: str | None = None) -> bytes:
    dataset, file = Dataset(), BytesIO()
    if sop_class:
        dataset.SOPClassUID = sop_class
    if modality:
        dataset.Modality = modality
    dataset.PatientName = "ROSSI^MARIA"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(file, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return bytes(128) + b"DICM" + file.getvalue().removeprefix(bytes(128) + b"DICM")


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_known_kind_of_file_is_left_out_by_name(kind: str) -> None:
    error = refusal(CONTENTS[kind])

    assert error.left_out and error.code is FilmErrorCode.NOT_A_FILM and error.kind == kind
    assert kind in error.sentence and "JPEG" in error.sentence


@pytest.mark.parametrize("text", TEXTS)
def test_text_in_any_encoding_is_left_out(text: str | bytes) -> None:
    assert refusal(text if isinstance(text, bytes) else text.encode()).kind == "text file"


@pytest.mark.parametrize("data", [b"\x00", bytes(1000), b"\x89QNG" + bytes(100), b"\x01\x02\x03"])
def test_bytes_of_an_unknown_kind_are_an_error_and_not_left_out(data: bytes) -> None:
    error = refusal(data)

    assert error.code is FilmErrorCode.NOT_AN_IMAGE and not error.left_out


@pytest.mark.parametrize(
    ("sop_class", "modality", "kind"),
    [
        ("1.2.840.10008.1.3.10", None, "DICOMDIR"),
        (STORAGE + "88.11", "SR", "structured report"),
        (STORAGE + "88.67", "SR", "structured report"),
        (STORAGE + "88.59", "KO", "key object selection"),
        (STORAGE + "11.1", "PR", "presentation state"),
        (STORAGE + "104.1", "DOC", "encapsulated document"),
        (STORAGE + "9.1.1", "ECG", "waveform"),
        (STORAGE + "481.5", "RTPLAN", "radiotherapy object"),
        (None, "SR", "structured report"),
        ("1.2.3.4.5", "PR", "presentation state"),
    ],
)
def test_a_dicom_object_without_an_image_is_left_out_by_storage_class_or_modality(
    sop_class: str | None, modality: str | None, kind: str
) -> None:
    data = without_image(sop_class, modality)

    assert refusal(data).kind == kind
    with pytest.raises(FilmError) as caught:
        clean_film(data, Deidentifier(b"k" * 32), str)
    assert caught.value.left_out


def test_a_radiograph_that_lost_its_pixels_is_an_error_and_not_left_out() -> None:
    for data in (
        without_image(STORAGE + "1", "CR"),
        without_image(STORAGE + "1.1", "SR"),
        dicom_file(ramp(), Rows=None, PixelData=None),
    ):
        error = refusal(data)
        assert error.code in (FilmErrorCode.UNSUPPORTED_DICOM, FilmErrorCode.WRONG_MODALITY)
        assert not error.left_out and left_out(data) is None


def test_a_film_with_the_storage_class_of_a_report_is_read() -> None:
    assert read_film(dicom_file(ramp(), SOPClassUID=UID(STORAGE + "88.11"))).pixels.shape == (160, 200)


def test_a_copy_of_an_error_keeps_its_kind() -> None:
    error = refusal(CONTENTS["program"])

    again = copy.copy(error)

    assert (again.code, again.sentence, again.kind) == (error.code, error.sentence, "program")
