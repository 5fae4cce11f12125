"""The gate before the app: what passes, who signs in, and how it ends."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from access.serving import Answer, app, ask
from cheap_passwords import cheap_passwords
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cxr.access.connections import Connections
from cxr.access.gate import Gate
from cxr.access.headers import SESSION_HEADER
from cxr.access.health import PROBES
from cxr.access.rights import Right, allows, right_for
from cxr.access.sign_in import PasswordSignIn
from cxr.access.sign_in_page import own_path
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.sessions import key_of
from cxr.worklist.accounts.throttle import FREE
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD, OTHER = "four words of mine", "four words of yours"
PATHS = ("/", "/audit", "/media/0a1b.png", "/_stcore/host-config", "/_stcore/metrics", "/static/js/index.js")
OWN = {"sec-fetch-site": "same-origin", "origin": "http://localhost"}


class Browser:
    """A page whose messages over the websocket are all from the person."""

    def farewell(self, path: str) -> bytes:
        return path.encode()

    def acted(self, message: bytes) -> bool:
        return bool(message)


@pytest.fixture
def people(worklist: Worklist) -> Worklist:
    """A worklist with an account of each role, named after it."""
    for role in Role:
        worklist.accounts.add(role.title(), role, PASSWORD, "root")
    return worklist


def knock(
    worklist: Worklist, path: str = "/", cookie: str = "", layer: ASGIApp = app, **request: object
) -> Answer:
    headers = {"cookie": cookie, **request.pop("headers", {})} if cookie else request.pop("headers", {})
    return ask(
        lambda _: Gate(layer, lambda: worklist, Browser(), PasswordSignIn(lambda: worklist)),
        path,
        headers,
        **request,
    )


def sign_in(
    worklist: Worklist, name: str, password: str = PASSWORD, next_path: str = "/", **request: object
) -> Answer:
    body = urlencode({"name": name, "password": password, "next": next_path}).encode()
    return knock(worklist, "/sign-in", **{"method": "POST", "body": body, "headers": OWN, **request})


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_passes_without_a_session(people: Worklist, path: str) -> None:
    wrong = "cxr_session=" + "A" * 43
    asked = [knock(people, path, method=method) for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS")]
    asked += [knock(people, path, wrong), knock(people, path, headers={SESSION_HEADER: "0" * 64})]

    assert {answer.status for answer in asked} == {401}
    assert not any("film" in answer.body for answer in asked)
    assert not knock(people, path, kind="websocket").accepted
    assert not knock(people, path, wrong, kind="websocket").accepted


def test_only_health_and_what_the_sign_in_page_needs_is_open(people: Worklist) -> None:
    page = knock(people, "/sign-in", headers={"accept": "text/html"})

    assert [knock(people, path).body for path in PROBES] == ["a film"] * 3
    assert page.status == knock(people, "/sign-in/style.css").status == 200
    assert "<script" not in page.body and "http" not in page.body.replace("http://www.w3.org/2000/svg", "")


def test_a_page_leads_to_the_sign_in_page_and_back(people: Worklist) -> None:
    led = knock(people, "/case?case=12", headers={"accept": "text/html"})
    page = knock(people, led.headers["location"])
    signed = sign_in(people, "Reader", next_path="/case?case=12")

    assert (led.status, led.headers["location"]) == (303, "/sign-in?next=%2Fcase%3Fcase%3D12")
    assert 'name="next" value="/case?case=12"' in page.body
    assert (signed.status, signed.headers["location"]) == (303, "/case?case=12")


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil", "evil", "", "/sign-in?next=/"],
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert own_path(path) == "/"


@pytest.mark.parametrize("role", Role)
def test_each_role_reaches_its_routes_and_every_refusal_is_recorded(people: Worklist, role: Role) -> None:
    cookie = f"cxr_session={people.sessions.open(role.title())}"
    refused = [path for path in PATHS if not allows(role, right_for(path))]

    statuses = {path: knock(people, path, cookie).status for path in PATHS}
    connected = knock(people, "/_stcore/stream", cookie, kind="websocket").accepted

    assert statuses == {path: 403 if path in refused else 200 for path in PATHS}
    assert connected == allows(role, Right.USE_APP)
    lines = [line for line in people.audit.lines() if line.action == "not allowed"]
    assert len(lines) == len(refused) + (not connected)
    assert {line.who for line in lines} <= {role.title()}


def test_the_app_learns_whose_request_it_is_from_the_gate_alone(people: Worklist) -> None:
    token = people.sessions.open("Reader")

    async def name_session(scope: Scope, receive: Receive, send: Send) -> None:
        found = [value.decode() for name, value in scope["headers"] if name.decode() == SESSION_HEADER]
        await PlainTextResponse(" ".join(found))(scope, receive, send)

    said = {SESSION_HEADER: "0" * 64, "X-Cxr-Session": "1" * 64}
    told = knock(people, "/", f"cxr_session={token}", name_session, headers=said)
    open_to_all = knock(people, "/healthz", layer=name_session, headers=said)

    assert (told.body, open_to_all.body) == (key_of(token), "")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_plain_pages(people: Worklist) -> None:
    plain, secure = sign_in(people, "Reader"), sign_in(people, "Reader", scheme="https")

    assert plain.headers["set-cookie"].split("; ")[1:] == ["HttpOnly", "Path=/", "SameSite=lax"]
    assert secure.headers["set-cookie"].startswith("__Host-cxr_session=")
    assert secure.headers["set-cookie"].endswith("; SameSite=lax; Secure")
    # A cookie that a plain page may have set does not count behind TLS.
    assert knock(people, "/", cookie_of(plain), scheme="https").status == 401
    assert knock(people, "/", cookie_of(secure), scheme="https").status == 200


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_a_form_on_another_page_signs_nobody_in(people: Worklist, headers: dict[str, str]) -> None:
    answer = sign_in(people, "Reader", headers=headers)

    assert answer.status == 403 and "set-cookie" not in answer.headers


def test_an_answer_does_not_tell_which_names_exist(people: Worklist) -> None:
    people.accounts.disable("Lead", "root")
    asked = {
        name: [sign_in(people, name, OTHER) for _ in range(FREE + 1)] for name in ("Reader", "Nobody", "Lead")
    }

    same = {
        name: [(one.status, one.body.replace(name, "NAME")) for one in answers]
        for name, answers in asked.items()
    }
    assert same["Reader"] == same["Nobody"] == same["Lead"]
    assert [status for status, _ in same["Reader"]] == [401] * FREE + [429]
    assert "Name or password is wrong." in same["Reader"][0][1]
    assert "Try again in a minute." in same["Reader"][-1][1]


def test_what_was_typed_is_shown_as_text(people: Worklist) -> None:
    name = '"><script>alert(1)</script>'

    body = sign_in(people, name, next_path='/"><script>').body

    assert "<script" not in body and "&lt;script&gt;alert(1)" in body
    assert sign_in(people, "x" * 9000).status == 413


def test_signing_in_again_ends_the_session_of_before(people: Worklist) -> None:
    first = cookie_of(sign_in(people, "Reader"))
    second = cookie_of(sign_in(people, "Lead", headers={**OWN, "cookie": first}))

    assert [knock(people, "/", one).status for one in (first, second)] == [401, 200]


def test_an_account_of_a_program_opens_no_page(people: Worklist) -> None:
    answer = sign_in(people, "Service")

    assert answer.status == 403 and "set-cookie" not in answer.headers
    assert people.audit.lines()[0].details == {"right": "use the app", "role": "service"}


def test_a_database_that_cannot_be_opened_lets_nobody_in(tmp_path: Path) -> None:
    def gone() -> Worklist:
        return Worklist("sqlite:////proc/none/worklist.sqlite3", tmp_path)

    def gate(inner: ASGIApp) -> Gate:
        return Gate(inner, gone, Browser(), PasswordSignIn(gone))

    cookie = {"cookie": "cxr_session=" + "A" * 43}

    assert ask(gate, "/", cookie).status == 503
    assert not ask(gate, "/", cookie, kind="websocket").accepted


def test_a_websocket_is_closed_once_its_session_has_ended() -> None:
    over: set[str] = set()
    sent: list[Message] = []
    left: list[Message] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            over.add(message["text"])
        left.append(message)
        await send({"type": "websocket.send", "bytes": b"a film"})

    async def play() -> None:
        first = iter([{"type": "websocket.receive", "text": "ada"}])

        async def receive() -> Message:
            if message := next(first, None):
                return message
            return await asyncio.get_running_loop().create_future()

        async def send(message: Message) -> None:
            sent.append(message)

        def ended(keys: Collection[str]) -> set[str]:
            return over & set(keys)

        connections = Connections(ended, b"/sign-in", check_seconds=0)
        await asyncio.wait_for(
            connections.serve("ada", page, {}, receive, send, lambda message: None), timeout=30
        )

    asyncio.run(play())
    assert sent == [
        {"type": "websocket.accept"},
        {"type": "websocket.send", "bytes": b"/sign-in"},
        {"type": "websocket.close", "code": 1008},
    ]
    assert left == [{"type": "websocket.disconnect", "code": 1001}]
