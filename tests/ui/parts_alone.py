"""Parts of pages that rerun without their page, drawn alone."""

from collections.abc import Callable

from cxr.ui.service import worklist
from cxr.ui.widgets.dismiss_dialog import begin_dismissing, show_dismissing
from cxr.ui.widgets.film_panel import show_about, show_film
from cxr.ui.widgets.film_view import FilmView, case_view
from cxr.ui.widgets.redact_dialog import show_redaction
from cxr.ui.widgets.result_panel import Answers
from cxr.worklist.case import Case

Before = Callable[[], None]


def _seen() -> tuple[Case, FilmView]:
    case = worklist().ranked.case(1)
    assert case
    return case, case_view(case, worklist().film_source(case))


def _film(before: Before) -> None:
    _, view = _seen()
    before()
    show_film(view, Answers(lambda on: None, lambda way: None, lambda on: None))


def _about(before: Before) -> None:
    _, view = _seen()
    before()
    show_about(view)


def _redaction(before: Before) -> None:
    case, view = _seen()
    assert view.grey is not None
    before()
    show_redaction(case, view.grey)


def _dismissing(before: Before) -> None:
    begin_dismissing([1])
    before()
    show_dismissing()


PARTS: dict[str, Callable[[Before], None]] = {
    "film": _film,
    "about a film": _about,
    "redaction": _redaction,
    "dismissing": _dismissing,
}
"""Each is drawn after something else has happened."""
