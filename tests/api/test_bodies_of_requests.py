"""When the body of a request is read, and for how long."""

import asyncio
import json

import pytest
from api.calling import Caller
from starlette.types import Message


def answered(caller: Caller, messages: list[Message]) -> tuple[int, dict[str, object]]:
    """Send a film whose body arrives in these messages and never ends; return status and problem."""
    waiting, sent = iter(messages), list[Message]()
    headers = {
        "content-type": "image/png",
        "content-length": "1000",
        "authorization": f"Bearer {caller.token}",
    }

    async def receive() -> Message:
        if (message := next(waiting, None)) is None:
            await asyncio.Event().wait()
        assert message
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        **{"type": "http", "method": "POST", "path": "/api/v1/films", "query_string": b"", "scheme": "http"},
        **{"headers": [(name.encode(), value.encode()) for name, value in headers.items()]},
        **{"server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 50000)},
    }
    asyncio.run(asyncio.wait_for(caller.served(scope, receive, send), 60))
    return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]))


PART: Message = {"type": "http.request", "body": b"x", "more_body": True}


def test_a_request_without_a_valid_token_is_answered_before_its_body_arrives(caller: Caller) -> None:
    caller.token = ""

    assert answered(caller, [])[0] == 401


def test_a_body_that_does_not_arrive_in_time_is_given_up_and_counts_no_more(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.api.bodies.BODY_SECONDS", 0.05)

    status, problem = answered(caller, [PART, PART])

    assert status == 408 and "took too long" in str(problem["detail"])
    assert caller.film(b"").status != 429
