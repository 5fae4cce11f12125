"""The frame around the app as it is served: what it contacts, what it refuses, what it holds in memory."""

import re
import shutil
import subprocess
import time
import tomllib
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from ui.app_server import ROOT, RunningApp, started_app
from wanting import missing
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cxr.film import MAX_FILE_MB

FOREIGN = "http://rebound.example"
NETWORK_CALLS = "--trace=connect,sendto,sendmsg,sendmmsg"


def status(app: RunningApp, path: str, method: str = "GET", **headers: str) -> int:
    connection = HTTPConnection(app.url.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_nothing_but_this_machine_is_contacted_even_where_an_origin_is_refused(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    traced = ["strace", "-D", "-f", "-qq", NETWORK_CALLS, "-o", str(calls)]
    if not shutil.which("strace") or subprocess.run([*traced, "true"], check=False).returncode:
        missing("strace is not installed, or may not trace")
    with started_app(tmp_path, traced) as app:
        stream = f"{app.url.replace('http', 'ws')}/_stcore/stream"
        with connect(stream, origin=app.url, subprotocols=["streamlit"]):
            assert calls.stat().st_size > 0
        for headers in ({"Origin": FOREIGN}, {"Host": "rebound.example"}, {"Origin": "null"}):
            with pytest.raises(InvalidStatus):
                connect(stream, additional_headers=headers)
            assert status(app, "/_stcore/upload_file/session/film", "PUT", **headers) in (403, 421)
            assert status(app, "/media/film.png", **headers) in (403, 421)
        assert status(app, "/_stcore/agent/interact", "POST") >= 400
        assert status(app, "/healthz") == 200

    seen = calls.read_text()
    addresses = set(re.findall(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', seen))
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    # No name is looked up either, by the resolver of this machine.
    assert "htons(53)" not in seen and "resolve" not in seen


def test_uploads_never_used_are_freed_when_their_page_is_closed(browser: Browser, tmp_path: Path) -> None:
    if not Path("/proc/self/status").is_file():
        missing("no /proc on this machine, which tells a process's memory")
    film = tmp_path / "film.dcm"
    film.write_bytes(b"\1" * 60_000_000)
    with started_app(tmp_path) as app:
        page = browser.new_context().new_page()
        page.goto(app.url)
        page.get_by_text("The model is warming up").wait_for(state="detached")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        before = app.resident_mb()
        for count in range(1, 4):
            with page.expect_response(lambda answer: "/upload_file/" in answer.url) as answer:
                page.locator("input[type=file]").set_input_files(film)
            assert answer.value.status == 204, count
        held = app.resident_mb() - before

        page.close()

        deadline = time.monotonic() + 20
        while app.resident_mb() - before > held - 150 and time.monotonic() < deadline:
            page.context.browser  # noqa: B018
        assert held > 150 and app.resident_mb() - before < held - 150


def test_streamlit_reports_nothing_to_its_makers_and_no_details_of_an_error_to_a_page() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())

    assert options["browser"]["gatherUsageStats"] is False
    assert (options["client"]["showErrorDetails"], options["client"]["showErrorLinks"]) == ("none", False)
    assert options["logger"]["hideWelcomeMessage"] is True
    assert options["server"]["maxUploadSize"] == MAX_FILE_MB
    assert not {"enableAgentApi", "enableCORS", "enableXsrfProtection"} & set(options["server"])
