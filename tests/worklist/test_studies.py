"""Films of one study are one case; a film is known by its SOP Instance UID, whatever its file looks like."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from film.film_files import dicom_file
from made_cases import ADA, ADULT, BEN, CHILD, UNKNOWN, WORKER, now, reading, refusal, scored
from made_films import grey_level, png
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from cxr.film.redaction import Corner
from cxr.quality.check import RefusalCode
from cxr.screening import ScreeningResult
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

STUDY = "1.2.3.1"


def dicom(film: int = 1, pixels: int | None = None, **changes: Any) -> bytes:
    """A film of a study; a change to `None` leaves the element out."""
    elements = {
        "PatientID": "MRN-4711",
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": "1.2.3.2",
        "SOPInstanceUID": f"1.2.3.4.{film}",
        "StudyDate": "20240503",
    } | changes
    stated = {name: value for name, value in elements.items() if value is not None}
    return dicom_file(grey_level(film if pixels is None else pixels, 240, 320), **stated)


def send(worklist: Worklist, content: bytes, **options: Any) -> Accepted:
    return worklist.intake.accept(
        "PACS 12:00", content, options.pop("stated", UNKNOWN), "pacs CT1", **options
    )


def score(worklist: Worklist, *said: ScreeningResult) -> None:
    """Have the films that wait scored, in the order of their arrival."""
    cases = worklist.scoring.claim(WORKER, 1000)
    results = [Scored(case, result, b"jpeg") for case, result in zip(cases, said, strict=True)]
    assert worklist.scoring.record(WORKER, results) == len(said)


LATERAL = refusal(RefusalCode.LATERAL)
CROPPED = refusal(RefusalCode.CROPPED)


@pytest.mark.parametrize(
    ("said", "flag", "leads"),
    [
        ((reading(0.1), LATERAL), Flag.ROUTINE, 1),
        ((LATERAL, reading(0.5)), Flag.REVIEW, 2),
        ((reading(0.5), reading(0.9)), Flag.URGENT, 2),
        ((CROPPED, reading(0.1)), Flag.ROUTINE, 2),
        ((LATERAL, CROPPED), Flag.REFUSED, 2),
        ((LATERAL,), Flag.REFUSED, 1),
    ],
    ids=["PA and lateral", "lateral first", "repeat", "one cropped", "none scored", "lateral alone"],
)
def test_a_study_has_the_highest_flag_of_its_scored_frontal_films(
    worklist: Worklist, said: tuple[ScreeningResult, ...], flag: Flag, leads: int
) -> None:
    accepted = [send(worklist, dicom(film)) for film in range(1, len(said) + 1)]
    assert {one.number for one in accepted} == {1} and [one.film for one in accepted] == [
        *range(1, len(said) + 1)
    ]

    score(worklist, *said)

    case = now(worklist, 1)
    assert (case.flag, case.film_number, len(case.films)) == (flag, leads, len(said))
    assert worklist.ranked.page().total == worklist.ranked.counts().to_read == 1


def test_a_study_is_urgent_at_once_and_waits_as_long_as_a_film_may_be(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    score(worklist, reading(0.1))
    send(worklist, dicom(2))
    assert now(worklist, 1).flag is None and now(worklist, 1).state is State.WAITING
    send(worklist, dicom(3))
    cases = worklist.scoring.claim(WORKER, 1000)
    worklist.scoring.record(WORKER, [Scored(cases[0], reading(0.9), b"jpeg")])
    assert now(worklist, 1).flag is Flag.URGENT and worklist.scoring.waiting() == 1


def test_other_studies_and_pictures_have_a_case_of_their_own(worklist: Worklist) -> None:
    numbers = [
        send(worklist, content).number
        for content in (
            dicom(1),
            dicom(2, StudyInstanceUID="1.2.9"),
            dicom(3, StudyInstanceUID=None),
            png(1),
            png(2),
        )
    ]
    assert numbers == [1, 2, 3, 4, 5]


def test_strangers_are_not_joined_by_a_study_that_both_claim(worklist: Worklist) -> None:
    assert send(worklist, dicom(1)).number != send(worklist, dicom(2, PatientID="4712")).number


def test_a_film_that_comes_after_the_reading_puts_the_study_on_the_list_again(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    score(worklist, reading(0.1))
    case = worklist.desk.claim(now(worklist, 1), ADA)
    worklist.desk.report(case, ADA, Finding.NO_PNEUMONIA, note="Clear.")

    send(worklist, dicom(2))

    case = now(worklist, 1)
    assert (case.report, case.reader, case.state) == (None, None, State.WAITING)
    assert worklist.audit.lines(case=1)[0].details["reopened after"] == Finding.NO_PNEUMONIA
    assert worklist.audit.lines(case=1, action=Action.READ)[0].text == "Clear."
    worklist.desk.dismiss([1], BEN, "Duplicate")
    send(worklist, dicom(3))
    assert worklist.ranked.page().total == 1


def recoded(content: bytes) -> bytes:
    dataset = dcmread(BytesIO(content))
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset["PixelData"].VR = "OW"
    file = BytesIO()
    dataset.save_as(file, implicit_vr=True, little_endian=True, enforce_file_format=True)
    return file.getvalue()


SAME = {
    "same file": lambda: dicom(1),
    "implicit VR": lambda: recoded(dicom(1)),
    "name corrected": lambda: dicom(1, PatientName="ROSSI^MARIA"),
    "number corrected": lambda: dicom(1, PatientID="4712"),
    "accession number": lambda: dicom(1, AccessionNumber="A1", StudyDescription="Chest"),
}


@pytest.mark.parametrize("change", SAME)
def test_a_film_that_is_sent_again_is_the_same_film_and_not_scored_again(
    worklist: Worklist, change: str
) -> None:
    first = send(worklist, dicom(1))
    score(worklist, reading(0.9))

    again = send(worklist, SAME[change]())

    assert (again.number, again.film, again.again, again.conflict) == (first.number, first.film, False, False)
    assert now(worklist, 1).flag is Flag.URGENT and worklist.ranked.page().total == 1
    assert worklist.film_path(now(worklist, 1)).exists()


AGE, VIEW = {"PatientAge": "040Y"}, {"ViewPosition": "AP"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [(AGE, "age, population: child to adult"), (VIEW, "view: PA to AP")],
    ids=["age", "view"],
)
def test_a_film_is_scored_again_if_age_or_view_are_corrected(
    worklist: Worklist, changes: dict[str, str], words: str
) -> None:
    send(worklist, dicom(1, PatientAge="004Y", ViewPosition="PA"))
    score(worklist, reading(0.9))

    again = send(worklist, dicom(1, **({"PatientAge": "004Y", "ViewPosition": "PA"} | changes)))

    assert (again.film, again.again) == (1, True) and now(worklist, 1).flag is None
    line = worklist.audit.lines(case=1)[0]
    assert (line.action, line.details["changed"], line.details["scored again"]) == (
        Action.ADDED_AGAIN,
        words,
        True,
    )
    assert now(worklist, 1).population is (ADULT if changes is AGE else CHILD)


def test_other_pixels_under_one_uid_are_kept_as_a_conflict(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    score(worklist, reading(0.1))

    other = send(worklist, dicom(1, pixels=2))
    again = send(worklist, dicom(1, pixels=2))

    assert other.conflict and (other.number, other.film) == (1, 2)
    assert (again.film, again.conflict, again.again) == (2, False, False)
    films = now(worklist, 1).films
    assert [film.conflicts_with for film in films] == [None, 1] and films[0].sha256 != films[1].sha256
    assert send(worklist, dicom(1)).film == 1


@pytest.mark.parametrize("number", ["UNKNOWN", ""])
def test_one_uid_in_two_studies_joins_no_strangers(worklist: Worklist, number: str) -> None:
    send(worklist, dicom(1, PatientID=number, PatientAge="076Y"))

    other = send(worklist, dicom(1, pixels=2, PatientID=number, PatientAge="005Y", StudyInstanceUID="1.2.99"))

    assert other.conflict and (other.number, other.film) == (2, 2)
    assert [film.conflicts_with for film in now(worklist, 2).films] == [1]


def test_a_redacted_film_that_is_sent_again_stays_redacted(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    score(worklist, reading(0.1))
    case = worklist.redaction.corners(now(worklist, 1), ADA, [Corner.TOP_LEFT], 0.25, 0.25)
    score(worklist, reading(0.1))

    again = send(worklist, dicom(1, PatientName="ROSSI^MARIA"))

    assert (again.film, again.again, again.conflict) == (1, False, False)
    content = worklist.film_path(now(worklist, 1)).read_bytes()
    assert (
        dcmread(BytesIO(content)).pixel_array[:60, :80] == dcmread(BytesIO(content)).pixel_array[0, 0]
    ).all()
    assert case.number == again.number


def patients(worklist: Worklist, *headers: dict[str, Any]) -> list[str | None]:
    """Pseudonyms that the patients of some films have in the end."""
    for film, header in enumerate(headers, start=1):
        send(worklist, dicom(film, StudyInstanceUID=f"1.2.{film}", **header))
    return [now(worklist, number).patient for number in range(1, len(headers) + 1)]


@pytest.mark.parametrize("number", ["UNKNOWN", "0", "000", "ANON", "anonymous", "", " ", "N/A", "----"])
def test_fillers_are_no_patient(worklist: Worklist, number: str) -> None:
    assert patients(worklist, {"PatientID": number}, {"PatientID": number}) == [None, None]


def test_an_issuer_that_becomes_known_makes_no_other_patient(worklist: Worklist) -> None:
    by_a, by_b, nobody = {"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": "B"}, {}
    first, second, third, other, unsure = patients(worklist, nobody, by_a, nobody, by_b, nobody)
    assert first == second == third and len({first, other, unsure}) == 3


def test_issuers_with_an_identifier_and_no_name_are_not_one(worklist: Worklist) -> None:
    issuers = [Dataset(), Dataset(), Dataset()]
    for issuer, identifier in zip(issuers, ("1.2.3", "4.5.6", "1.2.3"), strict=True):
        issuer.UniversalEntityID, issuer.UniversalEntityIDType = identifier, "ISO"
    headers = [{"IssuerOfPatientIDQualifiersSequence": [issuer]} for issuer in issuers]
    first, other, same = patients(worklist, *headers)
    assert first == same != other


def test_another_number_of_a_patient_finds_the_films_under_it(worklist: Worklist) -> None:
    before = dcmread(BytesIO(dicom(1)))
    listed = replace_ids(dicom(2, PatientID="9001", StudyInstanceUID="1.2.2"), str(before.PatientID))
    send(worklist, dicom(1))
    send(worklist, listed)
    assert now(worklist, 1).patient == now(worklist, 2).patient


def replace_ids(content: bytes, *others: str) -> bytes:
    """Name other numbers of the patient in a header."""
    dataset = dcmread(BytesIO(content))
    dataset.OtherPatientIDsSequence = [Dataset() for _ in others]
    for item, other in zip(dataset.OtherPatientIDsSequence, others, strict=True):
        item.PatientID = other
    file = BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def at(worklist: Worklist, prevalence: float) -> Case:
    worklist.ranked._prevalence = prevalence
    return now(worklist, 1)


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_a_probability_is_shown_at_the_prevalence_that_is_set_now(
    worklist: Worklist, probability: float
) -> None:
    said = reading(probability)
    assert said.score
    scored(worklist, said=replace(said, score=replace(said.score, prevalence=0.2)))

    same, rare = at(worklist, 0.2), at(worklist, 0.02)

    assert (same.probability, same.prevalence) == (pytest.approx(probability), 0.2)
    odds = probability / (1 - probability) * (0.02 / 0.98) / (0.2 / 0.8)
    assert (rare.probability, rare.prevalence) == (pytest.approx(odds / (1 + odds)), 0.02)
    assert rare.operating_points and same.operating_points and rare.flag is same.flag
    assert rare.operating_points.reached(rare.probability or 0) == same.operating_points.reached(probability)
