"""Warnings of `cxr monitor`, posted to a server of this machine."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from made_weeks import SECRET, put_weeks
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from cxr.cli.main import app
from cxr.settings import Settings

KEY = "key-of-the-channel"


@contextmanager
def server(status: int) -> Iterator[tuple[str, list[Any]]]:
    """Answer every post with a status, and keep what was posted."""
    posted: list[Any] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/{KEY}", posted
        serving.shutdown()


def run(folder: Path, webhook: str | None, moved: float = 3.0) -> Result:
    url = f"sqlite:///{folder / 'worklist.sqlite3'}"
    put_weeks(url, moved=moved)
    settings = {"CXR_DATABASE": url, "CXR_FILMS": str(folder / "films"), "CXR_MONITOR_WEBHOOK": webhook or ""}
    return CliRunner().invoke(app, ["monitor", "--until", "2026-02-28"], env=settings)


def test_warnings_are_posted_and_name_nobody(tmp_path: Path) -> None:
    with server(204) as (url, posted):
        ended = run(tmp_path, url)

    assert ended.exit_code == 1 and len(posted) == 1
    assert posted[0]["drift"] == {"child": "drifted", "adult": "drifted"}
    assert "Scores have drifted" in posted[0]["warnings"][0]
    assert posted[0]["use"].startswith("For research use only")
    assert SECRET not in json.dumps(posted) and KEY not in ended.output


def test_nothing_is_posted_without_a_warning(tmp_path: Path) -> None:
    with server(204) as (url, posted):
        ended = run(tmp_path, url, moved=0.0)

    assert (ended.exit_code, posted) == (0, [])


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_failure_is_a_line_of_the_log_and_an_exit_code(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    with server(status) as (url, posted):
        ended = run(tmp_path, url)

    assert ended.exit_code == 3 and len(posted) == 1
    assert f"The webhook answered with status {status}. The warnings above were not sent." in caplog.text
    assert KEY not in caplog.text and KEY not in ended.output
    assert "Scores have drifted" in ended.stdout


def test_a_server_that_answers_byte_by_byte_has_failed_in_all_the_time_that_it_is_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.site.webhook.SECONDS", 1.0)
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.wait(0.2):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        found = run(tmp_path, f"http://127.0.0.1:{listening.getsockname()[1]}/{KEY}")
        ended.set()

    assert found.exit_code == 3 and "The webhook could not be reached (TimeoutError)." in caplog.text


def test_a_server_that_is_not_there_is_no_crash(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ended = run(tmp_path, f"http://127.0.0.1:1/{KEY}")

    assert ended.exit_code == 3 and "The webhook could not be reached (ConnectError)." in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "ftp://example.org",
        "https://",
        "hook",
        "https://a:b@example.org",
        "https://[::",
    ],
)
def test_an_address_that_is_not_safe_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(ValidationError, match="give it as https://") as refused:
        Settings.model_validate({"monitor_webhook": address})
    assert "example.org" not in str(refused.value)


def test_nothing_is_called_unless_a_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_MONITOR_WEBHOOK", f"https://chat.example.org/{KEY}")

    assert KEY not in Settings().shown("monitor_webhook")
    monkeypatch.setenv("CXR_MONITOR_WEBHOOK", "")
    assert Settings().monitor_webhook is None
