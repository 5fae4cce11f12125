"""The worklist out, findings of other systems in, and whether all of it works."""

import base64

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cxr import __version__
from cxr.access.rights import Right
from cxr.api.answers import FindingRecorded, Health, WorklistCase, WorklistPart
from cxr.api.bodies import Bodies, media_type
from cxr.api.guard import token_of
from cxr.api.mount import Served
from cxr.api.operation import FHIR, JSON, Operation, Schema, answered
from cxr.api.problems import ProblemError, invalid
from cxr.api.questions import FindingReport, Nothing, WorklistQuestion
from cxr.worklist.reading.elsewhere import AmbiguousCaseError, UnknownCaseError
from cxr.worklist.reading.page import Place
from cxr.worklist.reading.walk import OtherOrderError

NO_CURSOR = "This is not a cursor of this list. Begin again without one."
OTHER_ORDER = "Results were withheld, or shown again, since this cursor was given. Begin again without one."
REPORT: Schema = {
    "type": "object",
    "required": ["resourceType", "status", "code", "conclusionCode"],
    "properties": {"resourceType": {"const": "DiagnosticReport"}},
    "description": "A FHIR R5 DiagnosticReport",
}
_PLACE = TypeAdapter(Place)


class ReadingOperations:
    """The operations on the worklist."""

    def __init__(self, served: Served, bodies: Bodies) -> None:
        self._served = served
        self._bodies = bodies

    def operations(self) -> tuple[Operation, ...]:
        """Describe them."""
        see, report = Right.SEE_BY_API, Right.REPORT_BY_API
        return (
            Operation(
                *("GET", "/worklist", "getWorklist", "The cases to read, page by page", see, self._list),
                answers={JSON: WorklistPart},
                question=WorklistQuestion,
            ),
            Operation(
                *("POST", "/findings", "addFinding", "A finding of a film that was reported elsewhere"),
                *(report, self._report),
                answers={JSON: FindingRecorded},
                bodies={JSON: FindingReport, FHIR: REPORT},
                problems=(400, 404, 408, 409, 411, 413, 415),
            ),
            Operation(
                *("GET", "/health", "getHealth", "Whether films are added and scored", see, self._health),
                answers={JSON: Health},
            ),
        )

    async def _list(self, _: Request, question: WorklistQuestion) -> Response:
        place = None if question.cursor is None else _place(question.cursor)

        def part() -> WorklistPart:
            try:
                cases, following = self._served.worklist().ranked.walk(place, question.limit)
            except OtherOrderError:
                raise ProblemError(422, OTHER_ORDER) from None
            cursor = _cursor(following) if following else None
            return WorklistPart(cases=[WorklistCase.of(one) for one in cases], next=cursor)

        return answered(await run_in_threadpool(part))

    async def _report(self, request: Request, _: Nothing) -> Response:
        async with self._bodies.text(request, (JSON, FHIR)) as body:
            report = await run_in_threadpool(_finding_of, media_type(request), body)
        who = token_of(request).who

        def record() -> FindingRecorded:
            elsewhere = self._served.worklist().elsewhere
            return FindingRecorded.of(elsewhere.record(report.reference, report.outside, who))

        try:
            return answered(await run_in_threadpool(record))
        except AmbiguousCaseError as error:
            raise ProblemError(409, str(error)) from None
        except UnknownCaseError as error:
            raise ProblemError(404, str(error)) from None

    async def _health(self, _: Request, __: Nothing) -> Response:
        figures = await run_in_threadpool(lambda: self._served.worklist().figures())
        model = self._served.model()
        return answered(
            Health(
                status="ok" if figures.worked and model != "failed" else "failed",
                version=__version__,
                model=model,
                worker="ok" if figures.worked else "stalled",
                waiting=figures.waiting,
            )
        )


def _finding_of(kind: str, body: bytes) -> FindingReport:
    """Read a finding from JSON or from a FHIR report; raises `ProblemError`."""
    if kind == FHIR:
        from cxr.api.fhir_report import finding_of

        return finding_of(body)
    try:
        return FindingReport.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error, FindingReport) from None


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(_PLACE.dump_json(place)).decode().rstrip("=")


def _place(cursor: str) -> Place:
    try:
        return _PLACE.validate_json(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except ValueError:
        raise ProblemError(422, NO_CURSOR) from None
