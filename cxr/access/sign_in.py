"""Sign people in with name and password, and give the browser its cookie."""

from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from cxr.access import sign_in_page as pages
from cxr.access.cookie import signed_in
from cxr.access.rights import Right, allows
from cxr.language.language import Language
from cxr.worklist.accounts.accounts import WrongError
from cxr.worklist.accounts.throttle import PausedError
from cxr.worklist.audit.trail import not_allowed
from cxr.worklist.worklist import Worklist

MOST_BYTES = 8192
"""Of what the form sends."""
CHECKED_AT_ONCE, MOST_WAITING, MOST_OF_ADDRESS = 2, 50, 10
"""Passwords that are checked at a time, that wait for it, and that come from one address.

A machine that tries passwords all the time must not keep everybody else from signing in.
"""
FOREIGN = "Sign in on this server's own page.\n"
TOO_LARGE = "The form is too large.\n"
BUSY = "Too many people are signing in. Try again in a minute.\n"
FOR_PROGRAMS = "This account is for programs and opens no pages."


class PasswordSignIn:
    """The page that signs people in.

    Parameters
    ----------
    opened
        Opens the worklist, which has the accounts and sessions.
    language
        The setting `CXR_LANGUAGE`.
    """

    def __init__(self, opened: Callable[[], Worklist], language: str = "en") -> None:
        self._opened = opened
        self._language = language
        self._checking: anyio.CapacityLimiter | None = None
        self._addresses: Counter[str] = Counter()

    async def answer(self, request: Request) -> Response | None:
        """Answer a request for the page; None if it is for anything else."""
        match request.scope["path"], request.method:
            case pages.SIGN_IN, "GET":
                return pages.page(self._spoken(request), pages.wanted_path(request))
            case pages.SIGN_IN, "POST":
                return await self._check(request)
        return None

    async def _check(self, request: Request) -> Response:
        if not _from_own_page(request):
            return PlainTextResponse(FOREIGN, 403)
        form = await _form(request)
        if form is None:
            return PlainTextResponse(TOO_LARGE, 413)
        return await self._try(request, form)

    async def _try(self, request: Request, form: Mapping[str, str]) -> Response:
        scope, language = request.scope, self._spoken(request)
        name, password = form.get("name", ""), form.get("password", "")
        target = pages.own_path(form.get("next", pages.HOME))
        if self._checking is None:
            self._checking = anyio.CapacityLimiter(CHECKED_AT_ONCE)
        address = (scope.get("client") or ("", 0))[0]
        waiting = self._checking.statistics().tasks_waiting
        if waiting >= MOST_WAITING or self._addresses[address] >= MOST_OF_ADDRESS:
            return PlainTextResponse(BUSY, 503, {"Retry-After": "60"})
        self._addresses[address] += 1
        try:
            token = await anyio.to_thread.run_sync(self._token, name, password, limiter=self._checking)
        except PausedError as paused:
            return pages.page(language, target, name, paused.sentence, 429)
        except WrongError as wrong:
            return pages.page(language, target, name, wrong.sentence, 401)
        finally:
            self._addresses[address] -= 1
            # Without this, the addresses themselves would fill the memory.
            if not self._addresses[address]:
                del self._addresses[address]
        if token is None:
            return pages.page(language, target, name, FOR_PROGRAMS, 403)
        return await signed_in(scope, self._opened, token, target)

    def _spoken(self, request: Request) -> Language:
        return pages.page_language(request, self._language)

    def _token(self, name: str, password: str) -> str | None:
        """Check a password and open a session; None for an account that has no pages."""
        worklist = self._opened()
        account = worklist.accounts.check(name, password)
        if not allows(account.role, Right.USE_APP):
            worklist.audit.note(not_allowed(account.name, Right.USE_APP, account.role))
            return None
        return worklist.sessions.open(account.name)


def _from_own_page(request: Request) -> bool:
    """Whether a form comes from a page of this app; another origin was refused before."""
    site = request.headers.get("sec-fetch-site")
    return site in {"same-origin", "none"} if site else "origin" in request.headers


async def _form(request: Request) -> dict[str, str] | None:
    """Read the form's fields; None if there are too many, or if the browser left."""
    content = b""
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    try:
        fields = parse_qs(content.decode(errors="replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}
