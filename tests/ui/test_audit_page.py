from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from streamlit.testing.v1 import AppTest
from ui.shown_cases import ADA, BEN, shown
from worklist.made_cases import WORKER

from cxr.ui.service import worklist
from cxr.ui.session import SESSION
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "audit.py"


def page() -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=150).run()
    assert not app.exception
    return app


def check(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Check the trail").click().run()
    assert not app.exception
    return app


def rows(app: AppTest) -> list[tuple[str, int, str]]:
    table = app.dataframe[0].value
    return list(zip(table["who"], table["case"], table["what"], strict=True))


def change(folder: Path, values: str) -> None:
    """Change the first line past the program."""
    engine = create_engine(f"sqlite:///{folder / 'worklist.sqlite3'}")
    with engine.begin() as connection:
        triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for trigger in connection.scalars(triggers).all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(f"UPDATE audit SET {values} WHERE number = 1"))


def test_an_empty_trail_says_so() -> None:
    assert "The trail is empty" in page().info[0].value


def test_lines_are_shown_with_the_last_first_and_filtered_by_case_and_person() -> None:
    first, second = shown(worklist(), 1), shown(worklist(), 2)
    worklist().desk.claim(second, BEN)
    app = page()
    assert rows(app)[0] == (BEN, f"#{second.number}", "claimed the case")
    assert len(rows(app)) == 5

    app.number_input(key="audit-case").set_value(first.number).run()
    assert rows(app) == [
        (WORKER, f"#{first.number}", "scored it: urgent, 90.0 %"),
        (ADA, f"#{first.number}", "added the film"),
    ]

    app.selectbox(key="audit-who").set_value(ADA).run()
    assert rows(app) == [(ADA, f"#{first.number}", "added the film")]

    app.selectbox(key="audit-who").set_value(BEN).run()
    assert app.info[0].value == "No line matches."


def test_a_long_trail_comes_in_pages() -> None:
    for number in range(70):
        worklist().audit.note(Entry(ADA, Action.EXPORTED, details={"films": number, "view": "read"}))
    app = page()
    assert any("1–50 of 70 lines" in caption.value for caption in app.caption)
    app.pagination(key="audit-page").set_value(2).run()
    exported = [what for _, _, what in rows(app)]
    assert exported[-2:] == ["exported the list read, 1 film", "exported the list read, 0 films"]
    assert any("51–70 of 70 lines" in caption.value for caption in app.caption)

    app.selectbox(key="audit-who").set_value(ADA).run()
    assert any("1–50 of 70 lines" in caption.value for caption in app.caption)


def test_an_intact_trail_is_reported_with_its_count_and_its_hash() -> None:
    shown(worklist(), 1)
    app = check(page())
    assert app.success[0].value.startswith("All 2 lines")
    assert app.code[0].value == f"{(found := worklist().audit.verify()).lines}:{found.sha256}"


def test_a_check_is_made_although_a_refresh_ends_the_run_of_the_click() -> None:
    shown(worklist(), 1)
    app = page()
    app.session_state[SESSION].asked_check = True
    app.run()
    assert app.success[0].value.startswith("All 2 lines")
    assert not app.run().success


def test_a_line_that_was_changed_is_named(app_folder: Path) -> None:
    shown(worklist(), 1)
    change(app_folder, "who = 'Mallory'")

    app = check(page())

    assert app.error[0].value == "1 fault in 2 lines."
    assert any("Line 1 was changed" in markdown.value for markdown in app.markdown)
    assert not app.success


def test_a_line_that_cannot_be_read_does_not_hide_the_check(app_folder: Path) -> None:
    shown(worklist(), 1)
    change(app_folder, "action = 'vanished'")

    app = check(page())

    assert any("Line 1 was changed" in markdown.value for markdown in app.markdown)
    assert "cannot be read" in app.error[1].value
