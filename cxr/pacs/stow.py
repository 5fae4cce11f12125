"""STOW-RS: sends the objects of results to a DICOMweb service."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import requests
from pydicom.dataset import Dataset
from pydicom.uid import UID, Comprehensive3DSRStorage, ComprehensiveSRStorage

from cxr.pacs.archive import AnswerError, FetchError
from cxr.pacs.result_sender import DUPLICATE, SendingError, UnreachableError
from cxr.pacs.tls import TlsFiles
from cxr.pacs.web_service import WebService

SECONDS_TO_ANSWER = 30
JSON = "application/dicom+json"
CONFLICT = 409
CLASS_NOT_SUPPORTED = 0x0122
"""Failure reason of an object whose SOP class the service does not store (PS3.18 I.2)."""


class WebStore:
    """Sends objects one at a time, so that one which is refused keeps none of the others back.

    They are posted to `studies`: no address has a UID in it. The parameters are those of `WebService`.
    """

    title = "DICOMweb"

    def __init__(self, url: str, authorization: str | None = None, tls: TlsFiles | None = None) -> None:
        self._service = WebService(url, SECONDS_TO_ANSWER, authorization, tls)
        self._service.session.headers["Accept"] = JSON
        self._service.session.hooks["response"].append(_without_parameters)
        self._report_class = Comprehensive3DSRStorage

    def report_class(self) -> UID:
        """Give Comprehensive 3D SR, and Comprehensive SR once the service has refused that SOP class."""
        return self._report_class

    def send(self, objects: Sequence[Dataset]) -> list[Dataset]:
        """Send the objects, and return them."""
        failures = []
        for one in objects:
            try:
                answer = self._service.asked(partial(self._store, one), one_of_many=False)
                if failure := _failure(answer):
                    failures.append(failure)
                if one.SOPClassUID == self._report_class and CLASS_NOT_SUPPORTED in _reasons(answer):
                    self._report_class = ComprehensiveSRStorage
            except AnswerError as error:
                failures.append(_in_few_words(error))
            except FetchError as error:
                raise UnreachableError(_in_few_words(error)) from None
        if failures:
            raise SendingError(failures[0])
        return list(objects)

    def release(self) -> None:
        """Close the connections."""
        self._service.close()

    def _store(self, one: Dataset) -> Dataset:
        try:
            return self._service.client.store_instances([one])
        except requests.exceptions.HTTPError as error:
            # It says in its body why it stored nothing, which may be that it has the object already.
            if error.response is not None and error.response.status_code == CONFLICT:
                return Dataset.from_json(error.response.json())
            raise


def _failure(answer: Dataset) -> str:
    """Say why an object was not stored; empty where it was, or was there already."""
    refusals = (reason for reason in _reasons(answer) if reason != DUPLICATE)
    return next((f"the PACS answered 0x{reason:04X}" for reason in refusals), "")


def _reasons(answer: Dataset) -> list[int]:
    return [one.get("FailureReason", 0) for one in answer.get("FailedSOPSequence", [])]


def _without_parameters(response: requests.Response, *_: Any, **__: Any) -> None:
    """Cut a media type to its name: the client takes no answer in JSON with a character set for one."""
    if kind := response.headers.get("Content-Type"):
        response.headers["Content-Type"] = kind.partition(";")[0].strip()


def _in_few_words(error: FetchError) -> str:
    return str(error).rstrip(".")
