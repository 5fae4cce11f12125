"""Peers that send too much, too slowly or without waiting: they cost themselves only."""

import socket
import struct
from contextlib import ExitStack
from io import BytesIO

import pytest
from film.film_files import dicom_file
from made_films import grey_level
from made_reports import FINDING, PNEUMONIA, as_file, coded, report, said
from peers import LOCALHOST, SECONDS, calling, film, listed, listening, store
from pydicom.uid import (
    ExplicitVRLittleEndian,
)
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.pdu_primitives import P_DATA
from waiting import until

from cxr.film import FilmErrorCode
from cxr.film.sandbox import left_out
from cxr.pacs import association_server, inflow
from cxr.pacs.association_server import MAX_ASSOCIATIONS, MAX_ASSOCIATIONS_OF_ADDRESS, MAX_PENDING
from cxr.pacs.inflow import LONGEST_PDU_BYTES, MAX_COMMAND_BYTES
from cxr.pacs.outside_reports import Left, OutsideReports
from cxr.pacs.storage_scp import (
    SUCCESS,
)
from cxr.triage.flag import Flag
from cxr.worklist.reading.elsewhere import Recorded
from cxr.worklist.worklist import Worklist

A_ABORT = b"\x07"
"""How the PDU begins that ends an association (PS3.8 9.3.8)."""


