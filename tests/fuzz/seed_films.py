"""Small films in every format and coding that is read, from which mutation starts; no patient's."""

from collections.abc import Iterator
from functools import cache

import imagecodecs
import numpy as np
import numpy.typing as npt
from film.film_files import compressed, dicom_file, picture_file, with_frame
from made_films import grey_level
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

SIDE = 136
"""A little above the smallest film that is read."""


@cache
def seed_films() -> dict[str, bytes]:
    """Make one film for each way through the readers, by the name of its file."""
    return dict(_pictures()) | dict(_dicom_films())


def _pictures() -> Iterator[tuple[str, bytes]]:
    grey = grey_level(1, SIDE, SIDE)
    eight, sixteen = Image.fromarray(grey), Image.fromarray(grey.astype(np.uint16) << 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "eight.png", picture_file(eight, "PNG")
    yield "sixteen.png", picture_file(sixteen, "PNG", exif=exif)
    yield "palette.png", picture_file(eight.convert("RGB").quantize(16), "PNG", transparency=3)
    yield "baseline.jpg", picture_file(eight, "JPEG", exif=exif, comment=b"a comment")
    yield "progressive.jpg", picture_file(eight.convert("RGB"), "JPEG", progressive=True)
    yield "eight.tif", picture_file(eight, "TIFF", compression="tiff_lzw")
    yield "sixteen.tif", picture_file(sixteen, "TIFF")
    yield "deflate.tif", picture_file(eight, "TIFF", compression="tiff_adobe_deflate")
    yield "jpeg.tif", picture_file(eight, "TIFF", compression="jpeg")
    yield "group4.tif", picture_file(eight.convert("1"), "TIFF", compression="group4")
    yield "eight.bmp", picture_file(eight, "BMP")
    yield "lossless.webp", picture_file(eight.convert("RGB"), "WEBP", lossless=True)
    yield "lossy.webp", picture_file(eight.convert("RGB"), "WEBP", exif=exif)


def _dicom_films() -> Iterator[tuple[str, bytes]]:
    grey = grey_level(2, SIDE, SIDE)
    twelve = grey.astype(np.uint16) << 4
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4096, 0, 12], list(range(4096))
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    shown = {"WindowCenter": "1000", "WindowWidth": "2000", "RescaleSlope": "1", "RescaleIntercept": "-1024"}
    plain = dicom_file(twelve, BitsStored=12, PatientAge="004Y", ViewPosition="AP", **shown)
    yield "plain.dcm", plain
    yield "table.dcm", dicom_file(twelve, BitsStored=12, VOILUTSequence=[table])
    inverted = {"PhotometricInterpretation": "MONOCHROME1", "PatientBirthDate": "20200102"}
    yield "inverted.dcm", dicom_file(grey, **inverted)
    yield "colour.dcm", dicom_file(np.stack([grey] * 3, axis=2))
    yield "signed.dcm", dicom_file(twelve.astype(np.int16) - 1024, BitsStored=12)
    yield "bare.dcm", dicom_file(grey, preamble=False, transfer_syntax=ImplicitVRLittleEndian)
    yield "big_endian.dcm", dicom_file(twelve, transfer_syntax=ExplicitVRBigEndian)
    yield "deflated.dcm", dicom_file(twelve, transfer_syntax=DeflatedExplicitVRLittleEndian)
    for name, coding in (("rle", RLELossless), ("jpeg_ls", JPEGLSLossless), ("jpeg_2000", JPEG2000Lossless)):
        yield f"{name}.dcm", compressed(plain, coding)
    jpeg = picture_file(Image.fromarray(grey), "JPEG")
    yield "jpeg.dcm", with_frame(dicom_file(grey), jpeg, JPEGBaseline8Bit)
    yield "lossless_jpeg.dcm", with_frame(plain, _lossless_jpeg(twelve), JPEGLosslessSV1)


def _lossless_jpeg(stored: npt.NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(stored, bitspersample=12, lossless=True, predictor=1))
