import datetime

import pytest
from streamlit.testing.v1 import AppTest
from ui.case_page import button
from ui.shown_cases import ADA, BEN, now, shown
from ui.worklist_page import column, flags, numbers, page, select, table, type_name

from cxr.triage.priority import Urgency
from cxr.ui.service import worklist
from cxr.ui.session import SESSION
from cxr.worklist.case import Case

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("app_folder")]


def test_selected_cases_are_dismissed_and_come_back_with_undo() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    worklist().desk.claim(cases[2], BEN)
    app = select(page(), *(case.number for case in cases))
    button(app, "Dismiss").click().run()
    named = " ".join(markdown.value for markdown in app.markdown)
    assert all(f"**#{case.number}**" in named for case in cases) and "3 of them are urgent" in (
        app.warning[0].value
    )
    button(app, "Dismiss 3 cases").click().run()
    assert "Enter a reason" in app.error[0].value and len(worklist().ranked.page().rows) == 3

    dismiss(app, 3)

    assert numbers(app) == [cases[2].number]
    assert any("2 cases dismissed. Case 3 stayed: Ben is reading it." in mark.value for mark in app.markdown)
    button(app, "Undo").click().run()
    assert len(numbers(app)) == 3


def dismissed_and_selected() -> tuple[Case, AppTest]:
    """A case that Ben dismissed, selected in the view of such cases."""
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], BEN, "Duplicate")
    app = page()
    app.segmented_control(key="view").set_value("Dismissed").run()
    return case, select(app, case.number)


def test_dismissed_cases_are_restored_from_their_view() -> None:
    case, app = dismissed_and_selected()
    button(app, "Restore").click().run()
    assert now(worklist(), case.number).dismissed_at is None
    assert "No case is dismissed" in app.info[0].value


def test_a_case_without_pixels_stays_dismissed_and_the_page_explains_why() -> None:
    case, app = dismissed_and_selected()
    worklist().retention.purge(keep=-datetime.timedelta(hours=1), who=BEN)
    button(app, "Restore").click().run()
    assert any(
        "Case 1 stayed: Its pixels are no longer stored" in markdown.value for markdown in app.markdown
    )
    assert numbers(app) == [case.number]


def test_several_films_are_raised_with_one_reason() -> None:
    cases = [shown(worklist(), seed, 0.1) for seed in range(3)]
    worklist().desk.raise_priority(cases[0], BEN, Urgency.HIGH, "Referrer called")
    app = select(page(), *(case.number for case in cases[:2]))
    button(app, "Raise priority").click().run()
    app.text_area(key="raise-why").set_value("Getting worse").run()
    button(app, "Raise").click().run()
    assert [now(worklist(), case.number).raised for case in cases] == [Urgency.HIGH, Urgency.HIGH, None]
    assert app.toast[0].value == "1 case raised to high."
    assert f"Case {cases[0].number} was not raised" in app.warning[0].value.replace("\\", "")
    assert not app.session_state[SESSION].selected
    assert (column(app, "raised")[0], flags(app)[0]) == ("⬆ High", "Routine")


def dismiss(app: AppTest, count: int) -> None:
    """Choose a reason in the dialog, and confirm."""
    app.selectbox(key="dismiss-why").set_value("Duplicate").run()
    button(app, "Dismiss 1 case" if count == 1 else f"Dismiss {count} cases").click().run()
    assert not app.exception


def selected(app: AppTest) -> list[int]:
    """Cases that the table shows as selected."""
    numbers: list[int] = table(app)["selected"]
    return numbers


def test_dismissing_clears_the_selection() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    app = select(page(), cases[1].number)
    assert selected(app) == [cases[1].number]

    button(app, "Dismiss").click().run()
    dismiss(app, 1)

    assert selected(app) == []
    app.segmented_control(key="view").set_value("Dismissed").run()
    assert numbers(app) == [cases[1].number] and selected(app) == []


def test_a_search_without_matches_offers_the_other_views() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], ADA, "Duplicate")
    app = page()
    app.text_input(key="search").set_value(f"#{case.number}").run()

    button(app, "1 case in Dismissed").click().run()

    assert numbers(app) == [case.number]


def test_the_selection_follows_its_cases_through_the_list() -> None:
    low, high = shown(worklist(), 1, 0.1), shown(worklist(), 2, 0.9)
    app = select(page(), low.number)
    worklist().desk.raise_priority(low, BEN, Urgency.STAT, "Getting worse")
    app.run()
    assert numbers(app) == [low.number, high.number]
    assert selected(app) == [low.number]


@pytest.mark.parametrize(("label", "asked"), [("Dismiss", "dismissing"), ("Raise priority", "raising")])
def test_a_click_is_not_lost_where_the_list_starts_again_before_its_buttons(label: str, asked: str) -> None:
    case = shown(worklist(), 1)
    app = select(page(), case.number)
    app.session_state[SESSION].scoring = True  # what the list finds is another: it draws the page again

    button(app, label).click().run()

    assert getattr(app.session_state[SESSION], asked) == (case.number,)
    assert button(app, "Dismiss 1 case" if label == "Dismiss" else "Raise")


def test_a_restore_is_not_lost_where_the_list_starts_again_before_its_buttons() -> None:
    case, app = dismissed_and_selected()
    app.session_state[SESSION].scoring = True

    button(app, "Restore").click().run()

    assert now(worklist(), case.number).dismissed_at is None


def test_without_a_reader_name_nothing_is_changed_or_exported() -> None:
    case = shown(worklist(), 1)
    app = select(page(who=""), case.number)
    assert button(app, "Dismiss").disabled and button(app, "Raise priority").disabled
    assert app.get("download_button")[0].proto.disabled
    assert not button(app, "Open").disabled
    type_name(app, "  Dr   Osei ")
    assert app.session_state[SESSION].reader == "Dr Osei"
    assert not button(app, "Dismiss").disabled


def test_a_name_that_is_too_long_is_refused() -> None:
    app = page(who="")
    type_name(app, "x" * 81)
    assert "81 characters" in app.error[0].value
    assert app.session_state[SESSION].reader == ""
