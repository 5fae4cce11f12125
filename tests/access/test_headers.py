import re
from pathlib import Path

import pytest
from access.serving import ask
from starlette.types import ASGIApp

from cxr.access.headers import HEADERS, SecurityHeaders, content_security_policy
from cxr.access.hosts import AllowedHosts

POLICY = content_security_policy(["sha256-aGFzaA=="])


def headed(app: ASGIApp) -> SecurityHeaders:
    return SecurityHeaders(AllowedHosts(app, [], "localhost"), POLICY)


def headers(path: str, host: str = "localhost") -> dict[str, str]:
    return ask(headed, path, {"host": host}).headers


@pytest.mark.parametrize("host", ["localhost", "rebound.example"])
def test_no_foreign_page_may_frame_or_embed_anything(host: str) -> None:
    found = headers("/worklist", host)

    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert found["x-frame-options"] == "DENY"
    assert found["cross-origin-resource-policy"] == found["cross-origin-opener-policy"] == "same-origin"
    assert (found["x-content-type-options"], found["referrer-policy"]) == ("nosniff", "no-referrer")


def test_every_header_that_the_documentation_promises_is_sent() -> None:
    security = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text()
    table = security.partition("### Headers")[2].partition("The policy starts")[0]
    promised = {
        name.lower() for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in row.split("`")[1::2]
    }

    assert (
        promised
        == {*headers("/")} & promised
        == {
            *(name.lower() for name in HEADERS),
            *("content-security-policy", "cache-control"),
        }
    )
    nothing = dict(one.split("=") for one in headers("/")["permissions-policy"].split(", "))
    assert {*nothing.values()} == {"()"} and {"camera", "microphone", "geolocation"} <= {*nothing}


def test_the_policy_names_no_other_origin_and_allows_no_text_to_run() -> None:
    directives = dict(one.split(" ", 1) for one in POLICY.split("; "))

    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["connect-src"] == directives["form-action"] == "'self'"
    assert directives["script-src"] == "'self' 'wasm-unsafe-eval' 'sha256-aGFzaA=='"
    assert {source for value in directives.values() for source in value.split()} <= {
        *("'none'", "'self'", "data:", "blob:", "'wasm-unsafe-eval'", "'sha256-aGFzaA=='", "'unsafe-inline'")
    }
    assert [name for name, value in directives.items() if "'unsafe-inline'" in value] == ["style-src"]


def test_films_are_never_stored_by_a_browser_but_scripts_are() -> None:
    assert headers("/media/0123.png")["cache-control"] == "no-store"
    assert headers("/healthz")["cache-control"] == "no-store"
    assert "cache-control" not in headers("/static/js/index.js")
