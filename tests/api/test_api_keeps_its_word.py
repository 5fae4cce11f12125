"""What the OpenAPI document promises, the API keeps, whatever is sent: schemathesis tries."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api.calling import Caller, RunningApp
from api.conftest import YEAR
from empty_worklist import empty_database
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from starlette.applications import Starlette
from worklist.made_cases import reading, scored

from cxr.api.mount import api_routes
from cxr.settings import Settings
from cxr.worklist.worklist import Worklist

OPERATIONS = ("addFilm", "getFilm", "getWorklist", "addFinding", "getHealth")
EXAMPLES = 20
"""Of each operation; they are the same every time."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The document of an API whose worklist has one scored film, as a program with a token reads it."""
    folder: Path = tmp_path_factory.mktemp("api")
    worklist = Worklist(empty_database(folder), folder / "films")
    scored(worklist, said=reading(0.9))
    token = worklist.tokens.add("schemathesis", YEAR, "root")[1]
    app = RunningApp(worklist, settings=Settings(api_requests_per_minute=1_000_000))
    served = Starlette(routes=api_routes(app.settings, app))
    headers = {"authorization": f"Bearer {token}"}
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served, headers=headers), headers


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_the_document_describes(
    described: Any, name: str, mode: GenerationMode
) -> None:
    schema, headers = described
    found = [one.ok() for one in schema.get_all_operations()]
    operation = next(one for one in found if one.definition.raw["operationId"] == name)

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def is_as_described(case: schemathesis.Case) -> None:
        # Bytes that are not a film are valid by the document, and refused all the same. Without a token
        # nothing is answered, which test_tokens_of_programs.py shows; here each request has one.
        left_out = [positive_data_acceptance, ignored_auth]
        case.call_and_validate(headers=headers, excluded_checks=left_out)

    try:
        is_as_described()
    except Unsatisfiable:  # without parameters and a body nothing can be wrong
        assert mode is GenerationMode.NEGATIVE and name == "getHealth"


def test_the_document_names_every_operation_and_model(caller: Caller) -> None:
    document = json.loads(caller.call("/openapi.json").body)

    assert document["openapi"].startswith("3.1")
    assert {*document["paths"]} == {
        *("/films", "/films/{id}", "/worklist", "/findings", "/health", "/openapi.json"),
    }
    assert {"FilmResult", "Problem", "FindingReport", "Population"} <= {*document["components"]["schemas"]}
    assert "For research use only" in document["info"]["description"]
