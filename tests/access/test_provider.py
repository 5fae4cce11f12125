"""Sign-in with a provider: a real one, in a process of its own on this machine."""

import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from access.serving import Answer, app, ask
from access.test_gate import Browser
from waiting import PATIENCE, running, until

from cxr.access.gate import Gate
from cxr.access.provider import Provider, highest_role
from cxr.settings import Settings
from cxr.worklist.accounts.role import Role
from cxr.worklist.worklist import Worklist

ROLES = {"radiologists": "reader", "heads": "lead"}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a provider that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("provider") / "log"
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with log.open("wb") as output, running(*command, stdout=output, stderr=output) as process:
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address, process, log), "an answer of the provider")
        yield address


def answers(address: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.fixture
def provider(issuer: str, worklist: Worklist) -> Provider:
    return Provider(lambda: worklist, configured(issuer))


def configured(issuer: str) -> Settings:
    return Settings(
        sign_in="oidc",
        oidc_issuer=issuer,
        oidc_client_id="cxr",
        oidc_client_secret="a secret",
        oidc_roles=ROLES,
    )


def knock(worklist: Worklist, provider: Provider, path: str, cookie: str = "") -> Answer:
    headers = {"host": "localhost:8501", "accept": "text/html"} | ({"cookie": cookie} if cookie else {})
    return ask(lambda _: Gate(app, lambda: worklist, Browser(), provider), path, headers)


def user(issuer: str, name: str, **claims: object) -> None:
    """Make the provider know a person."""
    body = json.dumps({"name": name, **claims}).encode()
    request = urllib.request.Request(f"{issuer}/users/{name.lower()}", body, method="PUT")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=PATIENCE).close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def confirm(url: str, name: str) -> str:
    """Sign in at the provider, and return where it sends the browser."""
    form = urllib.parse.urlencode({"sub": name.lower()}).encode()
    try:
        urllib.request.build_opener(_Stay).open(url, form)
    except urllib.error.HTTPError as redirected:
        return redirected.headers["Location"]
    raise AssertionError("the provider did not send the browser back")


def sign_in(worklist: Worklist, provider: Provider, name: str, next_path: str = "/") -> Answer:
    left = knock(worklist, provider, f"/sign-in/provider?next={urllib.parse.quote(next_path, safe='')}")
    assert left.headers["location"].startswith("http://127.0.0.1:")
    back = urllib.parse.urlsplit(confirm(left.headers["location"], name))
    assert (back.netloc, back.path) == ("localhost:8501", "/sign-in/callback")
    return knock(worklist, provider, f"{back.path}?{back.query}", cookie_of(left))


def cookie_of(answer: Answer) -> str:
    """The cookie that an answer sets; one that it takes away has no value."""
    cookies = [line.partition(";")[0] for line in answer.headers["set-cookie"].splitlines()]
    return next(cookie for cookie in cookies if not cookie.endswith("=null"))


def test_a_person_signs_in_where_the_hospital_knows_them(
    issuer: str, worklist: Worklist, provider: Provider
) -> None:
    user(issuer, "Ada", roles=["staff", "heads", "radiologists"])

    answer = sign_in(worklist, provider, "Ada", "/case?case=12")

    assert (answer.status, answer.headers["location"]) == (303, "/case?case=12")
    assert knock(worklist, provider, "/").status == 303
    assert knock(worklist, provider, "/", cookie_of(answer)).body == "a film"
    [account] = worklist.accounts.all()
    assert (account.name, account.role, account.external) == ("Ada", Role.LEAD, True)


def test_the_role_is_that_of_the_latest_sign_in_and_a_disabled_account_stays_out(
    issuer: str, worklist: Worklist, provider: Provider
) -> None:
    user(issuer, "Ben", roles="heads")
    sign_in(worklist, provider, "Ben")
    user(issuer, "Ben", roles="radiologists")
    sign_in(worklist, provider, "Ben")
    assert [account.role for account in worklist.accounts.all()] == [Role.READER]

    worklist.accounts.disable("Ben", "root")

    assert sign_in(worklist, provider, "Ben").status == 403


def test_a_person_without_a_role_here_does_not_get_in(
    issuer: str, worklist: Worklist, provider: Provider
) -> None:
    user(issuer, "Cy", roles=["cooks"])

    answer = sign_in(worklist, provider, "Cy")

    assert answer.status == 403 and "Your account has no role in this app." in answer.body
    assert worklist.accounts.all() == []
    line = worklist.audit.lines()[0]
    assert (line.who, line.action, line.details["account"]) == ("sign-in", "not allowed", "Cy")


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(
    issuer: str, worklist: Worklist, provider: Provider
) -> None:
    user(issuer, "Ada", roles="heads")
    left = knock(worklist, provider, "/sign-in/provider")
    back = urllib.parse.urlsplit(confirm(left.headers["location"], "Ada"))
    other = knock(worklist, provider, "/sign-in/provider")

    forged = [
        knock(worklist, provider, f"{back.path}?{back.query}"),
        knock(worklist, provider, f"{back.path}?{back.query}", cookie_of(other)),
        knock(
            worklist, provider, re.sub("code=[^&]*", "code=x", f"{back.path}?{back.query}"), cookie_of(left)
        ),
        knock(worklist, provider, f"{back.path}?error=access_denied", cookie_of(left)),
    ]

    assert {answer.status for answer in forged} == {502}
    assert worklist.accounts.all() == []


def test_a_provider_that_does_not_answer_is_reported(worklist: Worklist) -> None:
    gone = Provider(lambda: worklist, configured("http://127.0.0.1:9"))

    answer = knock(worklist, gone, "/sign-in/provider")

    assert answer.status == 502 and "sign-in service does not answer" in answer.body


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        (["heads", "radiologists"], Role.LEAD),
        ("radiologists", Role.READER),
        ("Heads", None),
        (None, None),
        (7, None),
    ],
)
def test_the_highest_of_the_roles_counts(claim: object, role: Role | None) -> None:
    assert highest_role(claim, ROLES) == role
