"""The command: what it refuses at once, and that it goes on after it was killed."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.dataset
import pytest
from clusters import TwoWorkers
from typer.testing import CliRunner, Result

from cxr.cli.main import app

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _bundle(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_MODELS", str(small_bundle.parent))
    monkeypatch.setenv("CXR_BUNDLE", small_bundle.name)
    monkeypatch.setenv("CXR_BATCH_SIZE", "2")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", "--engine", "ray", *map(str, arguments)])


def start(*arguments: object, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "cxr", "score", "--engine", "ray", *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_run_goes_on_where_it_stopped(cluster: TwoWorkers, films: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = start(Path(films[0]).parent, "--out", out, CXR_RAY_ADDRESS=cluster.address)
    assert first.stderr and next(line for line in first.stderr if line.startswith("Scored 2 of 16"))
    first.kill()
    first.communicate()
    before = {path: path.read_bytes() for path in out.glob("part-*")}

    # On this machine alone, with a folder, the same films on a list once more, and one that is nowhere.
    second = start(Path(films[0]).parent, "--urls", "-", "--out", out, CXR_ACTORS="1")
    said, _ = second.communicate(
        "\n".join([*films[:3], "file:///nowhere/a.png", f"file://{films[3]}"]), timeout=600
    )

    assert second.returncode == 1, said
    rows = pyarrow.dataset.dataset(out).to_table().to_pylist()
    assert sorted(row["file"] for row in rows) == sorted([*films, "/nowhere/a.png"]), said
    assert 1 <= len(before) < 8 and all(path.read_bytes() == content for path, content in before.items())
    counts = [int(word) for word in said.replace(":", " ").replace(";", " ").split() if word.isdigit()]
    scored, refused, unread, earlier = counts
    assert (scored + earlier, refused, unread) == (17, 0, 1) and earlier >= 2 * len(before)

    done = run(*films, "--out", out)
    assert done.exit_code == 0 and done.stdout.startswith("0 films: 0 refused, 0 could not be read, 16 done ")


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
