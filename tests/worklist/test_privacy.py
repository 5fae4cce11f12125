"""What tells who a film is of stays out of the stored files, and under seal where a key is set."""

import datetime
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from film.film_files import PATIENT, dicom_file, picture_file
from made_cases import ADA, BEN, UNKNOWN, hand_in, in_order, now, reading, scored
from made_films import grey_level
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from sent_results import waiting_results
from sqlalchemy import create_engine, text

from cxr.film import Population, read_film
from cxr.film.deidentify import Keep
from cxr.triage.priority import Urgency
from cxr.worklist.case import Case, Finding
from cxr.worklist.store.database import POSTGRESQL, WorklistError
from cxr.worklist.worklist import Worklist

KEY = Fernet.generate_key().decode()


@pytest.fixture
def keeping(url: str, tmp_path: Path) -> Worklist:
    """A worklist that keeps identifiers."""
    return Worklist(url, tmp_path / "films", identity_key=KEY)


def film_of(number: str | None, seed: int = 0, **header: object) -> bytes:
    return dicom_file(grey_level(seed), PatientID=number, **header)


def requested(priority: str) -> dict[str, object]:
    return {"RequestedProcedurePriority": priority}


@pytest.mark.parametrize("number", ["MRN-4711", None])
def test_a_stored_dicom_names_nobody_and_shows_the_same(worklist: Worklist, number: str | None) -> None:
    content = film_of(number, PatientBirthDate="19800101", StudyDate="20240601")

    case = hand_in(worklist, content=content)

    stored = worklist.film_path(case).read_bytes()
    assert b"ROSSI" not in stored and b"MRN-4711" not in stored and b"19800101" not in stored
    film = read_film(stored)
    assert (film.pixels == read_film(content).pixels).all()
    assert film.population is Population.ADULT and film.age_years == pytest.approx(44.4, abs=0.1)
    header = dcmread(BytesIO(stored))
    assert header.PatientID == (case.patient or "") and header.PatientIdentityRemoved == "YES"


def test_a_stored_jpeg_has_no_exif(worklist: Worklist) -> None:
    said = Image.Exif()
    said[0x010E] = PATIENT
    content = picture_file(Image.fromarray(grey_level(0)), "JPEG", exif=said.tobytes())

    case = hand_in(worklist, content=content)

    assert b"ROSSI" in content and b"ROSSI" not in worklist.film_path(case).read_bytes()


def test_films_of_one_patient_share_a_pseudonym_that_is_not_the_identifier(worklist: Worklist) -> None:
    cases = [hand_in(worklist, content=film_of(number, i)) for i, number in enumerate(["1", "1", "2", None])]

    first, second, other, nameless = [case.patient for case in cases]
    assert first == second != other and nameless is None
    assert first and len(first) == 32
    assert [case.number for case in worklist.ranked.of_patient(cases[0])] == [cases[1].number]
    assert worklist.ranked.of_patient(cases[2]) == worklist.ranked.of_patient(cases[3]) == []


def test_the_same_dicom_twice_is_one_case_also_after_a_restart(url: str, tmp_path: Path) -> None:
    numbers = {
        hand_in(Worklist(url, tmp_path / "films"), content=film_of("MRN-4711"), stated=UNKNOWN).number
        for _ in range(2)
    }

    assert len(numbers) == 1


@pytest.mark.parametrize(
    ("raised", "priority", "urgency"),
    [
        (None, "LOW", None),
        (None, "HIGH", Urgency.HIGH),
        (None, "STAT", Urgency.STAT),
        (Urgency.HIGH, "STAT", Urgency.STAT),
        (Urgency.STAT, "HIGH", Urgency.STAT),
    ],
)
def test_a_requested_priority_raises_a_film_before_it_is_scored_and_lowers_none(
    worklist: Worklist, raised: Urgency | None, priority: str, urgency: Urgency | None
) -> None:
    other = scored(worklist, hand_in(worklist, 1), reading(0.99))
    content = film_of("MRN-4711", **requested(priority))
    if raised:
        case = hand_in(worklist, content=content, stated=UNKNOWN)
        if case.raised is not Urgency.STAT:
            worklist.desk.raise_priority(case, ADA, raised, "The ward called.")

    case = hand_in(worklist, content=content, stated=UNKNOWN)

    assert case.raised is urgency
    assert in_order(worklist)[0] == (case if urgency is Urgency.STAT else other).number


def test_identifiers_are_kept_under_seal_and_opened_with_the_key(keeping: Worklist) -> None:
    case = hand_in(keeping, content=film_of("MRN-4711", AccessionNumber="A 17", SOPInstanceUID="1.2.3.4"))

    identity = keeping.identities.of([case.number, 999])[case.number]

    assert (identity.patient_name, identity.patient_id) == ("ROSSI, MARIA", "MRN-4711")
    assert identity.dataset.AccessionNumber == "A 17" and identity.dataset.SOPInstanceUID == "1.2.3.4"
    assert "ROSSI" not in repr(identity)


