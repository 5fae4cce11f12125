from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from made_films import bad_files
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from cxr.film import Population
from cxr.model.bundle import BundleError
from cxr.ui.service import warm_up, worker, worklist

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "worklist.py"
Uploads = list[tuple[str, bytes, str]]
SECONDS = 120


def page() -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=SECONDS).run()
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


def flags(app: AppTest) -> list[str]:
    return [flag[0].split(" ", 1)[1] for flag in column(app, "flag")]


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


def test_the_list_is_there_after_a_restart(films: dict[str, Uploads]) -> None:
    before = column(drop(page(), films["normal"][:2] + films["pneumonia"][:2]), "name")
    st.cache_resource.clear()
    assert column(page(), "name") == before


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


def test_the_filter_keeps_the_rank_of_the_whole_list(films: dict[str, Uploads]) -> None:
    app = drop(page(), films["normal"][:2] + films["pneumonia"][:2])
    app.button_group(key="lanes").set_value(["Routine"]).run()
    assert set(flags(app)) == {"Routine"}
    assert column(app, "rank")[-1] == 4


def test_an_open_row_shows_film_and_heat_map_and_steps_to_the_next(films: dict[str, Uploads]) -> None:
    app = drop(page(), films["pneumonia"][:2])
    app.session_state["open"] = 1
    app.run()
    first = app.subheader[0].value
    assert len(app.image) == 2
    assert "where 20 % of films show pneumonia" in [caption.value for caption in app.caption]
    step = _button(app, "Previous") if _button(app, "Next").disabled else _button(app, "Next")
    step.click().run()
    assert app.subheader[0].value != first


def test_a_film_taken_off_comes_back_with_undo(films: dict[str, Uploads]) -> None:
    app = drop(page(), films["normal"][:2])
    app.session_state["open"] = 1
    app.run()
    _button(app, "Take off the list").click().run()
    assert len(column(app, "name")) == 1
    _button(app, "Undo").click().run()
    assert len(column(app, "name")) == 2


def test_what_an_earlier_run_left_waiting_is_scored_on_the_next_visit(
    films: dict[str, Uploads], app_folder: Path
) -> None:
    from cxr.worklist.store import Worklist

    earlier = Worklist(f"sqlite:///{app_folder / 'worklist.sqlite3'}", app_folder / "films")
    earlier.accept("left.jpeg", films["normal"][0][1], Population.CHILD)
    app = page()
    assert worker().wait_until_idle(SECONDS)
    assert flags(app.run()) == ["Routine"]


def _button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def test_a_population_stated_wrongly_is_put_right_by_dropping_the_film_again(
    films: dict[str, Uploads],
) -> None:
    film = films["normal"][0]
    app = page()
    for population in (Population.ADULT, Population.CHILD):
        app.segmented_control(key="worklist-population").set_value(population).run()
        app = drop(app, [film])
        (case,) = worklist().cases()
        assert case.population is population
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
