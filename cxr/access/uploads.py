"""Bound the memory of uploaded files that no page has used yet, and free it when their session ends."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEGABYTE = 1024 * 1024
UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
CLOSED_BY_THE_BROWSER = (1000, 1001)
"""Close codes of a page that was left or closed. A connection that broke off has another one."""
ACCOUNT = "cxr.account"
"""Where the scope of a request has the name of who signed in; absent without sign-in."""
NO_LENGTH = "An upload must say its size."
SESSION_FULL = (
    "The files that your pages hold are too large together. Add these films first, then upload the others."
)
SERVER_FULL = "Too many uploads are waiting on this server. Try again in a minute."


class Sessions(Protocol):
    """The sessions of the app and the uploaded files that each of them holds."""

    def held(self) -> Mapping[str, int]:
        """Bytes of uploaded files by session, connected or not."""

    def connected(self, session: str) -> bool:
        """Whether a browser is connected to a session."""

    def end(self, session: str) -> None:
        """End a session that is not connected, and free its files."""


class UploadLimits:
    """Refuse uploads beyond a bound for each account and for all together.

    Parameters
    ----------
    sessions
        The app's sessions.
    most_mb
        Bound for all sessions together, in MB. Those of one account may hold half of it, and without
        sign-in each session.
    return_seconds
        How long a session whose connection broke off keeps its files, for the browser to come back.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, most_mb: int, return_seconds: float) -> None:
        self._app = app
        self._sessions = sessions
        self._most = most_mb * MEGABYTE
        self._return_seconds = return_seconds
        self._arriving: Counter[str] = Counter()
        self._owners: dict[str, str] = {}
        self._may_return: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket":
            await self._stay(scope, receive, send)
            return
        upload = UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if upload is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session = upload["session"]
        headers = Headers(scope=scope)
        # A body in chunks is as long as its sender likes, whatever length is stated beside it.
        length = "" if "transfer-encoding" in headers else headers.get("content-length", "")
        size = int(length) if length.isdecimal() else None
        owner = scope.get(ACCOUNT, session)
        if refusal := self._refusal(owner, size):
            await refusal(scope, receive, send)
            return
        assert size is not None
        self._owners[session] = owner
        self._arriving[owner] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving[owner] -= size
            if not self._arriving[owner]:
                del self._arriving[owner]
            # The page was left while the file arrived: nothing else would free it.
            if not self._sessions.connected(session) and session not in self._may_return:
                self._sessions.end(session)

    def _refusal(self, owner: str, size: int | None) -> PlainTextResponse | None:
        if size is None:
            return PlainTextResponse(NO_LENGTH, 411)
        held, sessions = self._arriving.copy(), self._sessions.held()
        for session, held_bytes in sessions.items():
            held[self._owners.get(session, session)] += held_bytes
        self._owners = {
            session: of
            for session, of in self._owners.items()
            if session in sessions or self._sessions.connected(session)
        }
        if held[owner] + size > self._most // 2:
            return PlainTextResponse(SESSION_FULL, 413)
        if held.total() + size > self._most:
            return PlainTextResponse(SERVER_FULL, 503, {"Retry-After": "60"})
        return None

    async def _stay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection, and free what its session holds once it has ended."""
        code = None

        async def receive_and_note() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = message.get("code")
            return message

        try:
            await self._app(scope, receive_and_note, send)
        finally:
            left = {one for one in self._sessions.held() if not self._sessions.connected(one)}
            left -= self._may_return
            if code in CLOSED_BY_THE_BROWSER:
                for session in left:
                    self._sessions.end(session)
            else:
                self._may_return |= left
                asyncio.get_running_loop().call_later(self._return_seconds, self._end, left)

    def _end(self, sessions: set[str]) -> None:
        self._may_return -= sessions
        for session in sessions:
            if not self._sessions.connected(session):
                self._sessions.end(session)
