import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import run
from film.film_files import PATIENT, dicom_file, picture_file
from made_films import bad_files, dicom, grey_level, png
from PIL import Image
from pydicom.uid import CTImageStorage
from typer.main import get_command
from typer.testing import Result
from waiting import PATIENCE, python

from cxr.cli.main import COMMANDS, app
from cxr.film.left_out import left_out
from cxr.model.released import UNRELEASED
from cxr.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[1]
FIELDS = ["file", "flag", "probability", "reasons", "population", "model", "seconds", "released"]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with two films, one of them of an adult by its header."""
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "b.png").write_bytes(png(1))
    (folder / "a.dcm").write_bytes(dicom(2, age="045Y"))
    return folder


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("bundle_set")
def test_every_film_gets_a_line_in_the_order_given(films: Path) -> None:
    result = run("score", films / "b.png", films / "a.dcm", films / "b.png", "--population", "child")

    assert result.exit_code == 0 and result.stderr == f"{UNRELEASED}\n"
    lines = result.stdout.splitlines()
    assert [line.split()[2] for line in lines] == [str(films / name) for name in ("b.png", "a.dcm", "b.png")]
    assert lines[0] == lines[2]
    assert lines[1].startswith("refused    -  ") and "Read this film without it." in lines[1]


def test_json_has_exactly_the_fields_that_were_promised(films: Path, bundle_set: Path) -> None:
    result = run("score", "--json", films / "b.png", films / "a.dcm")

    scored, refused = objects(result)
    assert result.exit_code == 0
    assert list(scored) == list(refused) == FIELDS
    assert scored["released"] is refused["released"] is False
    assert scored["flag"] in ("urgent", "review", "routine") and 0 <= scored["probability"] <= 1
    assert [reason["code"] for reason in scored["reasons"]] == ["population_unknown"]
    assert scored["population"] == "unknown" and scored["seconds"] > 0
    assert scored["model"] == refused["model"] and scored["model"].startswith(f"{bundle_set.name}-")
    assert (refused["flag"], refused["probability"], refused["population"]) == ("refused", None, "adult")
    assert [set(reason) for reason in refused["reasons"]] == [{"code", "sentence"}]


@pytest.mark.usefixtures("bundle_set")
def test_a_stated_population_is_used(films: Path) -> None:
    (line,) = objects(run("score", "--json", "--population", "child", films / "b.png"))

    assert line["population"] == "child" and line["reasons"] == []


@pytest.mark.usefixtures("bundle_set")
def test_a_file_that_cannot_be_read_gives_1_and_the_others_their_scores(films: Path) -> None:
    bad = {name: one for name, one in bad_files().items() if not one[0] or not left_out(one[0])}
    for name, (content, _) in bad.items():
        (films / name).write_bytes(content)

    result = run("score", "--json", films, films / "nowhere.png")

    assert result.exit_code == 1 and result.stderr == f"{UNRELEASED}\n"
    codes = {Path(line["file"]).name: [r["code"] for r in line["reasons"]] for line in objects(result)}
    assert codes["nowhere.png"] == ["not_found"] and codes["b.png"] == ["population_unknown"]
    assert {name: codes[name] for name in bad} == {name: [code] for name, (_, code) in bad.items()}
    unread = [line for line in objects(result) if Path(line["file"]).name in bad]
    assert all(list(line) == FIELDS and line["probability"] is line["seconds"] is None for line in unread)


@pytest.mark.usefixtures("bundle_set")
@pytest.mark.usefixtures("bad_decoder")
def test_a_film_that_ends_its_decoder_is_refused_and_the_others_get_their_scores(films: Path) -> None:
    (films / "c.png").write_bytes(picture_file(Image.fromarray(grey_level(0, width=300)), "PNG"))

    result = run("score", "--json", "--population", "child", films)

    codes = {Path(line["file"]).name: [r["code"] for r in line["reasons"]] for line in objects(result)}
    assert result.exit_code == 1 and codes["c.png"] == ["failed"]
    assert len(codes) == 3 and "failed" not in codes["a.dcm"] + codes["b.png"]


@pytest.mark.usefixtures("bundle_set")
def test_files_that_are_not_films_are_left_out_and_counted_in_one_line(films: Path) -> None:
    (films / "AUTORUN.INF").write_text("[autorun]\nopen=viewer.exe\n")
    (films / "viewer.exe").write_bytes(b"MZ" + bytes(100))
    (films / "viewer.dll").write_bytes(b"MZ" + bytes(100))

    result, in_words = run("score", "--json", films), run("score", films)

    assert result.exit_code == in_words.exit_code == 0
    assert [Path(line["file"]).name for line in objects(result)] == ["a.dcm", "b.png"]
    line = "left out: 3 files (program 2, text file 1)"
    assert result.stderr.splitlines()[-1] == in_words.stdout.splitlines()[-1] == line


@pytest.mark.usefixtures("bundle_set")
def test_score_leaves_out_what_the_worklist_does(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'worklist.sqlite3'}")
    monkeypatch.setenv("CXR_FILMS", str(tmp_path / "kept"))
    ct = dicom_file(grey_level(3), Modality="CT", SOPClassUID=CTImageStorage)
    small = picture_file(Image.fromarray(grey_level(3, 64, 64)), "PNG")
    for name, content in {"logo.png": small, "noise.bin": b"\x8f\x02\xf3" * 99, "ct.dcm": ct}.items():
        (films / name).write_bytes(content)
    (films / "empty.dcm").touch()
    (films / "small.dcm").write_bytes(dicom_file(grey_level(3, 64, 64)))

    scored, added = run("score", films), run("worklist", "add", films)

    # An empty file is named: it may be a film whose export failed.
    assert (scored.exit_code, added.exit_code) == (1, 1)
    kinds = "CT image 1, picture of fewer than 128 pixels 1, unknown kind of file 1"
    assert scored.stdout.splitlines()[-1] == added.stdout.splitlines()[-1] == f"left out: 3 files ({kinds})"
    assert len(scored.stdout.splitlines()) == len(added.stdout.splitlines()) == 5


@pytest.mark.usefixtures("bundle_set")
def test_a_folder_means_the_files_below_it_except_hidden_ones(films: Path) -> None:
    for name in (".hidden.png", ".trash/c.png", "below/c.png"):
        (films / name).parent.mkdir(exist_ok=True)
        (films / name).write_bytes(png(3))

    lines = objects(run("score", "--json", films))

    assert [line["file"] for line in lines] == [str(films / n) for n in ("a.dcm", "b.png", "below/c.png")]


@pytest.mark.usefixtures("bundle_set")
def test_a_folder_inside_a_hidden_one_is_read_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / ".inbox").mkdir()
    (tmp_path / ".inbox" / "film.png").write_bytes(png(3))

    assert len(objects(run("score", "--json", tmp_path / ".inbox"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["score"],
        ["score", ""],
        ["score", "--population", "dog", "film.png"],
        ["score", "--fast", "film.png"],
        ["scroe"],
    ],
)
def test_wrong_usage_gives_2_and_says_what_is_wrong(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Usage" in result.stderr and "Traceback" not in result.stderr and result.stdout == ""


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_bundle_gives_1_and_one_clear_message(
    films: Path, small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "models" / "small"))
    weights = copy / "weights.safetensors"
    if damage == "changed":
        weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    else:
        weights.unlink()
    monkeypatch.setenv("CXR_MODELS", str(copy.parent))
    monkeypatch.setenv("CXR_BUNDLE", "small")

    result = run("score", films)

    assert result.exit_code == 1 and result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    assert "weights.safetensors" in result.stderr and "estore" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_invalid_setting_is_named_without_a_traceback(
    films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_BATCH_SIZE", "many")

    result = run("score", films)

    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert "CXR_BATCH_SIZE" in result.stderr and "many" in result.stderr


def test_a_misspelt_setting_stops_the_start_and_the_nearest_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_PREVALANCE", "0.3")

    result = run("settings")

    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("CXR_PREVALANCE is not a setting; did you mean CXR_PREVALENCE?")


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom cxr.cli.main import app\napp(['--help'], standalone_mode=False)\n"
        "print([name for name in ('cxr.film', 'pydantic', 'sqlalchemy', 'numpy') if name in sys.modules])"
    )
    said = python(code)

    assert "Score films, one line per film." in said
    assert said.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_the_first_line_of_its_own_help(name: str) -> None:
    command = get_command(app).commands[name].load()

    assert command.help.splitlines()[0] == COMMANDS[name][-1]


def test_scoring_imports_nothing_of_the_cluster_or_the_laboratory() -> None:
    code = (
        "import sys, cxr.cli.scoring; print([n for n in sys.modules if n.startswith(('cxr.cl', 'cxr.lab'))])"
    )

    assert [name for name in eval(python(code).splitlines()[-1]) if not name.startswith("cxr.cli")] == []


def test_settings_are_printed_one_per_line_and_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXR_WAITING_CAP_HOURS", "36")

    lines = run("settings").stdout.splitlines()

    assert [line.partition("=")[0] for line in lines] == [f"CXR_{n.upper()}" for n in Settings.model_fields]
    assert any(line.startswith("CXR_WAITING_CAP_HOURS=36.0  # ") for line in lines)


def test_the_real_command_scores_and_shows_no_patient(
    films: Path, small_bundle: Path, tmp_path: Path
) -> None:
    whole = dicom(2, age="005Y")
    (films / "c.dcm").write_bytes(whole)
    (films / "d.dcm").write_bytes(whole[: len(whole) // 2])
    environment = os.environ | {"CXR_MODELS": str(small_bundle.parent), "CXR_BUNDLE": small_bundle.name}

    ended = subprocess.run(
        [sys.executable, "-m", "cxr", "score", "--json", "."],
        cwd=films,
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert ended.returncode == 1
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["file"] for line in lines] == ["a.dcm", "b.png", "c.dcm", "d.dcm"]
    assert [line["probability"] is None for line in lines] == [True, False, False, True]
    assert PATIENT.split("^")[0] in whole.decode("latin-1")
    for name in (*PATIENT.split("^"), "MRN-4711", "Traceback"):
        assert name not in ended.stdout + ended.stderr
    _, logged = ended.stderr.splitlines()
    assert logged.startswith("Films are scored by ")
