"""TLS in both directions: nobody unencrypted, nobody without a certificate that is believed."""

import datetime
import socket
from pathlib import Path

import pytest
from certificates import signed_by_itself
from peers import LOCALHOST, PACS, ROUTER, US, calling, film, listed, listening, pacs, store
from test_storage_scu import delivery, received, results

from cxr.pacs.application_entity import Destination
from cxr.pacs.result_sender import ResultSender
from cxr.pacs.storage_scp import SUCCESS
from cxr.pacs.storage_scu import StorageScu
from cxr.pacs.tls import TlsError, TlsFiles
from cxr.worklist.worklist import Worklist


@pytest.fixture
def us(tmp_path: Path) -> TlsFiles:
    """Our certificate; we believe the peer's."""
    own = signed_by_itself(tmp_path, "us")
    return TlsFiles(own.certificate, own.key, tmp_path / "peer.crt")


@pytest.fixture
def peer(tmp_path: Path) -> TlsFiles:
    """The peer's certificate; it believes ours."""
    own = signed_by_itself(tmp_path, "peer")
    return TlsFiles(own.certificate, own.key, tmp_path / "us.crt")


def test_a_film_comes_over_tls(worklist: Worklist, us: TlsFiles, peer: TlsFiles) -> None:
    with listening(worklist, tls=us.for_server()) as storage_scp:
        assert store(storage_scp.port, film(), tls=peer.for_client()) == [SUCCESS]

    assert len(listed(worklist)) == 1


def test_nobody_gets_in_unencrypted_or_without_a_certificate_that_we_believe(
    worklist: Worklist, us: TlsFiles, peer: TlsFiles, tmp_path: Path
) -> None:
    stranger = signed_by_itself(tmp_path, "stranger")
    nameless = TlsFiles(authorities=us.certificate)
    unknown = TlsFiles(stranger.certificate, stranger.key, us.certificate)
    with listening(worklist, tls=us.for_server()) as storage_scp:
        for tls in (None, nameless.for_client(), unknown.for_client()):
            with calling(storage_scp.port, ROUTER, tls=tls) as association:
                assert not association.is_established


def test_a_stranger_who_says_nothing_holds_nobody_up(
    worklist: Worklist, us: TlsFiles, peer: TlsFiles
) -> None:
    with (
        listening(worklist, tls=us.for_server()) as storage_scp,
        socket.create_connection((LOCALHOST, storage_scp.port)),
    ):
        assert store(storage_scp.port, film(), tls=peer.for_client()) == [SUCCESS]


def test_results_go_out_over_tls_and_to_nobody_else(worklist: Worklist, us: TlsFiles, peer: TlsFiles) -> None:
    case = received(worklist)
    with pacs(tls=peer.for_server()) as to:
        believing, doubting = us.for_client(), TlsFiles(us.certificate, us.key).for_client()
        for tls in (doubting, believing):
            destination = Destination(LOCALHOST, to.port, PACS, US, tls)
            sending = ResultSender(worklist, StorageScu(destination), results, datetime.timedelta(seconds=-1))
            assert sending.send_next()
            if tls is doubting:
                assert delivery(worklist, case).failure == f"{PACS} cannot be reached"
                assert to.objects == []
            sending.release()

    assert len(to.objects) == 3


@pytest.mark.parametrize("missing", ["certificate", "key", "authorities"])
def test_files_that_cannot_be_used_are_told_of(us: TlsFiles, peer: TlsFiles, missing: str) -> None:
    files = {name: getattr(us, name) for name in ("certificate", "key", "authorities")}
    files[missing].write_text("nothing of the kind")

    with pytest.raises(TlsError, match="CXR_TLS_KEY"):
        us.for_server()


def test_a_listener_needs_a_certificate() -> None:
    with pytest.raises(TlsError, match="CXR_TLS_CERTIFICATE"):
        TlsFiles().for_server()
