"""A film that is not upright is rotated, mirrored and scored at a click, on both pages, and put back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_films import grey_level
from streamlit.testing.v1 import AppTest
from ui.case_page import open_case
from ui.shown_cases import now, set_model, waiting
from ui.test_inversion import SECONDS, buttons, read_film_page, text
from ui.test_overruling import press

from cxr.film import AS_STORED, Orientation
from cxr.model.bundle import load_bundle
from cxr.model.card import QualityHeadCard
from cxr.quality.check import RefusalCode
from cxr.quality.head import SENTENCES
from cxr.triage.flag import Reason
from cxr.ui.service import worker, worklist
from cxr.ui.widgets.film_orientation import ANSWERS, CORRECTIONS
from cxr.ui.widgets.film_view import case_view
from cxr.ui.widgets.reason_words import reason_words

pytestmark = pytest.mark.usefixtures("app_folder")

CORRECTED = "a person rotated or mirrored it"


@pytest.fixture
def _refusing(tmp_path: Path, small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's model takes every film for one that lies on its side."""
    small = load_bundle(small_bundle)
    kinds = (RefusalCode.ROTATED,)
    features = small.quality_head.weight.shape[0]
    head = replace(
        small.quality_head,
        kinds=kinds,
        weight=np.zeros((features, 2), np.float32),
        bias=np.array([0, 1], np.float32),
    )
    card = small.card.model_copy(update={"quality_head": QualityHeadCard(kinds=kinds, threshold=0.0)})
    set_model(monkeypatch, tmp_path, small.network, head, card)


def shown(app: AppTest) -> list[str]:
    labels = [text for offers in ANSWERS.values() for text, _, _ in offers]
    return [button.label for button in app.button if button.label in labels]


@pytest.mark.usefixtures("_refusing")
def test_a_film_on_its_side_is_offered_both_ways_up() -> None:
    app = read_film_page()

    assert shown(app) == ["Rotate left and score", "Rotate right and score"]
    assert "Rotate it upright and have it scored again" in text(app)
    press(app, "Rotate left and score")
    assert CORRECTED in text(app)


def test_a_refusal_stored_by_an_earlier_version_names_what_can_be_done_now() -> None:
    stored = Reason(RefusalCode.UPSIDE_DOWN, "The film looks upside down. Export it again.")
    assert reason_words(stored) == SENTENCES[RefusalCode.UPSIDE_DOWN]
    shape = Reason(RefusalCode.CROPPED, "The film is 100 x 900 pixels: no whole chest is so narrow.")
    assert reason_words(shape) == shape.sentence


@pytest.mark.usefixtures("bundle_set")
def test_a_film_is_mirrored_and_put_back() -> None:
    app = read_film_page()
    before = [metric.value for metric in app.metric]
    assert len(before) == 1 and not shown(app)

    press(app, "Mirror")
    assert CORRECTED in text(app) and len(app.metric) == 1
    press(app, "As stored")

    assert [metric.value for metric in app.metric] == before and CORRECTED not in text(app)
    assert not buttons(app, "As stored")


@pytest.mark.usefixtures("bundle_set")
def test_a_case_is_rotated_scored_again_and_rotated_back() -> None:
    case = waiting(worklist(), 0)
    worker()
    assert worker().wait_until_idle(SECONDS)
    app = open_case(case.number)

    press(app, "Rotate right")
    press(app, "Mirror")
    assert worker().wait_until_idle(SECONDS)
    app.run()

    oriented = now(worklist(), case.number)
    assert oriented.orientation == Orientation(1, mirrored=True) and oriented.probability is not None
    assert CORRECTED in text(app)
    assert "**Ada** rotated the film by 90°" in text(app) and "and mirrored it" in text(app)
    view = case_view(oriented, worklist().film_source(oriented))
    assert view.grey is not None
    np.testing.assert_array_equal(view.grey, oriented.orientation.displayed(grey_level(0)))

    press(app, "As stored")
    assert worker().wait_until_idle(SECONDS)
    app.run()

    assert now(worklist(), case.number).orientation == AS_STORED and CORRECTED not in text(app)


def test_every_correction_can_be_taken_back() -> None:
    for _, _, change in CORRECTIONS:
        assert change(AS_STORED) != AS_STORED
