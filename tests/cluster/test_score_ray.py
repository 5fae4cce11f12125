"""The command: what it refuses at once, without a cluster."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cxr.cli.main import app

pytestmark = pytest.mark.usefixtures("bundle_set")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", "--engine", "ray", *map(str, arguments)])


def test_an_address_at_which_nobody_answers_is_told_at_once(
    films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_RAY_ADDRESS", "127.0.0.1:1")

    result = run(films[0], "--out", tmp_path / "out")

    assert result.exit_code == 1 and "127.0.0.1:1" in result.stderr and "CXR_RAY_ADDRESS" in result.stderr


@pytest.mark.parametrize(
    ("out", "told"), [("unheard-of://bucket", "Check the URL scheme"), ("s3://bucket", "s3fs")]
)
def test_a_place_that_cannot_be_written_to_is_told_at_once(
    films: list[str], out: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)

    result = run(films[0], "--out", out)

    assert result.exit_code == 1 and told in result.stderr and len(result.stderr.splitlines()) == 2


def test_a_damaged_plan_is_named(films: list[str], tmp_path: Path) -> None:
    (tmp_path / "_plan-0.json").write_text("{")

    result = run(films[0], "--out", tmp_path)

    assert result.exit_code == 1 and "_plan-0.json" in result.stderr and "damaged" in result.stderr


@pytest.mark.parametrize("ending", [[], ["--out", "a", "--to-worklist"], ["--out", "a", "--json"]])
def test_results_go_to_one_place(films: list[str], ending: list[str]) -> None:
    result = run(films[0], *ending)

    assert result.exit_code == 2 and "--to-worklist" in result.stderr and "Usage" in result.stderr


def test_what_is_for_ray_goes_with_ray_alone(films: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["score", films[0], "--out", str(tmp_path)])

    assert result.exit_code == 2 and "--engine ray" in result.stderr


def test_without_ray_the_command_says_how_to_install_it(
    films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in [name for name in sys.modules if name.startswith("ray.")]:
        monkeypatch.delitem(sys.modules, name)

    result = run(films[0], "--out", tmp_path / "out")

    assert result.exit_code == 1 and result.stderr.splitlines() == [
        "Ray is not installed. Install it with the extra: .venv/bin/pip install -e '.[ray]'"
    ]


def test_a_sqlite_worklist_is_not_for_several_machines(
    films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'worklist.sqlite3'}")

    result = run(films[0], "--to-worklist")

    assert result.exit_code == 2 and "PostgreSQL" in result.stderr
    assert not (tmp_path / "worklist.sqlite3").exists()


def test_a_folder_of_another_model_is_refused_before_anything_starts(
    films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cxr.cluster.parts import PartsFolder, Terms

    PartsFolder(str(tmp_path)).planned(films, Terms("earlier-00000000", "unknown", 0.2), 2)

    result = run(*films, "--out", tmp_path)

    assert result.exit_code == 1 and "earlier-00000000, now small-" in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_a_list_that_cannot_be_read_and_one_without_films_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")

    for name, sentence in (("nowhere.txt", "cannot be read"), ("empty.txt", "no files in it")):
        result = run("--urls", tmp_path / name, "--out", tmp_path / "out")
        assert result.exit_code == 2 and sentence in result.stderr.replace("\n│ ", " ")
