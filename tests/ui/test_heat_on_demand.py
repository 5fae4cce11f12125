"""Blanking the outlined region, and other maps, on Read a film and on the page of a case."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui.case_page import button, click, labels, open_case, text, viewers
from ui.shown_cases import shown, worklist_in
from ui.test_read_film import page

from cxr.explain.other_maps import Method
from cxr.ui.service import worklist
from cxr.ui.session import SESSION
from cxr.ui.widgets.heat_on_demand import BLANKING, CAVEAT, OTHER_MODEL
from cxr.worklist.site.mode import Mode

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("app_folder")]

SCORE, MAP = "Blank and score", "Grad-CAM++"


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_at_a_click_the_page_says_what_the_estimate_falls_to(
    films: dict[str, list[tuple[str, bytes, str]]],
) -> None:
    app = page()
    healthy, sick = films["normal"][0], next(f for f in films["pneumonia"] if "person1946" in f[0])
    app.file_uploader[0].set_value([healthy, sick]).run()
    assert len(app.metric) == 2 and len([one for one in app.button if one.label == SCORE]) == 1
    assert not app.session_state[SESSION].tested and CAVEAT not in captions(app)

    click(app, SCORE)

    (((*_film, before, test), after),) = app.session_state[SESSION].tested.items()
    assert test == BLANKING and after < before
    assert f"With the outlined region blanked, the estimate falls from {app.metric[1].value} to" in text(app)
    assert CAVEAT in captions(app)
    app.run()
    assert CAVEAT in captions(app)


def test_a_result_of_another_model_is_not_compared_with_this_one(app_folder: Path) -> None:
    case = shown(worklist_in(app_folder), 1)
    app = open_case(case.number)

    click(app, SCORE)

    assert OTHER_MODEL in [warning.value for warning in app.warning]


def test_nothing_is_said_once_the_site_withholds_results(app_folder: Path) -> None:
    case = shown(worklist_in(app_folder), 1)
    app = open_case(case.number)
    assert SCORE in labels(app)
    worklist().site.change(Mode.SILENT, "root")

    button(app, SCORE).click().run()

    assert not app.exception and not app.session_state[SESSION].tested
    assert "blanked" not in text(app)


def test_another_map_is_shown_beside_the_standard_one_with_its_time(
    films: dict[str, list[tuple[str, bytes, str]]],
) -> None:
    app = page()
    sick = next(f for f in films["pneumonia"] if "person1946" in f[0])
    app.file_uploader[0].set_value([sick]).run()
    standard = viewers(app)[0]["heat"]
    assert not app.get("image")

    click(app, MAP)

    ((key, made),) = app.session_state[SESSION].tested.items()
    assert key[-1] is Method.GRAD_CAM_PLUS_PLUS and made.seconds > 0
    assert len(app.get("image")) == 1
    (words,) = [one for one in captions(app) if one.startswith("Grad-CAM++, computed in ")]
    assert "always use the standard map (Grad-CAM)" in words
    assert viewers(app)[0]["heat"] == standard
