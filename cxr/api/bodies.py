"""Bodies of requests: bounded in size, time, and memory for all of them together."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect, Request

from cxr.api.guard import token_of
from cxr.api.problems import ProblemError
from cxr.film.limits import BYTES_PER_MB, MAX_FILE_BYTES

TEXT_BYTES = 4 * BYTES_PER_MB
"""Largest body of JSON; a FHIR report may hold a document."""
MOST_PARTS = 10_000
"""Objects, lists and members of a body of JSON, at most: half a megabyte of empty objects takes 100 MB."""
FORM_BYTES = 64 * 1024
"""What a form has beside the film."""
BODY_SECONDS = 120.0
FILM = "film"
RAW = (
    *("application/dicom", "application/octet-stream", "image/png", "image/jpeg", "image/tiff"),
    *("image/bmp", "image/webp"),
)
"""Types of a body that is a film; what it really is, its content says."""
FORM = "multipart/form-data"
NO_LENGTH = "Say how long the body is (Content-Length)."
FORM_WRONG = f"The form is invalid. Send one file, in the field {FILM}, and population if it is stated."
TOKEN_FULL = "What this token is sending is too large together. Send one film after another."
SERVER_FULL = "Too many films are arriving on this server. Try again in a minute."
MANY_PARTS = f"The body has more than {MOST_PARTS:,} objects, lists and members. Send the report alone."


@dataclass(frozen=True, slots=True)
class SentFilm:
    """A film as it was sent, and the fields of the form beside it."""

    content: bytes
    fields: dict[str, str]


class Bodies:
    """Read bodies; all together take as much memory as the app's uploads may, one token half of it."""

    def __init__(self, most_mb: int) -> None:
        self._most = most_mb * BYTES_PER_MB
        self._held: Counter[str] = Counter()

    @asynccontextmanager
    async def film(self, request: Request) -> AsyncIterator[SentFilm]:
        """Read a film, from a form or as the whole body; it counts until it is on the worklist."""
        kind = media_type(request)
        if kind != FORM and kind not in RAW:
            raise ProblemError(415, f"Send a film as {FORM}, or as one of: {', '.join(RAW)}.")
        most = MAX_FILE_BYTES + (FORM_BYTES if kind == FORM else 0)
        async with self._body(request, most) as body:
            yield await _from_form(request, body) if kind == FORM else SentFilm(body, {})

    @asynccontextmanager
    async def text(self, request: Request, kinds: tuple[str, ...]) -> AsyncIterator[bytes]:
        """Read a body of one of some types."""
        if media_type(request) not in kinds:
            raise ProblemError(415, f"Send one of: {', '.join(kinds)}.")
        async with self._body(request, TEXT_BYTES) as body:
            if sum(map(body.count, (b"{", b"[", b","))) > MOST_PARTS:
                raise ProblemError(413, MANY_PARTS)
            yield body

    @asynccontextmanager
    async def _body(self, request: Request, most: int) -> AsyncIterator[bytes]:
        length = request.headers.get("content-length", "")
        # A body in chunks is as long as its sender likes, whatever length is stated beside it.
        if "transfer-encoding" in request.headers or not (length.isascii() and length.isdecimal()):
            raise ProblemError(411, NO_LENGTH)
        name, size = token_of(request).name, int(length)
        if size > most:
            raise ProblemError(413, f"The body is larger than {most // BYTES_PER_MB} MB. Send a smaller one.")
        if self._held[name] + size > self._most // 2:
            raise ProblemError(429, TOKEN_FULL, {"Retry-After": "10"})
        if self._held.total() + size > self._most:
            raise ProblemError(503, SERVER_FULL, {"Retry-After": "60"})
        self._held[name] += size
        try:
            yield await _read(request, size)
        finally:
            self._held[name] -= size


def media_type(request: Request) -> str:
    """Return the type of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read(request: Request, size: int) -> bytes:
    body = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
    except TimeoutError:
        raise ProblemError(408, "The body took too long to arrive. Send it again.") from None
    except ClientDisconnect:
        raise ProblemError(400, "The connection broke off.") from None
    if len(body) != size:
        raise ProblemError(400, "The body is not as long as it was said to be.")
    return bytes(body)


class _InMemory(MultiPartParser):
    """Films are not written to temporary files."""

    spool_max_size = MAX_FILE_BYTES + FORM_BYTES


async def _from_form(request: Request, body: bytes) -> SentFilm:
    async def stream() -> AsyncGenerator[bytes]:
        yield body

    try:
        form = await _InMemory(request.headers, stream(), max_files=1, max_fields=4).parse()
    except Exception:  # of the parser, whose words may repeat what was sent
        raise ProblemError(422, FORM_WRONG) from None
    films = [value for name, value in form.multi_items() if name == FILM and isinstance(value, UploadFile)]
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if len(films) != 1 or len(fields) + 1 != len(form.multi_items()):
        raise ProblemError(422, FORM_WRONG)
    content = await films[0].read()
    await films[0].close()
    return SentFilm(content, fields)
