"""Texts are read in the character set that was meant."""

from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, ramp
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import FilmError, FilmErrorCode
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.element_count import MOST_ELEMENTS
from cxr.film.identity import identity_of
from cxr.film.read import decode_film
from cxr.report.original import original_of

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


def with_set(term: bytes, vr: bytes = b"CS", **changes: Any) -> bytes:
    """Make a film whose Specific Character Set is out of form, and whose name is in Latin-1."""
    name = "Müller^Jörg".encode("latin-1")
    data = with_text("PatientName", name, SpecificCharacterSet="ISO_IR 100", **changes)
    place = data.index(b"ISO_IR 100")
    header = data[place - 8 : place]
    order: Any = "big" if header.startswith(b"\0") else "little"
    if header[4:6] != b"CS":
        opening = header[:4] + len(term).to_bytes(4, order)
    elif vr in (b"SQ", b"UN"):
        opening = header[:4] + vr + b"\0\0" + len(term).to_bytes(4, order)
    else:
        opening = header[:4] + vr + len(term).to_bytes(2, order)
    return data[: place - 8] + opening + term + data[place + 10 :]


BROKEN_SETS = [
    *[(b"\x00\x01\xff\x02", b"CS"), (b"ISO_IR\x00999", b"CS"), (b"FOO ", b"CS"), (b"ISO_IR 999 ", b"CS")],
    *[(b"hex ", b"CS"), (b"utf_16", b"CS"), (b"utf_32", b"CS"), (b"undefined ", b"CS"), (b"utf_7 ", b"CS")],
    *[(b"unicode_escape", b"CS"), (b"\\hex", b"CS"), (b"ISO_IR 100\\x ", b"CS"), (b"ISO_IR 999", b"UN")],
    *[(b"\x01\x00", b"US"), (b"12345678", b"FD"), (b"1234", b"AT"), (b"A^B=C ", b"PN"), (b"1234", b"ZZ")],
    (b"\xfe\xff\x00\xe0\x00\x00\x00\x00", b"SQ"),
]


@pytest.mark.parametrize(("term", "vr"), BROKEN_SETS)
def test_a_film_whose_character_set_is_unknown_is_read_with_a_note(term: bytes, vr: bytes) -> None:
    data = with_set(term, vr)

    film, clean = decode_film(data), clean_film(data, Deidentifier(b"k" * 32), str)

    assert film.ignored == decode_film(clean.content).ignored == ("SpecificCharacterSet",)
    assert np.array_equal(film.pixels, ramp())
    assert identity_of(data).patient_name == "Müller, Jörg"
    assert clean.patient and clean.patient.pseudonym == "\\MRN-4711"


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_an_unknown_character_set_is_found_in_any_transfer_syntax(transfer_syntax: str) -> None:
    film = decode_film(with_set(b"\x00\x01\xff\x02", transfer_syntax=transfer_syntax))

    assert film.ignored == ("SpecificCharacterSet",) and np.array_equal(film.pixels, ramp())


@pytest.mark.parametrize("size", [None, 0xFFFFFFFF])
def test_an_unknown_character_set_of_a_sequence_item_costs_nothing(size: int | None) -> None:
    item = Dataset()
    item.SpecificCharacterSet, item.CodeMeaning = "ISO_IR 101", "Thorax"
    items = Sequence([item])
    items.is_undefined_length = size is not None
    data = dicom_file(ramp(), ProcedureCodeSequence=items).replace(b"ISO_IR 101", b"\x00\x01\xff\x02      ")

    assert decode_film(data).ignored == ()
    assert clean_film(data, Deidentifier(b"k" * 32), str).patient


@pytest.mark.parametrize("term", ["ISO_IR 203", "ISO 2022 IR 203"])
def test_a_name_in_latin_9_is_shown(term: str) -> None:
    data = with_text("PatientName", "Šœuvre".encode("iso8859_15"), SpecificCharacterSet=term)

    assert identity_of(data).patient_name == "Šœuvre"


@pytest.mark.parametrize("spelled", [b"iso_ir 100", b"ISO-IR 100", b"ISO_IR_100", b"ISO IR 100"])
def test_a_misspelt_character_set_is_understood(spelled: bytes) -> None:
    assert decode_film(with_set(spelled)).ignored == ()
    assert identity_of(with_set(spelled)).patient_name == "Müller, Jörg"


def test_texts_in_utf_8_are_read_under_an_unknown_character_set() -> None:
    data = with_text("PatientName", "Müller^Jörg".encode(), SpecificCharacterSet="FOO")

    assert identity_of(data).patient_name == "Müller, Jörg"


@pytest.mark.parametrize("term", ["ISO_IR 192", "FOO"])
def test_an_id_that_cannot_be_decoded_joins_no_patients(term: str) -> None:
    """Of texts that are not UTF-8, what was lost is replaced: the IDs of two strangers look the same."""
    for patient_id in ("Ü-4711", "Ä-4711"):
        data = with_text("PatientID", patient_id.encode("latin-1"), SpecificCharacterSet=term)

        clean = clean_film(data, Deidentifier(b"k" * 32), str)

        assert clean.patient is None and clean.pseudonym is None

    other = Dataset()
    other.PatientID = ROOM
    data = dicom_file(ramp(), OtherPatientIDsSequence=[other], SpecificCharacterSet=term)
    data = data.replace(ROOM.encode(), "Ü-4712".encode("latin-1").ljust(len(ROOM)))
    patient = clean_film(data, Deidentifier(b"k" * 32), str).patient
    assert patient and patient.others == ()


