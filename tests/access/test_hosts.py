import pytest
from access.serving import ask
from starlette.types import ASGIApp

from cxr.access.hosts import AllowedHosts

PATHS = (
    "/",
    "/worklist",
    "/media/film.png",
    "/_stcore/upload_file/session/file",
    "/_stcore/health",
    "/metrics",
)
STREAM = "/_stcore/stream"


def ward(app: ASGIApp) -> AllowedHosts:
    return AllowedHosts(app, ["ward.example"], "10.0.0.7")


def everywhere(app: ASGIApp) -> AllowedHosts:
    return AllowedHosts(app, [], "0.0.0.0")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_under_a_foreign_name_gets_nothing(path: str) -> None:
    answer = ask(ward, path, {"host": "rebound.example:8501"})

    assert answer.status == 421
    assert "film" not in answer.body and "CXR_ALLOWED_HOSTS" in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example", "origin": "http://rebound.example"},
        {"host": "ward.example", "origin": "https://rebound.example"},
        {"host": "ward.example:8501", "origin": "http://ward.example:9000"},
        {"host": "ward.example", "origin": "null"},
        {"host": "ward.example", "origin": "http://[::1"},
    ],
)
def test_a_websocket_of_another_host_or_origin_is_closed_before_it_is_accepted(
    headers: dict[str, str],
) -> None:
    assert not ask(ward, STREAM, headers, "websocket").accepted
    assert ask(ward, "/_stcore/upload_file/a/b", headers, method="PUT").status in (403, 421)


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_page_that_came_without_tls_gets_nothing_behind_tls(scheme: str) -> None:
    kind = "websocket" if scheme == "wss" else "http"
    answers = [
        ask(ward, STREAM, {"host": "ward.example", "origin": origin}, kind, scheme=scheme)
        for origin in ("http://ward.example", "https://ward.example")
    ]

    assert [answer.accepted or answer.status == 200 for answer in answers] == [False, True]


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8501",
        "127.0.0.1",
        "[::1]:8501",
        "10.0.0.7:8501",
        "ward.example",
        "WARD.example.",
        "ward.example:443",
    ],
)
def test_its_own_names_and_addresses_are_answered(host: str) -> None:
    assert ask(ward, headers={"host": host, "origin": f"https://{host}"}).body == "a film"
    assert ask(ward, STREAM, {"host": host, "origin": f"https://{host}"}, "websocket").accepted


@pytest.mark.parametrize(
    "host",
    [
        "",
        "ward.example@rebound.example",
        "rebound.example/ward.example",
        "ward.example:x",
        "[::1",
        "a.ward.example",
        *("ward.example#", "ward.example?", "ward.example/", "ward.example#:8501"),
    ],
)
def test_what_is_not_one_of_the_names_is_refused(host: str) -> None:
    assert ask(ward, headers={"host": host}).status == 421


def test_a_request_without_a_host_is_refused() -> None:
    assert ask(ward).status == 421


def test_a_server_on_every_address_answers_to_localhost_alone_until_names_are_set() -> None:
    assert ask(everywhere, headers={"host": "localhost:8501"}).status == 200
    assert ask(everywhere, headers={"host": "0.0.0.0:8501"}).status == 421
    assert ask(everywhere, headers={"host": "192.168.1.5:8501"}).status == 421