def test_identifiers_stand_nowhere_in_the_clear(keeping: Worklist, url: str, tmp_path: Path) -> None:
    case = hand_in(keeping, content=film_of("MRN-4711 0815", AccessionNumber="A 17"))
    keeping.desk.report(keeping.desk.claim(case, ADA), ADA, Finding.OTHER)

    engine = create_engine(url.replace("postgresql:", f"{POSTGRESQL}:"))
    with engine.connect() as connection:
        for table in ("cases", "identities", "audit"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert rows and not any(
                secret in repr(value)
                for row in rows
                for value in row
                for secret in ("ROSSI", "MRN-4711 0815")
            )
    engine.dispose()
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.parent.name != "films":
            assert b"ROSSI" not in file.read_bytes(), file.name


def test_without_a_key_no_identifiers_are_kept(worklist: Worklist) -> None:
    case = hand_in(worklist, content=film_of("MRN-4711"))

    assert worklist.identities.of([case.number]) == {}


def test_another_key_opens_nothing_and_says_so(keeping: Worklist, url: str, tmp_path: Path) -> None:
    case = hand_in(keeping, content=film_of("MRN-4711"))
    other = Worklist(url, tmp_path / "films", identity_key=Fernet.generate_key().decode())

    with pytest.raises(WorklistError, match="CXR_IDENTITY_KEY is not the key"):
        other.identities.of([case.number])


def test_what_is_no_key_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(WorklistError, match="CXR_IDENTITY_KEY is not a valid key") as caught:
        Worklist(url, tmp_path / "films", identity_key="hunter2")

    assert "hunter2" not in str(caught.value)


def test_pictures_have_no_identifiers(keeping: Worklist) -> None:
    case = hand_in(keeping)

    assert keeping.identities.of([case.number]) == {}


def test_a_purge_takes_the_identifiers_along(keeping: Worklist) -> None:
    case = hand_in(keeping, content=film_of("MRN-4711"))
    keeping.desk.report(keeping.desk.claim(case, ADA), ADA, Finding.OTHER)

    keeping.retention.purge(datetime.timedelta(0), BEN)

    assert now(keeping, case.number).purged_at and keeping.identities.of([case.number]) == {}


def test_a_film_that_was_read_before_a_key_was_set_gets_its_identifiers_when_it_comes_again(
    worklist: Worklist, url: str, tmp_path: Path
) -> None:
    case: Case = hand_in(worklist, content=film_of("MRN-4711"))

    keeping = Worklist(url, tmp_path / "films", identity_key=KEY)
    hand_in(keeping, content=film_of("MRN-4711"))

    assert keeping.identities.of([case.number])[case.number].patient_id == "MRN-4711"


def test_options_of_the_profile_keep_what_they_name(url: str, tmp_path: Path) -> None:
    keep = [Keep.FULL_DATES, Keep.INSTITUTION, Keep.UIDS]
    dates = Worklist(url, tmp_path / "films", keep=keep)
    header = {"StudyDate": "20240601", "InstitutionName": "St. Mary", "SOPInstanceUID": "1.2.3.4"}
    content = film_of("1", PatientAge="044Y", **header)

    stored = dcmread(dates.film_path(hand_in(dates, content=content)))

    assert (stored.StudyDate, stored.InstitutionName, stored.SOPInstanceUID) == (
        *("20240601", "St. Mary", "1.2.3.4"),
    )
    assert stored.get("PatientAge") in (None, "")
    codes = [code.CodeValue for code in stored.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113106", "113112", "113110"]


def test_identifiers_in_nested_and_private_elements_go(worklist: Worklist) -> None:
    request = Dataset()
    request.RequestedProcedureDescription, request.AccessionNumber = PATIENT, PATIENT[:16]
    source = Dataset()
    source.ReferencedSOPInstanceUID, source.ReferencedSOPClassUID = "1.2.3.4711", "1.2.840.10008.5.1.4.1.1.1"
    film = dcmread(BytesIO(film_of("1", RequestAttributesSequence=[request], SourceImageSequence=[source])))
    film.private_block(0x0011, "ACME", create=True).add_new(0x01, "LO", PATIENT)
    film.add_new(0x60004000, "LT", PATIENT)
    file = BytesIO()
    film.save_as(file)

    stored = worklist.film_path(hand_in(worklist, content=file.getvalue())).read_bytes()

    assert file.getvalue().count(b"ROSSI") == 5
    assert b"ROSSI" not in stored and b"1.2.3.4711" not in stored and b"ACME" not in stored


def test_a_name_that_a_clinic_corrects_holds_from_then_on_and_its_result_goes_out_again(
    keeping: Worklist,
) -> None:
    def send(name: str) -> Case:
        film = film_of("MRN-4711", PatientName=name)
        return now(keeping, keeping.intake.accept("film", film, UNKNOWN, ADA, wants_result=True).number)

    case = scored(keeping, send("UNKNOWN^TRAUMA"))
    first = keeping.outbox.claim("sender 1")
    assert first
    keeping.outbox.sent("sender 1", first, "PACS", 3)
    assert waiting_results(keeping) == 0

    assert send("ROSSI^MARIA").number == case.number

    assert keeping.identities.of([case.number])[case.number].patient_name == "ROSSI, MARIA"
    assert waiting_results(keeping) == 1


def test_a_wrong_key_is_told_before_anything_is_sealed_with_it(
    keeping: Worklist, url: str, tmp_path: Path
) -> None:
    keeping.identities.check()
    hand_in(keeping, content=film_of("MRN-4711"))
    keeping.identities.check()

    with pytest.raises(WorklistError, match="CXR_IDENTITY_KEY is not the key"):
        Worklist(url, tmp_path / "films", identity_key=Fernet.generate_key().decode()).identities.check()
