"""A DICOMweb service that denies, is busy, leads elsewhere or answers nonsense; no address reaches a log."""

import datetime
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from peers import LOCALHOST, free_port
from pydantic import ValidationError
from typer.testing import CliRunner
from web_peer import begin, web_peer

from cxr.cli.main import app
from cxr.pacs.archive import AnswerError, BusyError, FetchError, PastFilm, SettingError, UnreachableError
from cxr.pacs.dicomweb import WebArchive
from cxr.settings import Settings

DAY = datetime.date(2024, 5, 3)
FILM = PastFilm("1.2.3", "1.2.4", "1.2.5")


@contextmanager
def answering(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Answer every request alike; gives the address and the Authorization headers that came."""
    seen: list[str] = []

    def answer(to: BaseHTTPRequestHandler) -> None:
        seen.append(to.headers.get("Authorization") or "")
        sent = {"Content-Type": "application/dicom+json", "Content-Length": str(len(body))}
        begin(to, status, sent | (headers or {}))
        to.wfile.write(body)

    with web_peer(answer) as url:
        yield url, seen


@pytest.mark.parametrize(
    ("status", "kind", "named"),
    [
        (401, SettingError, "CXR_PACS_AUTHORIZATION"),
        (403, SettingError, "CXR_PACS_AUTHORIZATION"),
        (404, SettingError, "CXR_PACS_DICOMWEB"),
        (503, BusyError, "503"),
        (400, AnswerError, "400"),
    ],
)
def test_a_failure_says_what_to_correct(
    status: int, kind: type[FetchError], named: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with answering(status) as (url, _):
        archive = WebArchive(url)
        with pytest.raises(kind, match=named):
            archive.studies(DAY)
        with pytest.raises(FetchError):
            archive.fetch(FILM)

    assert "1.2.3" not in caplog.text


def test_one_film_that_is_missing_is_no_fault_of_a_setting() -> None:
    with answering(404) as (url, _), pytest.raises(AnswerError):
        WebArchive(url).fetch(FILM)


def test_no_redirection_is_followed() -> None:
    with (
        answering(200, b"[]") as (elsewhere, seen),
        answering(302, headers={"Location": elsewhere}) as (url, _),
    ):
        with pytest.raises(SettingError, match="CXR_PACS_DICOMWEB"):
            WebArchive(url, "Bearer secret").studies(DAY)

        assert seen == []


@pytest.mark.parametrize("body", [b"not JSON", b'{"no": "list"}', b'[{"00080020": 5}]'])
def test_nonsense_is_a_failed_answer(body: bytes) -> None:
    with answering(200, body) as (url, _), pytest.raises(AnswerError):
        WebArchive(url).studies(DAY)


def test_a_service_that_gives_the_same_page_again_and_other_days_ends() -> None:
    study = {"0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00080020": {"vr": "DA", "Value": ["20240503"]}}
    other = {"0020000D": {"vr": "UI", "Value": ["1.2.9"]}, "00080020": {"vr": "DA", "Value": ["20240101"]}}
    with answering(200, json.dumps([study, other]).encode()) as (url, seen):
        assert WebArchive(url, "Bearer secret").studies(DAY) == {"1.2.3"}

    assert set(seen) == {"Bearer secret"} and len(seen) == 4


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="CXR_PACS_DICOMWEB"):
        WebArchive(f"http://{LOCALHOST}:{free_port()}").studies(DAY)


def test_an_authorization_is_not_sent_unencrypted_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_PACS_DICOMWEB", "http://192.0.2.1/web")
    monkeypatch.setenv("CXR_PACS_AUTHORIZATION", "Bearer QXJndXM")
    ended = CliRunner().invoke(app, ["fetch", "--days", "1", "--by", "web", "--into", "."])
    shown = CliRunner().invoke(app, ["settings"])

    assert ended.exit_code == 1 and "unencrypted" in ended.stderr
    assert "QXJndXM" not in ended.output + shown.output


@pytest.mark.parametrize(
    "value", ["ftp://host", "https://user:pass@host/web", "https://", "https://host?a=1"]
)
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Settings(pacs_dicomweb=value)
