"""A study with several films on the case page: one is shown large, and what is done is done to that one."""

import pytest
from film.film_files import dicom_file, picture_file
from made_films import grey_level
from PIL import Image
from streamlit.testing.v1 import AppTest
from ui.case_page import click, open_case, text, viewers
from ui.shown_cases import ADA, now
from worklist.made_cases import UNKNOWN, WORKER, reading, refusal

from cxr.quality.check import RefusalCode
from cxr.ui.service import worklist
from cxr.worklist.case import Case
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter

pytestmark = pytest.mark.usefixtures("app_folder")


@pytest.fixture
def study() -> Case:
    """A study of a frontal film and a lateral one, scored."""
    small = picture_file(Image.fromarray(grey_level(0, 96, 96)), "JPEG")
    for film in (1, 2):
        content = dicom_file(grey_level(film), StudyInstanceUID="1.2.3.1", SOPInstanceUID=f"1.2.3.4.{film}")
        number = worklist().intake.accept(f"film-{film}.dcm", content, UNKNOWN, ADA).number
    results = (reading(0.9), refusal(RefusalCode.LATERAL))
    cases = worklist().scoring.claim(WORKER, 2)
    scored = [Scored(case, result, small) for case, result in zip(cases, results, strict=True)]
    assert worklist().scoring.record(WORKER, scored) == 2
    return now(worklist(), number)


def choose(app: AppTest, case: Case, film: int) -> None:
    app.segmented_control(key=f"film-{case.number}-{case.film_number}").set_value(film).run()
    assert not app.exception


def large(app: AppTest) -> str:
    headers = (header.value.replace("\\", "") for header in app.header)
    return next(header for header in headers if header.startswith("film-"))


def test_the_film_that_gives_the_study_its_flag_is_large_and_another_can_be(study: Case) -> None:
    app = open_case(study.number)
    assert large(app) == "film-1.dcm" and "film-2.dcm" in text(app)
    assert [other["label"] for other in viewers(app)[0]["others"]] == ["Film 2 of this study"]

    choose(app, study, study.films[1].number)

    assert large(app) == "film-2.dcm" and "film-1.dcm" in text(app)


def test_corners_of_the_film_shown_large_are_redacted(study: Case) -> None:
    frontal, lateral = study.films
    app = open_case(study.number)
    choose(app, study, lateral.number)
    app.button_group(key=f"corners-{lateral.number}").set_value(["top left"]).run()
    click(app, "Redact")

    changed = {film.number: film for film in now(worklist(), study.number).films}
    assert changed[frontal.number].sha256 == frontal.sha256
    assert changed[lateral.number].sha256 != lateral.sha256


def test_a_study_is_found_by_the_name_of_any_of_its_films(study: Case) -> None:
    for name in ("film-1", "FILM-2"):
        (found,) = worklist().ranked.page(Filter(text=name)).rows
        assert found.case.number == study.number
