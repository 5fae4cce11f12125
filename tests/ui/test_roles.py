"""Every page and every action of the app with every role."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from cheap_passwords import cheap_passwords
from sqlalchemy import event
from streamlit.testing.v1 import AppTest
from ui.shown_cases import now, shown, worklist_in

from cxr.access.rights import Right, allows
from cxr.ui import service
from cxr.ui.navigation import PAGES
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.sessions import key_of
from cxr.worklist.audit.action import Action
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = (Role.READER, Role.LEAD, Role.ADMIN)
SECONDS = 120
CHANGES = re.compile(
    r"\.(desk|redaction|intake|retention|accounts)\.\w+$|^worker\(\)\.cancel$"
    r"|\.site\.(change|set_stop_rule)$|\.profiles\.(keep|use|take_back)$"
)


@pytest.fixture
def worklist(app_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Worklist:
    """A worklist with accounts, in an app that asks who is there."""
    monkeypatch.setenv("CXR_SIGN_IN", "local")
    worklist = worklist_in(app_folder)
    for role in Role:
        worklist.accounts.add(role.title(), role, "four words of mine", "root")
    return worklist


def sign_in(app: AppTest, worklist: Worklist, role: Role) -> AppTest:
    app.user = {"session": key_of(worklist.sessions.open(role.title()))}
    return app


def refusals(worklist: Worklist) -> list[tuple[str, Any]]:
    lines = worklist.audit.lines(action=Action.NOT_ALLOWED)
    return [(line.who, line.details["right"]) for line in reversed(lines)]


@pytest.mark.parametrize("role", PEOPLE)
def test_a_page_opens_for_the_roles_that_may_and_is_refused_to_others(worklist: Worklist, role: Role) -> None:
    app = sign_in(AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS), worklist, role)
    refused = []
    for page in PAGES:
        app.switch_page(page.path).run()
        app.run()
        assert not app.exception
        assert f":material/person: **{role.title()}** · {role}" in [
            line.value for line in app.sidebar.markdown
        ]
        if any("is not allowed to" in error.value for error in app.error):
            refused.append(page.right)
            assert [title.value for title in app.title] == [page.title]

    assert refused == [page.right for page in PAGES if not allows(role, page.right)]
    # Once for each opening, though the page ran twice.
    assert refusals(worklist) == [(role.title(), right) for right in refused]


def do_everything() -> None:
    import streamlit as st
    from ui.every_action import actions

    every = actions(st.session_state["case"], st.session_state["who"])
    # An action may rerun the script, which then goes on with the next.
    for place in range(st.session_state.get("next", 0), len(every)):
        st.session_state["next"] = place + 1
        every[place][1]()


@pytest.mark.parametrize("role", PEOPLE)
def test_an_action_is_done_for_the_roles_that_may_and_recorded_as_refused_for_others(
    worklist: Worklist, role: Role
) -> None:
    from ui.every_action import actions

    number = shown(worklist, 1).number
    app = sign_in(AppTest.from_function(do_everything, default_timeout=SECONDS), worklist, role)
    app.session_state["case"], app.session_state["who"] = number, role.title()
    app.run()

    assert not app.exception
    refused = [right for right, _ in actions(number, "") if not allows(role, right)]
    assert refusals(worklist) == [(role.title(), right) for right in refused]
    done = [line.action for line in worklist.audit.lines(case=number) if line.who == role.title()]
    everyone = [Action.SAW, Action.CLAIMED, Action.INVERTED, Action.ORIENTED, Action.OVERRULED]
    everyone += [Action.READ, Action.READING_UNDONE, Action.RELEASED]
    leads = [Action.RAISED, Action.DISMISSED, Action.RESTORED, Action.REDACTED]
    assert done[::-1] == everyone + ([] if role is Role.READER else leads)
    assert bool(now(worklist, number).raised) == (role is not Role.READER)


def export_after_a_change_of_role() -> None:
    import streamlit as st
    from ui.every_action import downloads

    from cxr.ui.service import worklist
    from cxr.worklist.accounts.role import Role
    from cxr.worklist.reading.not_possible import NotAllowedError

    made = downloads(st.session_state["case"])
    for role in (Role.LEAD, Role.READER):
        worklist().accounts.change_role("Lead", role, "root")
        for make in made:
            try:
                st.text(f"{role}: {len(make()) > 100}")
            except NotAllowedError as error:
                st.text(f"{role}: {error}")


def test_an_export_asks_for_the_role_of_the_moment_it_is_clicked(worklist: Worklist) -> None:
    app = AppTest.from_function(export_after_a_change_of_role, default_timeout=SECONDS)
    app.session_state["case"] = shown(worklist, 1).number
    sign_in(app, worklist, Role.LEAD).run()

    refused = "reader: The role reader is not allowed to export cases. Ask an administrator for another role."
    assert [text.value for text in app.text] == ["lead: True"] * 2 + [refused] * 2
    assert refusals(worklist) == [("Lead", Right.EXPORT)] * 2


def test_a_page_of_a_session_that_ended_shows_nothing_more(worklist: Worklist) -> None:
    app = sign_in(AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS), worklist, Role.ADMIN).run()
    worklist.accounts.disable("Admin", "root")

    app.run()

    assert [info.value for info in app.info] == ["You are signed out. Reload the page to sign in."]
    assert not app.title and not app.button


def test_a_page_looks_up_once_who_signed_in(worklist: Worklist) -> None:
    app = sign_in(AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS), worklist, Role.READER).run()
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM sessions" in statement:
            asked.append(statement)

    engine = service.worklist()._database.engine
    event.listen(engine, "before_cursor_execute", note)
    app.switch_page("cxr/ui/pages/worklist.py").run()
    event.remove(engine, "before_cursor_execute", note)

    assert len(asked) == 1


def test_signing_out_on_the_page_ends_the_session(worklist: Worklist) -> None:
    app = sign_in(AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS), worklist, Role.READER).run()

    next(button for button in app.button if button.label == "Sign out").click().run()

    assert worklist.sessions.of(app.user["session"]) is None
    assert (worklist.audit.lines()[0].who, worklist.audit.lines()[0].action) == ("Reader", "signed out")


def _is_attempt(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "attempt"


def test_no_change_is_made_without_asking_for_a_right() -> None:
    asked: dict[str, bool] = {}
    for path in (ROOT / "cxr" / "ui").rglob("*.py"):
        page = ast.parse(path.read_text())
        attempts = [node for node in ast.walk(page) if isinstance(node, ast.Call) and _is_attempt(node)]
        attempted = {name.id for call in attempts for name in ast.walk(call) if isinstance(name, ast.Name)}
        for function in page.body:
            nodes = list(ast.walk(function))
            used = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)]
            called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
            if isinstance(function, ast.FunctionDef) and any(map(CHANGES.search, used)):
                asks = called & {"attempt", "require"} or function.name in attempted
                asked[f"{path.name}: {function.name}"] = bool(asks)

    assert len(asked) > 10 and [name for name, whether in asked.items() if not whether] == []
