"""Limits on what a DICOMweb service may answer: it could fill the memory, or never end."""

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from cxr.film.limits import MAX_FILE_BYTES
from cxr.pacs.archive import LONGEST_SECONDS

MOST_BYTES = 2 * MAX_FILE_BYTES
"""Of a film with what is around it."""
MOST_TEXT_BYTES = 8 * 1024 * 1024
"""Of any other answer: 500 studies take one megabyte. Read as JSON, it takes a hundredfold."""
_FILM = "multipart/related", "application/dicom"
_PIECE = 64 * 1024


class TooMuchError(requests.exceptions.InvalidHeader):
    """An answer that is larger, or arrives more slowly, than any valid one; a `ValueError` too."""


class BoundedAnswers(HTTPAdapter):
    """Reads answers whole, unpacked where they are, up to a size and for a time."""

    def send(self, request: requests.PreparedRequest, *options: Any, **named: Any) -> requests.Response:
        """Send a request, and read its answer; raises `TooMuchError`."""
        response = super().send(request, *options, **named | {"stream": True})
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        most = MOST_BYTES if kind in _FILM else MOST_TEXT_BYTES
        until, content = time.monotonic() + LONGEST_SECONDS, bytearray()
        for piece in response.iter_content(_PIECE):
            content += piece
            if len(content) > most or time.monotonic() > until:
                response.close()
                raise TooMuchError("an answer is larger or slower than any valid one")
        # As where requests itself has read it.
        vars(response).update(_content=bytes(content), _content_consumed=True)
        return response
