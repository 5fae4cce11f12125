"""Texts are read in the character set that was meant."""

from typing import Any

import pytest
from film_files import dicom_file, ramp
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import FilmError, FilmErrorCode
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.identity import identity_of
from cxr.film.read import decode_film

ROOM = "ROOM FOR A TEXT IN ANOTHER CHARACTER SET "


def with_text(keyword: str, text: bytes, **changes: Any) -> bytes:
    data = dicom_file(ramp(), **{keyword: ROOM}, **changes)
    assert data.count(ROOM.encode()) == 1
    return data.replace(ROOM.encode(), text.ljust(len(ROOM)))


def refused_for_its_part(data: bytes) -> bool:
    codes = []
    for one in (data, clean_film(data, Deidentifier(b"k" * 32), str).content):
        try:
            decode_film(one)
            codes.append(None)
        except FilmError as error:
            codes.append(error.code)
    assert codes[0] == codes[1]
    return codes[0] is FilmErrorCode.WRONG_BODY_PART


@pytest.mark.parametrize(
    ("declared", "encoding", "text", "refused"),
    [
        ("ISO_IR 144", "iso8859_5", "колено", True),
        ("ISO_IR 144", "iso8859_5", "Грудь", False),
        ("GB18030", "gb18030", "膝", True),
        ("ISO_IR 192", "utf-8", "髋关节", True),
        ("\\ISO 2022 IR 87", "iso2022_jp", "膝", True),
        ("ISO_IR 127", "iso8859_6", "ركبة", True),
        ("ISO_IR 100", "latin-1", "KNÄ", True),
        ("", "utf-8", "mão", True),
        ("", "utf-8", "胸部", False),
    ],
)
def test_a_body_part_is_understood_in_its_character_set(
    declared: str, encoding: str, text: str, refused: bool
) -> None:
    data = with_text("BodyPartExamined", text.encode(encoding), SpecificCharacterSet=declared)

    assert refused_for_its_part(data) is refused


@pytest.mark.parametrize(
    ("code", "meaning", "part", "refused"),
    [
        *(("85562004", "Hand", "", True), ("72696002", "", "", True), ("T-D8700", "", "", True)),
        *(("T-D4000", "", "", True), ("T-D3000", "", "", False), ("39607008", "Lung", "", False)),
        *(("1", "Knee", "", True), ("85562004", "Hand", "CHEST", False), ("51185008", "", "HAND", False)),
        *(("1", "Portable", "", False), ("", "", "HAND\\CHEST", False)),
    ],
)
def test_an_anatomic_region_is_understood_by_code_and_meaning(
    code: str, meaning: str, part: str, refused: bool
) -> None:
    region = Dataset()
    region.CodeValue, region.CodeMeaning = code, meaning

    assert refused_for_its_part(
        dicom_file(ramp(), AnatomicRegionSequence=[region], BodyPartExamined=part)
    ) is (refused)


@pytest.mark.parametrize("transfer_syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_name_in_utf_8_without_a_declared_character_set_is_shown_as_it_was_written(
    encoding: str, transfer_syntax: str
) -> None:
    data = with_text("PatientName", "Müller^Jörg".encode(encoding), transfer_syntax=transfer_syntax)

    assert identity_of(data).patient_name == "Müller, Jörg"
