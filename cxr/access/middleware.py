"""What every request passes before it reaches the app, outermost first."""

from collections.abc import Iterable

from starlette.middleware import Middleware

from cxr.access.headers import SecurityHeaders, content_security_policy
from cxr.access.hosts import AllowedHosts
from cxr.access.uploads import Sessions, UploadLimits
from cxr.settings import Settings


def middleware(
    settings: Settings, address: str, inline_scripts: Iterable[str], sessions: Sessions, return_seconds: float
) -> list[Middleware]:
    """Return the layers around the app.

    Parameters
    ----------
    address
        Address on which the server listens.
    inline_scripts
        Hashes of the scripts within the app's page.
    sessions
        The app's sessions and their uploads.
    return_seconds
        How long a session outlives a broken connection.
    """
    return [
        Middleware(SecurityHeaders, content_security_policy(inline_scripts)),
        Middleware(AllowedHosts, settings.allowed_hosts, address),
        # Sign-in belongs here: what follows costs memory.
        Middleware(UploadLimits, sessions, settings.uploads_mb, return_seconds),
    ]
