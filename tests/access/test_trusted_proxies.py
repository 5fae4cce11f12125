"""Whom the app believes where a request comes from: proxies here, and those of CXR_TRUSTED_PROXIES."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import pytest
from access.serving import Answer, ask
from cheap_passwords import cheap_passwords, held_passwords
from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from waiting import PATIENCE

from cxr.access.middleware import middleware
from cxr.access.sign_in import MOST_OF_ADDRESS
from cxr.settings import Settings
from cxr.worklist.accounts.role import Role
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords", "held_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

HERE, PROXY, OTHER_PROXY = "127.0.0.1", "10.0.0.5", "10.0.0.6"
PERSON, NEIGHBOUR, INVENTED = "192.0.2.7", "192.0.2.8", "198.51.100.1"
PASSWORD = "four words of mine"
FORM = {"host": "localhost", "sec-fetch-site": "same-origin"}


class Nobody:
    """Sessions without uploads, and a page without messages."""

    def held(self) -> Mapping[str, int]:
        return {}

    def connected(self, session: str) -> bool:
        return False

    def end(self, session: str) -> None:
        """Nothing is held."""

    def farewell(self, path: str) -> bytes:
        return path.encode()

    def acted(self, message: bytes) -> bool:
        return False

    def known(self, message: bytes) -> bool:
        return True


async def who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the address and the scheme that the app takes a request to have."""
    await PlainTextResponse(f"{scope['client'][0]} {scope['scheme']}")(scope, receive, send)


def layers(worklist: Worklist, *proxies: str, sign_in: str = "local") -> Callable[[ASGIApp], ASGIApp]:
    """All layers around the app, and outermost that of the server, which believes this machine."""
    settings = Settings(sign_in=sign_in, trusted_proxies=proxies)
    within = middleware(settings, "", [], Nobody(), 0, lambda: worklist, Nobody())

    def around(_: ASGIApp) -> ASGIApp:
        inner: ASGIApp = who_asks
        for layer in reversed(within):
            inner = layer.cls(inner, *layer.args, **layer.kwargs)
        return ProxyHeadersMiddleware(inner, HERE)

    return around


def asked(worklist: Worklist, *proxies: str, client: str, forwarded: str = PERSON, **other: str) -> Answer:
    headers = {"host": "localhost", "x-forwarded-for": forwarded, "x-forwarded-proto": "https", **other}
    return ask(layers(worklist, *proxies), "/healthz", headers, client=client)


@pytest.mark.parametrize(
    ("proxies", "client", "found"),
    [
        ((), PROXY, f"{PROXY} http"),
        ((PROXY,), PROXY, f"{PERSON} https"),
        (("10.0.0.0/24",), PROXY, f"{PERSON} https"),
        (("2001:db8::/64",), "2001:db8::5", f"{PERSON} https"),
        ((PROXY,), OTHER_PROXY, f"{OTHER_PROXY} http"),
        ((PROXY,), NEIGHBOUR, f"{NEIGHBOUR} http"),
        ((), HERE, f"{PERSON} https"),
    ],
)
def test_only_a_proxy_that_is_named_or_on_this_machine_is_believed(
    worklist: Worklist, proxies: tuple[str, ...], client: str, found: str
) -> None:
    assert asked(worklist, *proxies, client=client).body == found


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "address"),
    [
        ((PROXY,), PROXY, f"{INVENTED}, {PERSON}", PERSON),
        ((PROXY,), PROXY, f"{HERE}, {PERSON}", PERSON),
        ((PROXY, OTHER_PROXY), PROXY, f"{INVENTED}, {PERSON}, {OTHER_PROXY}", PERSON),
        ((PROXY,), HERE, f"{INVENTED}, {PERSON}, {PROXY}", PERSON),
        ((), HERE, f"{INVENTED}, {PERSON}, {PROXY}", PROXY),
        ((PROXY,), PROXY, f"{INVENTED}, not an address", "not an address"),
    ],
)
def test_of_a_chain_of_addresses_the_first_that_no_proxy_vouches_for_counts(
    worklist: Worklist, proxies: tuple[str, ...], client: str, forwarded: str, address: str
) -> None:
    assert asked(worklist, *proxies, client=client, forwarded=forwarded).body == f"{address} https"


@pytest.mark.parametrize("client", [PROXY, PERSON])
def test_no_other_header_of_a_proxy_is_believed(worklist: Worklist, client: str) -> None:
    elsewhere = {"x-forwarded-host": "localhost", "forwarded": "for=127.0.0.1;host=localhost;proto=https"}

    assert asked(worklist, PROXY, client=client, host="rebound.example", **elsewhere).status == 421
    named = asked(worklist, PROXY, client=client, **{"x-forwarded-host": "rebound.example"})
    assert (named.status, "rebound" in str(named.headers)) == (200, False)


