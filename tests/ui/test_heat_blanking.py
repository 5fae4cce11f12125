"""Blanking the outlined region, on Read a film and on the page of a case."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui.case_page import button, click, labels, open_case, text
from ui.shown_cases import shown, worklist_in
from ui.test_read_film import page

from cxr.ui.service import worklist
from cxr.ui.session import SESSION
from cxr.ui.widgets.heat_blanking import CAVEAT, OTHER_MODEL
from cxr.worklist.site.mode import Mode

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("app_folder")]

SCORE = "Blank and score"


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_at_a_click_the_page_says_what_the_estimate_falls_to(
    films: dict[str, list[tuple[str, bytes, str]]],
) -> None:
    app = page()
    healthy, sick = films["normal"][0], next(f for f in films["pneumonia"] if "person1946" in f[0])
    app.file_uploader[0].set_value([healthy, sick]).run()
    assert len(app.metric) == 2 and len([one for one in app.button if one.label == SCORE]) == 1
    assert not app.session_state[SESSION].blanked and CAVEAT not in captions(app)

    click(app, SCORE)

    ((key, after),) = app.session_state[SESSION].blanked.items()
    assert after < key[-1]
    assert f"With the outlined region blanked, the estimate falls from {app.metric[1].value} to" in text(app)
    assert CAVEAT in captions(app)
    app.run()
    assert CAVEAT in captions(app)


def test_a_result_of_another_model_is_not_compared_with_this_one(app_folder: Path) -> None:
    case = shown(worklist_in(app_folder), 1)
    app = open_case(case.number)

    click(app, SCORE)

    assert OTHER_MODEL in [info.value for info in app.info]
    assert not app.session_state[SESSION].blanked


def test_nothing_is_said_once_the_site_withholds_results(app_folder: Path) -> None:
    case = shown(worklist_in(app_folder), 1)
    app = open_case(case.number)
    assert SCORE in labels(app)
    worklist().site.change(Mode.SILENT, "root")

    button(app, SCORE).click().run()

    assert not app.exception and not app.session_state[SESSION].blanked
    assert "blanked" not in text(app)
