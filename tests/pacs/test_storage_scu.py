"""Results sent to the PACS by C-STORE: at least once, under the original identifiers."""

import datetime
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from peers import KEY, LOCALHOST, PACS, US, Pacs, film, free_port, listed, pacs
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    Comprehensive3DSRStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    SecondaryCaptureImageStorage,
)
from sent_results import delivery_of, waiting_results
from waiting import until
from worklist.made_cases import reading, scored

from cxr.film import Film, Population
from cxr.film.identity import Identity
from cxr.pacs.application_entity import Destination
from cxr.pacs.result_sender import MakeResults, ResultSender
from cxr.pacs.storage_scu import StorageScu
from cxr.report.instance import Kind
from cxr.report.objects import Results, dicom_results
from cxr.report.predecessor import SentReport
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import Delivery
from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist

AT_ONCE = datetime.timedelta(seconds=-1)


def file_of(one: Dataset) -> bytes:
    file = BytesIO()
    one.save_as(file)
    return file.getvalue()


def received(worklist: Worklist, seed: int = 0, **header: Any) -> Case:
    """A case of a film that came from the PACS, scored."""
    content = file_of(film(seed, **header))
    worklist.intake.accept("film", content, Population.CHILD, "pacs", wants_result=True)
    return scored(worklist, listed(worklist)[-1], reading(0.9))


def results(
    case: Case,
    film: Film | None,
    identity: Identity,
    sent: Sequence[SentReport],
    report_class: UID = Comprehensive3DSRStorage,
) -> Results:
    return dicom_results(case, film, identity, 0.2, sent, report_class=report_class)


def sender(
    worklist: Worklist, to: Pacs | int, title: str = PACS, results: MakeResults = results
) -> ResultSender:
    port = to.port if isinstance(to, Pacs) else to
    destination = Destination(LOCALHOST, port, title, US)
    return ResultSender(worklist, StorageScu(destination), results, AT_ONCE)


def send(worklist: Worklist, to: Pacs | int, results: int = 1, title: str = PACS) -> None:
    """Try to send so many results; what fails is due again at once."""
    sending = sender(worklist, to, title)
    assert [sending.send_next() for _ in range(results)] == [True] * results
    sending.release()


def delivery(worklist: Worklist, case: Case) -> Delivery:
    found = delivery_of(worklist, case.number)
    assert found
    return found


def test_a_result_arrives_in_the_study_of_its_film(worklist: Worklist) -> None:
    cases = [received(worklist, seed) for seed in (1, 2)]

    with pacs() as peer:
        send(worklist, peer, results=2)

    assert [one.SOPClassUID for one in peer.objects[:3]] == [
        *(Comprehensive3DSRStorage, SecondaryCaptureImageStorage, GrayscaleSoftcopyPresentationStateStorage)
    ]
    assert [one.StudyInstanceUID for one in peer.objects] == ["1.2.3.1.1"] * 3 + ["1.2.3.1.2"] * 3
    assert [one.PatientID for one in peer.objects] == ["P1"] * 3 + ["P2"] * 3
    assert waiting_results(worklist) == 0
    sent = [line for line in worklist.audit.lines() if line.action is Action.SENT]
    assert [(line.case, line.details["to"], line.details["objects"]) for line in reversed(sent)] == [
        (case.number, PACS, 3) for case in cases
    ]


def test_a_result_sent_again_after_a_crash_is_the_same_objects(worklist: Worklist) -> None:
    received(worklist)
    with pacs() as peer:
        peer.answers[GrayscaleSoftcopyPresentationStateStorage] = 0xA700
        send(worklist, peer)
        assert worklist.outbox.claim("killed", AT_ONCE)
        peer.answers.clear()
        send(worklist, peer)

    sent = [one.SOPInstanceUID for one in peer.objects]
    assert len(set(sent)) == 3 and sent == sent[2:4] + sent[2:]


def test_a_failure_of_one_object_is_a_failure_of_the_case(worklist: Worklist) -> None:
    case = received(worklist)
    with pacs() as peer:
        peer.answers[SecondaryCaptureImageStorage] = 0xA701
        send(worklist, peer)

    failed = delivery(worklist, case)
    assert (failed.attempts, failed.failure) == (1, "the PACS answered 0xA701")
    assert failed.next_try and failed.sent_at is None


@pytest.mark.parametrize("status", [0xB000, 0x0111])
def test_warnings_and_duplicates_are_no_failures(worklist: Worklist, status: int) -> None:
    received(worklist)
    with pacs() as peer:
        peer.answers[SecondaryCaptureImageStorage] = status
        send(worklist, peer)

    assert waiting_results(worklist) == 0


