import json
from pathlib import Path

import pytest
from commands import run
from evidence.made_evidence import VERSION, full_evidence

from cxr.evidence.metrics_file import METRICS
from cxr.evidence.stored_simulation import stored_simulation

QUICK = ("simulate", "--films-per-day", "30", "--days", "4", "--warm-up-days", "1", "--repeats", "6")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a bundle that has evidence and no network."""
    monkeypatch.setenv("CXR_MODELS", str(tmp_path))
    monkeypatch.setenv("CXR_BUNDLE", "made")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / METRICS).write_text(full_evidence().to_json())
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_table_compares_three_orders_for_both_truths_and_says_what_it_is() -> None:
    result = run(*QUICK)

    assert result.exit_code == 0
    for word in ("With pneumonia", "Without pneumonia", "First come", "Ranked, with cap", "95th percentile"):
        assert word in result.stdout
    assert result.stdout.startswith(f"{VERSION}: 30 films a day")
    assert "not observed in a clinic" in " ".join(result.stdout.split())


def test_a_result_is_kept_beside_the_model_for_the_app_until_another_model_is_there(folder: Path) -> None:
    assert run(*QUICK, "--keep").exit_code == 0

    kept = stored_simulation(folder / "made", VERSION)

    assert kept and kept.clinic.films_per_day == 30 and len(kept.findings()) == 4
    assert stored_simulation(folder / "made", "another") is None


@pytest.mark.usefixtures("folder")
def test_json_holds_every_figure_with_its_interval_and_what_was_assumed() -> None:
    found = json.loads(run(*QUICK, "--json", "--children-share", "0.5", "--prevalence", "0.4").stdout)

    assert list(found) == ["model", "clinic", "waiting_hours", "findings"]
    assert found["model"] == VERSION and found["clinic"]["prevalence"] == 0.4
    assert found["clinic"]["load"] == pytest.approx(30 * 5 / 600)
    assert len(found["waiting_hours"]) == 6
    for waits in found["waiting_hours"]:
        assert list(waits) == ["order", "truth", "films", "mean", "percentile_95", "longest"]
        assert waits["mean"]["low"] <= waits["mean"]["value"] <= waits["mean"]["high"]
        assert waits["mean"]["value"] <= waits["percentile_95"]["value"] <= waits["longest"]["value"]


@pytest.mark.usefixtures("folder")
def test_prevalence_and_cap_are_those_of_the_settings_unless_they_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXR_PREVALENCE", "0.33")
    monkeypatch.setenv("CXR_WAITING_CAP_HOURS", "13")

    clinic = json.loads(run(*QUICK, "--json").stdout)["clinic"]
    given = json.loads(run(*QUICK, "--json", "--cap-hours", "5").stdout)["clinic"]

    assert (clinic["prevalence"], clinic["cap_hours"]) == (0.33, 13)
    assert (given["prevalence"], given["cap_hours"]) == (0.33, 5)


@pytest.mark.usefixtures("folder")
def test_the_figure_is_drawn_where_it_is_asked_for(tmp_path: Path) -> None:
    assert run(*QUICK, "--out", str(tmp_path / "waits.png")).exit_code == 0
    assert (tmp_path / "waits.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--films-per-day", "500"), "readers would be enough"),
        (("--prevalence", "0"), "Prevalence must be over 0 and under 100 %"),
        (("--out", "nowhere/waits.png"), "name a .png file in an existing folder"),
        (("--out", "waits.txt"), "name a .png file"),
        (("--reading-time", "normal"), "is not one of"),
    ],
)
def test_a_clinic_that_cannot_be_gives_2_and_says_what_to_change(
    arguments: tuple[str, ...], words: str
) -> None:
    result = run("simulate", *arguments)

    assert result.exit_code == 2 and result.stdout == ""
    assert words in " ".join(result.stderr.replace("│", "").split())


def test_without_evidence_the_command_that_makes_it_is_named(folder: Path) -> None:
    (folder / "made" / METRICS).unlink()

    result = run(*QUICK)

    assert result.exit_code == 1 and "python -m cxr evidence" in result.stderr
