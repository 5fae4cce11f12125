"""The listener: films that modalities, routers and the PACS send with C-STORE come onto the worklist."""

import datetime
import logging
import socket
import ssl
import threading
from collections.abc import Sequence
from io import BytesIO
from socketserver import BaseServer
from typing import Any

from pydicom import dcmread
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    RLELossless,
)
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.transport import ThreadedAssociationServer

from cxr.film import MAX_FILE_MB, Population
from cxr.film.dicom_header import SECONDARY_CAPTURES
from cxr.film.dicom_pixels import CODESTREAMS, UNCOMPRESSED, inflated
from cxr.film.limits import MAX_FILE_BYTES
from cxr.pacs.inflow import MAX_PDU_BYTES, BoundedSocket, Inflow
from cxr.pacs.quiet import VERIFICATION, quiet_entity
from cxr.report.instance import MANUFACTURER, MODEL_NAME
from cxr.worklist.audit.trail import Action, Entry
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

ANYBODY = "*"
"""Instead of AE titles: whoever calls may send."""
KINDS = (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    # Comes onto the list with the reason why it is not scored.
    DigitalXRayImageStorageForProcessing,
    *SECONDARY_CAPTURES,
)
TRANSFER_SYNTAXES = [*UNCOMPRESSED, DeflatedExplicitVRLittleEndian, RLELossless, *CODESTREAMS]
MAX_ASSOCIATIONS = 10
SECONDS_TO_CALL = 10
SECONDS_OF_SILENCE = 60
SECONDS_TO_FINISH = 30

# PS3.4 table B.2-1.
SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
CANNOT_UNDERSTAND = 0xC000


