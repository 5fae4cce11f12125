import asyncio
from collections.abc import Mapping

import pytest
from access.serving import Answer, app, ask
from starlette.types import ASGIApp, Receive, Scope, Send

from cxr.access.uploads import ACCOUNT, MEGABYTE, UploadLimits

STREAM = "/_stcore/stream"


class Rooms:
    """Sessions of a server: which are connected, and the megabytes that each holds."""

    def __init__(self, **megabytes: int) -> None:
        self.megabytes = megabytes
        self.here = set(megabytes)

    def held(self) -> Mapping[str, int]:
        return {session: size * MEGABYTE for session, size in self.megabytes.items()}

    def connected(self, session: str) -> bool:
        return session in self.here

    def end(self, session: str) -> None:
        self.megabytes.pop(session, None)


def put(sessions: Rooms, session: str, megabytes: int | str, most_mb: int = 400) -> Answer:
    length = megabytes if isinstance(megabytes, str) else str(megabytes * MEGABYTE)
    headers = {"content-length": length} if length else {}
    path = f"/_stcore/upload_file/{session}/film"
    return ask(lambda inner: UploadLimits(inner, sessions, most_mb, 0), path, headers, method="PUT")


def test_a_session_may_hold_half_of_the_bound_and_all_together_the_whole() -> None:
    sessions = Rooms(ann=150, bob=190, eve=0)

    assert put(sessions, "ann", 50).status == 200
    refused = put(sessions, "ann", 51)
    assert (refused.status, "too large together" in refused.body) == (413, True)
    assert put(sessions, "eve", 60).status == 200
    refused = put(sessions, "eve", 61)
    assert (refused.status, "Try again" in refused.body) == (503, True)


def test_the_sessions_of_one_account_together_hold_half_of_the_bound() -> None:
    sessions = Rooms(one=0, two=0, three=0, bobs=0)
    statuses: list[int] = []

    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        """Keep what is uploaded, in the session that its path names."""
        sessions.megabytes[scope["path"].split("/")[3]] += 90
        await app(scope, receive, send)

    limits = UploadLimits(keep, sessions, 400, 0)

    async def note(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    async def upload(session: str, account: str) -> None:
        headers = [(b"content-length", str(90 * MEGABYTE).encode())]
        path = f"/_stcore/upload_file/{session}/film"
        scope = {"type": "http", "path": path, "method": "PUT", "headers": headers, ACCOUNT: account}
        await limits(scope, _nothing, note)

    async def play() -> None:
        for session, account in [("one", "Ann"), ("two", "Ann"), ("three", "Ann"), ("bobs", "Bob")]:
            await upload(session, account)
        sessions.end("one")
        await upload("three", "Ann")

    asyncio.run(play())
    assert statuses == [200, 200, 413, 200, 200]


@pytest.mark.parametrize("length", ["", "-1", "many"])
def test_an_upload_of_unknown_size_is_refused(length: str) -> None:
    assert put(Rooms(ann=0), "ann", length).status == 411


def test_an_upload_in_chunks_is_refused_whatever_length_it_states() -> None:
    headers = {"content-length": "1", "transfer-encoding": "chunked"}
    path = "/_stcore/upload_file/ann/film"
    answer = ask(lambda inner: UploadLimits(inner, Rooms(ann=0), 400, 0), path, headers, method="PUT")

    assert answer.status == 411


def test_uploads_count_while_they_arrive() -> None:
    sessions = Rooms(ann=0)
    statuses: list[int | None] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        """While the first upload arrives, let a second one begin."""
        if not statuses:
            statuses.append(None)
            await limits(scope, receive, note)
        await app(scope, receive, send)

    async def note(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    limits = UploadLimits(slow, sessions, 400, 0)
    headers = [(b"content-length", str(150 * MEGABYTE).encode())]
    path = "/_stcore/upload_file/ann/film"
    scope = {"type": "http", "path": path, "method": "PUT", "headers": headers}
    asyncio.run(limits(scope, _nothing, note))

    assert statuses == [None, 413, 200]


@pytest.mark.parametrize("code", [1000, 1001])
def test_what_a_closed_page_never_used_is_freed_at_once(code: int) -> None:
    sessions = Rooms(ann=200, bob=150)

    assert leave(sessions, "ann", code, return_seconds=3600).megabytes == {"bob": 150}


def test_a_connection_that_broke_off_may_come_back_for_its_files_for_a_while() -> None:
    assert leave(Rooms(ann=200), "ann", 1006, return_seconds=3600).megabytes == {"ann": 200}
    assert leave(Rooms(ann=200), "ann", 1006, return_seconds=0).megabytes == {}


def test_a_file_that_arrives_after_its_page_was_closed_is_freed() -> None:
    sessions = Rooms(ann=60)
    sessions.here.clear()

    put(sessions, "ann", 60)

    assert sessions.megabytes == {}


def leave(sessions: Rooms, session: str, code: int, return_seconds: float) -> Rooms:
    """Close the connection of a session with a code, and let what is due at once happen."""

    async def connection(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        sessions.here.discard(session)

    def limits(_: ASGIApp) -> ASGIApp:
        layer = UploadLimits(connection, sessions, 400, return_seconds)

        async def then_a_moment(scope: Scope, receive: Receive, send: Send) -> None:
            await layer(scope, receive, send)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        return then_a_moment

    ask(limits, STREAM, kind="websocket", close_code=code)
    return sessions


async def _nothing() -> dict[str, object]:
    return {"type": "http.request", "body": b"", "more_body": False}
