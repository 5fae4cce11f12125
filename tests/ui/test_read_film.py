from pathlib import Path

import pytest
from made_films import bad_files
from streamlit.testing.v1 import AppTest
from ui.case_page import viewers

from cxr import RESEARCH_USE
from cxr.film import Population
from cxr.ui.service import worklist
from cxr.ui.session import SESSION, Session

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("app_folder")]

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "read_film.py"
Uploads = list[tuple[str, bytes, str]]


def page(stated: Population | None = Population.UNKNOWN) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=150)
    app.session_state[SESSION] = Session(stated=stated)
    app.run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def badges(app: AppTest) -> list[str]:
    """Words of the flags, in the order of the films."""
    words = ("Urgent", "Review", "Routine", "Not scored")
    return [word for markdown in app.markdown for word in words if f"{word}]" in markdown.value]


def test_an_empty_page_explains_what_to_do_and_what_it_is_not() -> None:
    app = page()
    assert "Upload one or more films" in app.info[0].value
    assert any(RESEARCH_USE in caption.value for caption in app.caption)
    assert not app.metric


def test_a_healthy_film_is_routine_and_a_sick_one_urgent(films: dict[str, Uploads]) -> None:
    app = page()
    healthy, sick = films["normal"][0], next(f for f in films["pneumonia"] if "person1946" in f[0])
    app.file_uploader[0].set_value([healthy, sick]).run()
    assert not app.exception
    assert [heading.value.replace("\\", "") for heading in app.header] == [healthy[0], sick[0]]
    assert badges(app) == ["Routine", "Urgent"]
    assert len(metrics(app)) == 2


def test_only_of_a_film_with_heat_values_reach_the_viewer_and_both_have_a_download(
    films: dict[str, Uploads],
) -> None:
    app = page()
    app.file_uploader[0].set_value([films["normal"][0], films["pneumonia"][2]]).run()
    cool, hot = (viewer["heat"] for viewer in viewers(app))
    assert "values" not in cool and "nothing is drawn" in cool["caption"]
    assert hot["values"] and 0 <= min(map(min, hot["values"])) <= max(map(max, hot["values"])) <= 1
    assert len(app.get("download_button")) == 2


def test_damaged_files_get_a_message_each_and_the_others_are_scored(films: dict[str, Uploads]) -> None:
    bad = [(name, content, "image/png") for name, (content, _) in bad_files().items()]
    app = page()
    app.file_uploader[0].set_value([bad[0], films["normal"][0], *bad[1:]]).run()
    assert not app.exception
    assert len(app.error) == len(bad)
    for (name, _, _), line in zip(bad, app.error, strict=True):
        assert line.value.replace("\\", "").startswith(f"**{name}** could not be read.")
    assert len({line.value.split("could not be read.")[1] for line in app.error}) == len(bad)
    assert len(metrics(app)) == 1


def test_the_same_film_twice_is_shown_once(films: dict[str, Uploads]) -> None:
    name, content, mime = films["normal"][0]
    app = page()
    app.file_uploader[0].set_value([(name, content, mime), ("copy.jpeg", content, mime)]).run()
    assert len(metrics(app)) == 1
    assert "duplicate of a film above" in app.info[0].value


def test_films_stay_for_the_session_and_go_to_the_worklist_at_a_click(films: dict[str, Uploads]) -> None:
    app = page()
    app.file_uploader[0].set_value(films["normal"][:1]).run()
    beside = ("AUTORUN.INF", b"[autorun]\nopen=viewer.exe\n", "text/plain")
    app.file_uploader[0].set_value([*films["pneumonia"][:1], beside]).run()
    assert len(metrics(app)) == 2

    next(button for button in app.button if button.label == "Add to the worklist").click().run()

    assert not app.exception and "2 films added" in app.toast[0].value
    assert worklist().ranked.counts().to_read == 2
    next(button for button in app.button if button.label == "Clear films").click().run()
    assert not metrics(app)


def test_films_are_scored_only_once_an_age_group_is_chosen(films: dict[str, Uploads]) -> None:
    app = page(stated=None)
    control = app.segmented_control(key="read-population")
    assert (control.options, control.value) == (["Child, 1 to 5 years", "Adult", "Not stated"], None)
    assert "child over five" in control.help and "Infants" in control.help
    app.file_uploader[0].set_value(films["normal"][:1]).run()
    assert "Choose the age group" in app.warning[0].value and not app.metric

    app.segmented_control(key="read-population").set_value(Population.CHILD).run()

    assert len(metrics(app)) == 1 and not app.warning


def test_the_thresholds_of_the_age_group_are_used_and_a_missing_one_is_pointed_out(
    films: dict[str, Uploads],
) -> None:
    app = page()
    app.file_uploader[0].set_value([films["pneumonia"][0]]).run()
    assert any("Age not stated" in markdown.value for markdown in app.markdown)
    bars = set()
    for population in (Population.CHILD, Population.ADULT):
        app.segmented_control(key="read-population").set_value(population).run()
        assert len(metrics(app)) == 1
        assert not any("Age not stated" in markdown.value for markdown in app.markdown)
        bars |= {html.proto.body for html in app.get("html") if "review from" in html.proto.body}
    assert len(bars) == 2


@pytest.mark.parametrize(("prevalence", "words"), [("0.05", "5"), ("0.125", "12.5")])
def test_the_prevalence_that_a_probability_assumes_is_shown_under_it(
    films: dict[str, Uploads], monkeypatch: pytest.MonkeyPatch, prevalence: str, words: str
) -> None:
    monkeypatch.setenv("CXR_PREVALENCE", prevalence)
    app = page()
    app.file_uploader[0].set_value([films["pneumonia"][0]]).run()
    assert len(metrics(app)) == 1
    assert any(f"where {words} in 100 show pneumonia" in caption.value for caption in app.caption)


def test_a_name_with_markdown_in_it_is_shown_as_it_is(films: dict[str, Uploads]) -> None:
    _, content, mime = films["normal"][0]
    app = page()
    app.file_uploader[0].set_value([("**a** [b](c) $x$.jpeg", content, mime)]).run()
    assert app.header[0].value == r"\*\*a\*\* \[b\]\(c\) \$x\$\.jpeg"


def test_six_samples_are_composites_that_the_model_separates() -> None:
    app = page()
    app.toggle[0].set_value(True).run()
    assert not app.exception
    headings = [heading.value.replace("\\", "") for heading in app.header]
    assert len(headings) == 6
    assert any("CC BY 4.0" in caption.value for caption in app.caption)
    for heading, flag in zip(headings, badges(app), strict=True):
        assert heading.startswith("Composite")
        assert flag == ("Urgent" if "pneumonia" in heading else "Routine")


def test_a_damaged_model_is_named_and_nothing_is_scored(
    films: dict[str, Uploads], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXR_MODELS", str(tmp_path / "no models"))
    app = page()
    app.file_uploader[0].set_value([films["normal"][0]]).run()
    assert any("No complete model" in error.value for error in app.error)
    assert not app.metric


def test_more_than_sixty_films_belong_on_the_worklist() -> None:
    app = page()
    app.file_uploader[0].set_value([(f"{n}.png", b"no film", "image/png") for n in range(61)]).run()
    assert "first 60 of 61" in app.warning[0].value
    assert any("Left out: 60 files that are not films" in caption.value for caption in app.caption)
