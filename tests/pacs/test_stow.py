"""Results sent by STOW-RS: into Orthanc, and to services that refuse, fail or answer in their own way."""

import json
from pathlib import Path
from typing import Any

import pytest
from orthanc import orthanc
from peers import LOCALHOST, free_port
from pydantic import ValidationError
from pydicom.dataset import Dataset
from pydicom.uid import (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    SecondaryCaptureImageStorage,
)
from report.reported_cases import identity, scored_case
from sent_results import waiting_results
from test_dicomweb import answering
from test_storage_scu import AT_ONCE, delivery, received, results
from typer.testing import CliRunner

from cxr.cli.main import app
from cxr.cli.receiving import sends_results
from cxr.pacs.result_sender import ResultSender, SendingError, UnreachableError
from cxr.pacs.stow import WebStore
from cxr.report.instance import Kind
from cxr.report.objects import Results, dicom_results
from cxr.settings import Settings
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.worklist import Worklist


def report() -> Dataset:
    [made] = dicom_results(scored_case(), None, identity(), kinds=[Kind.REPORT]).objects
    return made


def failed(reason: int) -> bytes:
    """A service's answer that it did not store an object."""
    item = {"00081197": {"vr": "US", "Value": [reason]}}
    return json.dumps({"00081198": {"vr": "SQ", "Value": [item]}}).encode()


def test_orthanc_has_the_results_in_the_study_of_their_film_and_those_that_replace_them(
    worklist: Worklist, tmp_path: Path
) -> None:
    case = received(worklist)
    with orthanc(tmp_path / "orthanc") as pacs:
        pacs.start()
        store = WebStore(f"http://{LOCALHOST}:{pacs.http_port}/dicom-web")
        sender = ResultSender(worklist, store, results, AT_ONCE)
        assert sender.send_next()
        first = pacs.instances("1.2.3.1.0")
        store.send(results(case, None, worklist.identities.of([case.number])[case.number], []).objects)
        again = pacs.instances("1.2.3.1.0")
        worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.PNEUMONIA)
        assert sender.send_next()
        sender.release()
        replacing = [
            one
            for uid, kind in pacs.instances("1.2.3.1.0").items()
            if kind == Comprehensive3DSRStorage and "PredecessorDocumentsSequence" in (one := pacs.read(uid))
        ]

    assert sorted(first.values()) == sorted(
        (
            Comprehensive3DSRStorage,
            SecondaryCaptureImageStorage,
            GrayscaleSoftcopyPresentationStateStorage,
        )
    )
    assert len(again) == len(first)
    assert len(replacing) == 1
    assert waiting_results(worklist) == 0
    sent = [line for line in worklist.audit.lines(case.number) if line.action is Action.SENT]
    assert [(line.details["to"], line.details["objects"]) for line in sent] == [("DICOMweb", 3)] * 2


@pytest.mark.parametrize("kind", ["application/dicom+json", "application/dicom+json; charset=utf-8"])
@pytest.mark.parametrize("status", [200, 202, 409])
def test_an_object_that_was_not_stored_is_a_failure_of_the_result(status: int, kind: str) -> None:
    with (
        answering(status, failed(0xA700), {"Content-Type": kind}) as (url, seen),
        pytest.raises(SendingError, match="0xA700") as raised,
    ):
        WebStore(url).send([report(), report()])

    assert len(seen) == 2 and not isinstance(raised.value, UnreachableError)


def test_a_service_that_refuses_comprehensive_3d_sr_gets_comprehensive_sr_at_the_next_try(
    worklist: Worklist,
) -> None:
    received(worklist)
    tried = []

    def remembered(*given: Any) -> Results:
        tried.append(given[-1])
        return results(*given)

    with answering(409, failed(0x0122)) as (url, _):
        sender = ResultSender(worklist, WebStore(url), remembered, AT_ONCE)
        assert sender.send_next() and sender.send_next()

    assert tried == [Comprehensive3DSRStorage, ComprehensiveSRStorage]


@pytest.mark.parametrize(("status", "body"), [(200, b""), (200, b"{}"), (409, failed(0x0111))])
def test_what_was_stored_or_is_there_already_is_sent(status: int, body: bytes) -> None:
    with answering(status, body) as (url, seen):
        assert len(WebStore(url, "Bearer secret").send([report()])) == 1

    assert seen == ["Bearer secret"]


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "CXR_PACS_AUTHORIZATION"), (404, "CXR_PACS_DICOMWEB"), (503, "out of resources")],
)
def test_a_service_that_takes_nothing_is_asked_once_and_named(
    worklist: Worklist, status: int, named: str
) -> None:
    case = received(worklist)
    with answering(status) as (url, seen):
        assert ResultSender(worklist, WebStore(url), results, AT_ONCE).send_next()

    assert len(seen) == 1 and named in (delivery(worklist, case).failure or "")


def test_one_object_that_is_refused_keeps_none_of_the_others_back() -> None:
    with answering(400) as (url, seen), pytest.raises(SendingError, match="400"):
        WebStore(url).send([report(), report(), report()])

    assert len(seen) == 3


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="CXR_PACS_DICOMWEB"):
        WebStore(f"http://{LOCALHOST}:{free_port()}/web").send([report()])


def test_only_the_chosen_objects_are_made(worklist: Worklist) -> None:
    case = received(worklist)
    made = dicom_results(case, None, identity(), kinds=[Kind.REPORT])

    assert [one.Modality for one in made.objects] == ["SR"] and not made.failures


@pytest.mark.parametrize(
    ("given", "sends"),
    [
        ({}, False),
        ({"pacs_host": "pacs"}, True),
        ({"pacs_host": "pacs", "pacs_objects": ""}, False),
        ({"pacs_host": "pacs", "pacs_send_by": "web"}, False),
        ({"pacs_dicomweb": "https://pacs/web"}, False),
        ({"pacs_dicomweb": "https://pacs/web", "pacs_send_by": "web"}, True),
        ({"pacs_dicomweb": "https://pacs/web", "pacs_send_by": "web", "pacs_objects": "report"}, True),
    ],
)
def test_results_go_where_the_settings_say(given: dict[str, str], sends: bool) -> None:
    assert sends_results(Settings(**given)) is sends


def test_pictures_without_their_report_are_no_setting() -> None:
    with pytest.raises(ValidationError, match="report"):
        Settings(pacs_objects="overlay,contour")


def test_sending_by_dicomweb_needs_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RECEIVE_FROM": "*", "PACS_HOST": "pacs", "PACS_SEND_BY": "web"}.items():
        monkeypatch.setenv(f"CXR_{name}", value)
    ended = CliRunner().invoke(app, ["receive"])

    assert ended.exit_code == 1 and "CXR_PACS_DICOMWEB" in ended.stderr
