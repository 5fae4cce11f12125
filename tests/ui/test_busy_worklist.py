"""Where the worklist or films cannot be read for a while, pages and actions say so instead of failing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cheap_passwords import cheap_passwords
from sqlalchemy import inspect, text
from streamlit.testing.v1 import AppTest
from ui.shown_cases import now, shown, worklist_in

from cxr.ui.navigation import PAGES, PageEntry
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.sessions import key_of
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
WHO = "Admin"


@pytest.fixture
def worklist(app_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Worklist:
    """A worklist with an account, in an app that asks who is there."""
    monkeypatch.setenv("CXR_SIGN_IN", "local")
    worklist = worklist_in(app_folder)
    worklist.accounts.add(WHO, Role.ADMIN, "four words of mine", "root")
    return worklist


def hide_tables(worklist: Worklist, hidden: bool = True) -> None:
    """Give all tables other names, so that nothing can be read or written, or their own again."""
    engine = worklist._database.engine
    tables = [name for name in inspect(engine).get_table_names() if name != "alembic_version"]
    with worklist._database.writing() as session:
        for name in tables:
            renamed = f"{name}_hidden" if hidden else name.removesuffix("_hidden")
            session.execute(text(f"ALTER TABLE {name} RENAME TO {renamed}"))


def signed_in(app: AppTest, worklist: Worklist) -> AppTest:
    app.user = {"session": key_of(worklist.sessions.open(WHO))}
    return app


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_says_that_the_worklist_cannot_be_read_and_shows_it_once_it_can(
    worklist: Worklist, page: PageEntry
) -> None:
    shown(worklist, 1)
    app = signed_in(AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS), worklist)
    app.switch_page(page.path)
    app.query_params["case"] = "1"
    app.run()
    assert not app.exception and not app.error

    hide_tables(worklist)
    app.run()
    assert not app.exception
    assert any("CXR_DATABASE" in error.value for error in app.error)

    hide_tables(worklist, hidden=False)
    app.run()
    assert not app.exception and not app.error


def draw_a_part() -> None:
    import streamlit as st
    from ui.parts_alone import PARTS

    PARTS[st.session_state["part"]](st.session_state["before"])


@pytest.mark.parametrize("part", ["film", "about a film", "redaction", "dismissing"])
def test_a_part_that_reruns_without_its_page_says_it_too(worklist: Worklist, part: str) -> None:
    shown(worklist, 1)
    app = signed_in(AppTest.from_function(draw_a_part, default_timeout=SECONDS), worklist)
    app.session_state["part"], app.session_state["before"] = part, lambda: None
    app.run()
    assert not app.exception and not app.error

    app.session_state["before"] = lambda: hide_tables(worklist)
    app.run()

    assert not app.exception
    assert any("CXR_DATABASE" in error.value for error in app.error)


def act() -> None:
    import streamlit as st

    st.session_state["act"]()


ACTIONS: dict[str, Callable[[Worklist], Callable[[], object]]] = {}


def action(of: Callable[[Worklist], Callable[[], object]]) -> Callable[[Worklist], Callable[[], object]]:
    ACTIONS[of.__name__] = of
    return of


@action
def sign_out(_: Worklist) -> Callable[[], object]:
    from cxr.ui import navigation

    return lambda: navigation._sign_out(True)


@action
def claim(worklist: Worklist) -> Callable[[], object]:
    from cxr.ui.widgets import case_desk

    seen = now(worklist, 1)
    return lambda: case_desk._claim(seen, WHO)


@action
def claim_next(_: Worklist) -> Callable[[], object]:
    from cxr.ui.widgets import next_case

    return next_case.claim_next


@action
def raise_priority(_: Worklist) -> Callable[[], object]:
    import streamlit as st

    from cxr.triage.priority import Urgency
    from cxr.ui.widgets import raise_priority as dialog

    def act_on_it() -> None:
        st.session_state[dialog.TO], st.session_state[dialog.WHY] = Urgency.HIGH, "Worse"
        dialog._raise([1])

    return act_on_it


@action
def dismiss(_: Worklist) -> Callable[[], object]:
    from cxr.ui.widgets import dismiss_dialog

    return lambda: dismiss_dialog._dismiss([1])


@action
def redact(worklist: Worklist) -> Callable[[], object]:
    from cxr.film.redaction import Corner
    from cxr.ui.widgets import redact_dialog

    seen = now(worklist, 1)
    return lambda: redact_dialog._redact(seen, (Corner.TOP_LEFT,), 0.1, 0.1)


@action
def add_films_that_were_read(_: Worklist) -> Callable[[], object]:
    from made_films import png

    from cxr.film import Population
    from cxr.ui.widgets import uploaded_film

    def add() -> None:
        uploaded_film._add([uploaded_film.UploadedFilm.of("a.png", png(98), Population.CHILD)])

    return add


@action
def upload_films(_: Worklist) -> Callable[[], object]:
    from ui.every_action import _Upload

    from cxr.film import Population
    from cxr.ui.widgets import add_films

    return lambda: add_films._add([_Upload()], Population.CHILD)  # type: ignore[list-item]  # a stand-in for a file


@action
def fit_a_profile(_: Worklist) -> Callable[[], object]:
    import streamlit as st

    from cxr.ui.widgets import site_profiles

    def fit() -> None:
        st.session_state[site_profiles.WANTED] = 0.95
        site_profiles._fit()

    return fit


@action
def begin_an_acceptance_test(_: Worklist) -> Callable[[], object]:
    from cxr.site.limits import Limits
    from cxr.ui.acceptance_test import Asked
    from cxr.ui.widgets import site_acceptance

    return lambda: site_acceptance._run(Asked(Limits(), 0.1, 50.0), None)


def said(app: AppTest) -> str:
    from cxr.ui.session import SESSION

    kept = app.session_state[SESSION]
    shown_now = [*app.error, *app.warning, *app.toast]
    return " ".join([kept.problem, kept.refusal, *(str(one.value) for one in shown_now)])


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_says_that_the_worklist_cannot_be_written(worklist: Worklist, name: str) -> None:
    shown(worklist, 1)
    app = signed_in(AppTest.from_function(act, default_timeout=SECONDS), worklist)
    app.session_state["act"] = ACTIONS[name](worklist)
    hide_tables(worklist)

    app.run()

    assert not app.exception
    assert "CXR_DATABASE" in said(app)


@pytest.mark.parametrize("name", ["redact", "add_films_that_were_read", "upload_films"])
def test_an_action_says_that_films_cannot_be_read_now(
    worklist: Worklist, busy: Callable[[], AbstractContextManager[None]], name: str
) -> None:
    shown(worklist, 1)
    app = signed_in(AppTest.from_function(act, default_timeout=SECONDS), worklist)
    app.session_state["act"] = ACTIONS[name](worklist)

    with busy():
        app.run()

    assert not app.exception
    assert "cannot read films just now" in said(app)
