"""The page Worklist in the tests: opened, looked at, and worked on."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from ui.shown_cases import ADA

from cxr.film import Population
from cxr.ui.session import SESSION, Session

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "worklist.py"
SECONDS = 120


def page(who: str = ADA, stated: Population | None = Population.UNKNOWN) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=SECONDS)
    app.session_state[SESSION] = Session(reader=who, stated=stated)
    app.run()
    assert not app.exception
    return app


def column(app: AppTest, name: str) -> list[Any]:
    return [row["cells"][name] for row in table(app)["rows"]]


def table(app: AppTest) -> dict[str, Any]:
    """What the table is given to draw."""
    (component,) = (one for one in app.get("bidi_component") if one.proto.component_name == "cxr.case_table")
    drawn: dict[str, Any] = json.loads(component.proto.json)
    return drawn


def numbers(app: AppTest) -> list[int]:
    return [int(case.removeprefix("#")) for case in column(app, "case")]


def flags(app: AppTest) -> list[str]:
    return [chip["word"].split(" ", 1)[1] for chip in column(app, "flag")]


def select(app: AppTest, *chosen: int) -> AppTest:
    app.session_state[SESSION].selected = set(chosen)
    return app.run()


def type_name(app: AppTest, name: str) -> None:
    """Type a new name, which the test's widget would not send."""
    box = app.selectbox(key="reader-name")
    box.options.append(name)
    box.set_value(name).run()


def badges(app: AppTest) -> str:
    return next(markdown.value for markdown in app.markdown if "Urgent **" in markdown.value)
