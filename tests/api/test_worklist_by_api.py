"""The worklist page by page, while people change it, and the health of the program."""

import base64
import json
from typing import Any

import pytest
from api.calling import FHIR, Caller
from worklist.made_cases import ADA, hand_in, in_order, now, reading, refusal, scored

from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist


def page(caller: Caller, cursor: str | None = None, limit: int = 2) -> Any:
    answer = caller.call(f"/worklist?limit={limit}{f'&cursor={cursor}' if cursor else ''}")
    assert answer.status == 200
    return json.loads(answer.body)


def numbers(found: Any) -> list[int]:
    return [case["case"] for case in found["cases"]]


def test_all_pages_together_are_the_list_in_its_order(caller: Caller, worklist: Worklist) -> None:
    for seed, probability in enumerate((0.1, 0.9, 0.5, 0.8)):
        scored(worklist, hand_in(worklist, seed, f"MARIA {seed}.png"), reading(probability))
    hand_in(worklist, 9)
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        part = page(caller, cursor)
        found += part["cases"]
        cursor, pages = part["next"], pages + 1

    assert [case["case"] for case in found] == in_order(worklist)
    assert [case["rank"] for case in found] == [1, 2, 3, 4, 5] and pages == 3
    assert (found[0]["flag"], found[0]["probability"]) == ("urgent", 0.9)
    assert found[0]["films"] == [now(worklist, found[0]["case"]).film_number]
    assert "MARIA" not in json.dumps(found)


def test_a_case_that_stays_is_never_missed_when_others_are_read(caller: Caller, worklist: Worklist) -> None:
    for seed, probability in enumerate((0.9, 0.8, 0.5, 0.4)):
        scored(worklist, hand_in(worklist, seed), reading(probability))
    first = page(caller)
    worklist.desk.dismiss(numbers(first), ADA, "seen")

    assert numbers(page(caller, first["next"])) == in_order(worklist)


def test_where_results_are_withheld_programs_get_none_and_the_list_by_arrival(
    caller: Caller, worklist: Worklist
) -> None:
    cases = [hand_in(worklist, seed) for seed in range(3)]
    for case, probability in zip(cases, (0.1, 0.9, 0.5), strict=True):
        scored(worklist, case, reading(probability))
    begun = page(caller)
    worklist.site.change(Mode.SILENT, ADA)

    refused = caller.call(f"/worklist?limit=2&cursor={begun['next']}")
    first = page(caller)
    found = first["cases"] + page(caller, first["next"])["cases"]

    assert refused.status == 422 and "Begin again" in refused.body
    assert [one["case"] for one in found] == [case.number for case in cases]
    for one in found:
        (film,) = one["films"]
        alone = json.loads(caller.call(f"/films/{film}").body)
        assert one["withheld"] and one["flag"] is one["probability"] is None
        assert alone["withheld"] and not alone["reasons"]
        assert alone["flag"] is alone["probability"] is alone["operating_points"] is alone["model"] is None
        report = caller.call(f"/films/{film}", headers=FHIR).body
        assert "withheld" in report and "masked" in report and "valueQuantity" not in report


def test_a_cursor_tells_no_result_where_results_are_withheld(caller: Caller, worklist: Worklist) -> None:
    cursors = []
    for result in (reading(0.9), reading(0.1), refusal()):
        first, second = hand_in(worklist, len(cursors)), hand_in(worklist, len(cursors) + 1)
        scored(worklist, first, result)
        worklist.site.change(Mode.SILENT, ADA)
        place = page(caller, limit=1)["next"]
        cursors.append(json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4))))
        worklist.site.change(Mode.LIVE, ADA)
        worklist.desk.dismiss([first.number, second.number], ADA, "done")

    results = [{name: one[name] for name in ("lane", "age_group", "rank")} for one in cursors]
    assert results == [{"lane": 0, "age_group": 0, "rank": 0.0}] * 3


@pytest.mark.parametrize(
    "query", ["cursor=MARIA", "cursor=", "cursor=e30", "limit=0", "limit=201", "offset=2"]
)
def test_an_invalid_page_is_refused(caller: Caller, query: str) -> None:
    answer = caller.call(f"/worklist?{query}")

    assert answer.status == 422 and "MARIA" not in answer.body


@pytest.mark.parametrize(
    "changed",
    [
        *({"id": 10**30}, {"id": -1}, {"lane": 2**70}, {"part": -1}, {"rank": "nan"}, {"rank": "inf"}),
        *({"began": "0001-01-01T00:00:00Z"}, {"began": "2026-01-01T00:00:00"}, {"began": 1e18}),
        *({"arrived_at": "0001-01-01T00:00:00+14:00"}, {"arrived_at": "9999-12-31T23:59:59-14:00"}),
    ],
)
def test_a_cursor_that_somebody_made_up_is_refused(
    caller: Caller, worklist: Worklist, changed: dict[str, object]
) -> None:
    hand_in(worklist, 1), hand_in(worklist, 2)
    cursor = page(caller, limit=1)["next"]
    place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(place | changed).encode()).decode().rstrip("=")

    answer = caller.call(f"/worklist?cursor={forged}")

    assert answer.status == 422 and "Begin again" in answer.body


def test_health_says_whether_films_are_scored(caller: Caller, worklist: Worklist) -> None:
    hand_in(worklist)

    assert json.loads(caller.call("/health").body)["waiting"] == 1
    caller.app.model_is = "failed"
    assert json.loads(caller.call("/health").body)["status"] == "failed"


def test_what_is_not_there_is_a_problem_and_not_repeated(caller: Caller) -> None:
    nothing, wrong = caller.call("/MARIA"), caller.call("/films", "DELETE")

    assert nothing.status == 404 and "MARIA" not in nothing.body
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert json.loads(wrong.body)["title"] == "Method Not Allowed"