def test_without_sign_in_a_browser_elsewhere_is_refused_whatever_it_says_of_itself(
    worklist: Worklist,
) -> None:
    headers = {"host": "localhost", "x-forwarded-for": f"{HERE}, {PERSON}"}

    answer = ask(layers(worklist, PROXY, sign_in="none"), "/healthz", headers, client=HERE)

    assert answer.status == 403


@pytest.mark.parametrize(
    ("client", "start", "secure"),
    [(PROXY, "__Host-cxr_session=", True), (PERSON, "cxr_session=", False)],
)
def test_the_cookie_is_secure_where_a_believed_proxy_says_that_the_browser_speaks_tls(
    worklist: Worklist, client: str, start: str, secure: bool
) -> None:
    worklist.accounts.add("Ada", Role.READER, PASSWORD, "root")
    around, through = layers(worklist, PROXY), {"x-forwarded-proto": "https", "x-forwarded-for": PERSON}
    body = urlencode({"name": "Ada", "password": PASSWORD}).encode()

    signed = ask(around, "/sign-in", FORM | through, method="POST", body=body, client=client)
    cookie = signed.headers["set-cookie"]
    token = cookie.partition("=")[2].partition(";")[0]
    shown = [
        ask(around, "/", {"host": "localhost", "cookie": f"{name}={token}", **through}, client=client).status
        for name in ("__Host-cxr_session", "cxr_session")
    ]

    assert signed.status == 303 and cookie.startswith(start) and ("Secure" in cookie) == secure
    # A cookie that a page without TLS could have set opens nothing behind TLS.
    assert shown == ([200, 401] if secure else [401, 200])


@pytest.mark.parametrize(
    ("client", "first", "second"),
    [
        # Two people behind one proxy, and one person who makes up an address for each attempt.
        (PROXY, lambda _: PERSON, (NEIGHBOUR, 303)),
        (PERSON, lambda number: f"198.51.100.{number}", (NEIGHBOUR, 503)),
    ],
)
def test_attempts_are_counted_by_the_address_of_whoever_makes_them(
    worklist: Worklist,
    held_passwords: threading.Event,
    client: str,
    first: Callable[[int], str],
    second: tuple[str, int],
) -> None:
    worklist.accounts.add("Ada", Role.READER, PASSWORD, "root")
    app = layers(worklist, PROXY)(who_asks)

    async def play() -> tuple[list[int], int]:
        flood = [asyncio.create_task(attempt(app, f"Nobody {i}", client, first(i))) for i in range(30)]
        async with asyncio.timeout(PATIENCE):
            while sum(task.done() for task in flood) < len(flood) - MOST_OF_ADDRESS:
                await asyncio.sleep(0)
        ada = asyncio.create_task(attempt(app, "Ada", client, second[0]))
        await asyncio.sleep(0)
        held_passwords.set()
        return [await one for one in flood], await ada

    flooded, ada = asyncio.run(play())
    assert [flooded.count(status) for status in (401, 503)] == [MOST_OF_ADDRESS, 30 - MOST_OF_ADDRESS]
    assert ada == second[1]


async def attempt(app: ASGIApp, name: str, client: str, forwarded: str) -> int:
    """Try to sign in, and return the status of the answer."""
    body = urlencode({"name": name, "password": PASSWORD}).encode()
    headers = [*FORM.items(), ("x-forwarded-for", forwarded)]
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "path": "/sign-in", "method": "POST", "query_string": b"", "scheme": "http"}
    scope |= {"server": (HERE, 8501), "client": (client, 50_000)}
    scope["headers"] = [(key.encode(), value.encode()) for key, value in headers]
    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("*", r"\* is not an IP address"),
        ("proxy.ward.example", "proxy.ward.example is not an IP address"),
        ("10.0.0.5,10.0.0.5:443", "10.0.0.5:443 is not an IP address"),
        ("10.0.0.5/24", "10.0.0.5/24 is not an IP address"),
        ("0.0.0.0/0", "0.0.0.0/0 is every machine"),
        ("::/0", "::/0 is every machine"),
    ],
)
def test_a_proxy_that_would_never_be_found_or_that_is_everyone_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, written: str, told: str
) -> None:
    monkeypatch.setenv("CXR_TRUSTED_PROXIES", written)

    with pytest.raises(ValidationError, match=told):
        Settings()
