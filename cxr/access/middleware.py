"""What every request passes before it reaches the app, outermost first."""

from starlette.middleware import Middleware

from cxr.access.headers import SecurityHeaders
from cxr.access.hosts import AllowedHosts
from cxr.settings import Settings


def middleware(settings: Settings, address: str) -> list[Middleware]:
    """Return the layers around the app.

    Parameters
    ----------
    settings
        The settings of the app.
    address
        Address on which the server listens.
    """
    return [
        Middleware(AllowedHosts, settings.allowed_hosts, address),
        Middleware(SecurityHeaders),
    ]
