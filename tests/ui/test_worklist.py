import datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from made_films import bad_files, png
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from ui.shown_cases import ADA, BEN, now, shown, worklist_in

from cxr.film import Population
from cxr.model.bundle import BundleError
from cxr.triage.priority import Urgency
from cxr.ui.service import warm_up, worker, worklist
from cxr.worklist.case import Finding

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "worklist.py"
Uploads = list[tuple[str, bytes, str]]
SECONDS = 120


def page(who: str = ADA) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=SECONDS)
    app.session_state["reader"] = who
    app.run()
    assert not app.exception
    return app


def drop(app: AppTest, uploads: Uploads) -> AppTest:
    """Drop films and wait until the worker has scored them."""
    app.file_uploader[0].set_value(uploads).run()
    assert not app.exception
    assert worker().wait_until_idle(SECONDS)
    return app.run()


def column(app: AppTest, name: str) -> list[Any]:
    return list(app.dataframe[0].value[name])


def numbers(app: AppTest) -> list[int]:
    return [int(case.removeprefix("#")) for case in column(app, "case")]


def flags(app: AppTest) -> list[str]:
    return [chips[-1].split(" ", 1)[1] for chips in column(app, "flag")]


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def select(app: AppTest, *chosen: int) -> AppTest:
    app.session_state["selected"] = set(chosen)
    return app.run()


def type_name(app: AppTest, name: str) -> None:
    """Type a name that is not among those to choose from, which the test's widget would not send."""
    box = app.selectbox(key="who-reads")
    box.options.append(name)
    box.set_value(name).run()


def badges(app: AppTest) -> str:
    return next(markdown.value for markdown in app.markdown if "Urgent **" in markdown.value)


def test_an_empty_worklist_says_what_to_do() -> None:
    assert "The worklist is empty" in page().info[0].value


def test_a_batch_is_ranked_urgent_first_and_by_probability(films: dict[str, Uploads]) -> None:
    app = drop(page(), films["normal"][:5] + films["pneumonia"][:5])
    order = {"Urgent": 0, "Not scored": 1, "Review": 2, "Routine": 3}
    places = [order[flag] for flag in flags(app)]
    assert places == sorted(places)
    assert column(app, "rank") == list(range(1, 11))
    urgent = [p for p, flag in zip(column(app, "probability"), flags(app), strict=True) if flag == "Urgent"]
    assert urgent == sorted(urgent, reverse=True)
    assert {name for name in column(app, "name")[:3]} <= {name for name, _, _ in films["pneumonia"]}
    assert worklist().audit.people() and ADA in worklist().audit.people()


def test_the_list_is_there_after_a_restart() -> None:
    for seed in range(3):
        shown(worklist(), seed, 0.2 + seed / 10)
    before = numbers(page())
    st.cache_resource.clear()
    assert numbers(page()) == before


def test_a_bad_file_gets_a_line_and_a_row_and_stops_nothing(films: dict[str, Uploads]) -> None:
    bad = [(name, content, "image/png") for name, (content, _) in bad_files().items()]
    app = drop(page(), bad[:3] + films["normal"][:1] + bad[3:])
    refused = [
        name for name, flag in zip(column(app, "name"), flags(app), strict=True) if flag == "Not scored"
    ]
    assert sorted(refused) == sorted(name for name, _, _ in bad)
    lines = [warning.value.replace("\\", "") for warning in app.warning]
    for name, _, _ in bad:
        assert any(line.startswith(f"**{name}** was not scored.") for line in lines)
    assert "Routine" in flags(app)


def test_the_same_film_twice_is_one_row_with_a_note(films: dict[str, Uploads]) -> None:
    name, content, mime = films["normal"][0]
    app = drop(page(), [(name, content, mime)])
    app = drop(app, [("again.jpeg", content, mime)])
    assert column(app, "name") == [name]
    assert any("was handed in before" in caption.value for caption in app.caption)


def test_what_an_earlier_run_left_waiting_is_scored_on_the_next_visit(
    films: dict[str, Uploads], app_folder: Path
) -> None:
    worklist_in(app_folder).intake.accept("left.jpeg", films["normal"][0][1], Population.CHILD, ADA)
    app = page()
    assert worker().wait_until_idle(SECONDS)
    assert flags(app.run()) == ["Routine"]


def test_a_population_stated_wrongly_is_put_right_by_dropping_the_film_again(
    films: dict[str, Uploads],
) -> None:
    film = films["normal"][0]
    app = page()
    for population in (Population.ADULT, Population.CHILD):
        app.segmented_control(key="worklist-population").set_value(population).run()
        app = drop(app, [film])
        assert now(worklist(), 1).population is population
    assert flags(app) == ["Routine"]
    assert any("scored once more" in caption.value for caption in app.caption)


