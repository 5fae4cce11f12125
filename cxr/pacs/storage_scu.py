"""The sender: what is said of a film goes back to the PACS, under the film's original identifiers."""

import datetime
import logging
import secrets
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import (
    ColorSoftcopyPresentationStateStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)
from pynetdicom.association import Association
from pynetdicom.status import STATUS_SUCCESS, STATUS_WARNING, code_to_category

from cxr.film import Film, FilmError, read_film
from cxr.film.identity import Identity
from cxr.pacs.quiet import VERIFICATION, quiet_entity
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import FIRST_PAUSE, Due
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

KINDS = (
    *(EnhancedSRStorage, ComprehensiveSRStorage, Comprehensive3DSRStorage),
    *(SecondaryCaptureImageStorage, MultiFrameTrueColorSecondaryCaptureImageStorage),
    *(GrayscaleSoftcopyPresentationStateStorage, ColorSoftcopyPresentationStateStorage),
)
SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 30
POLL_SECONDS = 0.5
RESTART_SECONDS = 5
DUPLICATE = 0x0111
"""Status of a PACS that has the object already, and does not want it twice."""
NOTHING = "the film's identifiers or UIDs are missing"

Results = Callable[[Case, Film | None, Identity, datetime.datetime], Sequence[Dataset]]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where results go: the PACS, and the AE title that we call it by and with.

    `tls` is what `TlsFiles.for_client` makes; without it nothing is encrypted.
    """

    host: str
    port: int
    title: str
    our_title: str
    tls: ssl.SSLContext | None = None


class SendingError(Exception):
    """A result did not arrive: why, in a few words without patient data."""


class UnreachableError(SendingError):
    """Nor would any other have arrived."""


class StorageScu:
    """Sends what the outbox holds.

    Parameters
    ----------
    results
        Makes the objects of a case; it may raise a `ValueError` where a film has none.
    first_pause
        How long is waited after a first failure; twice as long after each that follows.
    """

    def __init__(
        self,
        worklist: Worklist,
        destination: Destination,
        results: Results,
        first_pause: datetime.timedelta = FIRST_PAUSE,
    ) -> None:
        self._worklist = worklist
        self._destination = destination
        self._results = results
        self._first_pause = first_pause
        self._name = f"sender {secrets.token_hex(8)}"
        self._association: Association | None = None
        self._was_unreachable = True
        self._entity = quiet_entity(destination.our_title)
        self._entity.connection_timeout = SECONDS_TO_CONNECT
        self._entity.acse_timeout = SECONDS_TO_CONNECT
        self._entity.dimse_timeout = self._entity.network_timeout = SECONDS_TO_ANSWER
        self._entity.add_requested_context(VERIFICATION)
        for kind in KINDS:
            # One context each: whoever takes the first leaves the second.
            self._entity.add_requested_context(kind, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])

    def run(self, stop: threading.Event) -> None:
        """Send what is due, time and again, until told to stop; the result in hand is finished."""
        while not stop.is_set():
            try:
                while not stop.is_set() and self.send_next():
                    pass
            except Exception as error:
                # As in the worker: only the worklist's own words are known to name no patient.
                said = str(error) if isinstance(error, WorklistError) else type(error).__name__
                log.error("The sender stopped, and starts again: %s", said)
                stop.wait(RESTART_SECONDS)
            finally:
                self.hang_up()
            stop.wait(POLL_SECONDS)

    def send_next(self) -> bool:
        """Send the result that waits longest, and say whether there was one."""
        outbox = self._worklist.outbox
        due = outbox.claim(self._name)
        if due is None:
            return False
        try:
            case = self._worklist.ranked.case_of_film(due.film)
            objects = self._objects(case) if case else []
            if not case or not objects:
                log.warning("There is no result of case %d to send: %s.", due.case, NOTHING)
                outbox.given_up(self._name, due, NOTHING)
                return True
            taken = self._send(objects)
        except SendingError as error:
            self._was_unreachable |= isinstance(error, UnreachableError)
            self._failed(due, str(error))
        except BaseException as error:
            self._failed(due, f"the program failed with {type(error).__name__}")
            raise
        else:
            to = self._destination.title
            outbox.sent(self._name, due, to, taken, case.bundle_version)
            if self._was_unreachable:
                outbox.hurry()
                self._was_unreachable = False
            log.info("Sent the result of case %d to %s: %d objects.", due.case, to, taken)
        return True

    def hang_up(self) -> None:
        """End the association with the PACS; the next result begins another."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None

    def _failed(self, due: Due, failure: str) -> None:
        log.warning("The result of case %d waits: %s.", due.case, failure)
        try:
            self._worklist.outbox.failed(self._name, due, failure, self._first_pause)
        except WorklistError as error:
            # The lease runs out by itself.
            log.error("%s", error)

    def _objects(self, case: Case) -> Sequence[Dataset]:
        """Make the objects of a case; none where nobody knows any more whose they are."""
        identity = self._worklist.identities.of_film(case.film_number)
        if identity is None:
            return []
        film = None
        if case.purged_at is None:
            try:
                film = read_film(self._worklist.film_source(case))
            except FilmError:
                film = None
        try:
            return self._results(case, film, identity, datetime.datetime.now().astimezone())
        except ValueError:
            return []

    def _send(self, objects: Sequence[Dataset]) -> int:
        """Send the objects of one result, and return how many the PACS took.

        What the PACS has no use for, by its own account, is left out.
        """
        association = self._connected()
        wanted = {context.abstract_syntax for context in association.accepted_contexts}
        fitting = [one for one in objects if one.SOPClassUID in wanted]
        if not fitting:
            raise SendingError("the PACS takes none of the kinds of objects")
        for number, one in enumerate(fitting, start=1):
            try:
                answer = association.send_c_store(one, msg_id=number)
            except RuntimeError:  # the association ended in between
                answer = Dataset()
            status = answer.get("Status")
            if status is None:
                self.hang_up()
                raise UnreachableError("the PACS did not answer")
            if code_to_category(status) not in (STATUS_SUCCESS, STATUS_WARNING) and status != DUPLICATE:
                raise SendingError(f"the PACS answered 0x{status:04X}")
        return len(fitting)

    def _connected(self) -> Association:
        if self._association is None or not self._association.is_established:
            to = self._destination
            tls = (to.tls, to.host) if to.tls else None
            try:
                association = self._entity.associate(to.host, to.port, ae_title=to.title, tls_args=tls)
            except OSError:
                raise UnreachableError(f"the address of {to.title} is not known") from None
            if association.is_rejected:
                raise UnreachableError(f"{to.title} sends {to.our_title} away")
            if not association.is_established:
                raise UnreachableError(f"{to.title} cannot be reached")
            self._association = association
        return self._association
