"""Sends results to the PACS under the original identifiers of their films, one after the other."""

import datetime
import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from pydicom.dataset import Dataset
from pydicom.uid import UID, ComprehensiveSRStorage

from cxr.film import Film, read_film
from cxr.film.identity import Identity
from cxr.report.instance import NO_BUNDLE, Kind
from cxr.report.objects import Results
from cxr.report.predecessor import SentReport
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import FIRST_PAUSE, Due
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
RESTART_SECONDS = 5
DUPLICATE = 0x0111
"""Status of a PACS that already has the object and does not accept it twice."""
NO_IDENTIFIERS = "the film's identifiers are missing: removed, or never kept"

MakeResults = Callable[[Case, Film | None, Identity, Sequence[SentReport], UID], Results]
"""Makes a case's results, given the reports that the PACS has and the SOP class in which it takes reports."""


class SendingError(Exception):
    """A result that did not arrive: why, in a few words without patient data."""


class UnreachableError(SendingError):
    """A PACS that cannot be reached, so that no other result would arrive either."""


class NothingToSendError(Exception):
    """A case without any result to send, now or later: why, in a few words without patient data."""


class Recipient(Protocol):
    """A PACS that takes the objects of results."""

    title: str
    """What it is called in the audit trail."""

    def report_class(self) -> UID:
        """Give the SOP class in which the PACS takes structured reports.

        Raises
        ------
        UnreachableError
            If the PACS has to be asked and does not answer.
        """

    def send(self, objects: Sequence[Dataset]) -> list[Dataset]:
        """Send the objects of one result, and return those that the PACS accepts by its own account.

        Raises
        ------
        SendingError
            If one did not arrive; the others have been sent all the same.
        """

    def release(self) -> None:
        """Let go of the PACS; the next result connects again."""


class ResultSender:
    """Sends the results that are due in the outbox.

    Parameters
    ----------
    recipient
        Whom they are sent to.
    results
        Makes the objects of a case.
    first_pause
        Pause after a first failure; it doubles with each further one.
    """

    def __init__(
        self,
        worklist: Worklist,
        recipient: Recipient,
        results: MakeResults,
        first_pause: datetime.timedelta = FIRST_PAUSE,
    ) -> None:
        self._worklist = worklist
        self._recipient = recipient
        self._results = results
        self._first_pause = first_pause
        self._name = f"sender {secrets.token_hex(8)}"
        self._was_unreachable = True

    def run(self, stop: threading.Event) -> None:
        """Send what is due until `stop` is set; the result being sent then is finished."""
        while not stop.is_set():
            try:
                while not stop.is_set() and self.send_next():
                    pass
            except Exception as error:
                # As in the worker: only the worklist's own messages are known to name no patient.
                why = str(error) if isinstance(error, WorklistError) else type(error).__name__
                log.error("Sending results stopped, and starts again: %s", why)
                stop.wait(RESTART_SECONDS)
            finally:
                self.release()
            stop.wait(POLL_SECONDS)

    def send_next(self) -> bool:
        """Send the result that has waited longest; return whether there was one."""
        outbox = self._worklist.outbox
        due = outbox.claim(self._name)
        if due is None:
            return False
        try:
            case, results = self._make(due)
            taken = self._recipient.send(results.objects)
        except NothingToSendError as error:
            log.warning("There is no result of case %d to send: %s.", due.case, error)
            outbox.given_up(self._name, due, str(error))
            return True
        except SendingError as error:
            self._was_unreachable |= isinstance(error, UnreachableError)
            self._failed(due, str(error))
            return True
        except BaseException as error:
            self._failed(due, f"the program failed with {type(error).__name__}")
            raise
        to = self._recipient.title
        if results.failure:
            log.warning("The result of case %d was sent without its %s.", due.case, results.failure)
        outbox.sent(self._name, due, to, len(taken), case.bundle_version, _details(taken, results))
        if self._was_unreachable:
            outbox.hurry()
            self._was_unreachable = False
        log.info("Sent the result of case %d to %s: %d objects.", due.case, to, len(taken))
        return True

    def release(self) -> None:
        """Release the connection to the PACS; the next result opens another."""
        self._recipient.release()

    def _failed(self, due: Due, failure: str) -> None:
        log.warning("The result of case %d is still waiting: %s.", due.case, failure)
        try:
            self._worklist.outbox.failed(self._name, due, failure, self._first_pause)
        except WorklistError as error:
            # The lease expires by itself.
            log.error("%s", error)

    def _make(self, due: Due) -> tuple[Case, Results]:
        case = self._worklist.ranked.case_of_film(due.film)
        identity = self._worklist.identities.of_film(due.film)
        if case is None or identity is None:
            raise NothingToSendError(NO_IDENTIFIERS)
        if case.withheld:  # since the outbox handed it out
            raise SendingError("results are withheld at this site")
        film = None
        if case.purged_at is None:
            try:
                film = read_film(self._worklist.film_source(case))
            except Exception:  # the report does not need it
                film = None
        sent, report_class = self._sent_reports(case), self._recipient.report_class()
        try:
            results = self._results(case, film, identity, sent, report_class)
        except Exception as error:
            raise NothingToSendError(f"making it failed with {type(error).__name__}") from None
        if not results.objects:
            raise NothingToSendError(results.failures[Kind.REPORT])
        return case, results

    def _sent_reports(self, case: Case) -> list[SentReport]:
        """Look up the reports of a case's film that the PACS has taken, the latest first."""
        lines = [
            line
            for number in (case.number, *self._earlier_cases(case))
            for line in self._worklist.audit.lines(number, action=Action.SENT)
        ]
        lines.sort(key=lambda line: line.number, reverse=True)
        reports = [
            SentReport(
                *(str(line.details["report"]), str(line.details["series"]), line.model or NO_BUNDLE),
                # Earlier versions did not record it: their reports had this one.
                UID(str(line.details.get("SOP class", ComprehensiveSRStorage))),
            )
            for line in lines
            if {"report", "series"} <= line.details.keys()
            # Earlier versions named no film: their cases had one.
            and line.details.get("film", line.case) == case.film_number
        ]
        return list(dict.fromkeys(reports))

    def _earlier_cases(self, case: Case) -> list[int]:
        """Look up the cases that a film has moved from, since it was sent again for another study."""
        found = [case.number]
        for number in found:
            for line in self._worklist.audit.lines(number, action=Action.ADDED_AGAIN):
                before = line.details.get("from case")
                if line.details.get("film") == case.film_number and isinstance(before, int):
                    found += [before] if before not in found else []
        return found[1:]


def _details(taken: Sequence[Dataset], results: Results) -> dict[str, Detail]:
    """Collect what the audit trail keeps: the report, which a later one refers to, and what is missing."""
    details: dict[str, Detail] = {"not made": results.failure} if results.failure else {}
    for one in taken:
        if one.Modality == "SR":
            details |= {"report": str(one.SOPInstanceUID), "series": str(one.SeriesInstanceUID)}
            details["SOP class"] = str(one.SOPClassUID)
    return details