@given(
    st.text(
        st.characters(min_codepoint=0xC0, max_codepoint=0x24F, categories=["Lu", "Ll"]),
        min_size=1,
        max_size=9,
    )
)
def test_a_name_in_utf_8_declared_as_latin_1_is_shown_as_it_was_meant_and_kept_as_it_came(name: str) -> None:
    identity = identity_of(with_text("PatientName", name.encode(), SpecificCharacterSet="ISO_IR 100"))

    assert identity.patient_name == name
    assert identity.text("PatientName").encode("latin-1") == name.encode()


@given(
    st.text(
        st.characters(min_codepoint=0xC0, max_codepoint=0xFF, categories=["Lu", "Ll"]), min_size=1, max_size=9
    )
)
def test_a_name_in_latin_1_is_shown_as_it_was_meant_whether_declared_as_that_or_as_utf_8(name: str) -> None:
    for charset in ("ISO_IR 100", "ISO_IR 192"):
        data = with_text("PatientName", name.encode("latin-1"), SpecificCharacterSet=charset)
        assert identity_of(data).patient_name == name


@pytest.mark.parametrize(("charset", "encoding"), [("ISO_IR 100", "utf-8"), ("ISO_IR 192", "latin-1")])
def test_a_patient_id_is_read_as_declared_whatever_was_meant(charset: str, encoding: str) -> None:
    written = "ÄB-471".encode(encoding)
    data = with_text("PatientID", written, SpecificCharacterSet=charset)

    read = written.decode("utf-8" if charset == "ISO_IR 192" else "latin-1", "replace")
    assert identity_of(data).patient_id == read


@pytest.mark.parametrize("value", [b"xy", b"ab\\cd\\" * 100], ids=["many", "of many terms"])
def test_character_sets_in_more_places_than_a_file_has_elements_are_not_corrected(value: bytes) -> None:
    one = b"\x08\x00\x05\x00CS" + len(value).to_bytes(2, "little") + value
    within = one * (MOST_ELEMENTS // (1 + value.count(b"\\")) + 2)

    with pytest.raises(FilmError) as refused:
        decode_film(dicom_file(ramp(), ICCProfile=within))
    assert refused.value.code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize("undefined_length", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_patient_id_without_a_declared_character_set_names_the_patient_whose_id_is_shown(
    encoding: str, undefined_length: bool, transfer_syntax: str
) -> None:
    other = Dataset()
    other.PatientID = ROOM.replace("TEXT", "MORE")
    items = Sequence([other])
    items.is_undefined_length = undefined_length
    found = []
    for charset in ("", "ISO_IR 192" if encoding == "utf-8" else "ISO_IR 100"):
        data = with_text(
            "PatientID",
            "ÄB-471".encode(encoding),
            OtherPatientIDsSequence=items,
            SpecificCharacterSet=charset,
            transfer_syntax=transfer_syntax,
        )
        data = data.replace(other.PatientID.encode(), "Ö-11".encode(encoding).ljust(len(ROOM)))
        clean = clean_film(data, Deidentifier(b"k" * 32), str)
        assert clean.patient and clean.identity
        found.append((clean.patient, clean.identity.patient_id))

    assert found[0] == found[1]
    patient, shown = found[0]
    assert (patient.pseudonym, shown) == ("\\ÄB-471", "ÄB-471")
    assert [one.pseudonym for one in patient.others] == ["\\Ö-11"]


def test_texts_of_two_character_sets_are_read_as_latin_1_for_the_patient_too() -> None:
    data = with_text("PatientName", "Müller".encode()).replace(b"MRN-4711", "Ä-4711MX".encode("latin-1"))

    clean = clean_film(data, Deidentifier(b"k" * 32), str)

    assert clean.patient and clean.identity
    assert (clean.patient.pseudonym, clean.identity.patient_id) == ("\\Ä-4711MX", "Ä-4711MX")


@pytest.mark.parametrize(
    ("encoding", "charset", "corrected"),
    [
        ("utf-8", "", True),
        ("latin-1", "", True),
        ("utf-8", "ISO_IR 100", True),
        ("latin-1", "ISO_IR 192", True),
        ("utf-8", "ISO_IR 192", False),
        ("latin-1", "ISO_IR 100", False),
        ("ascii", "", False),
    ],
)
def test_a_name_shown_in_another_character_set_than_the_declared_one_is_marked_and_no_result_has_the_mark(
    encoding: str, charset: str, corrected: bool
) -> None:
    name = "Muller" if encoding == "ascii" else "Müller"
    data = with_text(
        "PatientName", name.encode(encoding), SpecificCharacterSet=charset, StudyInstanceUID="1.2.3"
    )
    identity = identity_of(data)

    assert identity.patient_name == name and identity.character_set_corrected is corrected
    assert not any(element.tag.is_private for element in original_of(identity))
