import datetime

import pytest
from streamlit.testing.v1 import AppTest
from ui.shown_cases import ADA, BEN, now, shown
from ui.worklist_page import button, column, numbers, page, select, type_name

from cxr.triage.priority import Urgency
from cxr.ui.service import worklist

pytestmark = pytest.mark.usefixtures("app_folder")


def test_selected_films_are_taken_off_and_come_back_with_undo() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    worklist().desk.claim(cases[2], BEN)
    app = select(page(), *(case.number for case in cases))
    button(app, "Take off").click().run()
    assert numbers(app) == [cases[2].number]
    assert any("2 films taken off. 1 film stayed" in markdown.value for markdown in app.markdown)
    button(app, "Undo").click().run()
    assert len(numbers(app)) == 3


def test_what_was_taken_off_is_brought_back_from_its_shelf() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], BEN)
    app = page()
    app.segmented_control(key="shelf").set_value("Taken off").run()
    select(app, case.number)
    button(app, "Bring back").click().run()
    assert now(worklist(), case.number).dismissed_at is None
    assert "No film was taken off" in app.info[0].value


def test_a_film_whose_pixels_were_removed_stays_off_and_the_page_says_why() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], BEN)
    worklist().retention.purge(keep=-datetime.timedelta(hours=1), who=BEN)
    app = page()
    app.segmented_control(key="shelf").set_value("Taken off").run()
    select(app, case.number)
    button(app, "Bring back").click().run()
    assert any("1 film stayed off" in markdown.value for markdown in app.markdown)
    assert numbers(app) == [case.number]


def test_several_films_are_raised_with_one_reason() -> None:
    cases = [shown(worklist(), seed, 0.1) for seed in range(3)]
    worklist().desk.raise_priority(cases[0], BEN, Urgency.HIGH, "Referrer called")
    app = select(page(), *(case.number for case in cases[:2]))
    button(app, "Raise priority").click().run()
    app.text_area(key="raise-why").set_value("Getting worse").run()
    button(app, "Raise").click().run()
    assert [now(worklist(), case.number).raised for case in cases] == [Urgency.HIGH, Urgency.HIGH, None]
    assert "1 case. 1 stood as high already" in app.toast[0].value
    assert list(column(app, "flag")[0]) == ["⬆ High", "● Routine"]


def table_key(app: AppTest) -> str:
    (table,) = app.dataframe
    return str(table.key)


def rows_selected(app: AppTest) -> list[int]:
    rows: list[int] = app.session_state[table_key(app)]["selection"]["rows"]
    return rows


def test_rows_that_go_by_the_readers_hand_leave_a_new_table_without_a_selection() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    app = select(page(), cases[1].number)
    before = table_key(app)

    button(app, "Take off").click().run()

    assert table_key(app) != before and rows_selected(app) == []
    app.segmented_control(key="shelf").set_value("Taken off").run()
    assert numbers(app) == [cases[1].number] and rows_selected(app) == []


def test_a_search_that_finds_nothing_here_shows_the_way_to_the_other_shelves() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], ADA)
    app = page()
    app.text_input(key="search").set_value(f"#{case.number}").run()

    button(app, "1 film on the shelf Taken off").click().run()

    assert numbers(app) == [case.number]


def test_the_selection_follows_its_films_through_the_list() -> None:
    low, high = shown(worklist(), 1, 0.1), shown(worklist(), 2, 0.9)
    app = select(page(), low.number)
    assert rows_selected(app) == [1]
    worklist().desk.raise_priority(low, BEN, Urgency.STAT, "Getting worse")
    app.run()
    assert numbers(app) == [low.number, high.number]
    assert rows_selected(app) == [0]


def test_without_a_name_nothing_is_changed_and_nothing_leaves_the_app() -> None:
    case = shown(worklist(), 1)
    app = select(page(who=""), case.number)
    assert button(app, "Take off").disabled and button(app, "Raise priority").disabled
    assert app.get("download_button")[0].proto.disabled
    assert not button(app, "Open").disabled
    type_name(app, "  Dr   Osei ")
    assert app.session_state["reader"] == "Dr Osei"
    assert not button(app, "Take off").disabled


def test_a_name_that_is_too_long_is_not_taken() -> None:
    app = page(who="")
    type_name(app, "x" * 81)
    assert "81 signs" in app.error[0].value
    assert app.session_state["reader"] == ""
