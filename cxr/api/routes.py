"""The API of a running app, put together."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from cxr.access.rights import Right
from cxr.api.bodies import Bodies
from cxr.api.films import Films
from cxr.api.guard import TokenGate
from cxr.api.mount import Served
from cxr.api.openapi import document
from cxr.api.operation import JSON, Operation
from cxr.api.problems import ProblemError
from cxr.api.questions import Nothing
from cxr.api.reading import ReadingOperations
from cxr.settings import Settings

WORDS = {404: "There is nothing at this path.", 405: "This path does not take this method."}


def api(settings: Settings, served: Served) -> ASGIApp:
    """Make the API of a running app."""
    app = Starlette(
        routes=[one.route(served.worklist) for one in operations(settings, served)],
        exception_handlers={ProblemError: _problem, HTTPException: _http_problem},
    )
    app.router.redirect_slashes = False
    return TokenGate(app, served.worklist, settings.api_requests_per_minute)


def operations(settings: Settings, served: Served) -> tuple[Operation, ...]:
    """Return every operation."""
    bodies = Bodies(settings.uploads_mb)
    found = (*Films(served, bodies).operations(), *ReadingOperations(served, bodies).operations())

    async def describe(_: Request, __: Nothing) -> Response:
        return JSONResponse(described)

    itself = Operation(
        *("GET", "/openapi.json", "getDocument", "This document", Right.SEE_BY_API, describe),
        answers={JSON: {"type": "object"}},
    )
    described = document((*found, itself))
    return *found, itself


def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response


def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = WORDS.get(error.status_code, HTTPStatus(error.status_code).description)
    return ProblemError(error.status_code, detail, error.headers).response
