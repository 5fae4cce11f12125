"""Query/Retrieve SCU: finds past films by C-FIND and gets them by C-GET or C-MOVE."""

import datetime
import time
from collections.abc import Callable, Iterator

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import build_role, evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]  # it makes them when it is imported
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
from pynetdicom.status import STATUS_PENDING, STATUS_SUCCESS, code_to_category

from cxr.film.dicom_file import text_of
from cxr.pacs.application_entity import Destination, requesting_entity
from cxr.pacs.archive import (
    FETCHED_CLASSES,
    LONGEST_SECONDS,
    MODALITIES,
    SECONDS_TO_ANSWER,
    AnswerError,
    BusyError,
    PastFilm,
    SettingError,
    UnreachableError,
    film_of,
    may_show_a_chest,
    study_of,
)
from cxr.pacs.inflow import bounding
from cxr.pacs.received import COMPRESSED, UNPACKED, content_of
from cxr.pacs.tls import fault_of_server

FIND = StudyRootQueryRetrieveInformationModelFind
GET = StudyRootQueryRetrieveInformationModelGet
MOVE = StudyRootQueryRetrieveInformationModelMove

Asking = Callable[[], Iterator[tuple[Dataset, Dataset | None]]]

MOST_ANSWERS = 100_000
"""Answers to one request, at most."""
MOST_SENT = 100
"""Films that come for one that was asked for, at most."""

# Association rejections (PS3.8 9.3.4).
_TRANSIENT = 2
_CALLING_TITLE, _CALLED_TITLE = 3, 7
_NO_SUCH_DESTINATION = 0xA801


