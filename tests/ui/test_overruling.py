"""A reader who knows better has a refused film scored, on both pages, and can undo it."""

from pathlib import Path

import pytest
from made_films import made_card, made_quality_head
from streamlit.testing.v1 import AppTest
from ui.case_page import open_case
from ui.shown_cases import now, set_model, waiting
from ui.test_inversion import SECONDS, buttons, read_film_page, text

from cxr.model.bundle import load_bundle
from cxr.quality.check import RefusalCode
from cxr.quality.head import SENTENCES
from cxr.triage.flag import OVERRULED
from cxr.ui.service import worker, worklist
from cxr.ui.widgets.result_panel import SCORE_ANYWAY

pytestmark = pytest.mark.usefixtures("app_folder", "_refusing")

ANSWER, UNDO = SCORE_ANYWAY[RefusalCode.NOT_CHEST], "Let the quality check decide"
REFUSED = "does not look like a frontal chest film"


@pytest.fixture
def _refusing(tmp_path: Path, small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's model takes every film for something else."""
    network = load_bundle(small_bundle).network
    set_model(monkeypatch, tmp_path, network, made_quality_head(RefusalCode.NOT_CHEST), made_card())


def press(app: AppTest, label: str) -> None:
    buttons(app, label)[0].click().run()
    assert not app.exception


def test_there_is_an_answer_to_everything_that_the_picture_is_refused_for() -> None:
    assert set(SCORE_ANYWAY) == set(SENTENCES)


def test_a_refused_film_is_scored_at_a_click_says_so_and_is_refused_again() -> None:
    app = read_film_page()
    assert not app.metric and REFUSED in text(app)

    press(app, ANSWER)

    assert len(app.metric) == 1 and not buttons(app, ANSWER)
    assert "a person overruled the quality check, which said" in text(app) and REFUSED in text(app)

    press(app, UNDO)

    assert not app.metric and buttons(app, ANSWER) and not buttons(app, UNDO)


def test_a_refused_case_is_scored_at_a_click_which_the_history_and_the_result_keep() -> None:
    case = waiting(worklist(), 0)
    worker()
    assert worker().wait_until_idle(SECONDS)
    app = open_case(case.number)
    assert not app.metric and REFUSED in text(app)

    press(app, ANSWER)
    assert worker().wait_until_idle(SECONDS)
    app.run()

    scored = now(worklist(), case.number)
    assert scored.overruled and scored.probability is not None
    assert OVERRULED in [reason.code for reason in scored.reasons]
    assert len(app.metric) == 1 and "**Ada** overruled the quality check" in text(app)

    press(app, UNDO)
    assert worker().wait_until_idle(SECONDS)
    app.run()

    assert not now(worklist(), case.number).overruled and not app.metric
    assert "**Ada** let the quality check decide" in text(app) and buttons(app, ANSWER)


def test_without_a_reader_name_nothing_is_overruled() -> None:
    case = waiting(worklist(), 0)
    worker()
    assert worker().wait_until_idle(SECONDS)
    app = open_case(case.number, who="")

    press(app, ANSWER)

    assert any("Choose a reader name in the sidebar" in warning.value for warning in app.warning)
    assert not now(worklist(), case.number).overruled
