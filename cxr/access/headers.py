"""Headers that tell a browser what a page of the app may do, and what it may keep."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_HEADER = "x-cxr-session"
"""With sign-in, tells the app whose request it is. One that comes from outside is removed."""
STATIC = ("/static/", "/component/", "/_stcore/bidi-components/")
"""Scripts and styles: the same for everyone, so a browser may keep them."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def content_security_policy(inline_scripts: Iterable[str]) -> str:
    """Write the policy: nothing from another origin, and of inline scripts only those named.

    Parameters
    ----------
    inline_scripts
        Hashes of the scripts within the page itself, as `sha256-...`.
    """
    scripts = " ".join(f"'{one}'" for one in inline_scripts)
    directives = {
        "default-src": "'none'",
        # Streamlit's protocol buffers compile WebAssembly for 64-bit integers, from bytes in its own script.
        # Nothing may run text as JavaScript.
        "script-src": f"'self' 'wasm-unsafe-eval' {scripts}".strip(),
        # Streamlit writes its styles into the page while it runs; no attribute of a style can run a script.
        "style-src": "'self' 'unsafe-inline'",
        # Pictures drawn in the page: blob: by charts' menus, data: by icons and tables.
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "media-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class SecurityHeaders:
    """Add the headers to every response, those of a refusal included.

    Parameters
    ----------
    policy
        The Content-Security-Policy.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = HEADERS | {"Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = scope["path"].startswith(STATIC)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if not kept:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)
