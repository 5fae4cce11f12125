"""A PACS on the network that answers C-FIND, C-GET and C-MOVE, and fails as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peers import LOCALHOST, PACS, US, film
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from cxr.pacs.received import SOP_CLASSES

KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
PENDING = 0xFF00


class ArchivePeer:
    """Holds films.

    Attributes
    ----------
    statuses
        What is answered instead of a film or a day, by SOP Instance UID or by date; each a list that is used
        up from its end, down to its first.
    dies_after
        Aborts the association once so many films were given.
    """

    def __init__(self, films: list[Dataset], destinations: dict[str, int] | None = None) -> None:
        self.films = films
        self.statuses: dict[str, list[int]] = {}
        self.dies_after: int | None = None
        self.given: list[str] = []
        self.asked = 0
        self._destinations = destinations or {}
        entity = AE(PACS)
        entity.require_called_aet = True
        entity.require_calling_aet = [US]
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
        for kind in SOP_CLASSES:
            entity.add_supported_context(kind, scu_role=True, scp_role=True)
            entity.add_requested_context(kind)
        handlers = [(evt.EVT_C_FIND, self._find), (evt.EVT_C_GET, self._get), (evt.EVT_C_MOVE, self._move)]
        self._server = entity.start_server((LOCALHOST, 0), block=False, evt_handlers=handlers)
        self.port: int = self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        for association in self._server.active_associations:
            association.abort()

    def _status(self, key: str) -> int | None:
        left = self.statuses.get(key)
        if not left:
            return None
        return left.pop() if len(left) > 1 else left[0]

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        query = event.identifier
        self.asked += 1
        if (status := self._status(query.get("StudyDate") or query.StudyInstanceUID)) is not None:
            if status:
                yield status, None
            return
        own = {"STUDY": KEYS[0], "SERIES": KEYS[1], "IMAGE": KEYS[2]}[query.QueryRetrieveLevel]
        seen = set()
        for one in self.films:
            wanted = {key: query.get(key) for key in (*KEYS, "StudyDate") if query.get(key)}
            modality = query.get("ModalitiesInStudy")
            if (modality and one.Modality != modality) or getattr(one, own) in seen:
                continue
            if any(str(one.get(key)) != str(value) for key, value in wanted.items()):
                continue
            seen.add(getattr(one, own))
            answer = Dataset()
            for element in query:
                setattr(answer, element.keyword, one.get(element.keyword, element.value))
            yield PENDING, answer

    def _wanted(self, event: evt.Event) -> list[Dataset]:
        return [one for one in self.films if one.SOPInstanceUID == event.identifier.SOPInstanceUID]

    def _get(self, event: evt.Event) -> Iterator[Any]:
        [wanted] = self._wanted(event)
        if self.dies_after is not None and len(self.given) >= self.dies_after:
            event.assoc.abort()
            return
        yield 1
        if status := self._status(wanted.SOPInstanceUID):
            yield status, Dataset()
            return
        self.given.append(wanted.SOPInstanceUID)
        yield PENDING, wanted

    def _move(self, event: evt.Event) -> Iterator[Any]:
        port = self._destinations.get(event.move_destination)
        if port is None:
            yield None, None
            return
        yield LOCALHOST, port
        yield 1
        [wanted] = self._wanted(event)
        self.given.append(wanted.SOPInstanceUID)
        yield PENDING, wanted


@contextmanager
def archive_peer(films: list[Dataset], destinations: dict[str, int] | None = None) -> Iterator[ArchivePeer]:
    running = ArchivePeer(films, destinations)
    try:
        yield running
    finally:
        running.close()


def past_films(count: int, day: str = "20240503", first: int = 0, **header: Any) -> list[Dataset]:
    """Films of studies of their own, all of one day."""
    return [
        film(seed, StudyDate=day, **{"BodyPartExamined": "CHEST"} | header)
        for seed in range(first, first + count)
    ]
