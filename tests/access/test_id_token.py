"""What a provider answers is checked: signature, issuer, audience, time and nonce of its ID token."""

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from access.test_provider import configured, cookie_of, knock
from joserfc import jwt
from joserfc.jwk import ECKey

from cxr.access.provider import Provider
from cxr.worklist.worklist import Worklist

KEY, ANOTHER = (ECKey.generate_key("P-256", {"kid": "1"}, private=True) for _ in range(2))


class Answering(HTTPServer):
    """A provider that answers with whatever ID token it was given."""

    token = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        base = self.server.address
        if self.path == "/keys":
            self.answer({"keys": [KEY.as_dict(private=False)]})
            return
        self.answer(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer({"access_token": "a", "token_type": "Bearer", "id_token": self.server.token})

    def answer(self, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def answering() -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("wrong", "key", "status"),
    [
        ({}, KEY, 303),
        ({}, ANOTHER, 502),
        ({"iss": "https://elsewhere.example"}, KEY, 502),
        ({"aud": "another-app"}, KEY, 502),
        ({"exp": 1_000_000_000}, KEY, 502),
        ({"nonce": "of another sign-in"}, KEY, 502),
    ],
    ids=["right", "signature", "issuer", "audience", "time", "nonce"],
)
def test_a_person_is_signed_in_by_a_token_that_is_right_in_every_part(
    answering: Answering, worklist: Worklist, wrong: dict[str, object], key: ECKey, status: int
) -> None:
    provider = Provider(lambda: worklist, configured(answering.address))
    left = knock(worklist, provider, "/sign-in/provider")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(left.headers["location"]).query))
    now = int(time.time())
    claims = {
        **{"iss": answering.address, "aud": "cxr", "sub": "ada", "name": "Ada", "roles": ["heads"]},
        **{"iat": now, "exp": now + 300, "nonce": asked["nonce"]},
        **wrong,
    }
    answering.token = jwt.encode({"alg": "ES256", "kid": "1"}, claims, key)

    answer = knock(worklist, provider, f"/sign-in/callback?code=a&state={asked['state']}", cookie_of(left))

    assert answer.status == status and asked["code_challenge_method"] == "S256"
    assert [account.name for account in worklist.accounts.all()] == (["Ada"] if status == 303 else [])
