"""What comes over the websocket reaches the app only if its own pages may have sent it."""

import asyncio

import pytest
from access.test_trusted_proxies import Nobody
from starlette.types import Message, Receive, Scope, Send

from cxr.access.messages import MOST_BYTES, PageMessages
from cxr.access.middleware import middleware
from cxr.settings import Settings
from cxr.worklist.worklist import Worklist


def received(*contents: bytes) -> list[bytes]:
    """What the app receives of some messages."""
    waiting = [{"type": "websocket.receive", "bytes": one} for one in contents]
    waiting.append({"type": "websocket.disconnect", "code": 1001})
    found: list[bytes] = []
    parsed: list[int] = []

    async def app(_: Scope, receive: Receive, __: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            found.append(message["bytes"])

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(_: Message) -> None:
        raise AssertionError("nothing is answered")

    def known(content: bytes) -> bool:
        parsed.append(len(content))
        return content.startswith(b"page")

    asyncio.run(PageMessages(app, known)({"type": "websocket"}, receive, send))
    assert max(parsed, default=0) <= MOST_BYTES
    return found


@pytest.mark.parametrize("foreign", [b"developer", b"page" + bytes(MOST_BYTES)])
def test_a_message_that_no_page_sends_is_dropped_and_a_long_one_before_it_is_parsed(foreign: bytes) -> None:
    assert received(b"page 1", foreign, b"page 2") == [b"page 1", b"page 2"]


def test_sign_in_too_looks_into_no_message_that_was_dropped() -> None:
    layers = middleware(Settings(sign_in="local"), "", [], Nobody(), 0, never_opened, Nobody())
    names = [layer.cls.__name__ for layer in layers]
    assert names.index("PageMessages") < names.index("Gate")


def never_opened() -> Worklist:
    raise AssertionError("layers alone open nothing")
