from pathlib import Path

import pytest
import streamlit as st
from made_films import bad_files, png
from streamlit.testing.v1 import AppTest
from ui.case_page import button, text
from ui.shown_cases import ADA, BEN, now, shown, worklist_in
from ui.worklist_page import SECONDS, badges, column, flags, numbers, page

from cxr.film import FilmErrorCode, Population
from cxr.model.bundle import BundleError
from cxr.ui.service import warm_up, worker, worklist
from cxr.ui.session import SESSION
from cxr.worklist.case import Finding

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("app_folder")]

Uploads = list[tuple[str, bytes, str]]


def drop(app: AppTest, uploads: Uploads) -> AppTest:
    """Upload films and wait until the worker has scored them."""
    app.file_uploader[0].set_value(uploads).run()
    assert not app.exception
    assert worker().wait_until_idle(SECONDS)
    return app.run()


def test_an_empty_worklist_explains_what_to_do() -> None:
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


NO_PICTURES = (FilmErrorCode.NOT_AN_IMAGE, FilmErrorCode.EMPTY_FILE)


def test_a_damaged_file_gets_a_message_and_a_row_and_stops_nothing(films: dict[str, Uploads]) -> None:
    # The worklist leaves out what never was a picture.
    files = {name: content for name, (content, code) in bad_files().items() if code not in NO_PICTURES}
    bad = [(name, content, "image/png") for name, content in files.items()]
    app = drop(page(), bad[:3] + films["normal"][:1] + bad[3:])
    refused = [
        name for name, flag in zip(column(app, "name"), flags(app), strict=True) if flag == "Not scored"
    ]
    assert sorted(refused) == sorted(name for name, _, _ in bad)
    lines = " ".join(markdown.value.replace("\\", "") for markdown in app.markdown)
    assert all(f"**{name}** was not scored." in lines for name, _, _ in bad)
    assert "Routine" in flags(app) and f"{len(bad)} not scored:" in lines
    button(app, "Show").click().run()
    assert set(flags(app)) == {"Not scored"}


def test_films_are_added_only_once_an_age_group_is_chosen(films: dict[str, Uploads]) -> None:
    app = page(stated=None)
    assert app.segmented_control(key="worklist-population").value is None
    app.file_uploader[0].set_value(films["normal"][:1]).run()
    assert "Choose the age group" in app.warning[0].value
    assert worklist().ranked.counts().to_read == 0

    app.segmented_control(key="worklist-population").set_value(Population.CHILD).run()

    assert not app.exception
    assert [now(worklist(), 1).stated, app.session_state[SESSION].stated] == [Population.CHILD] * 2


def test_files_that_are_not_films_are_left_out_and_counted_in_one_line(films: dict[str, Uploads]) -> None:
    others = [("AUTORUN.INF", b"[autorun]\nopen=viewer.exe\n", ""), ("viewer.exe", b"MZ" + bytes(100), "")]
    app = drop(page(), [*others, films["normal"][0]])
    assert len(numbers(app)) == 1
    assert any("2 files that are not films" in caption.value for caption in app.caption)

    app = drop(app, others[1:])
    assert any("This file is not a film (program)" in warning.value for warning in app.warning)

    others += [("empty.png", b"", "image/png"), ("report.pdf", b"%PDF-1.4", "")]
    app = drop(app, [*others, films["normal"][1]])
    for line in ("**viewer.exe** was left out: program.", "**empty.png** was left out: empty file."):
        assert line in text(app)


def test_the_same_film_twice_is_one_row_with_a_note(films: dict[str, Uploads]) -> None:
    name, content, mime = films["normal"][0]
    app = drop(page(), [(name, content, mime)])
    app = drop(app, [("again.jpeg", content, mime)])
    assert column(app, "name") == [name]
    assert any("is already on the worklist" in line.value for line in app.markdown)


def test_what_an_earlier_run_left_waiting_is_scored_on_the_next_visit(
    films: dict[str, Uploads], app_folder: Path
) -> None:
    worklist_in(app_folder).intake.accept("left.jpeg", films["normal"][0][1], Population.CHILD, ADA)
    app = page()
    assert worker().wait_until_idle(SECONDS)
    assert flags(app.run()) == ["Routine"]


def test_a_wrong_age_group_is_corrected_by_adding_the_film_again(
    films: dict[str, Uploads],
) -> None:
    film = films["normal"][0]
    app = page()
    for population in (Population.ADULT, Population.CHILD):
        app.segmented_control(key="worklist-population").set_value(population).run()
        app = drop(app, [film])
        assert now(worklist(), 1).population is population
    assert flags(app) == ["Routine"]
    assert any("scored again" in line.value for line in app.markdown)


def test_without_a_model_the_films_stay_on_the_list_and_the_page_explains_why(
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


def test_the_flags_are_counted_at_the_top() -> None:
    cases = [shown(worklist(), seed, probability) for seed, probability in enumerate((0.9, 0.8, 0.5, 0.1))]
    worklist().desk.claim(cases[0], BEN)
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
    assert "No case matches" in app.info[0].value
    button(app, "Clear filters").click().run()
    assert len(numbers(app)) == 3


def test_state_population_and_search_filter_the_list() -> None:
    cases = [shown(worklist(), seed) for seed in range(3)]
    worklist().desk.claim(cases[1], BEN)
    app = page()
    app.text_input(key="search").set_value("ben").run()
    assert numbers(app) == [cases[1].number]
    app.text_input(key="search").set_value(f"#{cases[2].number}").run()
    assert numbers(app) == [cases[2].number]
    app.text_input(key="search").set_value("").run()
    app.button_group(key="states").set_value(["In reading"]).run()
    assert (numbers(app), column(app, "state")) == ([cases[1].number], ["Ben is reading"])
    app.button_group(key="populations").set_value(["Adult"]).run()
    assert "No case matches" in app.info[0].value


def test_read_cases_have_a_view_of_their_own() -> None:
    case = shown(worklist(), 1)
    worklist().desk.report(worklist().desk.claim(case, ADA), ADA, Finding.OTHER, agrees=False)
    app = page()
    assert "Everything is read" in app.info[0].value
    app.segmented_control(key="view").set_value("Read").run()
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
    assert any("1–50 of 53 cases" in caption.value for caption in app.caption)
    app.pagination(key="page").set_value(2).run()
    assert len(numbers(app)) == 3
    assert any("51–53 of 53 cases" in caption.value for caption in app.caption)
    app.text_input(key="search").set_value("png").run()
    assert len(numbers(app)) == 50
