"""One operation of the API: what it takes, what it gives, and who may ask for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cxr.access.rights import Right, allows
from cxr.api.guard import token_of
from cxr.api.problems import ProblemError, invalid
from cxr.api.questions import Nothing, Question
from cxr.film.decoding_pool import DecodingStopped, DecodingUnavailableError
from cxr.worklist.audit.trail import not_allowed
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

JSON, FHIR = "application/json", "application/fhir+json"
Schema = dict[str, object]
Asked = TypeVar("Asked", bound=Question)
ALWAYS = (401, 403, 422, 429, 500, 503)
"""Problems that any operation may answer with."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation; its entry in the OpenAPI document is made from these attributes.

    Attributes
    ----------
    answer
        Answers a request and the question in its address, an instance of `question`.
    name
        As programs that are made from the document call it.
    status, answers
        Of an answer that is no problem: its model or schema by media type.
    question
        Parameters in the address.
    bodies
        Schema or model of each media type that a body may have; empty where there is none.
    problems
        Statuses of problems beside `ALWAYS`.
    """

    method: str
    path: str
    name: str
    summary: str
    right: Right
    answer: Callable[[Request, Any], Awaitable[Response]]
    answers: Mapping[str, type[BaseModel] | Schema]
    status: int = 200
    question: type[Question] = Nothing
    bodies: Mapping[str, type[BaseModel] | Schema] = field(default_factory=dict)
    problems: tuple[int, ...] = ()

    def route(self, opened: Callable[[], Worklist]) -> Route:
        """Return the route that answers."""

        async def endpoint(request: Request) -> Response:
            token = token_of(request)
            try:
                if not allows(token.role, self.right):
                    entry = not_allowed(token.who, self.right, token.role)
                    await run_in_threadpool(lambda: opened().audit.note(entry))
                    raise ProblemError(403, f"Programs are not allowed to {self.right}.")
                return await self.answer(request, parameters(request, self.question))
            except ProblemError:
                raise
            except WorklistError as error:
                raise ProblemError(503, str(error), {"Retry-After": "60"}) from None
            except (DecodingStopped, DecodingUnavailableError):
                raise ProblemError(
                    503, "Films cannot be decoded now. Send it again.", {"Retry-After": "60"}
                ) from None
            except Exception as error:
                # The type alone: the text of a library's exception may name the patient.
                log.error("%s of the API failed with %s.", self.name, type(error).__name__)
                raise ProblemError(500, "The server failed. Report this to its administrator.") from None

        return Route(self.path, endpoint, methods=[self.method], name=self.name)


def asked(model: type[Asked], values: Mapping[str, object]) -> Asked:
    """Check parameters or fields; raises `ProblemError`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error, model) from None


def parameters(request: Request, model: type[Asked]) -> Asked:
    """Read the parameters of a request's address, each given once; raises `ProblemError`."""
    given = request.query_params.multi_items()
    if len({name for name, _ in given}) != len(given):
        raise ProblemError(422, "A parameter is given twice. Give it once.")
    return asked(model, dict(given))


def answered(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Make an answer in JSON."""
    return Response(model.model_dump_json(), status, headers, JSON)
