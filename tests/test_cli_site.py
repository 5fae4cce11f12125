"""Silent mode, the stop rule and kept profiles from the shell."""

from pathlib import Path

import pytest
from commands import run
from worklist.made_cases import read_urgent

from cxr.worklist.case import Finding
from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.usefixtures("worklist_set")


def test_a_site_goes_silent_and_live_from_the_shell(worklist: Worklist) -> None:
    assert run("silent", "status").stdout == "live: results are shown.\n"

    on = run("silent", "on", "--reason", "first week")
    assert on.exit_code == 0
    assert on.stdout.startswith("silent: results are withheld since ") and "“first week”" in on.stdout
    assert worklist.site.state().mode is Mode.SILENT
    assert run("silent", "off").stdout.startswith("live: results are shown since ")
    assert (worklist.site.state().who or "").startswith("command line")


def test_a_stop_ends_from_the_shell_only_with_a_reason(worklist: Worklist) -> None:
    worklist.site.change(Mode.STOPPED, "root", "a new machine")

    refused = run("silent", "off")
    assert refused.exit_code == 1 and "--reason" in refused.stderr
    assert run("silent", "off", "--reason", "it is calibrated").exit_code == 0
    assert worklist.site.state().mode is Mode.LIVE


def test_the_status_of_a_missing_worklist_creates_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'none.sqlite3'}")

    assert run("silent", "status").exit_code == 1
    assert not (tmp_path / "none.sqlite3").exists()


def test_monitor_applies_the_stop_rule_only_where_it_is_asked_to(worklist: Worklist) -> None:
    read_urgent(worklist, 0, 20, Finding.NO_PNEUMONIA)
    worklist.site.set_stop_rule(0.6, "root")

    assert run("monitor").exit_code == 0
    assert worklist.site.state().mode is Mode.LIVE

    stopped = run("monitor", "--stop-rule")
    assert stopped.exit_code == 1
    assert "Results are withheld from now on. Agreement of readers with flags is 0.000" in stopped.stdout
    assert worklist.site.state().mode is Mode.STOPPED
    assert run("monitor", "--stop-rule").exit_code == 0


def test_a_stop_rule_without_a_limit_is_wrong_usage(worklist: Worklist) -> None:
    refused = run("monitor", "--stop-rule")

    assert refused.exit_code == 2 and "there is no limit" in refused.stderr
    read_urgent(worklist, 0, 20, Finding.NO_PNEUMONIA)
    assert run("monitor", "--stop-rule", "--least-agreement", 0.5).exit_code == 1
    assert worklist.site.state().mode is Mode.STOPPED


def test_a_registry_gets_no_film_while_results_are_withheld(worklist: Worklist, tmp_path: Path) -> None:
    worklist.site.change(Mode.SILENT, "root")

    refused = run("monitor", "--registry", tmp_path / "films.csv")

    assert refused.exit_code == 1 and "Leave out --registry" in refused.stderr
    assert not (tmp_path / "films.csv").exists()


@pytest.mark.parametrize(
    "command", [("acceptance", "{list}", "--out"), ("compare", "a", "b", "{list}", "--out")]
)
def test_a_place_for_results_that_is_no_folder_is_named_before_anything_is_measured(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    listed = tmp_path / "labels.csv"
    listed.write_text("file,label\na.png,normal\n")

    refused = run(*(word.format(list=listed) for word in command), listed)

    assert refused.exit_code == 1 and f"Nothing can be written to {listed}: " in refused.stderr


def test_a_list_with_a_film_that_is_not_there_stops_before_the_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_MODELS", str(tmp_path / "no models"))
    listed = tmp_path / "labels.csv"
    listed.write_text("file;label\nROSSI.png;normal\n")

    refused = run("acceptance", listed, "--out", tmp_path / "out")

    assert refused.exit_code == 1 and "1 film of 1 not found, in line 2" in refused.stderr
    assert "ROSSI" not in refused.stderr
