from pathlib import Path

import numpy as np
import pytest
import torch
from evaluate.synthetic_clinic import row, write_labels
from PIL import Image
from safetensors.torch import save_file
from torchvision.models import mobilenet_v2
from train.synthetic_films import cloudy, scale_to_films

from cxr.evaluate.labels import LabelsError, read_labels
from cxr.film import Population, read_film
from cxr.model.bundle import load_bundle
from cxr.model.preprocess import standardise, to_batch
from cxr.screening import Screener
from cxr.train.fit import FitSettings
from cxr.train.run import RunSettings, train
from cxr.train.selection import select_films
from cxr.train.split import Part, _part

# As many patients of each label as the operating points need, and no more.
WANTED = {Part.FIT: 16, Part.TUNE: 73, Part.HOLDOUT: 8}
FIT_SETTINGS = FitSettings(epochs=3, batch_size=8, averaging=0.5, bfloat16=False)


def settings_in(folder: Path, bundle: str = "speckled") -> RunSettings:
    return RunSettings(
        labels=folder / "labels.csv",
        sources=("east",),
        weights=str(folder / "random.safetensors"),
        run=folder / "run",
        bundle=folder / "models" / bundle,
        command="none",
        size=64,
        hidden=8,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloudy films, their labels, and random weights with torchvision's names."""
    folder = tmp_path_factory.mktemp("training")
    rows = []
    for label in ("normal", "pneumonia"):
        left = dict(WANTED)
        number = 0
        while any(left.values()):
            patient = f"{label}{number}"
            number += 1
            part = _part(("east", patient))
            if left[part]:
                left[part] -= 1
                rows.append(row(f"{patient}.png", label, patient_id=patient, split="train"))
    for seed, line in enumerate(rows):
        film = cloudy(seed, line["label"] == "pneumonia", 128)
        Image.fromarray(film).save(folder / line["file"])
    write_labels(folder / "labels.csv", rows)
    torch.manual_seed(0)
    network = mobilenet_v2(weights=None)
    some = np.stack([cloudy(seed, seed % 2 == 0, 64) for seed in range(16)])
    scale_to_films(network, standardise(to_batch(some), 3.0).repeat(1, 3, 1, 1))
    save_file(network.state_dict(), folder / "random.safetensors")
    return folder


def test_training_ends_in_a_bundle_that_scores_the_films_it_held_out(folder: Path) -> None:
    card = train(settings_in(folder), FIT_SETTINGS)
    assert card.training.films == {part: 2 * count for part, count in WANTED.items()}
    assert set(card.metrics) == {"child/tune", "child/holdout"}
    assert card.metrics["child/tune"].patients == 2 * WANTED[Part.TUNE]

    bundle = load_bundle(folder / "models" / "speckled")
    assert bundle.card == card
    held_out = select_films(read_labels(folder / "labels.csv"), 64, ["east"], "holdout")
    readings = Screener(bundle).read([read_film(film.path) for film in held_out], Population.CHILD)
    probabilities = [reading.score.probability for reading in readings if reading.score]
    of_positives = [p for p, film in zip(probabilities, held_out, strict=True) if film.positive]
    assert len(of_positives) == WANTED[Part.HOLDOUT]
    assert sum(of_positives) / len(of_positives) > sum(probabilities) / len(probabilities) + 0.2


def test_a_name_that_no_bundle_may_have_is_refused_before_training(folder: Path) -> None:
    with pytest.raises(ValueError, match="'My Bundle': use lower case"):
        train(settings_in(folder, "My Bundle"), FIT_SETTINGS)


def test_a_film_that_cannot_be_read_is_named_before_training(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.png").write_bytes(b"")
    write_labels(tmp_path / "labels.csv", [row("gone.png", "normal", split="train")])
    with pytest.raises(LabelsError, match=r"gone\.png: This file is empty.*take its line out"):
        train(settings_in(tmp_path), FIT_SETTINGS)
