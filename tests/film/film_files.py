"""Film files made in memory: a test passes what it changes, everything else is an ordinary film."""

import struct
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import FilmError, read_film

PATIENT = "ROSSI^MARIA"

LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
"""Representations whose length takes four bytes (PS3.5 7.1.2)."""


def elements_of(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give each element of a file of Explicit VR Little Endian: its tag, its start and its end."""
    place = 132
    while place < len(data):
        group, number, name = struct.unpack_from("<HH2s", data, place)
        is_long = name.decode() in LONG
        size = struct.unpack_from("<L", data, place + 8)[0] + 12 if is_long else 0
        size = size or struct.unpack_from("<H", data, place + 6)[0] + 8
        end = min(place + size, len(data))  # of pixels without a stated length
        yield group << 16 | number, place, end
        place = end


def with_bytes(data: bytes, tag: int, element: bytes) -> bytes:
    """Put the bytes of an element in its place in such a file, for any that is there."""
    for there, start, end in elements_of(data):
        if there >= tag:
            return data[:start] + element + data[end if there == tag else start :]
    return data + element


def with_element(data: bytes, tag: int, vr: str, value: bytes) -> bytes:
    """Put an element of any value in such a file: pydicom writes none that contradicts its representation."""
    length = struct.pack("<HL", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))
    return with_bytes(data, tag, tag_bytes(tag) + vr.encode() + length + value)


def tag_bytes(tag: int) -> bytes:
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF)


def ramp(height: int = 160, width: int = 200, top: int = 255, dtype: type = np.uint8) -> npt.NDArray[Any]:
    """Grow from 0 at the upper left to `top` at the lower right."""
    steps = np.linspace(0, top, height * width).reshape(height, width)
    return np.rint(steps).astype(dtype)


def picture_file(image: Image.Image, picture_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, picture_format, **options)
    return file.getvalue()


def dicom_file(
    stored: npt.NDArray[Any],
    *,
    transfer_syntax: UID = ExplicitVRLittleEndian,
    preamble: bool = True,
    **changes: Any,
) -> bytes:
    """Write `stored` as an uncompressed computed radiograph; a change to `None` leaves the element out."""
    is_colour = stored.ndim == 3
    film = Dataset()
    film.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1")
    # One UID for each picture, as modalities give them.
    film.SOPInstanceUID = UID(f"2.25.{int(sha256(stored.tobytes()).hexdigest()[:30], 16)}")
    film.PatientName, film.PatientID, film.Modality = PATIENT, "MRN-4711", "CR"
    film.Rows, film.Columns = stored.shape[:2]
    film.SamplesPerPixel = 3 if is_colour else 1
    film.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        film.PlanarConfiguration = 0
    film.BitsAllocated = film.BitsStored = stored.dtype.itemsize * 8
    film.HighBit = film.BitsStored - 1
    film.PixelRepresentation = int(stored.dtype.kind == "i")
    order = ">" if transfer_syntax == ExplicitVRBigEndian else "<"
    film.PixelData = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    is_words = transfer_syntax == ImplicitVRLittleEndian or film.BitsAllocated > 8
    film["PixelData"].VR = "OW" if is_words else "OB"
    for keyword, value in changes.items():
        if value is None:
            delattr(film, keyword)
        else:
            setattr(film, keyword, value)
    if changes.get("BitsStored") and "HighBit" not in changes:
        film.HighBit = film.BitsStored - 1

    file = BytesIO()
    is_implicit = transfer_syntax == ImplicitVRLittleEndian
    if preamble:
        film.file_meta = FileMetaDataset()
        film.file_meta.TransferSyntaxUID = transfer_syntax
        film.save_as(file, enforce_file_format=True)
    else:
        film.save_as(file, implicit_vr=is_implicit, little_endian=transfer_syntax != ExplicitVRBigEndian)
    return file.getvalue()


def compressed(data: bytes, coding: UID) -> bytes:
    """The same film in another transfer syntax, by pydicom's encoders."""
    film, file = dcmread(BytesIO(data)), BytesIO()
    film.compress(coding, generate_instance_uid=False)
    film.save_as(file)
    return file.getvalue()


def with_frame(data: bytes, frame: bytes, coding: str | None = None) -> bytes:
    """Put any bytes for the frame of a film, and another transfer syntax where one is given."""
    film, file = dcmread(BytesIO(data)), BytesIO()
    if coding:
        film.file_meta.TransferSyntaxUID = UID(coding)
    film.PixelData = encapsulate([frame])
    film["PixelData"].VR, film["PixelData"].is_undefined_length = "OB", True
    film.save_as(file)
    return file.getvalue()


def frame_of(data: bytes) -> bytes:
    return get_frame(dcmread(BytesIO(data)).PixelData, 0, number_of_frames=1)


def refusal(source: Path | str | bytes) -> FilmError:
    """Read what is no film, and give the reason."""
    with pytest.raises(FilmError) as caught:
        read_film(source)
    return caught.value
