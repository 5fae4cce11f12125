"""Many attempts to sign in at once."""

import asyncio
import threading
from urllib.parse import urlencode

import pytest
from cheap_passwords import cheap_passwords, held_passwords
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from cxr.access.sign_in import MOST_OF_ADDRESS, PasswordSignIn
from cxr.worklist.accounts.role import Role
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords", "held_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "four words of mine"


def attempt(name: str, address: str, message: Message | None = None) -> Request:
    body = urlencode({"name": name, "password": PASSWORD}).encode()

    async def receive() -> Message:
        return message or {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "path": "/sign-in", "method": "POST", "client": (address, 50_000)}
    return Request({**scope, "headers": [(b"origin", b"http://localhost")], "scheme": "http"}, receive)


def test_a_flood_from_one_address_keeps_nobody_else_from_signing_in(
    worklist: Worklist, held_passwords: threading.Event
) -> None:
    worklist.accounts.add("Ada", Role.READER, PASSWORD, "root")
    sign_in = PasswordSignIn(lambda: worklist)

    async def play() -> tuple[list[int], int]:
        flood = [asyncio.create_task(answer(f"Nobody {i}", "10.0.0.9")) for i in range(60)]
        _, waiting = await asyncio.wait(flood, timeout=1)
        assert len(waiting) == MOST_OF_ADDRESS
        ada = asyncio.create_task(answer("Ada", "10.0.0.7"))
        await asyncio.sleep(0)
        held_passwords.set()
        return [await one for one in flood], await ada

    async def answer(name: str, address: str) -> int:
        response = await sign_in.answer(attempt(name, address))
        assert isinstance(response, Response)
        return response.status_code

    flooded, ada = asyncio.run(play())
    assert ada == 303
    assert [flooded.count(status) for status in (401, 503)] == [MOST_OF_ADDRESS, 60 - MOST_OF_ADDRESS]


def test_a_browser_that_leaves_while_it_sends_the_form_raises_nothing(worklist: Worklist) -> None:
    left = attempt("Ada", "10.0.0.7", {"type": "http.disconnect"})

    response = asyncio.run(PasswordSignIn(lambda: worklist).answer(left))

    assert response is not None and response.status_code == 413
