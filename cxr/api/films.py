"""Films in, results out. They come in by the worklist's one intake, as those of the app and of the PACS."""

import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cxr.access.decoding_threads import DecodingThreads
from cxr.access.rights import API, Right
from cxr.api.answers import FhirBundle, FilmAccepted, FilmResult
from cxr.api.bodies import FILM, FORM, RAW, Bodies
from cxr.api.guard import token_of
from cxr.api.mount import Served
from cxr.api.operation import FHIR, JSON, Operation, Schema, answered, asked
from cxr.api.problems import ProblemError
from cxr.api.questions import FilmQuestion, Nothing
from cxr.film import FilmError
from cxr.film.limits import check_file_size
from cxr.film.sandbox import left_out
from cxr.worklist.case import Case
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.reading.page import LARGEST_NUMBER

CONTENT: Schema = {"type": "string", "format": "binary"}
IN_A_FORM: Schema = {
    "type": "object",
    "required": [FILM],
    "properties": {FILM: CONTENT, "population": {"$ref": "#/components/schemas/Population"}},
    "additionalProperties": False,
}
NO_FILM = "No film has this number."
STATED_TWICE = "State the population in the form or in the address, not in both."
VARY = {"Vary": "Accept"}


class Films:
    """The operations on films."""

    def __init__(self, served: Served, bodies: Bodies) -> None:
        self._served = served
        self._bodies = bodies
        self._threads = DecodingThreads()

    def operations(self) -> tuple[Operation, ...]:
        """Describe them."""
        add = Operation(
            *("POST", "/films", "addFilm", "Add a film; its result follows", Right.ADD_BY_API, self._add),
            answers={JSON: FilmAccepted},
            status=202,
            question=FilmQuestion,
            bodies={FORM: IN_A_FORM, **dict.fromkeys(RAW, CONTENT)},
            problems=(400, 408, 411, 413, 415),
        )
        see = Operation(
            *("GET", "/films/{id}", "getFilm", "The result of a film", Right.SEE_BY_API, self._see),
            answers={JSON: FilmResult, FHIR: FhirBundle},
            problems=(404,),
        )
        return add, see

    async def _add(self, request: Request, question: FilmQuestion) -> Response:
        async with self._bodies.film(request) as sent:
            if sent.fields and request.query_params:
                raise ProblemError(422, STATED_TWICE)
            stated = (asked(FilmQuestion, sent.fields) if sent.fields else question).population
            token = token_of(request)

            def add() -> Accepted:
                _require_film(sent.content)
                # A name for the list, as the film's own file name may identify the patient.
                name = f"{token.name} {datetime.datetime.now():%H:%M:%S}"
                return self._served.worklist().intake.accept(name, sent.content, stated, token.who)

            accepted = await self._threads.run(token.name, add)
        await run_in_threadpool(self._served.film_added)
        href = f"{API}films/{accepted.film}"
        return answered(FilmAccepted.of(accepted, href), 202, {"Location": href})

    async def _see(self, request: Request, _: Nothing) -> Response:
        case = await run_in_threadpool(self._case_of_film, request.path_params["id"])
        if FHIR not in request.headers.get("accept", ""):
            return answered(FilmResult.of(case), headers=VARY)

        def as_fhir() -> str:
            from cxr.api.fhir import bundle_of

            return bundle_of(case)

        return Response(await run_in_threadpool(as_fhir), 200, VARY, FHIR)

    def _case_of_film(self, number: str) -> Case:
        is_number = number.isascii() and number.isdecimal() and len(number) <= len(str(LARGEST_NUMBER))
        if not is_number or not 0 < int(number) <= LARGEST_NUMBER:
            raise ProblemError(404, NO_FILM)
        case = self._served.worklist().ranked.case_of_film(int(number))
        if case is None:
            raise ProblemError(404, NO_FILM)
        return case


def _require_film(content: bytes) -> None:
    """Refuse what never was a film, as every way in does; raises `ProblemError`."""
    try:
        check_file_size(len(content))
    except FilmError as error:
        raise ProblemError(422, error.sentence) from None
    if other := left_out(content):
        raise ProblemError(422, f"This is not a film: {other.kind}.")
