"""The page of a case in the tests: opened, and worked on."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from ui.shown_cases import ADA

from cxr.ui.session import SESSION, Session

SECONDS = 120
APP = Path(__file__).resolve().parents[2] / "app.py"


def open_case(number: int | str, who: str = ADA) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.session_state[SESSION] = Session(reader=who)
    app.switch_page("cxr/ui/pages/case.py")
    app.query_params["case"] = str(number)
    app.run()
    assert not app.exception
    return app


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def click(app: AppTest, label: str) -> AppTest:
    button(app, label).click().run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(markdown.value for markdown in app.markdown).replace("\\", "")


def viewers(app: AppTest) -> list[dict[str, Any]]:
    """What the film viewers of a page are given, in the order of the page."""
    drawn = (one.proto for one in app.get("bidi_component"))
    return [json.loads(proto.json) for proto in drawn if proto.component_name == "cxr.film_viewer"]
