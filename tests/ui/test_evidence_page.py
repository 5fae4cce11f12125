from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.made_evidence import VERSION, bare_evidence, full_evidence
from streamlit.testing.v1 import AppTest

from cxr import RESEARCH_USE
from cxr.evidence.metrics_file import METRICS, MODEL_CARD, Evidence
from cxr.ui.widgets.evidence_plots import flags_chart

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "evidence.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a bundle that has evidence, or will have some, and no network."""
    monkeypatch.setenv("CXR_MODELS", str(tmp_path))
    monkeypatch.setenv("CXR_BUNDLE", "made")
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


def page(folder: Path, evidence: Evidence | None) -> AppTest:
    if evidence:
        (folder / METRICS).write_text(evidence.to_json())
    app = AppTest.from_file(PAGE, default_timeout=150).run()
    assert not app.exception
    return app


def words(app: AppTest) -> list[str]:
    return [markdown.value for markdown in app.markdown]


def plots(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def test_the_flags_of_a_hundred_patients_are_given_in_plain_words(folder: Path) -> None:
    app = page(folder, full_evidence())
    (line,) = (line for line in words(app) if line.startswith("Of 100 adults with pneumonia (Hannover)"))
    for word in ("Urgent 80", "Review 15", "Routine 4", "Not scored 1"):
        assert f"{word}]" in line
    assert any(RESEARCH_USE in caption.value for caption in app.caption)
    assert any(VERSION in caption.value for caption in app.caption)


def test_each_row_of_the_first_plot_is_a_hundred_patients_of_one_source() -> None:
    measured = full_evidence().sets["external"]
    twins = tuple(replace(measured.sources[0], source=source) for source in ("rsna", "rsna_equalised"))
    chart = flags_chart([replace(measured, groups=twins)], twins[0].population)
    drawn = Counter[str]()
    (rows,) = chart.to_dict()["datasets"].values()
    for row in rows:
        drawn[row["who"]] += row["patients"]
    assert len(drawn) >= len(twins) and set(drawn.values()) == {100}


def test_everything_that_was_measured_is_shown(folder: Path) -> None:
    app = page(folder, full_evidence())
    assert plots(app) == 3
    # Flags of four sets; shifts of two populations; heat; refusals of films and of other images; lungs.
    assert len(app.dataframe) == 4 + 2 + 1 + 2 + 1
    assert not app.info and not app.warning


def test_a_measured_share_is_written_with_its_interval(folder: Path) -> None:
    table = page(folder, full_evidence()).dataframe[0].value
    row = next(row for _, row in table.iterrows() if row["Films"].startswith("Pneumonia, adults"))
    assert row["Urgent"] == "80.0 % (78.0 to 82.0)"


def test_parts_that_were_not_measured_are_named(folder: Path) -> None:
    app = page(folder, bare_evidence())
    assert plots(app) == 3
    assert [line.value for line in app.info] == [
        "The effect of changes of grey levels, sharpness or position: not measured yet.",
        "A model trained without boxes: not measured yet.",
        "What the quality check refuses: not measured yet.",
        "Whether the model relies on markers, borders or the hospital: not measured yet.",
    ]


def test_without_boxes_the_heat_map_is_not_measured(folder: Path) -> None:
    evidence = bare_evidence()
    children = tuple(group for group in evidence.holdout.groups if group.heat is None)
    app = page(folder, replace(evidence, holdout=replace(evidence.holdout, groups=children)))
    assert any("radiologists' boxes: not measured yet" in line.value for line in app.info)


def test_without_evidence_the_page_explains_how_to_get_it(folder: Path) -> None:
    app = page(folder, None)
    assert "python -m cxr evidence" in app.info[0].value
    assert plots(app) == 0


def test_evidence_of_another_kind_does_not_break_the_page(folder: Path) -> None:
    (folder / METRICS).write_text('{"films": 3}')
    app = page(folder, None)
    assert "another version of this program" in app.info[0].value


def test_the_meaning_of_a_flag_follows_the_slider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_PREVALENCE", "0.05")
    app = page(folder, full_evidence())
    assert app.slider[0].value == 5
    assert any(
        "pneumonia on 68 of 100 urgent, 5 of 100 review, 0 of 100 routine" in line for line in words(app)
    )
    app.slider[0].set_value(50).run()
    assert not app.exception
    app.segmented_control[0].set_value("Children").run()
    assert plots(app) == 3 and any(line.startswith("**Children**: pneumonia on") for line in words(app))
    app.segmented_control[0].set_value("Adults").run()
    assert any(
        "pneumonia on 98 of 100 urgent, 48 of 100 review, 4 of 100 routine" in line for line in words(app)
    )


def test_losses_under_shifts_are_shown_by_measure(folder: Path) -> None:
    app = page(folder, full_evidence())
    app.segmented_control[1].set_value("sensitivity_low").run()
    assert not app.exception


def test_the_model_card_can_be_downloaded(folder: Path) -> None:
    assert not page(folder, full_evidence()).get("download_button")
    (folder / MODEL_CARD).write_text("# made")
    assert len(page(folder, None).get("download_button")) == 1