def test_associations_of_one_address_are_limited(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        opened = [calling(storage_scp.port) for _ in range(MAX_ASSOCIATIONS_OF_ADDRESS + 1)]
        associations = [call.__enter__() for call in opened]
        established = [association.is_established for association in associations]
        for call in opened:
            call.__exit__(None, None, None)

    assert established == [True] * MAX_ASSOCIATIONS_OF_ADDRESS + [False]


def test_a_few_addresses_do_not_keep_others_out(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp, ExitStack() as calls:
        opened = [
            calls.enter_context(calling(storage_scp.port, from_address=f"127.0.0.{2 + number % 2}"))
            for number in range(MAX_ASSOCIATIONS + 1)
        ]
        # The first has sent nothing for longest, and C-ECHO counts for nothing.
        assert opened[1].send_c_store(film(1)).Status == SUCCESS
        assert opened[0].send_c_echo().Status == SUCCESS

        assert store(storage_scp.port, film()) == [SUCCESS]

        opened[0].join(SECONDS)
        assert [one.is_established for one in opened] == [False, *[True] * (MAX_ASSOCIATIONS - 1), False]


def test_sockets_that_drip_a_request_keep_no_sender_waiting(worklist: Worklist) -> None:
    request_begins = struct.pack(">BBLHH", 1, 0, 200, 1, 0)
    with listening(worklist) as storage_scp, ExitStack() as sockets:
        dripping = []
        for _ in range(MAX_PENDING + 5):
            stranger = sockets.enter_context(socket.create_connection((LOCALHOST, storage_scp.port), SECONDS))
            stranger.sendall(request_begins)
            dripping.append(stranger)
        assert store(storage_scp.port, *(film(seed) for seed in range(3))) == [SUCCESS] * 3
        # The oldest had to make room.
        assert dripping[0].recv(100) == b""


@pytest.mark.parametrize("drip", [b"", b"\x00"])
def test_a_request_has_a_deadline_however_it_drips(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch, drip: bytes
) -> None:
    monkeypatch.setattr(association_server, "SECONDS_TO_REQUEST", 1)
    with listening(worklist) as storage_scp:
        with socket.create_connection((LOCALHOST, storage_scp.port), 0.2) as stranger:
            stranger.sendall(struct.pack(">BBLHH", 1, 0, 200, 1, 0))
            for _ in range(SECONDS * 5):
                try:
                    stranger.sendall(drip)
                    closed = stranger.recv(100) == b""
                except TimeoutError:
                    continue
                except OSError:
                    closed = True
                assert closed
                break
            else:
                pytest.fail("the connection is still open")
        assert store(storage_scp.port, film()) == [SUCCESS]


def test_an_association_that_drips_is_ended(worklist: Worklist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflow, "SECONDS_OF_PDU", 1)
    with listening(worklist) as storage_scp, calling(storage_scp.port) as association:
        assert association.dul.socket and association.dul.socket.socket
        stranger = association.dul.socket.socket
        stranger.sendall(struct.pack(">BBL", 4, 0, 10_000))
        for _ in range(SECONDS * 5):
            try:
                stranger.sendall(b"\0")
            except OSError:
                break
            association.join(0.2)
        else:
            pytest.fail("the connection is still open")
        assert store(storage_scp.port, film()) == [SUCCESS]


@pytest.mark.parametrize("kind", [2, 4])
def test_an_association_ends_at_once_where_its_peer_does_not_keep_to_the_protocol(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    """So many of them as may be open at a time would keep every sender out until their time is over."""
    monkeypatch.setattr("cxr.pacs.storage_scp.SECONDS_TO_REQUEST", 10 * SECONDS)
    answer_for_a_request = struct.pack(">BBL", kind, 0, 10) + bytes(10)
    with listening(worklist) as storage_scp:
        with socket.create_connection((LOCALHOST, storage_scp.port), SECONDS) as stranger:
            stranger.sendall(answer_for_a_request)
            assert stranger.recv(1) == A_ABORT
        until(lambda: not storage_scp._server.active_associations, "the end of the association")
        assert store(storage_scp.port, film()) == [SUCCESS]


def test_a_pdu_longer_than_any_valid_one_is_not_read(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        with socket.create_connection((LOCALHOST, storage_scp.port), SECONDS) as stranger:
            stranger.sendall(struct.pack(">BBL", 1, 0, LONGEST_PDU_BYTES + 1))
            assert stranger.recv(100) == b""
        assert store(storage_scp.port, film()) == [SUCCESS]


def test_a_peer_that_does_not_wait_for_answers_is_aborted_before_films_pile_up(worklist: Worklist) -> None:
    many = 50
    with listening(worklist) as storage_scp:
        with calling(storage_scp.port, syntaxes=[ExplicitVRLittleEndian]) as association:
            [context] = [
                one.context_id
                for one in association.accepted_contexts
                if one.abstract_syntax == film().SOPClassUID
            ]
            for seed in range(many):
                one = film(seed)
                request = C_STORE()
                request.MessageID, request.Priority = seed + 1, 2
                request.AffectedSOPClassUID = one.SOPClassUID
                request.AffectedSOPInstanceUID = one.SOPInstanceUID
                request.DataSet = BytesIO(encode(one, False, True) or b"")
                association.dimse.send_msg(request, context)
            association.join(SECONDS)
            assert association.is_aborted
        assert len(listed(worklist)) < many
        assert store(storage_scp.port, film()) == [SUCCESS]


def test_an_endless_command_is_aborted(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp, calling(storage_scp.port) as association:
        portion = P_DATA()
        portion.presentation_data_value_list = [[1, b"\x01" + bytes(MAX_COMMAND_BYTES)]]
        for _ in range(2):
            association.dul.send_pdu(portion)
        association.join(SECONDS)
        assert association.is_aborted


@pytest.mark.usefixtures("bad_decoder")
def test_an_object_that_ends_whoever_parses_it_costs_itself_alone(worklist: Worklist) -> None:
    deadly = film(0, PatientComments="ends whoever parses it")
    with listening(worklist) as storage_scp:
        assert store(storage_scp.port, deadly, film(1)) == [SUCCESS] * 2

    by_flag = {case.flag: [reason.code for reason in case.reasons] for case in listed(worklist)}
    assert by_flag == {Flag.REFUSED: [FilmErrorCode.FAILED], None: []}
    assert left_out(dicom_file(grey_level(2), PatientComments="ends whoever parses it")) is None


@pytest.mark.usefixtures("bad_decoder")
def test_a_report_that_ends_whoever_parses_it_costs_itself_alone(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        store(storage_scp.port, film(1))
    words = ("ends whoever parses it", "unremarkable")
    sent = [as_file(report("1.2.3.1.1", coded(FINDING, PNEUMONIA), said(FINDING, text))) for text in words]
    reports = OutsideReports(worklist, {"SCT:233604007": "pneumonia"})

    assert [type(reports.take(content, "test")) for content in sent] == [Left, Recorded]
