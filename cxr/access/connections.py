"""Open websockets: each is closed once its session has ended, wherever that happened."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHECK_SECONDS = 1.0
POLICY_VIOLATION = 1008
LEFT = 1001
"""What the app is given as reason: the page is gone, and nothing has to be kept for it."""
_log = logging.getLogger(__name__)


class Connections:
    """The open websockets by the key of their session.

    Parameters
    ----------
    ended
        Returns those of some sessions that have ended.
    farewell
        Last message to the browser, which leads it to the sign-in page.
    check_seconds
        How often sessions are checked: a person may be signed out from another machine.
    """

    def __init__(
        self,
        ended: Callable[[Collection[str]], set[str]],
        farewell: bytes,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._ended = ended
        self._farewell = farewell
        self._check_seconds = check_seconds
        self._open: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._checking: asyncio.Task[None] | None = None

    async def serve(
        self,
        key: str,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
        on_message: Callable[[Message], None],
    ) -> None:
        """Serve a websocket until it closes or its session ends."""
        over = asyncio.Event()
        closed = False

        async def receive_until_over() -> Message:
            message = await _first(receive, over)
            if message is not None:
                on_message(message)
                return message
            await close()
            return {"type": "websocket.disconnect", "code": LEFT}

        async def close() -> None:
            nonlocal closed
            if not closed:
                closed = True
                # The browser may have left at the same moment.
                with suppress(OSError):
                    await send({"type": "websocket.send", "bytes": self._farewell})
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION})

        async def send_until_over(message: Message) -> None:
            if not closed:
                await send(message)

        self._open[key].add(over)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check_while_open())
        try:
            await app(scope, receive_until_over, send_until_over)
        finally:
            self._open[key].discard(over)
            if not self._open[key]:
                del self._open[key]

    async def _check_while_open(self) -> None:
        while self._open:
            await asyncio.sleep(self._check_seconds)
            try:
                over = await run_in_threadpool(self._ended, list(self._open))
            except Exception:
                # Until the database answers again nobody gets a new page either.
                _log.exception("Sessions could not be checked.")
                continue
            for key in over:
                for event in self._open.get(key, ()):
                    event.set()


async def _first(receive: Receive, over: asyncio.Event) -> Message | None:
    """Return the next message, or None once the session has ended."""
    message = asyncio.ensure_future(receive())
    ending = asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait({message, ending}, return_when=asyncio.FIRST_COMPLETED)
        return None if over.is_set() else message.result()
    finally:
        message.cancel()
        ending.cancel()
