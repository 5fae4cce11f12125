"""Films received by C-STORE: on the worklist before success is answered, and nothing else is accepted."""

import logging
import shutil
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from peers import LOCALHOST, ROUTER, SECONDS, US, calling, film, listed, listening, store
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ComprehensiveSRStorage,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForProcessing,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    RLELossless,
    SecondaryCaptureImageStorage,
)
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode
from waiting import until

from cxr.film import MAX_FILE_MB, Population, read_film
from cxr.pacs.storage_scp import (
    ANYBODY,
    CANNOT_UNDERSTAND,
    NO_FILM,
    OUT_OF_RESOURCES,
    SUCCESS,
    StorageScp,
)
from cxr.report.instance import MANUFACTURER, MODEL_NAME
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.queue.worker import score_waiting
from cxr.worklist.worklist import Worklist


def test_echo_is_answered(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp, calling(storage_scp.port) as association:
        assert association.send_c_echo().Status == SUCCESS


def test_a_film_is_on_the_list_when_success_is_answered(worklist: Worklist) -> None:
    with listening(worklist, wants_result=True, stated=Population.CHILD) as storage_scp:
        assert store(storage_scp.port, film()) == [SUCCESS]

        [case] = listed(worklist)
        assert (read_film(worklist.film_path(case)).pixels == film().pixel_array).all()
        assert case.stated is Population.CHILD
        identity = worklist.identities.of([case.number])[case.number]
        assert identity.dataset.StudyInstanceUID == film().StudyInstanceUID


def test_the_list_and_the_trail_name_the_sender_and_nobody_else(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        store(storage_scp.port, film(1), film(2))

    assert all(case.name.startswith(f"{ROUTER} ") and len(case.name) == 15 for case in listed(worklist))
    lines = worklist.audit.lines()
    assert [(line.who, line.action) for line in reversed(lines)] == [
        *[(f"pacs {ROUTER}", Action.ACCEPTED)] * 2,
        (f"pacs {ROUTER}", Action.RECEIVED),
    ]
    assert lines[0].details == {"films": 2}


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless]
)
def test_films_come_in_any_transfer_syntax(worklist: Worklist, syntax: UID) -> None:
    one = film() if syntax == RLELossless else film(syntax=syntax)
    if syntax == RLELossless:
        one.compress(RLELossless)

    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, one, syntaxes=[syntax]) == [SUCCESS]

    [case] = listed(worklist)
    assert (read_film(worklist.film_path(case)).pixels == film().pixel_array).all()


def test_a_film_sent_again_is_one_case(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, film(), film()) + store(storage_scp.port, film()) == [SUCCESS] * 3

    assert len(listed(worklist)) == 1


def test_a_film_that_cannot_be_scored_is_listed_with_its_reason(
    worklist: Worklist, small_screener: Screener
) -> None:
    raw = film(1, SOPClassUID=DigitalXRayImageStorageForProcessing, Modality="DX")
    cut_short = film(2)
    cut_short.PixelData = cut_short.PixelData[:1000]
    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, raw, cut_short) == [SUCCESS, SUCCESS]

    score_waiting(worklist, small_screener, 10, "worker")

    assert [case.flag for case in listed(worklist)] == [Flag.REFUSED] * 2
    assert [case.reasons[0].code for case in listed(worklist)] == ["for_processing", "damaged"]


@pytest.mark.parametrize(("by", "to"), [("STRANGER", US), (ROUTER, "OTHER")])
def test_unknown_calling_and_called_ae_titles_are_rejected(worklist: Worklist, by: str, to: str) -> None:
    with listening(worklist, ROUTER) as storage_scp, calling(storage_scp.port, by, to) as association:
        assert association.is_rejected

    assert listed(worklist) == []


def test_every_ae_title_is_accepted_with_an_asterisk_and_a_list_is_required(worklist: Worklist) -> None:
    with listening(worklist, ANYBODY) as storage_scp:
        assert store(storage_scp.port, film(), by="STRANGER") == [SUCCESS]

    with pytest.raises(ValueError, match="AE titles"):
        StorageScp(worklist, US, (LOCALHOST, 0), ())


def test_a_film_that_is_too_large_is_refused_and_the_next_is_taken(
    worklist: Worklist, tmp_path: Path
) -> None:
    large = film(1)
    large.PixelData = bytes(MAX_FILE_MB * 1024 * 1024)
    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, large, film(2)) == [OUT_OF_RESOURCES, SUCCESS]

    assert len(listed(worklist)) == 1
    assert sum(path.stat().st_size for path in (tmp_path / "films").rglob("*") if path.is_file()) < 1e6


