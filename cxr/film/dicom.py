"""Read an uncompressed DICOM radiograph, and of its header no more than the picture and the age need."""

import logging
import warnings
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.filereader import read_dataset
from pydicom.pixels.utils import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import VR

from cxr.film.age import age_in_years
from cxr.film.colour import grey_of
from cxr.film.display import grey_levels
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import Pixels, RequestedPriority
from cxr.film.limits import check_picture_size

# pydicom warns and logs with the values it found, and those may be a patient's. Once for the process:
# `warnings.catch_warnings` is not safe where several threads read films.
warnings.filterwarnings("ignore", module=r"pydicom\b")
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

_PREAMBLE_BYTES = 128
_UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_GREY = ("MONOCHROME1", "MONOCHROME2")
_TAGS: list[str] = [
    *("StudyDate", "PatientAge", "PatientBirthDate", "PatientID", "IssuerOfPatientID"),
    *("RequestedProcedurePriority", "RequestAttributesSequence"),
    *(
        "Rows",
        "Columns",
        "NumberOfFrames",
        "SamplesPerPixel",
        "PlanarConfiguration",
        "PhotometricInterpretation",
    ),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"),
    *(
        "PixelPaddingValue",
        "PixelPaddingRangeLimit",
        "RescaleSlope",
        "RescaleIntercept",
        "ModalityLUTSequence",
    ),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
]


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of a patient and of a request; see `Film`."""

    age_years: float | None
    patient_id: str | None = field(repr=False)
    requested: RequestedPriority | None


def is_dicom(data: bytes) -> bool:
    """Tell a DICOM file by its preamble or, without one, by a first element of group 0008 or 0002."""
    if data[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM":
        return True
    group, element = data[0:2], int.from_bytes(data[2:4], "little")
    if len(data) < 8 or group not in (b"\x08\x00", b"\x02\x00") or element > 0x0100:
        return False
    is_explicit = data[4:6] in {vr.encode() for vr in VR if len(vr) == 2}
    return is_explicit or int.from_bytes(data[4:8], "little") in range(2, 1024, 2)


def read_dicom(data: bytes) -> tuple[Pixels, Header]:
    """Decode a DICOM file into pixels as for `Film` and what its header says.

    Raises
    ------
    FilmError
        The file holds no single uncompressed grey image of 8 or 16 bits within the limits. Any other
        exception means a damaged file; its message may hold patient data.
    """
    _refuse_deflated(data)
    header = dcmread(BytesIO(data), stop_before_pixels=True, force=True, specific_tags=_TAGS)
    _check_picture(header)
    _check_transfer_syntax(_transfer_syntax(header))

    dataset = dcmread(BytesIO(data), force=True, specific_tags=_TAGS)
    dataset.file_meta.TransferSyntaxUID = _transfer_syntax(dataset)
    if "PixelData" not in dataset:
        raise _no_image()
    return _pixels(dataset), _header(dataset)


def _header(dataset: FileDataset) -> Header:
    def text(keyword: str) -> str:
        return str(dataset.get(keyword) or "").strip()

    age = age_in_years(*(text(keyword) for keyword in ("PatientAge", "PatientBirthDate", "StudyDate")))
    # An identifier means somebody only together with who gave it out.
    patient_id = f"{text('IssuerOfPatientID')}\\{text('PatientID')}" if text("PatientID") else None
    return Header(age, patient_id, _requested(dataset))


def _requested(dataset: FileDataset) -> RequestedPriority | None:
    """Requested Procedure Priority, of the film or of one of the requests that it answers."""
    requests = dataset.get("RequestAttributesSequence")
    # What is written there with another representation is no request, and costs no film.
    requests = requests if isinstance(requests, Sequence) else []
    said = {str(one.get("RequestedProcedurePriority") or "").strip().upper() for one in (dataset, *requests)}
    return next((priority for priority in RequestedPriority if priority in said), None)


def _refuse_deflated(data: bytes) -> None:
    """Refuse before pydicom inflates the whole file, for which it sets no limit."""
    file = BytesIO(data)
    file.seek(_PREAMBLE_BYTES + 4 if data[_PREAMBLE_BYTES:].startswith(b"DICM") else 0)
    meta = read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        _check_transfer_syntax(DeflatedExplicitVRLittleEndian)


def _check_picture(header: FileDataset) -> None:
    rows, columns = header.get("Rows"), header.get("Columns")
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise _no_image()
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise FilmError(
            FilmErrorCode.MULTIPLE_IMAGES,
            f"This DICOM file holds {frames} images; one film a file can be read. "
            "Export the frontal film alone.",
        )
    check_picture_size(columns, rows)
    _check_bits(header)


def _check_bits(header: FileDataset) -> None:
    allocated, stored = int(header.BitsAllocated), int(header.BitsStored)
    high_bit = int(header.get("HighBit", stored - 1))
    if allocated not in (8, 16):
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM image has {allocated} bits a pixel; a radiograph has 8 or 16. "
            "Export the radiograph itself.",
        )
    if not 1 <= stored <= allocated or high_bit != stored - 1:
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM film stores {stored} of {allocated} bits up to bit {high_bit}, which is not "
            "in the standard. Export it again from the PACS.",
        )


def _transfer_syntax(dataset: FileDataset) -> UID:
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated:
        return UID(stated)
    is_implicit, is_little_endian = dataset.original_encoding
    if is_implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian


def _check_transfer_syntax(transfer_syntax: UID) -> None:
    if transfer_syntax not in _UNCOMPRESSED:
        # Only a name from the standard's list: a broken header may hold anything here.
        is_known = transfer_syntax.type == "Transfer Syntax"
        name = transfer_syntax.name if is_known else "an unknown transfer syntax"
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM film is stored as {name}, which cannot be read. "
            "Export it uncompressed (Explicit VR Little Endian).",
        )


def _pixels(dataset: FileDataset) -> Pixels:
    stored = pixel_array(dataset)
    if dataset.SamplesPerPixel == 1 and dataset.PhotometricInterpretation in _GREY:
        return grey_levels(stored, dataset)
    if dataset.SamplesPerPixel == 3:
        eight_bits = (stored >> max(0, dataset.BitsStored - 8)).astype(np.uint8)
        return np.asarray(grey_of(Image.fromarray(eight_bits)))
    raise FilmError(
        FilmErrorCode.COLOUR,
        "This DICOM image is stored in palette colours or the like; a radiograph is grey. "
        "Export the radiograph itself.",
    )


def _no_image() -> FilmError:
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        "This DICOM file holds no image (it may be a report or a dose record). Send the radiograph itself.",
    )
