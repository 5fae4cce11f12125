"""Pixel data are read by how they are coded, where a converter left another transfer syntax in the header."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from film_files import compressed, dicom_file, with_frame
from made_films import grey_level
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.element_count import file_meta
from cxr.film.identity import identity_of
from cxr.film.read import decode_film
from cxr.film.transfer_syntax import transfer_syntax

GREY = grey_level(1, 200, 200)
STATED = (
    *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGBaseline8Bit, JPEGLosslessSV1),
    *(JPEG2000Lossless, JPEGLSLossless, RLELossless),
)


FILM = dicom_file(GREY)
FILES = {
    "native": FILM,
    "JPEG": with_frame(FILM, imagecodecs.jpeg8_encode(GREY, level=98), JPEGBaseline8Bit),
    "lossless JPEG": with_frame(FILM, imagecodecs.ljpeg_encode(GREY), JPEGLosslessSV1),
    "JPEG 2000": with_frame(
        FILM, imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"), JPEG2000Lossless
    ),
    "JPEG-LS": with_frame(FILM, imagecodecs.jpegls_encode(GREY), JPEGLSLossless),
    "RLE": compressed(FILM, RLELossless),
}
LOSS = {"JPEG": 3}


# Full progression, of JPEG: retired, and no decoder has it by that name.
PROGRESSIVE = "1.2.840.10008.1.2.4.55"


def stated_as(data: bytes, syntax: str) -> bytes:
    """Change the transfer syntax that a file states, and nothing else."""
    meta, file = dcmread(BytesIO(data), stop_before_pixels=True).file_meta, DicomBytesIO()
    meta.TransferSyntaxUID = syntax
    file.write(bytes(128) + b"DICM")
    write_file_meta_info(file, meta, enforce_standard=False)
    return bytes(file.getvalue()) + data[file_meta(data)[0] :]


def with_length(data: bytes) -> bytes:
    """Give the fragments of the pixel data a length in place of an end."""
    start = data.rindex(b"\xe0\x7f\x10\x00OB\0\0") + 12
    return data[: start - 4] + len(data[start:]).to_bytes(4, "little") + data[start:]


def check(data: bytes, coding: str) -> None:
    clean = clean_film(data, Deidentifier(b"k" * 32), str)
    for content in (data, clean.content):
        difference = np.abs(decode_film(content).pixels.astype(int) - GREY)
        assert difference.max() <= LOSS.get(coding, 0)
    # What is stored states how it is coded.
    stored = dcmread(BytesIO(clean.content))
    assert stored.file_meta.TransferSyntaxUID == transfer_syntax(stored)


@pytest.mark.parametrize("syntax", STATED)
@pytest.mark.parametrize("coding", FILES)
def test_a_film_is_read_and_stored_whatever_transfer_syntax_it_states(coding: str, syntax: str) -> None:
    check(stated_as(FILES[coding], syntax), coding)


@pytest.mark.parametrize("syntax", [None, ExplicitVRLittleEndian])
@pytest.mark.parametrize("coding", [name for name in FILES if name != "native"])
def test_fragments_in_an_element_with_a_length_are_read(coding: str, syntax: str | None) -> None:
    data = with_length(FILES[coding])
    check(stated_as(data, syntax) if syntax else data, coding)


@pytest.mark.parametrize(
    ("stated", "start", "expected"),
    [
        (JPEGExtended12Bit, b"\xff\xd8\xff\xc0\0\x04\0\0", JPEGExtended12Bit),
        (ExplicitVRLittleEndian, b"\xff\xd8\xff\xc1\0\x04\0\0", JPEGExtended12Bit),
        (ExplicitVRLittleEndian, b"\xff\xd8\xff\xd9", ExplicitVRLittleEndian),
        (RLELossless, b"\0" * 64, RLELossless),
        ("1.2.3", b"nothing known", "1.2.3"),
    ],
)
def test_a_codestream_of_the_stated_kind_or_of_none_known_is_as_stated(
    stated: str, start: bytes, expected: str
) -> None:
    dataset = dcmread(BytesIO(dicom_file(GREY)))
    assert isinstance(dataset, Dataset)
    dataset.file_meta.TransferSyntaxUID, dataset.PixelData = stated, encapsulate([start])

    assert transfer_syntax(dataset) == expected


@pytest.mark.parametrize("stated", [PROGRESSIVE, "1.2.840.10008.1.2.4.100"])
def test_a_film_whose_stated_syntax_has_no_decoder_is_read_where_its_codestream_has_one(stated: str) -> None:
    data = stated_as(FILES["JPEG"], stated)

    np.testing.assert_array_equal(decode_film(data).pixels, decode_film(FILES["JPEG"]).pixels)


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("preamble", [True, False])
def test_a_big_endian_film_is_read_and_stored_whatever_it_states(stated: str, preamble: bool) -> None:
    words = np.linspace(0, 65535, 160 * 200).reshape(160, 200).astype(np.uint16)
    data = stated_as(dicom_file(words, transfer_syntax=ExplicitVRBigEndian), stated)
    data = data if preamble else data[file_meta(data)[0] :]

    for one in (data, clean_film(data, Deidentifier(b"k" * 32), str).content):
        np.testing.assert_array_equal(decode_film(one).pixels, words)
    assert identity_of(data).patient_id == "MRN-4711"


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_little_endian_film_that_states_big_endian_is_read_and_stored(syntax: str) -> None:
    words = np.linspace(0, 65535, 160 * 200).reshape(160, 200).astype(np.uint16)
    data = stated_as(dicom_file(words, transfer_syntax=UID(syntax)), ExplicitVRBigEndian)

    for one in (data, clean_film(data, Deidentifier(b"k" * 32), str).content):
        np.testing.assert_array_equal(decode_film(one).pixels, words)
    assert identity_of(data).patient_id == "MRN-4711"
