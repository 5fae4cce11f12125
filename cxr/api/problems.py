"""Errors as problem details (RFC 9457). None repeats what was sent, which may name a patient."""

from collections.abc import Collection, Mapping
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 20
"""Faults that are listed: a body can have as many as it has members."""


class Fault(BaseModel):
    """One thing that is wrong with what was sent."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="Field or parameter; empty for the whole")
    message: str


class Problem(BaseModel):
    """Problem details as in RFC 9457."""

    model_config = ConfigDict(frozen=True)

    type: str = Field("about:blank", description="The status says it all")
    title: str = Field(description="The status in words")
    status: int
    detail: str = Field(description="What is wrong, and what to do about it")
    faults: list[Fault] = Field([], description="What is wrong, field by field, for status 422")


class ProblemError(Exception):
    """A request that cannot be answered as it should."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        faults: Collection[Fault] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.faults = tuple(faults)

    @property
    def response(self) -> Response:
        """The answer that says so."""
        problem = Problem(
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            faults=list(self.faults),
        )
        return Response(problem.model_dump_json(), self.status, self.headers, MEDIA_TYPE)


def invalid(error: ValidationError, model: type[BaseModel]) -> ProblemError:
    """Say which fields are invalid; a field that does not exist is not named, for its name came along."""
    known = {field.alias for field in model.model_fields.values()} | {*model.model_fields}
    faults = [
        Fault(
            where=".".join(str(part) for part in one["loc"] if isinstance(part, int) or part in known),
            message=one["msg"] if one["type"] in _PLAIN else "is invalid",
        )
        for one in error.errors(include_url=False, include_input=False, include_context=False)[:MOST_FAULTS]
    ]
    return ProblemError(422, "What was sent is invalid; the faults say where. Correct it.", faults=faults)


_PLAIN = {
    *("missing", "extra_forbidden", "enum", "literal_error", "int_parsing", "int_type", "string_type"),
    *("greater_than_equal", "less_than_equal", "string_too_long", "string_too_short", "json_invalid"),
    *("value_error", "string_pattern_mismatch", "timezone_aware", "datetime_type", "bool_type", "model_type"),
}
"""Kinds of errors whose words are ours or pydantic's alone."""