def test_what_the_pacs_does_not_accept_is_left_out(worklist: Worklist) -> None:
    case = received(worklist)
    with pacs(SecondaryCaptureImageStorage) as peer:
        send(worklist, peer)

    assert [one.SOPClassUID for one in peer.objects] == [SecondaryCaptureImageStorage]
    assert (
        worklist.audit.lines(case.number)[0].details | {"to": PACS, "objects": 1}
        == worklist.audit.lines(case.number)[0].details
    )


def test_a_pacs_that_cannot_be_reached_or_rejects_us_is_reported(worklist: Worklist) -> None:
    case = received(worklist)
    send(worklist, free_port())
    assert delivery(worklist, case).failure == f"{PACS} cannot be reached"

    with pacs() as peer:
        send(worklist, peer, title="OTHER")
        assert delivery(worklist, case).failure == f"OTHER rejects associations from {US}"
    assert delivery(worklist, case).attempts == 2 and waiting_results(worklist) == 1


def test_waiting_results_are_sent_after_a_restart(tmp_path: Path, worklist: Worklist) -> None:
    for seed in range(3):
        received(worklist, seed)
    port = free_port()
    send(worklist, port, results=3)

    reopened = Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", identity_key=KEY)
    with pacs(port=port) as peer:
        send(reopened, peer, results=3)

    assert {one.StudyInstanceUID for one in peer.objects} == {f"1.2.3.1.{seed}" for seed in range(3)}
    assert waiting_results(reopened) == 0


def test_waiting_results_are_sent_as_soon_as_the_pacs_is_back(worklist: Worklist) -> None:
    for seed in range(3):
        received(worklist, seed)
    port = free_port()
    patient = ResultSender(worklist, StorageScu(Destination(LOCALHOST, port, PACS, US)), results)
    assert [patient.send_next() for _ in range(4)] == [True] * 3 + [False]

    received(worklist, 3)
    with pacs(port=port) as peer:
        until(lambda: not patient.send_next(), "results")
        patient.release()

    assert len(peer.objects) == 4 * 3 and waiting_results(worklist) == 0


def test_a_result_whose_identifiers_were_removed_is_given_up(worklist: Worklist, tmp_path: Path) -> None:
    case = received(worklist)
    with Database(f"sqlite:///{tmp_path / 'worklist.sqlite3'}").writing() as session:
        worklist.identities.forget(session, [case.number])

    with pacs() as peer:
        send(worklist, peer)

    assert peer.objects == [] and waiting_results(worklist) == 0
    assert "identifiers" in (delivery(worklist, case).failure or "")


def test_a_result_that_cannot_be_made_stops_no_other_and_is_not_tried_for_ever(worklist: Worklist) -> None:
    cases = [received(worklist, seed) for seed in (1, 2)]

    def fails_for_the_first(case: Case, *more: Any) -> Results:
        if case.number == cases[0].number:
            raise TypeError("ROSSI")
        return results(case, *more)

    with pacs() as peer:
        failing = ResultSender(
            worklist, StorageScu(Destination(LOCALHOST, peer.port, PACS, US)), fails_for_the_first
        )
        assert [failing.send_next() for _ in range(3)] == [True, True, False]
        failing.release()

    assert delivery(worklist, cases[0]).failure == "making it failed with TypeError"
    assert {one.StudyInstanceUID for one in peer.objects} == {"1.2.3.1.2"}


def test_the_others_are_sent_where_the_pacs_refuses_one(worklist: Worklist) -> None:
    case = received(worklist)
    with pacs() as peer:
        peer.answers[Comprehensive3DSRStorage] = 0xC000
        send(worklist, peer)

    assert [one.Modality for one in peer.objects] == ["OT", "PR"]
    assert delivery(worklist, case).failure == "the PACS answered 0xC000"


def test_what_a_result_lacks_is_named_truthfully_and_the_others_are_sent(
    worklist: Worklist, caplog: pytest.LogCaptureFixture
) -> None:
    case = received(worklist)

    def without_overlay(*given: Any) -> Results:
        made = results(*given)
        kept = tuple(one for one in made.objects if one.Modality != "OT")
        return Results(kept, {Kind.OVERLAY: "failed with TypeError"})

    with pacs() as peer:
        sending = ResultSender(
            worklist, StorageScu(Destination(LOCALHOST, peer.port, PACS, US)), without_overlay
        )
        assert [sending.send_next() for _ in range(2)] == [True, False]
        sending.release()

    assert [one.Modality for one in peer.objects] == ["SR", "PR"]
    [line] = [line for line in worklist.audit.lines(case.number) if line.action is Action.SENT]
    assert line.details["not made"] == "overlay: failed with TypeError"
    assert f"case {case.number} was sent without its overlay: failed with TypeError" in caplog.text
