"""Where the API is mounted in the app; everything else of it is imported by the first request."""

from __future__ import annotations

from typing import Protocol

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from cxr.access.health import Watched
from cxr.access.rights import API
from cxr.settings import Settings


class Served(Watched, Protocol):
    """What the API serves: the worklist and the model of a running app, as `Watched` has them."""

    def film_added(self) -> None:
        """Have a film scored that was added, unless somebody has paused that."""


def api_routes(settings: Settings, served: Served) -> list[Mount]:
    """Return the routes of the API."""
    return [Mount(API.rstrip("/"), app=_Late(settings, served))]


class _Late:
    """The API, made by the first request: without one, nothing of it is imported."""

    def __init__(self, settings: Settings, served: Served) -> None:
        self._settings = settings
        self._served = served
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if self._app is None:
            from cxr.api.routes import api

            self._app = api(self._settings, self._served)
        await self._app(scope, receive, send)
