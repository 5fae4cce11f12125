"""One click inverts a film stored as a negative and scores it, on both pages, and one undoes it."""

from pathlib import Path

import numpy as np
import pytest
from made_films import grey_level, png
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from ui.case_page import open_case
from ui.shown_cases import ADA, now, set_model, waiting

from cxr.film import Adjusted, Population, read_film
from cxr.model.bundle import load_bundle
from cxr.model.card import QualityHeadCard
from cxr.model.engine import Engine
from cxr.quality.check import RefusalCode
from cxr.quality.head import QualityHead, region_features
from cxr.screening import Screener
from cxr.ui.service import worker, worklist
from cxr.ui.session import SESSION, Session
from cxr.ui.widgets.film_view import case_view

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "read_film.py"
SECONDS = 120
INVERT, UNDO = "Invert and score", "Undo inversion"


@pytest.fixture
def screener(tmp_path: Path, small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Screener:
    """The app's model: the first made film looks inverted to it and its negative does not."""
    small = load_bundle(small_bundle)
    films = np.stack([grey_level(0), 255 - grey_level(0)])
    inverted, upright = region_features(Engine(small.network, small.card.preprocessing).run(films).maps)
    away = (inverted - upright) / np.square(inverted - upright).sum()
    card = QualityHeadCard(kinds=(RefusalCode.INVERTED,), threshold=0.0)
    head = QualityHead(
        kinds=card.kinds,
        mean=(inverted + upright) / 2,
        deviation=np.ones_like(upright),
        weight=np.stack([np.zeros_like(away), away], axis=1),
        bias=np.zeros(2, dtype=np.float32),
        threshold=card.threshold,
    )
    card_of_both = small.card.model_copy(update={"quality_head": card})
    folder = set_model(monkeypatch, tmp_path, small.network, head, card_of_both)
    return Screener(load_bundle(folder), prevalence=0.2)


def read_film_page(*films: bytes) -> AppTest:
    """Upload films, by default the first made one, as a child's."""
    app = AppTest.from_file(PAGE, default_timeout=SECONDS)
    app.session_state[SESSION] = Session(stated=Population.CHILD)
    app.run()
    files = [(f"{number}.png", film, "image/png") for number, film in enumerate(films or [png(0)])]
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    return app


def buttons(app: AppTest, label: str) -> list[Button]:
    return [button for button in app.button if button.label == label]


def text(app: AppTest) -> str:
    return " ".join(markdown.value for markdown in app.markdown)


def expected_probability(screener: Screener) -> float:
    (reading,) = screener.screen_films([read_film(Adjusted(png(0), inverted=True))], Population.CHILD)
    assert reading.score
    return reading.score.probability


def as_shown(probability: float) -> str:
    assert 0.01 < probability < 0.99
    return f"{100 * probability:.1f} %"


def test_a_film_is_inverted_scored_and_inverted_back(screener: Screener) -> None:
    app = read_film_page()
    assert not app.metric and "Black and white look exchanged" in text(app)

    buttons(app, INVERT)[0].click().run()

    assert not app.exception
    assert [metric.value for metric in app.metric] == [as_shown(expected_probability(screener))]
    assert "a person inverted it back" in text(app) and not buttons(app, INVERT)

    buttons(app, UNDO)[0].click().run()

    assert not app.metric and "Black and white look exchanged" in text(app)
    assert buttons(app, INVERT) and not buttons(app, UNDO)


@pytest.mark.usefixtures("screener")
def test_only_the_film_that_was_clicked_is_inverted() -> None:
    app = read_film_page(png(0), png(1))
    others = [metric.value for metric in app.metric]

    buttons(app, INVERT)[0].click().run()

    assert [metric.value for metric in app.metric][1:] == others
    assert len(buttons(app, UNDO)) == 1


def test_a_case_is_inverted_scored_again_and_inverted_back(screener: Screener) -> None:
    case = waiting(worklist(), 0)
    worker()
    assert worker().wait_until_idle(SECONDS)
    app = open_case(case.number)
    assert not app.metric and "Black and white look exchanged" in text(app)

    buttons(app, INVERT)[0].click().run()
    assert worker().wait_until_idle(SECONDS)
    app.run()

    inverted = now(worklist(), case.number)
    expected = pytest.approx(expected_probability(screener), abs=1e-4)
    assert inverted.inverted and inverted.probability == expected
    assert [metric.value for metric in app.metric] == [as_shown(inverted.probability or 0)]
    assert "a person inverted it back" in text(app)
    assert "**Ada** inverted the film" in text(app)

    buttons(app, UNDO)[0].click().run()
    assert worker().wait_until_idle(SECONDS)
    app.run()

    assert not now(worklist(), case.number).inverted and not app.metric
    assert "Black and white look exchanged" in text(app) and buttons(app, INVERT)


@pytest.mark.usefixtures("screener")
def test_without_a_reader_name_no_case_is_inverted() -> None:
    case = waiting(worklist(), 0)
    worker()
    assert worker().wait_until_idle(SECONDS)
    app = open_case(case.number, who="")

    buttons(app, INVERT)[0].click().run()

    assert any("Choose a reader name in the sidebar" in warning.value for warning in app.warning)
    assert not now(worklist(), case.number).inverted


def test_an_inverted_case_is_shown_inverted() -> None:
    case = worklist().desk.invert(waiting(worklist(), 0), ADA)

    view = case_view(case, worklist().film_source(case))

    assert view.inverted and view.grey is not None
    np.testing.assert_array_equal(view.grey, 255 - grey_level(0))
