"""Films in by the API, and their results out."""

import json

import pytest
from api.calling import Caller
from film.film_files import PATIENT, dicom_file
from made_films import grey_level, png
from worklist.made_cases import now, read_case, reading, refusal, scored

from cxr.film import MAX_FILE_MB, Population
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.location import Location, Side
from cxr.worklist.worklist import Worklist


def test_a_film_is_accepted_with_a_number_and_the_place_of_its_result(caller: Caller) -> None:
    answer = caller.film(png(1))
    film = json.loads(answer.body)

    assert answer.status == 202
    assert answer.headers["location"] == film["href"] == f"/api/v1/films/{film['id']}"
    assert (film["known"], film["conflict"], caller.app.woken) == (False, False, 1)
    assert json.loads(caller.call(f"/films/{film['id']}").body)["state"] == "waiting"
    assert json.loads(caller.film(png(1)).body) == film | {"known": True}


def test_no_name_of_a_file_or_a_patient_is_kept_or_answered(caller: Caller, worklist: Worklist) -> None:
    film = dicom_file(grey_level(1), PatientAge="004Y", PatientName=PATIENT)
    answer = caller.form(("film", film), ("population", b"child"))
    case = now(worklist, json.loads(answer.body)["case"])
    result = caller.call(f"/films/{case.film_number}")
    fhir = caller.call(f"/films/{case.film_number}", headers={"accept": "application/fhir+json"})

    assert answer.status == 202 and case.name.startswith("ris ")
    assert (case.population, case.films[0].stated) == (Population.CHILD, Population.CHILD)
    for said in (answer.body, result.body, fhir.body, repr(worklist.audit.lines())):
        assert "ROSSI" not in said.upper() and "MARIA" not in said.upper()
    accepted = next(line for line in worklist.audit.lines() if line.action is Action.ACCEPTED)
    assert accepted.who == "api (ris)"


def test_a_result_gives_flag_probability_points_and_model(caller: Caller, worklist: Worklist) -> None:
    case = scored(worklist, said=reading(0.9))
    found = json.loads(caller.call(f"/films/{case.film_number}").body)

    assert (found["state"], found["flag"], found["probability"]) == ("scored", "urgent", 0.9)
    assert found["operating_points"] == {"low": 0.25, "high": 0.75, "population": "child"}
    assert found["model"] == case.bundle_version and found["use"].startswith("For research use only")


def test_a_refused_film_has_reasons_and_no_number(caller: Caller, worklist: Worklist) -> None:
    case = scored(worklist, said=refusal())
    found = json.loads(caller.call(f"/films/{case.film_number}").body)

    assert (found["flag"], found["probability"], found["prevalence"]) == ("refused", None, None)
    assert found["reasons"] == [{"code": "blank", "sentence": "The film is blank."}]


def test_a_result_shows_where_the_reader_sees_pneumonia(caller: Caller, worklist: Worklist) -> None:
    case = worklist.desk.claim(scored(worklist), "Ada")
    worklist.desk.report(case, "Ada", Finding.PNEUMONIA, location=Location(Side.LEFT))
    found = json.loads(caller.call(f"/films/{case.film_number}").body)["reading"]
    assert (found["finding"], found["side"], found["zone"]) == ("pneumonia", "left", None)


def test_a_result_shows_the_readers_finding(caller: Caller, worklist: Worklist) -> None:
    case = read_case(worklist, note="Maria coughs")
    answer = caller.call(f"/films/{case.film_number}")

    found = json.loads(answer.body)["reading"]
    assert (found["finding"], found["side"], found["zone"]) == ("other", None, None)
    assert "Maria" not in answer.body


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"%PDF-1.7", "application/octet-stream", 422),
        (png(1), "text/plain", 415),
        (png(1), "", 415),
        (b"{}", "application/json", 415),
        (b"--x--", "multipart/form-data", 422),
    ],
)
def test_what_is_no_film_is_refused_and_leaves_no_row(
    caller: Caller, worklist: Worklist, body: bytes, kind: str, status: int
) -> None:
    answer = caller.film(body, kind)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == status
    assert worklist.ranked.page().total == 0


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (("film", b"a"), ("film", b"b")),
        (("picture", png(1)),),
        (("film", png(1)), ("population", b"old")),
        (("film", png(1)), ("name", b"Maria Rossi")),
        (("film", png(1)), ("population", b"child"), ("population", b"adult")),
    ],
)
def test_a_form_that_is_not_one_film_is_refused(caller: Caller, parts: tuple[tuple[str, bytes], ...]) -> None:
    answer = caller.form(*parts)

    assert answer.status == 422 and "Rossi" not in answer.body and "ROSSI" not in answer.body


def test_the_size_of_a_body_is_bounded_before_it_is_read(caller: Caller) -> None:
    kind = {"content-type": "application/octet-stream"}
    too_large = {**kind, "content-length": str((MAX_FILE_MB + 1) * 1024 * 1024)}

    assert caller.call("/films", "POST", b"", too_large).status == 413
    assert caller.call("/films", "POST", b"", kind).status == 411
    assert caller.call("/films", "POST", b"a", {**kind, "transfer-encoding": "chunked"}).status == 411
    assert caller.call("/films", "POST", b"abc", {**kind, "content-length": "4"}).status == 400


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "Maria", "999999", "99999999999", "٣"])
def test_a_number_that_no_film_has_is_not_found_and_not_repeated(caller: Caller, number: str) -> None:
    answer = caller.call(f"/films/{number}")

    assert answer.status == 404 and "Maria" not in answer.body


def test_a_population_is_stated_in_the_address_or_in_the_form_and_validly(caller: Caller) -> None:
    assert caller.film(png(2), query="?population=child").status == 202
    assert caller.film(png(2), query="?population=old").status == 422
    assert caller.film(png(2), query="?population=child&population=adult").status == 422
    assert caller.film(png(2), query="?patient=Maria").status == 422
    assert (
        "Maria" not in caller.film(png(2), query="?patient=Maria").body
        and "patient" not in caller.film(png(2), query="?patient=Maria").body
    )
