from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cxr.cli.main import app
from cxr.film import Population
from cxr.lab.bench.bench_films import film_sets
from cxr.lab.bench.plain_pipeline import PlainPipeline, can_read
from cxr.lab.bench.speed import DICOM, FULL_SIZE, SMALL
from cxr.model.bundle import Bundle
from cxr.screening import Screener

CHILD = Population.CHILD


@pytest.fixture(scope="module")
def plain(bundle: Bundle) -> PlainPipeline:
    return PlainPipeline(bundle)


def test_the_plain_pipeline_says_what_ours_says(
    plain: PlainPipeline, screener: Screener, data_dir: Path
) -> None:
    """Otherwise it would be a race between two different things."""
    paths = sorted((data_dir / "kermany" / "val").rglob("*.jpeg"))[::3]

    for path, outcome in zip(paths, screener.screen((path, CHILD) for path in paths), strict=True):
        assert outcome.result and outcome.result.score and outcome.result.heat
        logit, heat = plain.score(path)
        assert logit == pytest.approx(outcome.result.score.logit, abs=1e-3)
        frugal, same = plain.score(path, frugal=True)
        assert frugal == pytest.approx(logit, abs=1e-4)
        np.testing.assert_allclose(same, heat, atol=1e-4)
        cells = heat.reshape(14, 16, 14, 16).mean(axis=(1, 3))
        ours = outcome.result.heat.values
        if 0.2 < ours.max() < 1:
            assert np.corrcoef(cells.ravel(), ours.ravel())[0, 1] > 0.9


def test_all_three_forms_of_films_are_there_and_each_film_is_scored_by_both(
    screener: Screener, data_dir: Path
) -> None:
    sets = {one.name: one.files for one in film_sets(data_dir, screener)}

    assert set(sets) == {FULL_SIZE, DICOM, SMALL}
    assert len(sets[FULL_SIZE]) >= 28 and len(sets[DICOM]) >= 5 and len(sets[SMALL]) >= 55
    assert all(can_read(path) for path in sets[DICOM])


def test_a_folder_without_films_says_where_they_should_be(screener: Screener, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="CXR_DATA"):
        film_sets(tmp_path, screener)


def test_nothing_is_measured_where_figures_cannot_be_kept_or_films_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner().invoke
    assert run(app, ["bench", "--save", "--stored"]).exit_code == 2
    monkeypatch.setenv("CXR_DATA", str(tmp_path))
    missing = run(app, ["bench"])
    monkeypatch.setenv("CXR_MODELS", str(tmp_path / "nowhere"))
    nowhere = run(app, ["bench", "--save"])

    assert (missing.exit_code, missing.stdout) == (nowhere.exit_code, nowhere.stdout) == (1, "")
    assert "CXR_DATA" in missing.stderr and len(missing.stderr.splitlines()) == 1
    assert "nowhere" in nowhere.stderr and len(nowhere.stderr.splitlines()) == 1
