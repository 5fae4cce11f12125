"""DICOMweb: finds past films by QIDO-RS and gets them by WADO-RS."""

import datetime
from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
from pydicom.dataset import Dataset

from cxr.film.dicom_file import text_of
from cxr.film.element_count import DEFLATED, check_elements, file_meta
from cxr.film.object_header import ObjectHeader
from cxr.film.sandbox import object_header
from cxr.pacs.archive import (
    MODALITIES,
    SECONDS_TO_ANSWER,
    AnswerError,
    PastFilm,
    film_of,
    may_show_a_chest,
    study_of,
)
from cxr.pacs.tls import TlsFiles
from cxr.pacs.web_service import WebService

PAGE = 500
"""Studies that are asked for at once; a server may give fewer."""


class WebArchive:
    """A PACS that offers DICOMweb; the parameters are those of `WebService`."""

    title = "The DICOMweb service"

    def __init__(self, url: str, authorization: str | None = None, tls: TlsFiles | None = None) -> None:
        self._service = WebService(url, SECONDS_TO_ANSWER, authorization, tls)
        self._service.session.hooks["response"].append(_check_film)
        self._client = self._service.client

    def studies(self, day: datetime.date) -> set[str]:
        """Find the studies of a day, page by page."""
        found = set[str]()
        for modality in MODALITIES:
            wanted = {"StudyDate": f"{day:%Y%m%d}", "ModalitiesInStudy": modality}
            seen = set[str]()
            while True:
                page = self._search(
                    self._client.search_for_studies, search_filters=wanted, limit=PAGE, offset=len(seen)
                )
                new = {text_of(one, "StudyInstanceUID") for one in page} - seen
                if not new:  # also from a service that ignores the offset
                    break
                seen |= new
                found |= {uid for one in page if (uid := study_of(one, day))}
        return found

    def films(self, study: str) -> list[PastFilm]:
        """Find the series of a study, and the films of those that may show a chest."""
        films = []
        fields = ["Modality", "BodyPartExamined"]
        for series in self._search(self._client.search_for_series, study, fields=fields):
            uid = text_of(series, "SeriesInstanceUID")
            if uid and may_show_a_chest(series):
                found = self._search(self._client.search_for_instances, study, uid)
                films += [film_of(one, study, uid) for one in found]
        return [one for one in films if one]

    def fetch(self, film: PastFilm) -> bytes | None:
        """Get a film in the transfer syntax in which the PACS has it."""
        found = self._service.asked(
            lambda: self._client.retrieve_instance(film.study, film.series, film.instance), one_of_many=True
        )
        try:
            file = BytesIO()
            found.save_as(file, enforce_file_format=True)
            return file.getvalue()
        except Exception as error:  # pydicom's messages may hold patient data
            raise AnswerError(f"A film could not be read ({type(error).__name__}).") from None

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def _search(self, search: Callable[..., list[dict[str, Any]]], *where: str, **what: Any) -> list[Dataset]:
        found = self._service.asked(lambda: search(*where, **what), one_of_many=bool(where))
        try:
            return [Dataset.from_json(one) for one in found]
        except Exception as error:
            raise AnswerError(f"An answer is not valid DICOM JSON ({type(error).__name__}).") from None


def _check_film(response: requests.Response, *_: Any, **__: Any) -> None:
    """Count what a film holds before the client parses it, which it does in this process."""
    if "application/dicom" in response.headers.get("Content-Type", "").replace("dicom+json", ""):
        content = response.content
        film = content[content.find(b"\r\n\r\n") + 4 :] if content.startswith(b"--") else content
        check_elements(film)
        # pydicom inflates without a limit, the child within its own.
        if file_meta(film)[2] == DEFLATED and object_header(film) == ObjectHeader():
            raise ValueError("a deflated film cannot be read")
