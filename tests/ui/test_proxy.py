"""The app behind nginx, with the example configuration that we ship."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from nginx import EXAMPLE, running_nginx
from playwright.sync_api import Browser
from ui.app_server import forked_app
from ui.browser import CASE_ROWS, calls_outside, choose_age_group, wait_until_scored
from ui.shown_cases import shown, worklist_in
from waiting import output_of

from cxr.samples import sample_paths
from cxr.worklist.accounts.role import Role
from cxr.worklist.worklist import Worklist

PASSWORD = "four words of mine"


@contextmanager
def proxied(tmp_path: Path, **settings: str) -> Iterator[str]:
    """Serve the app behind nginx, with TLS by a certificate for a day, and give its address."""
    certificate, key = tmp_path / "localhost.pem", tmp_path / "localhost.key"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1"
    output_of(*make.split(), "-keyout", key, "-out", certificate)
    with forked_app(tmp_path, **settings) as app:
        port, plain = free_ports()
        example = EXAMPLE.read_text()
        for written, here in (
            ("listen 443", f"listen 127.0.0.1:{port}"),
            ("listen 80", f"listen 127.0.0.1:{plain}"),
            ("http://127.0.0.1:8501", app.url.replace("localhost", "127.0.0.1")),
            ("/etc/ssl/certs/ward.example.org.pem", str(certificate)),
            ("/etc/ssl/private/ward.example.org.key", str(key)),
            ("ward.example.org", "localhost"),
        ):
            assert written in example
            example = example.replace(written, here)
        with running_nginx(tmp_path, example):
            yield f"https://localhost:{port}"


@pytest.fixture
def open_to_this_machine(tmp_path: Path) -> Iterator[str]:
    with proxied(tmp_path) as url:
        yield url


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """A worklist with an account."""
    worklist = worklist_in(tmp_path)
    worklist.accounts.add("Ada Lovelace", Role.READER, PASSWORD, "root")
    return worklist


@pytest.fixture
def asking(tmp_path: Path, worklist: Worklist) -> Iterator[str]:
    with proxied(tmp_path, CXR_SIGN_IN="local") as url:
        yield url


def test_films_are_uploaded_scored_and_shown_live_through_the_proxy(
    browser: Browser, open_to_this_machine: str
) -> None:
    url = open_to_this_machine
    page = browser.new_context(ignore_https_errors=True).new_page()
    outside = calls_outside(page)
    answer = page.goto(f"{url}/worklist")
    assert answer and answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    choose_age_group(page)
    page.locator("input[type=file]").set_input_files(sample_paths()[:2])
    wait_until_scored(page)

    assert outside == []
    assert asked(f"{url}/_stcore/health") == 200
    assert asked(f"{url}/_stcore/health", Host="rebound.example") == 421
    assert asked(f"{url}/metrics") == 404
    # Refused by its announced length alone, before anything of it is sent.
    assert asked(f"{url}/_stcore/upload_file/a/b", **{"Content-Length": str(66 * 1024 * 1024)}) == 413


def test_a_person_signs_in_works_and_signs_out_through_the_proxy(
    browser: Browser, worklist: Worklist, asking: str
) -> None:
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    outside = calls_outside(page)
    page.goto(f"{asking}/worklist")
    assert page.url == f"{asking}/sign-in?next=%2Fworklist"
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Ada Lovelace · reader").wait_for()
    assert page.url == f"{asking}/worklist"

    [cookie] = [one for one in context.cookies() if "cxr_session" in one["name"]]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-cxr_session", True, True)
    session = f"{cookie['name']}={cookie['value']}"
    assert [asked(f"{asking}/_stcore/health", Cookie=held) for held in (session, "")] == [200, 401]
    # The websocket brings what changes meanwhile, without a click.
    shown(worklist, 1)
    page.locator(CASE_ROWS).first.wait_for()

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("Password").wait_for()
    assert page.url == f"{asking}/sign-in"
    assert asked(f"{asking}/_stcore/health", Cookie=session) == 401
    assert [str(line.action) for line in worklist.audit.lines(who="Ada Lovelace")] == [
        "signed out",
        "signed in",
    ]
    assert outside == []


def test_a_page_that_came_without_tls_opens_no_websocket_through_it(asking: str, worklist: Worklist) -> None:
    cookie = f"__Host-cxr_session={worklist.sessions.open('Ada Lovelace')}"
    asks = {"Cookie": cookie, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    asks["Sec-WebSocket-Key"] = "c2l4dGVlbiBieXRlcyEhIQ=="
    plain = asking.replace("https", "http")

    statuses = [asked(f"{asking}/_stcore/stream", **asks, Origin=origin) for origin in (plain, asking)]
    assert statuses == [403, 101]


def asked(url: str, **headers: str) -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(Request(url, headers=headers), context=context, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
