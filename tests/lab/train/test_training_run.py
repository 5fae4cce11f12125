import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lab.evaluate.synthetic_clinic import row, write_labels
from lab.train.synthetic_films import training_folder
from tiny_fit import tiny_fit

from cxr.film import Population, read_film
from cxr.lab.train import quality_fit, quality_head
from cxr.lab.train.checkpoint import STATE
from cxr.lab.train.evidence_films import select_films
from cxr.lab.train.join import join
from cxr.lab.train.refit import refit
from cxr.lab.train.split import Part
from cxr.lab.train.training_run import RunSettings, train, train_network
from cxr.measure.labels import LabelsError, read_labels
from cxr.model.bundle import load_bundle
from cxr.model.card import Preprocessing
from cxr.screening import Screener

pytestmark = pytest.mark.long

# As many patients of each label as the operating points need, and no more.
WANTED = {"east": {Part.FIT: 16, Part.TUNE: 73, Part.HOLDOUT: 8}}
FIT_SETTINGS = replace(tiny_fit(3), steps=4)


def settings_in(folder: Path, bundle: str = "speckled") -> RunSettings:
    return RunSettings(
        labels=folder / "labels.csv",
        sources=("east",),
        weights=str(folder / "random.safetensors"),
        run=folder / "run",
        bundle=folder / "models" / bundle,
        command="none",
        hidden=8,
        trunk="mobilenet_v2",
    )


@pytest.fixture(scope="module", autouse=True)
def _settled_soon() -> Iterator[None]:
    """Random weights need few batches for the means of their batch norms."""
    with pytest.MonkeyPatch.context() as module:
        module.setattr("cxr.lab.train.fit.SETTLING", 3)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloudy films, their labels, and random weights with torchvision's names."""
    return training_folder(tmp_path_factory.mktemp("training"), WANTED, FIT_SETTINGS.preprocessing)


def test_training_ends_in_a_bundle_that_scores_the_films_it_held_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The quality head is fitted once more without each kind of junk, which is most of a small run.
    monkeypatch.setattr(quality_fit, "MADE", 4)
    monkeypatch.setattr(quality_fit, "MADE_TO_MEASURE", 2)
    monkeypatch.setattr(quality_head, "STEPS", 15)
    monkeypatch.setattr(quality_head, "BATCH", 64)
    card = train(settings_in(folder), FIT_SETTINGS)
    assert card
    assert card.training.films == {part: 2 * count for part, count in WANTED["east"].items()}
    assert card.preprocessing == Preprocessing(size=64, slope_limit=4)

    bundle = load_bundle(folder / "models" / "speckled")
    assert bundle.card == card
    held_out = select_films(read_labels(folder / "labels.csv"), 64, ["east"], "holdout")
    readings = Screener(bundle).screen_films([read_film(film.path) for film in held_out], Population.CHILD)
    scored = [
        (film.positive, reading.score.probability)
        for film, reading in zip(held_out, readings, strict=True)
        if reading.score
    ]
    # The quality check may refuse one film or another, made of clouds as they are.
    assert len(scored) >= 0.75 * len(held_out)
    positives, negatives = ([p for positive, p in scored if positive is label] for label in (True, False))
    assert np.mean(positives) > np.mean(negatives) + 0.4

    # Fitted again on the same patients by the same rules, the points are the same, and the card says so.
    models = folder / "again"
    shutil.copytree(folder / "models" / "speckled", models)
    again = refit(models, read_labels(folder / "labels.csv"), "cxr refit")
    assert again.populations == card.populations and again.training.refitted == "cxr refit"
    assert load_bundle(models).card == again and load_bundle(models).version != bundle.version
    # Joined with itself, a network ranks films as it did alone.
    slope = np.mean([one.calibration.slope for one in again.populations.values()])
    joined = join(
        (models, models),
        folder / "models" / "joined",
        read_labels(folder / "labels.csv"),
        folder,
        0.5,
        "cxr join",
    )
    assert [before.version for before in joined.training.started_from] == [load_bundle(models).version] * 2
    films = [read_film(film.path) for film in held_out]
    alone, together = (
        Screener(one).screen_films(films, Population.CHILD)
        for one in (bundle, load_bundle(folder / "models" / "joined"))
    )
    logits = np.array(
        [[a.score.logit, b.score.logit] for a, b in zip(alone, together, strict=True) if a.score and b.score]
    )
    assert len(logits) >= 0.75 * len(held_out)
    np.testing.assert_allclose(logits[:, 1], slope * logits[:, 0], rtol=1e-3)
    with pytest.raises(LabelsError, match="Give the labels and films that it was trained on"):
        refit(models, held_out, "cxr refit")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_training_goes_on_from_a_bundle_as_that_takes_films_and_keeps_a_share_of_its_weights(
    folder: Path, small_bundle: Path, share: float
) -> None:
    # One run for both: the second share finds it finished, and keeps as much of the start as it says.
    settings = replace(settings_in(folder), weights=str(small_bundle), run=folder / "on", keep_start=share)
    start = load_bundle(small_bundle)
    trained = train_network(
        settings, replace(FIT_SETTINGS, epochs=1, steps=2, batch_size=4, grey_levels=("standardised",))
    )

    assert trained.preprocessing == start.card.preprocessing
    assert [before.version for before in trained.started_from] == [start.version]
    after = trained.network.state_dict()
    same = [torch.equal(after[name], weight) for name, weight in start.network.head.named_parameters("head")]
    assert all(same) if share else not any(same)


def test_a_run_that_is_to_write_no_bundle_trains_and_writes_none(folder: Path) -> None:
    settings = replace(settings_in(folder, "unwritten"), run=folder / "other-run", write=False)
    assert train(settings, replace(FIT_SETTINGS, epochs=1)) is None
    assert (folder / "other-run" / STATE).is_file()
    assert not (folder / "models" / "unwritten").exists()


def test_a_name_that_no_bundle_may_have_is_refused_before_training(folder: Path) -> None:
    with pytest.raises(ValueError, match="'My Bundle': use lower case"):
        train(settings_in(folder, "My Bundle"), FIT_SETTINGS)


def test_a_film_that_cannot_be_read_is_named_before_training(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.png").write_bytes(b"")
    write_labels(tmp_path / "labels.csv", [row("gone.png", "normal", split="train")])
    with pytest.raises(LabelsError, match=r"gone\.png: This file is empty.*take its line out"):
        train(settings_in(tmp_path), FIT_SETTINGS)
