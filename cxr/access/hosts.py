"""Which names the app answers to: a foreign page whose name resolves to this machine gets nothing."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ALWAYS = ("localhost", "127.0.0.1", "::1")
"""Names of this machine, which no other machine can answer to."""


class AllowedHosts:
    """Refuse every request that names another host, or that another origin's page sends."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], address: str) -> None:
        self._app = app
        self._hosts = {_plain(host) for host in (*hosts, address, *ALWAYS) if not _is_wildcard(host)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its host is allowed and its origin is that host."""
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Before it is accepted: the server then answers with 403.
            await send({"type": "websocket.close", "code": 1008, "reason": "host or origin not allowed"})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        # A second header would let a proxy and the app each believe another one.
        named = headers.getlist("host")
        if len(named) != 1 or _host_of(f"//{named[0]}") not in self._hosts:
            return PlainTextResponse(
                "This server does not answer to that host name. Add the name to CXR_ALLOWED_HOSTS.\n", 421
            )
        origins = headers.getlist("origin")
        # Streamlit's own check would ask a service on the internet for this machine's address.
        if any(urlsplit(origin).netloc != named[0] for origin in origins):
            return PlainTextResponse("Requests from another origin are not allowed.\n", 403)
        return None


def _host_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        if parts.path or parts.query or parts.fragment or "@" in parts.netloc or parts.port == 0:
            return None
        return _plain(parts.hostname or "")
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.strip("[]").lower().rstrip(".")


def _is_wildcard(host: str) -> bool:
    """Whether an address is that of every network, which is nobody's name."""
    try:
        return ipaddress.ip_address(_plain(host)).is_unspecified
    except ValueError:
        return not host
