"""Findings of films that were reported elsewhere."""

import json
from typing import Any

import pytest
from api.calling import Caller
from film.film_files import dicom_file
from made_films import grey_level
from worklist.made_cases import ADA, hand_in, now, reading, scored

from cxr.api.problems import MOST_FAULTS
from cxr.ui.widgets.audit_words import action_words
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.worklist import Worklist

UID, ACCESSION = "1.2.826.0.1.3680043.8.498.1", "A-4711"
ACSN = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}
PNEUMONIA = {"system": "http://snomed.info/sct", "code": "233604007"}


def study(worklist: Worklist, seed: int = 1, **changes: Any) -> Case:
    """A scored film of a study that the hospital knows by its numbers."""
    named = {"StudyInstanceUID": UID, "AccessionNumber": ACCESSION, "SOPInstanceUID": f"{UID}.{seed}"}
    content = dicom_file(grey_level(seed), PatientAge="004Y", **named | changes)
    return scored(worklist, hand_in(worklist, content=content), reading(0.9))


def history(worklist: Worklist, case: Case) -> list[str]:
    lines = worklist.audit.lines(case=case.number, action=Action.REPORTED_ELSEWHERE)
    return [action_words(line) for line in reversed(lines)]


@pytest.mark.parametrize("named", [{"study_uid": UID}, {"accession": ACCESSION}, {}])
def test_a_finding_reads_the_case_that_its_study_names(
    caller: Caller, worklist: Worklist, named: dict[str, str]
) -> None:
    case = study(worklist)
    about = named or {"film": case.film_number}
    answer = caller.finding(**about, finding="no pneumonia", reader="Dr. Weiss")
    read = now(worklist, case.number)

    assert json.loads(answer.body) == {"case": case.number, "outcome": "stored"}
    assert (read.state, read.reader) == (State.READ, "Dr. Weiss (elsewhere)")
    assert read.report and read.report.elsewhere and read.report.finding is Finding.NO_PNEUMONIA
    assert history(worklist, case) == ["reported from elsewhere, by Dr. Weiss: no pneumonia"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            "application/fhir+json",
            b'{"resourceType":"DiagnosticReport","conclusionCode":[%s{}]}' % (b"{}," * 400_000),
        ),
        ("application/fhir+json", b"[" * 1_000_000),
        ("application/fhir+json", b'{"a":' * 100_000),
        ("application/json", b"{%s}" % b",".join(b'"a%d":0' % number for number in range(200_000))),
        ("application/json", b'{"film":%s}' % b",".join([b"1"] * 100_000)),
    ],
    ids=["objects", "depth of lists", "depth of objects", "members", "commas"],
)
def test_a_body_of_too_many_parts_is_refused_before_it_is_parsed(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, kind: str, body: bytes
) -> None:
    monkeypatch.setattr("cxr.api.reading._finding_of", pytest.fail)

    answer = caller.send_finding(body, kind)

    assert answer.status == 413 and "10,000" in answer.body


def test_of_many_faults_the_first_are_listed(caller: Caller) -> None:
    answer = caller.finding(**{f"unknown {number}": 0 for number in range(1_000)})

    assert answer.status == 422 and len(json.loads(answer.body)["faults"]) == MOST_FAULTS


@pytest.mark.parametrize("depth", [900, 4_000])
def test_a_body_that_nests_too_deep_is_invalid(caller: Caller, depth: int) -> None:
    report = b'{"resourceType":"DiagnosticReport","extension":%s%s}' % (b"[" * depth, b"]" * depth)

    assert caller.send_finding(report, "application/fhir+json").status == 422
    assert caller.send_finding(report).status == 422


def test_the_numbers_of_a_study_are_not_kept_as_they_are(caller: Caller, worklist: Worklist) -> None:
    study(worklist)
    with worklist._database.reading() as session:
        held = str([tuple(row) for row in session.connection().exec_driver_sql("SELECT * FROM cases")])

    assert UID not in held and ACCESSION not in held


def test_a_finding_made_here_stays_and_another_one_is_a_conflict_in_the_history(
    caller: Caller, worklist: Worklist
) -> None:
    case = worklist.desk.claim(study(worklist), ADA)
    worklist.desk.report(case, ADA, Finding.PNEUMONIA)
    said = [
        json.loads(caller.finding(accession=ACCESSION, finding=finding).body)["outcome"]
        for finding in ("pneumonia", "no pneumonia", "no pneumonia")
    ]
    kept = now(worklist, case.number)

    assert said == ["agrees", "conflict", "unchanged"]
    assert kept.reader == ADA and kept.report and kept.report.finding is Finding.PNEUMONIA
    assert not kept.report.elsewhere
    assert history(worklist, case)[1] == (
        "reported from elsewhere, by a reader: no pneumonia. Conflict: the finding here, pneumonia, stays"
    )


def test_whoever_is_reading_a_case_goes_on(caller: Caller, worklist: Worklist) -> None:
    case = worklist.desk.claim(study(worklist), ADA)
    answer = caller.finding(film=case.film_number, finding="other")
    report = worklist.desk.report(now(worklist, case.number), ADA, Finding.PNEUMONIA).report

    assert json.loads(answer.body)["outcome"] == "in reading"
    assert report and report.finding is Finding.PNEUMONIA and not report.elsewhere


def test_a_corrected_report_replaces_the_earlier_one_and_a_dismissed_case_is_read(
    caller: Caller, worklist: Worklist
) -> None:
    case = study(worklist)
    worklist.desk.dismiss([case.number], ADA, "reported elsewhere")
    said = [
        json.loads(caller.finding(study_uid=UID, finding=finding).body)["outcome"]
        for finding in ("pneumonia", "pneumonia", "other")
    ]
    read = now(worklist, case.number)

    assert said == ["stored", "unchanged", "replaced"]
    assert read.dismissed_at is None and read.report and read.report.finding is Finding.OTHER
    assert history(worklist, case)[-1].endswith("other, instead of pneumonia")


