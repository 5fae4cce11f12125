from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from ui.case_page import open_case
from ui.shown_cases import shown
from ui.worklist_page import page

from cxr.ui.service import worklist

pytestmark = pytest.mark.usefixtures("app_folder")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note what the pages ask of the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(" ".join(statement.split()))

    engine = worklist()._database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("draw", "question"),
    [
        pytest.param(lambda: open_case(1), "FROM films WHERE films.case_id IN (?)", id="a case's films"),
        pytest.param(page, "GROUP BY cases.flag", id="how many cases there are"),
    ],
)
def test_a_page_and_its_part_that_reruns_ask_once_together(draw: Callable[[], object], question: str) -> None:
    shown(worklist(), 1)

    with statements() as asked:
        draw()

    assert len([statement for statement in asked if question in statement]) == 1
