"""Nothing passes without a session: pages, the websocket, uploads, pictures, every route.

Only the API, which asks programs for a token instead, and probes pass without one.
"""

import time
from collections.abc import Callable, Collection
from typing import Protocol

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cxr.access import sign_in_page as pages
from cxr.access.connections import Connections
from cxr.access.cookie import token_of
from cxr.access.headers import SESSION_HEADER
from cxr.access.health import PROBES
from cxr.access.rights import API, Right, allows, right_for
from cxr.access.uploads import ACCOUNT
from cxr.worklist.accounts.sessions import SignedIn, key_of
from cxr.worklist.audit.trail import not_allowed
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

TOUCH_SECONDS = 20.0
"""How often activity of a session is recorded."""
MOST_TOUCHED = 10_000
NOT_SIGNED_IN = "You are not signed in, or your session has ended. Reload the page to sign in.\n"


class Browser(Protocol):
    """What the gate has to know of the app's page."""

    def farewell(self, path: str) -> bytes:
        """Message over the websocket that leads the browser to a path."""

    def acted(self, message: bytes) -> bool:
        """Whether a message over the websocket comes from the person, not from the page's own timer."""

    def known(self, message: bytes) -> bool:
        """Whether the app's pages send a message over the websocket."""


class SignIn(Protocol):
    """A way to sign in."""

    async def answer(self, request: Request) -> ASGIApp | None:
        """Answer a request of somebody who signs in; None for any other."""


class Gate:
    """Let requests of signed-in people pass, and sign people in.

    Parameters
    ----------
    opened
        Opens the worklist, which has the accounts and sessions.
    browser
        The app's page.
    sign_in
        How people sign in.
    """

    def __init__(
        self, app: ASGIApp, opened: Callable[[], Worklist], browser: Browser, sign_in: SignIn
    ) -> None:
        self._app = app
        self._opened = opened
        self._browser = browser
        self._sign_in = sign_in
        self._connections = Connections(self._ended, browser.farewell(pages.SIGN_IN))
        self._touched: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, sign somebody in, or refuse."""
        if scope["type"] == "http":
            response = await self._answer(scope, receive, send)
            if response is not None:
                await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> ASGIApp | None:
        """Answer a request, or return None once the app has."""
        request = Request(scope, receive)
        try:
            if (scope["path"], request.method) == (pages.STYLE, "GET"):
                return pages.style()
            if (response := await self._sign_in.answer(request)) is not None:
                return response
            by_token = scope["path"].startswith(API)
            who = None if by_token else await self._who(scope)
            if not by_token and scope["path"] not in PROBES:
                if who is None:
                    return _not_signed_in(request)
                right = right_for(scope["path"])
                if not await self._allowed(who, right):
                    return PlainTextResponse(f"Your role is not allowed to {right}.\n", 403)
                if _opens_page(request) or request.method != "GET":
                    await self._touch(who.key)
        except WorklistError as error:
            return PlainTextResponse(f"{error}\n", 503)
        await self._app(_with_session(scope, who), receive, send)
        return None

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            who = await self._who(scope)
            if who is not None and not await self._allowed(who, Right.USE_APP):
                who = None
        except WorklistError:
            who = None
        if who is None:
            # Before it is accepted: the server then answers with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        key, acted = who.key, self._browser.acted

        def note(message: Message) -> None:
            if self._due(key) and (content := message.get("bytes")) and acted(content):
                tasks.start_soon(self._touch, key)

        async with anyio.create_task_group() as tasks:
            await self._connections.serve(key, self._app, _with_session(scope, who), receive, send, note)

    async def _who(self, scope: Scope) -> SignedIn | None:
        token = token_of(scope)
        if not token:
            return None
        return await run_in_threadpool(lambda: self._opened().sessions.of(key_of(token)))

    def _ended(self, keys: Collection[str]) -> set[str]:
        return self._opened().sessions.ended(keys)

    async def _allowed(self, who: SignedIn, right: Right) -> bool:
        """Whether somebody may do something; if not, the audit trail says so."""
        if allows(who.role, right):
            return True
        entry = not_allowed(who.name, right, who.role)
        await run_in_threadpool(lambda: self._opened().audit.note(entry))
        return False

    def _due(self, key: str) -> bool:
        """Whether activity of a session is to be recorded again: not at every click."""
        return time.monotonic() > self._touched.get(key, -TOUCH_SECONDS) + TOUCH_SECONDS

    async def _touch(self, key: str) -> None:
        if self._due(key):
            if len(self._touched) > MOST_TOUCHED:
                self._touched.clear()
            self._touched[key] = time.monotonic()
            try:
                await run_in_threadpool(lambda: self._opened().sessions.touch(key))
            except WorklistError:
                self._touched.pop(key, None)


def _with_session(scope: Scope, who: SignedIn | None) -> Scope:
    """Tell the app whose request it is; what the request itself says of that is removed."""
    passed = {**scope, "headers": list(scope["headers"])}
    headers = MutableHeaders(scope=passed)
    del headers[SESSION_HEADER]
    if who is not None:
        headers[SESSION_HEADER] = who.key
        passed[ACCOUNT] = who.name
    return passed


def _not_signed_in(request: Request) -> Response:
    if _opens_page(request):
        query = f"?{request.url.query}" if request.url.query else ""
        return pages.to_sign_in(pages.own_path(request.url.path + query))
    return PlainTextResponse(NOT_SIGNED_IN, 401)


def _opens_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")
