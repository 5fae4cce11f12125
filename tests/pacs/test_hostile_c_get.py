"""A PACS that answers C-GET without end, too slowly or without waiting: the film fails, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from peers import LOCALHOST, PACS, SECONDS, US, film
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import MODE_REQUESTOR, Association
from pynetdicom.dimse_primitives import C_GET, C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.pdu_items import PresentationDataValueItem
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
)

from cxr.pacs import inflow, query_scu
from cxr.pacs.application_entity import Destination
from cxr.pacs.archive import AnswerError, PastFilm
from cxr.pacs.query_scu import DimseArchive
from cxr.pacs.received import Received, what_is

FILM = film(1)
PENDING = 0xFF00
Answering = Callable[[evt.Event], Iterator[Any]]


@contextmanager
def archive_that(answers: Answering) -> Iterator[DimseArchive]:
    entity = AE(PACS)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_supported_context(ComputedRadiographyImageStorage, scu_role=True, scp_role=True)
    server = entity.start_server((LOCALHOST, 0), block=False, evt_handlers=[(evt.EVT_C_GET, answers)])
    archive = DimseArchive(Destination(LOCALHOST, server.server_address[1], PACS, US))
    try:
        yield archive
    finally:
        archive.close()
        server.shutdown()
        for association in server.active_associations:
            association.abort()


def fetched(archive: DimseArchive) -> bytes | None:
    return archive.fetch(PastFilm(FILM.StudyInstanceUID, FILM.SeriesInstanceUID, FILM.SOPInstanceUID))


def one(_: evt.Event) -> Iterator[Any]:
    yield 1
    yield PENDING, FILM


def films_without_end(event: evt.Event) -> Iterator[Any]:
    yield 60_000
    while event.assoc.is_established:
        yield PENDING, FILM


def told_without_end(event: evt.Event) -> Iterator[Any]:
    """Say again and again that the film is still to come."""
    said = C_GET()
    said.MessageIDBeingRespondedTo = event.message_id
    said.AffectedSOPClassUID = StudyRootQueryRetrieveInformationModelGet
    said.Status = PENDING
    while event.assoc.is_established:
        event.assoc.dimse.send_msg(said, event.context.context_id)
    yield 0


def films_without_waiting(event: evt.Event, context: int | None = None) -> Iterator[Any]:
    [agreed] = [one for one in event.assoc.accepted_contexts if one.abstract_syntax == FILM.SOPClassUID][:1]
    sent = C_STORE()
    sent.MessageID, sent.Priority = 1, 2
    sent.AffectedSOPClassUID, sent.AffectedSOPInstanceUID = FILM.SOPClassUID, "1.2.3"
    content = encode(FILM, *(agreed.transfer_syntax[0] != ExplicitVRLittleEndian, True))
    while event.assoc.is_established:
        sent.DataSet = BytesIO(content)
        event.assoc.dimse.send_msg(sent, context or agreed.context_id)
    yield 0


def films_never_offered(event: evt.Event) -> Iterator[Any]:
    """Send films under a presentation context that was not agreed on."""
    return films_without_waiting(event, context=253)


def test_an_ordinary_film_is_taken() -> None:
    with archive_that(one) as archive:
        content = fetched(archive)
    assert content and what_is(content, None) is Received.FILM


@pytest.mark.parametrize(
    ("answers", "limit", "most", "excess"),
    [
        (films_without_end, "MOST_SENT", 3, "sent more than 3 films"),
        (films_without_waiting, "MOST_SENT", 3, "sent more than 3 films"),
        (films_never_offered, "MOST_SENT", 3, "sent more than 3 films"),
        (told_without_end, "MOST_ANSWERS", 50, "gave more than 50 answers"),
        (films_without_end, "LONGEST_SECONDS", 0.0, "took longer"),
        (told_without_end, "LONGEST_SECONDS", 0.0, "took longer"),
    ],
)
def test_a_film_that_brings_too_much_or_takes_too_long_in_all_is_given_up(
    answers: Answering, limit: str, most: float, excess: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_scu, limit, most)
    with archive_that(answers) as archive, pytest.raises(AnswerError, match=excess):
        fetched(archive)


def test_no_more_is_read_while_a_film_waits_to_be_looked_at() -> None:
    association = Association(AE(US), MODE_REQUESTOR)
    waiting = association.dimse.msg_queue
    waiting.put((1, C_STORE()))
    begun, read = threading.Event(), threading.Event()
    pdu = P_DATA_TF()
    pdu.presentation_data_value_items = [PresentationDataValueItem()]
    pdu.presentation_data_value_items[0].presentation_data_value = b"\1"
    flow = inflow.Inflow(waits=False)

    def check() -> None:
        begun.set()
        flow.check(evt.Event(association, evt.EVT_PDU_RECV, {"pdu": pdu}))
        read.set()

    threading.Thread(target=check, daemon=True).start()
    assert begun.wait(SECONDS) and not read.wait(0.05)
    waiting.get()
    assert read.wait(SECONDS)


def test_of_a_film_that_is_too_large_no_more_is_kept_than_tells_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflow, "MAX_FILE_BYTES", 5_000)
    with archive_that(one) as archive:
        content = fetched(archive)
    assert content and 5_000 < len(content) < 6_000
