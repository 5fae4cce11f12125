"""Only messages that the app's own pages send reach the app over the websocket."""

import logging
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1024 * 1024
"""Of a message, at most: a page sends a few kilobytes, and while one is parsed everybody waits."""
_log = logging.getLogger(__name__)


class PageMessages:
    """Drop every other message: a server of pages may also know commands that are meant for developers.

    Parameters
    ----------
    known
        Whether the app's pages send a message.
    """

    def __init__(self, app: ASGIApp, known: Callable[[bytes], bool]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, without the messages that no page sends."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        dropped = 0

        async def receive_known() -> Message:
            nonlocal dropped
            while True:
                message = await receive()
                content = message.get("bytes")
                if content is None or (len(content) <= MOST_BYTES and self._known(content)):
                    return message
                dropped += 1
                if dropped == 1:
                    _log.warning("A message that no page sends was dropped.")

        await self._app(scope, receive_known, send)