def test_a_study_that_comes_again_after_a_report_is_to_be_read_again(
    caller: Caller, worklist: Worklist
) -> None:
    case = study(worklist)
    caller.finding(study_uid=UID, finding="pneumonia")
    content = dicom_file(grey_level(2), StudyInstanceUID=UID, SOPInstanceUID=f"{UID}.2")
    hand_in(worklist, content=content)
    open_again = now(worklist, case.number)
    claimed = worklist.desk.claim(open_again, ADA)
    report = worklist.desk.report(claimed, ADA, Finding.PNEUMONIA).report

    assert open_again.state is State.SCORED and report and not report.elsewhere


def test_a_finding_of_no_case_or_of_two_is_not_taken(caller: Caller, worklist: Worklist) -> None:
    study(worklist)
    study(worklist, 2, StudyInstanceUID=f"{UID}.9")

    assert caller.finding(study_uid="1.2.3", finding="other").status == 404
    assert caller.finding(film=999, finding="other").status == 404
    assert caller.finding(accession=ACCESSION, finding="other").status == 409


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"film": 1}',
        b'{"film": 1, "finding": "MARIA"}',
        b'{"film": 1, "accession": "MARIA", "finding": "other"}',
        b'{"film": 1, "finding": "other", "reader": "MARIA;<b>"}',
        b'{"film": 1, "finding": "other", "reported_at": "MARIA"}',
        b'{"film": 1, "finding": "other", "MARIA": 1}',
        b'{"finding": "other", "study_uid": " "}',
        b'{"film": 1, "finding": "other", "reader": "\xff"}',
    ],
)
def test_an_invalid_finding_is_refused_without_repeating_it(caller: Caller, body: bytes) -> None:
    answer = caller.send_finding(body)

    assert answer.status == 422 and "MARIA" not in answer.body


def report(**changes: Any) -> bytes:
    made = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Chest"},
        "identifier": [{"type": {"coding": [ACSN]}, "value": ACCESSION}],
        "resultsInterpreter": [{"display": "Dr. Weiss"}],
        "conclusionCode": [{"coding": [PNEUMONIA]}],
        "subject": {"display": "MARIA ROSSI"},
    }
    return json.dumps({name: value for name, value in (made | changes).items() if value is not None}).encode()


def concluding(system: str, code: str) -> dict[str, Any]:
    return {"conclusionCode": [{"coding": [{"system": system, "code": code}]}]}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, "pneumonia"),
        ({"identifier": None, "study": [{"identifier": {"value": f"urn:oid:{UID}"}}]}, "pneumonia"),
        (
            {"conclusionCode": [{"coding": [{"system": "urn:cxr:finding", "code": "no-pneumonia"}]}]},
            "no pneumonia",
        ),
        (
            {"conclusionCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J18.9"}]}]},
            "pneumonia",
        ),
    ],
)
def test_a_fhir_report_with_a_code_is_a_finding(
    caller: Caller, worklist: Worklist, changes: dict[str, Any], finding: str
) -> None:
    case = study(worklist)
    answer = caller.send_finding(report(**changes), "application/fhir+json")
    read = now(worklist, case.number)

    assert json.loads(answer.body) == {"case": case.number, "outcome": "stored"}
    assert read.report and read.report.finding == finding and read.reader == "Dr. Weiss (elsewhere)"
    assert "ROSSI" not in repr(worklist.audit.lines())


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "preliminary"},
        {"conclusionCode": None, "conclusion": "MARIA has pneumonia"},
        {"conclusionCode": [{"coding": [PNEUMONIA, {"system": "urn:cxr:finding", "code": "other"}]}]},
        {"identifier": None},
        {"status": "MARIA"},
        {"MARIA": 1},
        {"resourceType": "Patient"},
    ],
)
def test_a_fhir_report_that_says_nothing_certain_is_refused(
    caller: Caller, worklist: Worklist, changes: dict[str, Any]
) -> None:
    case = study(worklist)
    answer = caller.send_finding(report(**changes), "application/fhir+json")

    assert answer.status == 422 and "MARIA" not in answer.body
    assert now(worklist, case.number).report is None


@pytest.mark.parametrize(
    "values",
    [
        *({"film": True}, {"film": "1"}, {"film": 1.0}),
        *({"reported_at": "2999-01-01T00:00:00Z"}, {"reported_at": "0001-01-01T00:00:00+14:00"}),
    ],
)
def test_a_finding_whose_film_is_no_number_or_whose_time_cannot_be_is_refused(
    caller: Caller, worklist: Worklist, values: dict[str, object]
) -> None:
    case = study(worklist)
    answer = caller.finding(**{"film": case.film_number, "finding": "other"} | values)

    assert answer.status == 422 and now(worklist, case.number).report is None


def test_a_report_from_the_future_is_refused_as_fhir_too(caller: Caller, worklist: Worklist) -> None:
    case = study(worklist)
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Chest film"},
        "identifier": [{"system": "urn:cxr:film", "value": str(case.film_number)}],
        "conclusionCode": [{"coding": [PNEUMONIA]}],
        "issued": "2999-01-01T00:00:00Z",
    }
    answer = caller.send_finding(json.dumps(report).encode(), "application/fhir+json")

    assert answer.status == 422 and "in the future" in answer.body
    assert now(worklist, case.number).report is None