class StorageScp:
    """Answers C-ECHO and C-STORE; a film is on disk and on the list before its calling_ae_title is told so.

    Parameters
    ----------
    title
        Our AE title; who calls another is sent away.
    senders
        AE titles that may send; `ANYBODY` for all. An AE title proves nothing: where the network is not
        trusted, have clients show a certificate.
    wants_result
        Whether what is said of the films goes back to the PACS.
    stated
        Whom the films show, where their header does not say.
    tls
        What `TlsFiles.for_server` makes; without it nothing is encrypted.

    Raises
    ------
    ValueError
        Without senders.
    OSError
        Where the address or the port cannot be had.
    """

    def __init__(
        self,
        worklist: Worklist,
        title: str,
        address: tuple[str, int],
        senders: Sequence[str],
        wants_result: bool = False,
        stated: Population = Population.UNKNOWN,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not senders:
            raise ValueError("name the AE titles that may send")
        self._worklist = worklist
        self._wants_result = wants_result
        self._stated = stated
        self._counts: dict[Association, int] = {}
        entity = quiet_entity(title)
        entity.require_called_aet = True
        entity.require_calling_aet = [] if ANYBODY in senders else list(senders)
        entity.maximum_associations = MAX_ASSOCIATIONS
        entity.maximum_pdu_size = MAX_PDU_BYTES
        entity.acse_timeout = SECONDS_TO_CALL
        entity.dimse_timeout = entity.network_timeout = SECONDS_OF_SILENCE
        entity.add_supported_context(VERIFICATION)
        for kind in KINDS:
            entity.add_supported_context(kind, TRANSFER_SYNTAXES)
        self._server = _Server(
            *(entity, address, title, entity.supported_contexts, tls),
            evt_handlers=[
                (evt.EVT_CONN_OPEN, _bound),
                (evt.EVT_C_STORE, self._store),
                (evt.EVT_REJECTED, _rejected),
                (evt.EVT_RELEASED, self._over),
                (evt.EVT_ABORTED, self._over),
            ],
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="listener", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.server_address[1]

    def close(self) -> None:
        """Stop: a film that is being written down is finished, one that is half here is let go."""
        self._server.shutdown()
        for association in self._server.active_associations:
            was_established = association.is_established
            association.abort()
            if was_established:
                association.join(SECONDS_TO_FINISH)
                self._note(association)

    def _store(self, event: evt.Event) -> int:
        """Take a film; what goes wrong is answered with a status, and its calling_ae_title keeps the film."""
        calling_ae_title = event.assoc.requestor.ae_title
        try:
            status = self._take(calling_ae_title, event.encoded_dataset())
        except WorklistError as error:
            log.error("A film of %s is not on the worklist. %s", calling_ae_title, error)
            return OUT_OF_RESOURCES
        except Exception as error:
            # The type alone: the text of a stranger's exception may name the patient.
            log.error("Taking a film of %s failed with %s.", calling_ae_title, type(error).__name__)
            return CANNOT_UNDERSTAND
        if status == SUCCESS:
            self._counts[event.assoc] = self._counts.get(event.assoc, 0) + 1
        return status

    def _take(self, calling_ae_title: str, content: bytes) -> int:
        if len(content) > MAX_FILE_BYTES:
            log.warning("A film of %s is larger than %d MB and not taken.", calling_ae_title, MAX_FILE_MB)
            return OUT_OF_RESOURCES
        if _is_our_own(content):
            log.warning("%s sends us a result of our own, which is no film.", calling_ae_title)
            return CANNOT_UNDERSTAND
        # A name for the list: what the file calls itself may name the patient.
        name = f"{calling_ae_title} {datetime.datetime.now():%H:%M:%S}"
        self._worklist.intake.accept(
            name, content, self._stated, f"pacs {calling_ae_title}", self._wants_result
        )
        return SUCCESS

    def _over(self, event: evt.Event) -> None:
        self._note(event.assoc)

    def _note(self, association: Association) -> None:
        """Write down how many films came in an association that is over."""
        films = self._counts.pop(association, 0)
        calling_ae_title = association.requestor.ae_title
        if not films:
            return
        log.info("Received %d %s from %s.", films, "film" if films == 1 else "films", calling_ae_title)
        try:
            self._worklist.audit.note(
                Entry(f"pacs {calling_ae_title}", Action.RECEIVED, details={"films": films})
            )
        except WorklistError as error:
            log.error("%s", error)


class _Server(ThreadedAssociationServer):
    """A server that a stranger who connects and says nothing does not hold up."""

    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection; its greeting of TLS is left to its own thread."""
        assert self.socket
        connection, address = self.socket.accept()
        connection.settimeout(SECONDS_TO_CALL)
        if self.ssl_context:
            connection = self.ssl_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Let no more in than can be told in words that there are too many."""
        return len(self.active_associations) < 2 * MAX_ASSOCIATIONS

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Greet, then listen."""
        if isinstance(request, ssl.SSLSocket):
            request.do_handshake()
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell that a connection came to nothing."""
        log.warning("A connection failed before anything was said; with TLS, check its certificates.")

    def shutdown(self) -> None:
        """Take no more connections."""
        BaseServer.shutdown(self)
        self.server_close()


def _bound(event: evt.Event) -> None:
    event.assoc.dul.socket.__class__ = BoundedSocket
    event.assoc.bind(evt.EVT_PDU_RECV, Inflow().see)


def _rejected(event: evt.Event) -> None:
    caller = event.assoc.requestor.ae_title
    log.warning(
        "%s was sent away: not among CXR_RECEIVE_FROM, calls another AE title, or too many call.",
        caller,
    )


def _is_our_own(content: bytes) -> bool:
    """Tell a result that we sent to the PACS and that it sends on: scored, it would go round for ever."""
    tags = ["Manufacturer", "ManufacturerModelName"]
    try:
        header = dcmread(BytesIO(inflated(content)), stop_before_pixels=True, force=True, specific_tags=tags)
        return (header.Manufacturer, header.ManufacturerModelName) == (MANUFACTURER, MODEL_NAME)
    except Exception:  # whatever it is, we did not make it
        return False
