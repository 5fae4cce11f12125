"""Without sign-in the app serves this machine only."""

import ipaddress

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NOT_THIS_MACHINE = (
    "Without sign-in this app serves its own machine only. Set CXR_SIGN_IN=local to open it to others.\n"
)


def open_to_all(address: str) -> str:
    """Say why an address must not be served without sign-in; empty if only this machine reaches it."""
    if is_loopback(address):
        return ""
    return (
        f"CXR_SIGN_IN=none lets everyone in, and the server's address is {address or 'every network'}. "
        "Set CXR_SIGN_IN=local and add accounts with 'cxr user add', or start with "
        "--server.address=localhost (STREAMLIT_SERVER_ADDRESS)."
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address.lower() == "localhost"


class ThisMachineOnly:
    """Refuse requests at another address or from another machine, however the server was started.

    A reverse proxy on this machine names the browser's address, which the server believes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if both its ends are this machine."""
        ends = [scope[end][0] for end in ("server", "client") if scope.get(end)]
        if scope["type"] == "lifespan" or all(is_loopback(address) for address in ends):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(NOT_THIS_MACHINE, 403)(scope, receive, send)
