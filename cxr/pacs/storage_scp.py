"""Storage SCP: receives films that modalities, routers and the PACS send by C-STORE."""

import datetime
import logging
import ssl
import threading
from collections.abc import Sequence

from pydicom.uid import UID
from pynetdicom import evt
from pynetdicom.association import Association

from cxr.film import MAX_FILE_MB, Population
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.pacs.application_entity import VERIFICATION, application_entity
from cxr.pacs.association_server import MAX_ASSOCIATIONS, SECONDS_TO_REQUEST, AssociationServer
from cxr.pacs.inflow import MAX_PDU_BYTES
from cxr.pacs.outside_reports import SOP_CLASSES as REPORTS
from cxr.pacs.outside_reports import OutsideReports
from cxr.pacs.received import SOP_CLASSES, TRANSFER_SYNTAXES, UNPACKED, Received, content_of, what_is
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

ANYBODY = "*"
"""Instead of AE titles: every calling AE title is accepted."""
SECONDS_OF_SILENCE = 60
SECONDS_TO_FINISH = 30

# PS3.4 table B.2-1.
SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
NO_FILM = 0xA900
"""Data set does not match SOP class."""
CANNOT_UNDERSTAND = 0xC000


class StorageScp:
    """Answers C-ECHO and C-STORE; success means that the film is on disk and on the worklist.

    Parameters
    ----------
    title
        Our AE title; associations that call another are rejected.
    senders
        Calling AE titles that are accepted; `ANYBODY` for all. An AE title proves nothing: where the network
        is not trusted, require certificates of clients.
    wants_result
        Whether results are sent to the PACS.
    stated
        Population of films whose header does not state an age.
    tls
        Made by `TlsFiles.for_server`; without it nothing is encrypted.
    reports
        Takes findings from radiologists' structured reports; without it none is accepted.

    Raises
    ------
    ValueError
        If no AE title may send.
    OSError
        If the address or the port is not available.
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
        reports: OutsideReports | None = None,
    ) -> None:
        if not senders:
            raise ValueError("name the calling AE titles to accept")
        self._worklist = worklist
        self._wants_result = wants_result
        self._stated = stated
        self._reports = reports
        self._counts: dict[Association, int] = {}
        entity = application_entity(title)
        entity.require_called_aet = True
        entity.require_calling_aet = [] if ANYBODY in senders else list(senders)
        # Those that have not requested an association yet count here too; the server limits both.
        entity.maximum_associations = 10 * MAX_ASSOCIATIONS
        entity.maximum_pdu_size = MAX_PDU_BYTES
        entity.acse_timeout = SECONDS_TO_REQUEST
        entity.dimse_timeout = entity.network_timeout = SECONDS_OF_SILENCE
        entity.add_supported_context(VERIFICATION)
        for sop_class in SOP_CLASSES:
            entity.add_supported_context(sop_class, TRANSFER_SYNTAXES)
        for sop_class in REPORTS if reports else ():
            entity.add_supported_context(sop_class, UNPACKED)
        self._server = AssociationServer(
            *(entity, address, title, entity.supported_contexts, tls),
            handlers=[
                (evt.EVT_C_STORE, self._store),
                (evt.EVT_REJECTED, _rejected),
                (evt.EVT_RELEASED, self._over),
                (evt.EVT_ABORTED, self._over),
            ],
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="storage SCP", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_address[1]

    def close(self) -> None:
        """Stop: a film being stored is finished, one that has not arrived completely is dropped."""
        self._server.shutdown()
        for association in self._server.active_associations:
            was_established = association.is_established
            association.abort()
            if was_established:
                association.join(SECONDS_TO_FINISH)
                self._note(association)

    def _store(self, event: evt.Event) -> int:
        """Store a film; a failure is answered with a status, so that the storage SCU keeps the film."""
        calling_ae_title = event.assoc.requestor.ae_title
        try:
            if self._reports and event.request.AffectedSOPClassUID in REPORTS:
                # What is left is confirmed too: sent again, it would be left again.
                self._reports.take(content_of(event), f"pacs {calling_ae_title}")
                return SUCCESS
            status = self._accept(calling_ae_title, event.request.AffectedSOPClassUID, content_of(event))
        except (WorklistError, DecodingUnavailableError) as error:
            log.error("A film from %s could not be added to the worklist. %s", calling_ae_title, error)
            return OUT_OF_RESOURCES
        except Exception as error:
            # The type alone: the text of a library's exception may name the patient.
            log.error("Storing a film from %s failed with %s.", calling_ae_title, type(error).__name__)
            return CANNOT_UNDERSTAND
        if status == SUCCESS:
            self._counts[event.assoc] = self._counts.get(event.assoc, 0) + 1
        return status

    def _accept(self, calling_ae_title: str, sop_class: UID | None, content: bytes) -> int:
        received = what_is(content, sop_class)
        if received is Received.TOO_LARGE:
            log.warning("A film from %s is larger than %d MB and was refused.", calling_ae_title, MAX_FILE_MB)
            return OUT_OF_RESOURCES
        if received is Received.OWN_RESULT:
            log.warning("%s sent one of our own results, which is not a film.", calling_ae_title)
            return CANNOT_UNDERSTAND
        if received is not Received.FILM:
            log.warning("An object from %s is not a film and was refused.", calling_ae_title)
            return NO_FILM
        # A name for the list, as the film's own file name may identify the patient.
        name = f"{calling_ae_title} {datetime.datetime.now():%H:%M:%S}"
        self._worklist.intake.accept(
            name, content, self._stated, f"pacs {calling_ae_title}", self._wants_result
        )
        return SUCCESS

    def _over(self, event: evt.Event) -> None:
        self._note(event.assoc)

    def _note(self, association: Association) -> None:
        """Record how many films an association that has ended brought."""
        films = self._counts.pop(association, 0)
        calling_ae_title = association.requestor.ae_title
        if self._reports and (summary := self._reports.summary()):
            log.info("Reports from %s: %s.", calling_ae_title, summary)
        if not films:
            return
        log.info("Received %d %s from %s.", films, "film" if films == 1 else "films", calling_ae_title)
        try:
            self._worklist.audit.note(
                Entry(f"pacs {calling_ae_title}", Action.RECEIVED, details={"films": films})
            )
        except WorklistError as error:
            log.error("%s", error)


def _rejected(event: evt.Event) -> None:
    log.warning(
        "An association from %s was rejected: its AE title is not in CXR_RECEIVE_FROM, it called another AE "
        "title, or too many associations are open.",
        event.assoc.requestor.ae_title,
    )
