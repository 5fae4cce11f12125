"""Peers on the network for the tests: a modality that sends, and a PACS that keeps what it gets."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from ssl import SSLContext
from typing import Any

from cryptography.fernet import Fernet
from film.film_files import dicom_file
from made_films import grey_level
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification

from cxr.pacs.received import SOP_CLASSES
from cxr.pacs.storage_scp import StorageScp
from cxr.pacs.storage_scu import SOP_CLASSES as RESULTS
from cxr.worklist.case import Case
from cxr.worklist.worklist import Worklist

LOCALHOST = "127.0.0.1"
US, ROUTER, PACS = "CXR", "ROUTER", "PACS"
KEY = Fernet.generate_key().decode()
SECONDS = 30
"""How long anything is waited for at most."""


def film(seed: int = 0, syntax: UID = ExplicitVRLittleEndian, **header: Any) -> Dataset:
    """A radiograph of a study of its own."""
    made: dict[str, Any] = {
        "StudyInstanceUID": f"1.2.3.1.{seed}",
        "SeriesInstanceUID": f"1.2.3.2.{seed}",
        "SOPInstanceUID": f"1.2.3.3.{seed}",
        "PatientID": f"P{seed}",
        "PatientAge": "004Y",
    }
    content = dicom_file(grey_level(seed), transfer_syntax=syntax, **made | header)
    return dcmread(BytesIO(content))


@contextmanager
def calling(
    port: int,
    by: str = ROUTER,
    to: str = US,
    tls: SSLContext | None = None,
    syntaxes: Sequence[UID] = (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    from_address: str = LOCALHOST,
) -> Iterator[Association]:
    """Call a listener; the association may have been refused."""
    entity = AE(by)
    entity.acse_timeout = entity.dimse_timeout = entity.connection_timeout = SECONDS
    entity.add_requested_context(Verification)
    for kind in SOP_CLASSES:
        entity.add_requested_context(kind, list(syntaxes))
    association = entity.associate(
        *(LOCALHOST, port),
        ae_title=to,
        tls_args=(tls, "localhost") if tls else None,
        bind_address=(from_address, 0),
    )
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def store(port: int, *films: Dataset, **call: Any) -> list[int | None]:
    """Send films in one association, and give the status of each; nothing where none came."""
    with calling(port, **call) as association:
        return [association.send_c_store(one).get("Status") for one in films]


@contextmanager
def listening(worklist: Worklist, *senders: str, **options: Any) -> Iterator[StorageScp]:
    storage_scp = StorageScp(worklist, US, (LOCALHOST, 0), senders or (ROUTER,), **options)
    try:
        yield storage_scp
    finally:
        storage_scp.close()


class Pacs:
    """A PACS that keeps what it gets, and answers what it is told to.

    Attributes
    ----------
    objects
        What it kept, in order.
    answers
        Status of each answer to come, by SOP class; success where it says nothing.
    """

    def __init__(self, kinds: Sequence[UID], port: int = 0, tls: SSLContext | None = None) -> None:
        self.objects: list[Dataset] = []
        self.answers: dict[UID, int] = {}
        entity = AE(PACS)
        entity.require_called_aet = True
        entity.require_calling_aet = [US]
        for kind in kinds:
            entity.add_supported_context(kind)
        handlers = [(evt.EVT_C_STORE, self._keep)]
        self._server = entity.start_server(
            (LOCALHOST, port), block=False, evt_handlers=handlers, ssl_context=tls
        )
        self.port: int = self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        for association in self._server.active_associations:
            association.abort()

    def _keep(self, event: evt.Event) -> int:
        status = self.answers.get(event.request.AffectedSOPClassUID, 0)
        if status == 0:
            self.objects.append(event.dataset)
        return status


@contextmanager
def pacs(*kinds: UID, **options: Any) -> Iterator[Pacs]:
    running = Pacs(kinds or RESULTS, **options)
    try:
        yield running
    finally:
        running.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind((LOCALHOST, 0))
        port: int = one.getsockname()[1]
        return port


def listed(worklist: Worklist) -> list[Case]:
    """Cases to read, in order of their arrival."""
    cases = [ranked.case for ranked in worklist.ranked.page(limit=1000).rows]
    return sorted(cases, key=lambda case: case.number)
