"""Who gets into the API: programs with a token, at a bounded rate."""

import math
import time
from collections.abc import Callable
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cxr.api.problems import ProblemError
from cxr.worklist.accounts.tokens import Token
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

TOKEN = "cxr.token"
"""Where the scope of a request holds its token."""
BEARER = {"WWW-Authenticate": "Bearer"}
NO_TOKEN = "Send a token as 'Authorization: Bearer TOKEN'. 'cxr token add' makes one."
NO_VALID_TOKEN = "This token is wrong, was revoked, or has expired. 'cxr token add' makes another."
TOO_MANY = "This token has sent too many requests. Wait as long as Retry-After says, in seconds."
MINUTE = 60.0


class Rate:
    """Requests of each program: so many a minute, and as many at once (a token bucket)."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, name: str) -> float:
        """Count a request, and return how many seconds it comes too early; 0 where it may be answered."""
        now = self._now()
        left, at = self._left.get(name, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - at) * self._per_minute / MINUTE)
        if left < 1:
            self._left[name] = left, now
            return (1 - left) * MINUTE / self._per_minute
        self._left[name] = left - 1, now
        return 0.0


class TokenGate:
    """Let requests with a valid token pass.

    Parameters
    ----------
    opened
        Opens the worklist, which has the tokens.
    per_minute
        Requests that a token may send in a minute.
    """

    def __init__(self, app: ASGIApp, opened: Callable[[], Worklist], per_minute: int) -> None:
        self._app = app
        self._opened = opened
        self._rate = Rate(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before any of its body is read."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            token = await self._token(Headers(scope=scope))
        except ProblemError as problem:
            await problem.response(scope, receive, send)
            return
        await self._app({**scope, TOKEN: token}, receive, send)

    async def _token(self, headers: Headers) -> Token:
        given = headers.getlist("authorization")
        scheme, _, text = (given[0] if len(given) == 1 else "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise ProblemError(401, NO_TOKEN, BEARER)
        try:
            token = await run_in_threadpool(lambda: self._opened().tokens.of(text.strip()))
        except WorklistError as error:
            raise ProblemError(503, str(error), {"Retry-After": "60"}) from None
        if token is None:
            raise ProblemError(401, NO_VALID_TOKEN, BEARER)
        if wait := self._rate.wait(token.name):
            raise ProblemError(429, TOO_MANY, {"Retry-After": str(math.ceil(wait))})
        return token


def token_of(request: Request) -> Token:
    """Return the token of a request that has passed the gate."""
    return cast(Token, request.scope[TOKEN])
