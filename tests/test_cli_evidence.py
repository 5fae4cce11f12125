import shutil
from pathlib import Path

import pytest
from commands import run
from evidence.made_evidence import VERSION, full_evidence
from lab.evaluate.synthetic_clinic import row, write_film, write_labels

from cxr.evidence.metrics_file import METRICS, MODEL_CARD
from cxr.lab.evaluate.readme_results import results_table
from cxr.model.bundle import load_bundle


@pytest.fixture
def folder(small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the bundle that the settings name, without evidence."""
    copy = Path(shutil.copytree(small_bundle, tmp_path / "models" / "small"))
    monkeypatch.setenv("CXR_MODELS", str(copy.parent))
    monkeypatch.setenv("CXR_BUNDLE", "small")
    return copy


@pytest.fixture
def measured(folder: Path) -> Path:
    """The same, with evidence of this very bundle."""
    (folder / METRICS).write_text(full_evidence().to_json().replace(VERSION, load_bundle(folder).version))
    return folder


def test_a_card_that_was_written_passes_the_check_until_it_is_changed(measured: Path) -> None:
    assert run("card", "--check").exit_code == 1
    assert run("card").exit_code == 0
    assert (measured / MODEL_CARD).is_file()
    assert run("card", "--check").exit_code == 0
    with (measured / MODEL_CARD).open("a") as card:
        card.write("It is very good.\n")

    changed = run("card", "--check")

    assert changed.exit_code == 1 and changed.stdout == ""
    assert MODEL_CARD in changed.stderr and "cxr card" in changed.stderr


def test_figures_of_another_model_make_no_card(folder: Path) -> None:
    (folder / METRICS).write_text(full_evidence().to_json())

    result = run("card")

    assert result.exit_code == 1 and not (folder / MODEL_CARD).exists()
    assert f"The figures are of {VERSION}" in result.stderr


@pytest.mark.usefixtures("measured")
def test_results_are_printed_as_the_readme_shows_them() -> None:
    assert run("results").stdout == results_table(full_evidence()) + "\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["results", "card"])
def test_without_evidence_the_command_that_makes_it_is_named(command: str) -> None:
    result = run(command)

    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "python -m cxr evidence" in result.stderr


def test_evidence_of_other_films_than_those_of_training_is_not_written(folder: Path, tmp_path: Path) -> None:
    write_film(tmp_path / "a.png", 0)
    labels = write_labels(tmp_path / "labels.csv", [row("a.png", "normal", split="train")])

    result = run("evidence", "--labels", str(labels))

    assert result.exit_code == 1 and not (folder / METRICS).exists()
    assert "Give the labels and films that it was trained on" in result.stderr
