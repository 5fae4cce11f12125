"""Which names the app answers to: a foreign page whose name resolves to this machine gets nothing."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ALWAYS = ("localhost", "127.0.0.1", "::1")
"""Names that lead every machine to itself."""
WRONG_HOST = (
    "This server does not answer to this host name. Is the name yours? Add it to CXR_ALLOWED_HOSTS.\n"
)
WRONG_ORIGIN = "This server answers its own pages only, not those of another origin.\n"


class AllowedHosts:
    """Refuse each request that names another host, or that comes from a page of another origin.

    Streamlit compares origins too, but to find this machine's own address it asks a service on the internet.
    It does so only for an origin that is not the host, and no such request gets through here.

    Parameters
    ----------
    hosts
        Names allowed by the settings.
    address
        Address on which the server listens; empty for all of them.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], address: str) -> None:
        self._app = app
        self._hosts = {_plain(host) for host in (*hosts, address, *ALWAYS) if not _is_every_address(host)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Closed before it is accepted; the server then answers with 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        # With two of them, a proxy and the app might each believe another one.
        if len(hosts) != 1 or _host_of(f"//{hosts[0]}") not in self._hosts:
            return PlainTextResponse(WRONG_HOST, 421)
        origins = headers.getlist("origin")
        if any(_authority(origin) != hosts[0] for origin in origins):
            return PlainTextResponse(WRONG_ORIGIN, 403)
        # Anyone on the way may have written a page that came without TLS. The other way round a proxy may
        # speak TLS that this server does not know of.
        if is_secure(scope) and any(not origin.startswith("https:") for origin in origins):
            return PlainTextResponse(WRONG_ORIGIN, 403)
        return None


def is_secure(scope: Scope) -> bool:
    """Whether the browser speaks TLS, with this server or with a proxy that is believed."""
    return scope.get("scheme") in {"https", "wss"}


def _host_of(url: str) -> str | None:
    """Return the name in a Host header; None where it is not a host and at most a port."""
    try:
        parts = urlsplit(url)
        if parts.netloc != url.removeprefix("//") or "@" in parts.netloc or parts.port == 0:
            return None
        return _plain(parts.hostname or "")
    except ValueError:
        return None


def _authority(origin: str) -> str | None:
    """Return host and port of an origin; None for `null` and for what is not a URL."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.strip("[]").lower().rstrip(".")


def _is_every_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(_plain(host)).is_unspecified
    except ValueError:
        return not host
