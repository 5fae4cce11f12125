"""What every request passes before it reaches the app, outermost first."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cxr.access.headers import SecurityHeaders, content_security_policy
from cxr.access.hosts import AllowedHosts
from cxr.access.messages import PageMessages
from cxr.access.this_machine import ThisMachineOnly
from cxr.access.uploads import Sessions, UploadLimits
from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.access.gate import Browser
    from cxr.worklist.worklist import Worklist


def middleware(
    settings: Settings,
    address: str,
    inline_scripts: Iterable[str],
    sessions: Sessions,
    return_seconds: float,
    worklist: "Callable[[], Worklist]",
    browser: "Browser",
) -> list[Middleware]:
    """Return the layers around the app.

    Parameters
    ----------
    address
        Address on which the server listens; empty for every network.
    inline_scripts
        Hashes of the scripts within the app's page.
    sessions
        The app's sessions and their uploads.
    return_seconds
        How long a session outlives a broken connection.
    worklist
        Opens the worklist, which has the accounts.
    browser
        The app's page in a browser.
    """
    return [
        Middleware(SecurityHeaders, content_security_policy(inline_scripts)),
        *_proxies(settings),
        Middleware(AllowedHosts, settings.allowed_hosts, address),
        # Before sign-in, which looks into messages too.
        Middleware(PageMessages, browser.known),
        _sign_in(settings, worklist, browser),
        Middleware(UploadLimits, sessions, settings.uploads_mb, return_seconds),
    ]


def _proxies(settings: Settings) -> list[Middleware]:
    """Believe proxies on other machines; uvicorn already believes those on this one."""
    trusted = list(settings.trusted_proxies)
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=trusted)] if trusted else []


def _sign_in(settings: Settings, worklist: "Callable[[], Worklist]", browser: "Browser") -> Middleware:
    if settings.sign_in == "none":
        return Middleware(ThisMachineOnly)
    # The database takes a moment to import, and is not needed for the first page without sign-in.
    from cxr.access.gate import Gate

    if settings.sign_in == "oidc":
        from cxr.access.provider import Provider

        return Middleware(Gate, worklist, browser, Provider(worklist, settings))
    from cxr.access.sign_in import PasswordSignIn

    return Middleware(Gate, worklist, browser, PasswordSignIn(worklist, settings.language))
