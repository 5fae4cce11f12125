import pytest
from made_films import made_film
from report.reported_cases import (
    NOW,
    identity,
    read_case,
    refused_case,
    routine_case,
    scored_case,
    waiting_case,
)

from cxr.film import Film
from cxr.report.objects import dicom_results
from cxr.worklist.case import Case

FILM = made_film(0, 240, 320)


@pytest.mark.parametrize(
    ("case", "film", "modalities"),
    [
        (scored_case(), FILM, ["SR", "OT", "PR"]),
        (read_case(), FILM, ["SR", "OT", "PR"]),
        (routine_case(), FILM, ["SR", "OT"]),
        (refused_case(), FILM, ["SR", "OT"]),
        (refused_case(), None, ["SR"]),
        (scored_case(purged_at=NOW), None, ["SR", "PR"]),
    ],
    ids=["urgent", "read", "routine", "refused", "unreadable", "purged"],
)
def test_a_case_has_the_results_that_there_is_something_to_say_in(
    case: Case, film: Film | None, modalities: list[str]
) -> None:
    results = dicom_results(case, film, identity(), NOW)
    assert [result.Modality for result in results] == modalities
    assert len({result.SOPInstanceUID for result in results}) == len(results)
    assert len({result.SeriesInstanceUID for result in results}) == len(results)
    assert {result.StudyInstanceUID for result in results} == {identity().dataset.StudyInstanceUID}


def test_results_that_are_made_twice_are_the_same_objects() -> None:
    first, again = (dicom_results(read_case(), FILM, identity(), NOW) for _ in range(2))
    assert first == again


def test_every_result_says_that_it_is_for_research_use() -> None:
    for result in dicom_results(scored_case(), FILM, identity(), NOW):
        assert "research use" in result.SeriesDescription
        assert "research use" in result.ManufacturerModelName


def test_a_film_that_waits_has_no_results() -> None:
    with pytest.raises(ValueError, match="waits for its score"):
        dicom_results(waiting_case(), FILM, identity(), NOW)
