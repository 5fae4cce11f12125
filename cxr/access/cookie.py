"""The cookie that holds the token of a session."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from cxr.access.hosts import is_secure
from cxr.worklist.accounts.sessions import key_of
from cxr.worklist.worklist import Worklist

COOKIE, SECURE_COOKIE = "cxr_session", "__Host-cxr_session"


def token_of(scope: Scope) -> str:
    """Return the token in a request's cookie; empty if there is none."""
    return HTTPConnection(scope).cookies.get(_cookie(scope), "")


async def signed_in(scope: Scope, opened: Callable[[], Worklist], token: str, target: str) -> Response:
    """Give the browser its cookie, end the session that it had until now, and lead it to a path."""
    if before := token_of(scope):
        await run_in_threadpool(_leave, opened, before)
    response = RedirectResponse(target, 303)
    secure = is_secure(scope)
    response.set_cookie(_cookie(scope), token, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _cookie(scope: Scope) -> str:
    """Name of the cookie: behind TLS one that no other host and no plain page can set."""
    return SECURE_COOKIE if is_secure(scope) else COOKIE


def _leave(opened: Callable[[], Worklist], token: str) -> None:
    sessions = opened().sessions
    if before := sessions.of(key_of(token)):
        sessions.end(before)