def test_without_a_model_the_films_wait_on_the_list_and_the_page_says_why(
    films: dict[str, Uploads], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXR_MODELS", str(tmp_path / "no models"))
    app = page()
    app.file_uploader[0].set_value([films["normal"][0]]).run()
    assert flags(app) == ["To be scored"]
    # The worker tries the model again from time to time; in between the page says what is wrong.
    for _ in range(5):
        assert isinstance(warm_up().exception(SECONDS), BundleError)
        if app.run().error:
            break
    assert all("No complete model" in error.value for error in app.error)
    assert app.error


def test_the_lanes_are_counted_on_top() -> None:
    cases = [shown(worklist(), seed, probability) for seed, probability in enumerate((0.9, 0.8, 0.5, 0.1))]
    worklist().desk.take(cases[0], BEN)
    words = badges(page())
    for count in ("Urgent **2**", "Review **1**", "Routine **1**", "In reading **1**", "Overdue **0**"):
        assert count in words


def test_a_filter_keeps_the_rank_of_the_whole_list_and_is_cleared_at_once() -> None:
    for seed, probability in enumerate((0.9, 0.5, 0.1)):
        shown(worklist(), seed, probability)
    app = page()
    app.button_group(key="flags").set_value(["Routine"]).run()
    assert (flags(app), column(app, "rank")) == (["Routine"], [3])
    app.text_input(key="search").set_value("no such film").run()
    assert "No film is left" in app.info[0].value
    button(app, "Clear filters").click().run()
    assert len(numbers(app)) == 3


def test_state_population_and_search_filter_the_list() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    worklist().desk.take(cases[1], BEN)
    app = page()
    app.text_input(key="search").set_value("ben").run()
    assert numbers(app) == [cases[1].number]
    app.text_input(key="search").set_value(f"#{cases[2].number}").run()
    assert numbers(app) == [cases[2].number]
    app.text_input(key="search").set_value("").run()
    app.button_group(key="states").set_value(["In reading"]).run()
    assert (numbers(app), column(app, "reader")) == ([cases[1].number], [BEN])
    app.button_group(key="populations").set_value(["Adult"]).run()
    assert "No film is left" in app.info[0].value


def test_films_that_were_read_stand_on_their_own_shelf() -> None:
    case = shown(worklist(), 1)
    worklist().desk.report(worklist().desk.take(case, ADA), ADA, Finding.OTHER, agrees=False)
    app = page()
    assert "Every film is read" in app.info[0].value
    app.segmented_control(key="shelf").set_value("Read").run()
    assert (column(app, "finding"), column(app, "agrees"), column(app, "reader")) == (
        ["Other"],
        ["No"],
        [ADA],
    )


def test_a_list_longer_than_a_page_is_paged() -> None:
    for seed in range(53):
        worklist().intake.accept(f"{seed}.png", png(seed), Population.CHILD, ADA)
    app = page()
    worker().cancel()
    assert len(numbers(app)) == 50
    assert any("1-50 of 53 films" in caption.value for caption in app.caption)
    app.pagination(key="page").set_value(2).run()
    assert len(numbers(app)) == 3
    assert any("51-53 of 53 films" in caption.value for caption in app.caption)
    app.text_input(key="search").set_value("png").run()
    assert len(numbers(app)) == 50


def test_selected_films_are_taken_off_and_come_back_with_undo() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    worklist().desk.take(cases[2], BEN)
    app = select(page(), *(case.number for case in cases))
    button(app, "Take off").click().run()
    assert numbers(app) == [cases[2].number]
    assert any("2 films taken off. 1 film stayed" in markdown.value for markdown in app.markdown)
    button(app, "Undo").click().run()
    assert len(numbers(app)) == 3


def test_what_was_taken_off_is_brought_back_from_its_shelf() -> None:
    case = shown(worklist(), 1)
    worklist().desk.take_off([case.number], BEN)
    app = page()
    app.segmented_control(key="shelf").set_value("Taken off").run()
    select(app, case.number)
    button(app, "Bring back").click().run()
    assert now(worklist(), case.number).set_aside_at is None
    assert "No film was taken off" in app.info[0].value


def test_a_film_whose_pixels_were_removed_stays_off_and_the_page_says_why() -> None:
    case = shown(worklist(), 1)
    worklist().desk.take_off([case.number], BEN)
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
    (key,) = (key for key in app.session_state.filtered_state if key.startswith("cases-"))
    return key


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
    worklist().desk.take_off([case.number], ADA)
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