class DimseArchive:
    """A PACS that is asked over one association, opened when needed and again if it is lost.

    Parameters
    ----------
    move
        Have films sent to the storage SCP with our AE title (C-MOVE), rather than get them over the
        association (C-GET).
    """

    def __init__(self, peer: Destination, move: bool = False) -> None:
        self.title = peer.title
        self._peer = peer
        self._move = move
        self._association: Association | None = None
        self._arrived: bytes | None = None
        self._awaited = ""
        self._sent = 0
        self._until = 0.0
        self._answers = 0
        self._entity = requesting_entity(peer.our_title, SECONDS_TO_ANSWER)
        self._entity.add_requested_context(FIND)
        self._entity.add_requested_context(MOVE if move else GET)
        for sop_class in () if move else FETCHED_CLASSES:
            # One for each: of several in one the PACS would choose, and could not send a film as it is.
            for syntaxes in (UNPACKED, *([one] for one in COMPRESSED)):
                self._entity.add_requested_context(sop_class, syntaxes)

    def studies(self, day: datetime.date) -> set[str]:
        """Find the studies of a day, once for each modality: few PACS take a list of them."""
        found = set[str]()
        for modality in MODALITIES:
            query = _query("STUDY", StudyDate=f"{day:%Y%m%d}", ModalitiesInStudy=modality)
            found.update(uid for one in self._find(query) if (uid := study_of(one, day)))
        return found

    def films(self, study: str) -> list[PastFilm]:
        """Find the series of a study, and the films of those that may show a chest."""
        keys = {"Modality": "", "BodyPartExamined": "", "SpecificCharacterSet": ""}
        found = [
            text_of(one, "SeriesInstanceUID")
            for one in self._find(_query("SERIES", StudyInstanceUID=study, **keys))
            if may_show_a_chest(one)
        ]
        films = list[PastFilm]()
        for series in filter(None, found):
            query = _query("IMAGE", StudyInstanceUID=study, SeriesInstanceUID=series, SOPClassUID="")
            films += [film for one in self._find(query) if (film := film_of(one, study, series))]
        return films

    def fetch(self, film: PastFilm) -> bytes | None:
        """Get a film, or have it sent."""
        uids = {"StudyInstanceUID": film.study, "SeriesInstanceUID": film.series}
        query = _query("IMAGE", **uids, SOPInstanceUID=film.instance)
        association = self._connected()
        self._arrived, self._awaited, self._sent = None, film.instance, 0
        if self._move:
            list(self._answered(lambda: association.send_c_move(query, self._peer.our_title, MOVE)))
            return None
        list(self._answered(lambda: association.send_c_get(query, GET)))
        return self._taken()

    def close(self) -> None:
        """Release the association."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None

    def _find(self, query: Dataset) -> Iterator[Dataset]:
        association = self._connected()
        return self._answered(lambda: association.send_c_find(query, FIND))

    def _answered(self, ask: Asking) -> Iterator[Dataset]:
        """Yield the answers to a request, up to the last; what is not needed of them is not kept."""
        self._until = time.monotonic() + LONGEST_SECONDS
        try:
            for number, (status, identifier) in enumerate(ask()):
                if excess := self._excess(number):
                    self._abort()
                    raise AnswerError(f"{self.title} {excess}.")
                code = status.get("Status")
                if code is None:
                    break
                self._answers += 1
                if code_to_category(code) == STATUS_PENDING:
                    if identifier is not None:
                        yield identifier
                elif code_to_category(code) == STATUS_SUCCESS:
                    return
                else:
                    raise _refusal(code, self._peer)
        except (RuntimeError, ValueError):  # the association ended in between; no such context
            if self._association is not None and self._association.is_established:
                raise SettingError(
                    f"{self.title} does not offer C-FIND with {'C-MOVE' if self._move else 'C-GET'}. Choose "
                    "another way with --by."
                ) from None
        self._abort()  # it may be only late: its answer is not awaited any more
        if self._answers:
            raise UnreachableError(f"{self.title} stopped answering.")
        # Orthanc rejects no association of a stranger, but aborts it at the first request.
        raise UnreachableError(
            f"{self.title} broke off without an answer. Enter the AE title {self._peer.our_title} there and "
            "allow it to query, or name the one that it knows with --aet."
        )

    def _excess(self, answers: int = 0) -> str | None:
        """Say what is too much of what came for a request."""
        if self._sent > MOST_SENT:
            return f"sent more than {MOST_SENT:,} films for one"
        if answers == MOST_ANSWERS:
            return f"gave more than {MOST_ANSWERS:,} answers to one question"
        late = time.monotonic() > self._until
        return f"took longer than {LONGEST_SECONDS:,.0f} seconds for one question or film" if late else None

    def _abort(self) -> None:
        if self._association is not None:
            self._association.abort()
        self._association = None

    def _connected(self) -> Association:
        if self._association is not None and self._association.is_established:
            return self._association
        to = self._peer
        roles = [] if self._move else [build_role(one, scp_role=True) for one in FETCHED_CLASSES]
        try:
            association = self._entity.associate(
                *(to.host, to.port),
                ae_title=to.title,
                ext_neg=[*roles],
                tls_args=(to.tls, to.host) if to.tls else None,
                evt_handlers=[
                    *bounding(),
                    (evt.EVT_DIMSE_RECV, self._received),
                    (evt.EVT_C_STORE, self._store),
                ],
            )
        except OSError:
            raise UnreachableError(f"The host {to.host} is unknown. Check CXR_PACS_HOST.") from None
        if association.is_rejected:
            raise _rejection(association, to)
        if not association.is_established:
            if to.tls and (fault := fault_of_server(to.host, to.port, to.tls)):
                raise SettingError(f"{to.title} {fault}")
            raise UnreachableError(
                f"{to.title} cannot be reached on port {to.port} of {to.host}. Check CXR_PACS_HOST, "
                "CXR_PACS_PORT and CXR_PACS_TLS."
            )
        self._association = association
        return association

    def _taken(self) -> bytes:
        """Hand out the film that arrived."""
        arrived, self._arrived = self._arrived, None
        if arrived is None:
            raise AnswerError(f"{self.title} confirmed a film and did not send it.")
        return arrived

    def _store(self, event: evt.Event) -> int:
        """Take the film that was asked for."""
        assert isinstance(event.request, C_STORE)
        if event.request.AffectedSOPInstanceUID == self._awaited:
            self._arrived = content_of(event)
        return 0

    def _received(self, event: evt.Event) -> None:
        """Count what arrives; a film that was never offered reaches nothing else."""
        self._sent += isinstance(event.message, C_STORE_RQ)
        if self._excess():
            # As where no answer comes: whoever asked ends the association.
            event.assoc.dimse.msg_queue.put((None, None))


def _query(level: str, **keys: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = level
    own = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
    for keyword, value in ({own: ""} | keys).items():
        setattr(query, keyword, UID(value) if keyword.endswith("UID") else value)
    return query


def _refusal(code: int, peer: Destination) -> AnswerError | BusyError | SettingError:
    """Say what a failure of C-FIND, C-GET or C-MOVE means (PS3.4 C.4)."""
    if code == _NO_SUCH_DESTINATION:
        return SettingError(
            f"{peer.title} does not know {peer.our_title} as a destination. Enter that AE title there with "
            "our host and port, or name the one that it knows with --aet."
        )
    if code & 0xFF00 == 0xA700:
        return BusyError(f"{peer.title} is out of resources (0x{code:04X}).")
    return AnswerError(f"{peer.title} answered 0x{code:04X}.")


def _rejection(association: Association, peer: Destination) -> SettingError | UnreachableError:
    answer = association.acceptor.primitive
    result, reason = (answer.result, answer.diagnostic) if answer else (None, None)
    if result == _TRANSIENT:
        return UnreachableError(f"{peer.title} accepts no further association for now.")
    if reason == _CALLED_TITLE:
        return SettingError(f"The PACS is not called {peer.title}. Correct CXR_PACS_AET.")
    if reason == _CALLING_TITLE:
        return SettingError(
            f"{peer.title} does not know the AE title {peer.our_title}. Enter it there, or name the one that "
            "it knows with --aet."
        )
    return SettingError(
        f"{peer.title} rejects associations from {peer.our_title}. Check CXR_PACS_AET and --aet, and enter "
        "our AE title in the PACS."
    )
