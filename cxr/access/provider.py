"""Sign-in with the hospital's own accounts, by OpenID Connect."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cxr.access import sign_in_page as pages
from cxr.access.cookie import signed_in
from cxr.access.hosts import is_secure
from cxr.access.rights import LADDER, Right
from cxr.language.language import Language
from cxr.settings import Settings
from cxr.worklist.accounts.accounts import AccountError, WrongError
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.throttle import SIGN_IN
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import WHO_LENGTH, Detail, Entry
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

STATE_COOKIE, STATE_SECONDS = "cxr_state", 600
NO_ANSWER = "The hospital's sign-in service does not answer. Try again in a minute."
NOT_CONFIRMED = "The hospital's sign-in service did not confirm who you are. Try again."
NO_ROLE = "Your account has no role in this app. Ask an administrator for one."
DISABLED = "Your account is disabled in this app. Ask an administrator."
_log = logging.getLogger(__name__)


class Provider:
    """Sign people in where their hospital knows them.

    Parameters
    ----------
    opened
        Opens the worklist, which has the accounts and sessions.
    """

    def __init__(self, opened: Callable[[], Worklist], settings: Settings) -> None:
        assert settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret
        self._opened = opened
        self._settings = settings
        # Only for the ten minutes between leaving for the provider and coming back.
        self._state_key = secrets.token_hex()
        self._client = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
        )

    async def answer(self, request: Request) -> ASGIApp | None:
        """Answer a request on the way to the provider or back; None for any other."""
        match request.scope["path"], request.method:
            case pages.SIGN_IN, "GET":
                return pages.provider_page(self._spoken(request), pages.wanted_path(request))
            case ((pages.TO_PROVIDER | pages.FROM_PROVIDER), "GET"):
                return SessionMiddleware(
                    self._serve,
                    self._state_key,
                    STATE_COOKIE,
                    max_age=STATE_SECONDS,
                    path=pages.SIGN_IN,
                    same_site="lax",
                    https_only=is_secure(request.scope),
                )
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        leaving = request.scope["path"] == pages.TO_PROVIDER
        try:
            response = await (self._leave(request) if leaving else self._return(request))
        except (AuthlibBaseError, JoseError, HTTPError, ValueError, KeyError, RuntimeError) as error:
            # Its text may hold a token.
            _log.warning("Sign-in with the provider failed: %s.", type(error).__name__)
            response = pages.provider_page(
                self._spoken(request), pages.HOME, NO_ANSWER if leaving else NOT_CONFIRMED, 502
            )
        except WorklistError as error:
            response = pages.provider_page(self._spoken(request), pages.HOME, str(error), 503)
        await response(scope, receive, send)

    async def _leave(self, request: Request) -> Response:
        request.session["next"] = pages.wanted_path(request)
        back = request.url.replace(path=pages.FROM_PROVIDER, query="")
        response: RedirectResponse = await self._client.authorize_redirect(request, str(back))
        return response

    async def _return(self, request: Request) -> Response:
        target = pages.own_path(request.session.pop("next", pages.HOME))
        # Checks state, nonce, signature, issuer, audience and time.
        token = await self._client.authorize_access_token(request)
        claims: dict[str, Any] = dict(token["userinfo"])
        if not {self._settings.oidc_role_claim, self._settings.oidc_name_claim} <= claims.keys():
            more = await self._client.userinfo(token=token)
            claims = {**more, **claims} if more["sub"] == claims["sub"] else claims
        role = highest_role(claims.get(self._settings.oidc_role_claim), self._settings.oidc_roles)
        name = str(claims.get(self._settings.oidc_name_claim) or claims["sub"])
        if role is None:
            await run_in_threadpool(self._record_refusal, name)
            return pages.provider_page(self._spoken(request), target, NO_ROLE, 403)
        subject = hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()
        try:
            opened = await run_in_threadpool(self._open, subject, name, role)
        except WrongError:
            return pages.provider_page(self._spoken(request), target, DISABLED, 403)
        except AccountError as error:
            return pages.provider_page(self._spoken(request), target, str(error), 403)
        return await signed_in(request.scope, self._opened, opened, target)

    def _spoken(self, request: Request) -> Language:
        return pages.page_language(request, self._settings.language)

    def _record_refusal(self, name: str) -> None:
        # The name is whatever the provider's user calls themselves: it does not sign the line.
        account = name[:WHO_LENGTH]
        details: dict[str, Detail] = {"right": Right.USE_APP.value, "role": None, "account": account}
        self._opened().audit.note(Entry(SIGN_IN, Action.NOT_ALLOWED, details=details))

    def _open(self, subject: str, name: str, role: Role) -> str:
        account = self._opened().accounts.from_provider(subject, name, role)
        return self._opened().sessions.open(account.name)


def highest_role(claim: object, roles: Mapping[str, str]) -> Role | None:
    """Return the highest role that a claim gives: a word or a list of words; None if it gives none."""
    words = claim if isinstance(claim, list) else [claim]
    given = [Role(roles[word]) for word in words if isinstance(word, str) and word in roles]
    return max(given, key=LADDER.index, default=None)