def test_where_the_worklist_cannot_be_written_the_sender_keeps_its_film(
    worklist: Worklist, tmp_path: Path
) -> None:
    with listening(worklist) as storage_scp, calling(storage_scp.port) as association:
        shutil.rmtree(tmp_path / "films", ignore_errors=True)
        (tmp_path / "films").write_bytes(b"a file where the folder was")
        assert association.send_c_store(film()).Status == OUT_OF_RESOURCES
        assert listed(worklist) == []

        (tmp_path / "films").unlink()
        assert association.send_c_store(film()).Status == SUCCESS


def test_our_own_result_is_not_accepted_as_a_film(worklist: Worklist) -> None:
    ours = film(SOPClassUID=SecondaryCaptureImageStorage, Modality="OT")
    ours.Manufacturer, ours.ManufacturerModelName = MANUFACTURER, MODEL_NAME

    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, ours) == [CANNOT_UNDERSTAND]

    assert listed(worklist) == []


@pytest.mark.parametrize(
    ("sent_as", "header"),
    [
        (SecondaryCaptureImageStorage, {"SOPClassUID": ComprehensiveSRStorage, "Modality": "SR"}),
        (SecondaryCaptureImageStorage, {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "PR"}),
        (ComputedRadiographyImageStorage, {"SOPClassUID": SecondaryCaptureImageStorage}),
    ],
)
def test_what_is_no_film_is_refused_and_makes_no_row(
    worklist: Worklist, sent_as: UID, header: dict[str, Any]
) -> None:
    with listening(worklist) as storage_scp:
        with calling(storage_scp.port, syntaxes=[ExplicitVRLittleEndian]) as association:
            one = film(1, **header)
            if one.Modality != "CR":
                del one.Rows, one.PixelData
            assert send_as(association, sent_as, one) == NO_FILM
        assert store(storage_scp.port, film(2)) == [SUCCESS]

    assert len(listed(worklist)) == 1


def send_as(association: Association, sop_class: UID, one: Dataset) -> int:
    """Send an object under a SOP class that may not be its own, and give the status of the answer."""
    [context] = [c.context_id for c in association.accepted_contexts if c.abstract_syntax == sop_class]
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = sop_class, one.SOPInstanceUID
    request.DataSet = BytesIO(encode(one, False, True) or b"")
    association._reactor_checkpoint.clear()
    association.dimse.send_msg(request, context)
    _, answer = association.dimse.get_msg(block=True)
    association._reactor_checkpoint.set()
    assert isinstance(answer, C_STORE) and answer.Status is not None
    return answer.Status


def test_structured_reports_and_presentation_states_are_not_offered(worklist: Worklist) -> None:
    entity = AE(ROUTER)
    for sop_class in (ComprehensiveSRStorage, GrayscaleSoftcopyPresentationStateStorage):
        entity.add_requested_context(sop_class)
    entity.add_requested_context(ComputedRadiographyImageStorage)
    with listening(worklist) as storage_scp:
        association = entity.associate(LOCALHOST, storage_scp.port, ae_title=US)
        accepted = [one.abstract_syntax for one in association.accepted_contexts]
        association.release()

    assert accepted == [ComputedRadiographyImageStorage]


def test_closing_finishes_the_film_being_stored(worklist: Worklist) -> None:
    storage_scp = StorageScp(worklist, US, (LOCALHOST, 0), [ROUTER])
    answers: list[int | None] = []
    with calling(storage_scp.port) as association:

        def send() -> None:
            for seed in range(1000):
                status = association.send_c_store(film(seed)) if association.is_established else None
                answers.append(status.get("Status") if status else None)
                if answers[-1] != SUCCESS:
                    return

        sending = threading.Thread(target=send)
        sending.start()
        until(lambda: len(answers) >= 3, "three answers")
        storage_scp.close()
        cases = len(listed(worklist))
        sending.join(SECONDS)

    assert not sending.is_alive() and answers[-1] is None
    # The one in hand may be on the list without its sender knowing; none is after the end.
    assert len(answers) - 1 <= cases <= len(answers)
    assert len(listed(worklist)) == cases


@pytest.mark.filterwarnings("ignore:Invalid value")
def test_no_line_of_the_log_names_a_patient(
    worklist: Worklist, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    marks = ("ROSSI", "MRN-4711", "1.2.3.")
    broken = film(1, PatientBirthDate="ROSSI", PatientAge="MRN-4711", StudyDate="ROSSI MRN-4711")
    broken.Rows = 0
    with caplog.at_level(logging.DEBUG), listening(worklist) as storage_scp:
        # Levels that a program sets by itself must not let the libraries speak.
        assert store(storage_scp.port, film(2, PatientID="MRN-4711"), broken) == [SUCCESS, SUCCESS]
        (tmp_path / "worklist.sqlite3").write_bytes(b"ROSSI MRN-4711" * 1000)
        store(storage_scp.port, film(3, PatientID="MRN-4711"))

    assert "Received 2 films from ROUTER" in caplog.text
    assert not [mark for mark in marks if mark in caplog.text]
