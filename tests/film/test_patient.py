"""A patient is known by Patient ID and issuer, and a placeholder is nobody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from cxr.film.no_patient import names_patient
from cxr.film.patient import Patient, PatientNumber, patient_of


def patient(**header: Any) -> Patient | None:
    dataset = Dataset()
    for keyword, value in header.items():
        setattr(dataset, keyword, value)
    return patient_of(dataset, lambda text: text)


@pytest.mark.parametrize(
    "number", ["MRN-4711", "NA17", "X1", "patient00017", "00017", "H1/" + "9" * 63, "患者7"]
)
def test_a_patient_is_identified_by_patient_id_and_issuer(number: str) -> None:
    assert patient(PatientID=number) == Patient(f"\\{number}", f"\\{number}")
    assert patient(PatientID=f" {number} ", IssuerOfPatientID="St Anna") == Patient(
        f"St Anna\\{number}", f"\\{number}"
    )


FILLERS = """
    |  |UNKNOWN|unknown|Unknown |0|000|0-0|-|N/A|?|None|DESCONOCIDO|DESCONHECIDO|
    INCONNU|SCONOSCIUTO|ONBEKEND|OKAND|Okänd|ANONYME|ANONIMO|ANÓNIMO|ANON|anonymous|
    ANON^ANON|ANON17|NOT AVAILABLE|NOT KNOWN|NOT_SPECIFIED|UNIDENTIFIED|NO_PID|
    NO NAME|IDUNKNOWN|ID UNKNOWN|unknown patient|MISSING|EMPTY|XXXXXX|UNKNOWN0|
    UNKNOWN 12|不明|患者不明|НЕИЗВЕСТЕН|неизв.|غير معروف|TRAUMA|Trauma Male 3|JOHN DOE|
    DOE^JANE|99999|9999999|111111|999-99-9999|００００|123456|123456789|0123456789|
    987654321|abcdef|PATIENT 0|-1|TRAUMA ALPHA|Trauma^Zulu|UNKNOWN, UNKNOWN|UNK BRAVO|
    TRAUMA ALPHA 12|X-RAY
"""


@pytest.mark.parametrize("number", FILLERS.replace("\n    ", "").strip("\n").split("|"))
def test_a_placeholder_names_nobody(number: str) -> None:
    assert patient(PatientID=number, IssuerOfPatientID="St Anna") is None


@pytest.mark.parametrize(
    ("filler", "character_set"),
    [
        *(("неизвестно", "utf-8"), ("неизвестно", "cp1251"), ("НЕИЗВЕСТЕН", "koi8_r"), ("未知", "gb18030")),
        *(
            ("不明", "shift_jis"),
            ("미상", "euc_kr"),
            ("חסר", "cp1255"),
            ("مجهول", "cp1256"),
            ("OKÄND", "latin-1"),
        ),
    ],
)
def test_a_placeholder_in_a_character_set_that_is_not_declared_names_nobody(
    filler: str, character_set: str
) -> None:
    assert patient(PatientID=filler.encode(character_set).decode("latin-1")) is None
    assert patient(PatientID="17" + filler) is not None


def test_a_film_without_patient_id_names_nobody() -> None:
    assert patient() is None


def test_other_patient_ids_that_name_somebody_are_kept() -> None:
    others = [Dataset(), Dataset()]
    others[0].PatientID, others[0].IssuerOfPatientID = "17", "St Anna"
    others[1].PatientID = "UNKNOWN"

    found = patient(PatientID="MRN-4711", OtherPatientIDsSequence=others)

    assert found and found.others == (PatientNumber("St Anna\\17", "\\17"),)


@given(st.text("ABCXYZ", max_size=3), st.from_regex(r"\A[0-9]*(13|47|2[89])[0-9]*\Z"))
def test_a_number_that_neither_repeats_nor_counts_is_somebody(letters: str, digits: str) -> None:
    assert names_patient(letters + digits)


FILLERS = (
    "NOT APPLICABLE, NOT RECORDED, NONE GIVEN, TBC, DE-IDENTIFIED, REDACTED, MASKED, PRIVATE, NaN, "
    "K.A., o.A., unbek., N.D., S/N, S/D, n.b., Б/Н, SIN DNI, SEM REGISTRO, NON COMMUNIQUÉ, BABY BOY, "
    "NOUVEAU-NE, DEMO, QA TEST"
)


@pytest.mark.parametrize("filler", FILLERS.split(", "))
def test_what_is_keyed_in_where_nobody_is_known_is_nobody(filler: str) -> None:
    assert not names_patient(filler)


def test_an_issuer_may_be_given_by_its_identifier_alone() -> None:
    issuers = [Dataset(), Dataset()]
    issuers[0].UniversalEntityID, issuers[1].UniversalEntityID = "1.2.3", "4.5.6"

    found = [
        patient(PatientID="MRN-4711", IssuerOfPatientIDQualifiersSequence=[issuer]) for issuer in issuers
    ]

    assert [one and one.pseudonym for one in found] == ["1.2.3\\MRN-4711", "4.5.6\\MRN-4711"]
