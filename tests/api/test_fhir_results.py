"""Results as FHIR R5, read back by the library that knows the standard."""

import pytest
from api.calling import FHIR, Caller
from fhir.resources.bundle import Bundle
from worklist.made_cases import hand_in, reading, refusal, scored

from cxr.screening import ScreeningResult
from cxr.worklist.worklist import Worklist


def resources(caller: Caller, number: int) -> tuple[object, object]:
    answer = caller.call(f"/films/{number}", headers=FHIR)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/fhir+json")
    assert answer.headers["vary"] == "Accept"
    bundle = Bundle.model_validate_json(answer.body)
    report, observation = (entry.resource for entry in bundle.entry)
    assert report.result[0].reference == bundle.entry[1].fullUrl
    return report, observation


def test_a_result_is_a_preliminary_report_and_its_observation(caller: Caller, worklist: Worklist) -> None:
    case = scored(worklist, said=reading(0.9))

    report, observation = resources(caller, case.film_number)

    assert (report.status, observation.status) == ("preliminary", "preliminary")
    assert float(observation.valueQuantity.value) == 0.9
    values = {one.code.coding[0].code: float(one.valueQuantity.value) for one in observation.component}
    assert values["low-point"] == 0.25 and values["high-point"] == 0.75
    assert observation.interpretation[0].coding[0].code == "urgent"
    assert observation.device.display.startswith(case.bundle_version)
    assert "For research use only" in report.conclusion and report.subject is None


@pytest.mark.parametrize(
    ("said", "status", "why"), [(None, "registered", "temp-unknown"), (refusal(), "cancelled", "error")]
)
def test_without_a_number_the_observation_says_why(
    caller: Caller, worklist: Worklist, said: ScreeningResult | None, status: str, why: str
) -> None:
    case = scored(worklist, said=said) if said else hand_in(worklist)

    report, observation = resources(caller, case.film_number)

    assert (report.status, observation.status) == (status, status)
    assert observation.valueQuantity is None
    assert observation.dataAbsentReason.coding[0].code == why
