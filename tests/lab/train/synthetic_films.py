"""Films for training made in memory: clouds, speckled in pneumonia."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from lab.evaluate.synthetic_clinic import row, write_labels
from made_films import grey_level, scale_to_films
from PIL import Image
from safetensors.torch import save_file

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.split import Part, _part
from cxr.measure.labels import Box, LabelledFilm
from cxr.model.card import Preprocessing
from cxr.model.preprocess import to_input


def labelled(
    number: int,
    label: Label = Label.NORMAL,
    *,
    patient: str | None = None,
    source: str = "east",
    population: Population = Population.CHILD,
    size: tuple[int, int] = (128, 128),
    boxes: tuple[Box, ...] = (),
) -> LabelledFilm:
    name = f"{number:03d}"
    return LabelledFilm(Path(f"{name}.png"), label, population, "train", patient or name, source, size, boxes)


def cloudy(seed: int, positive: bool, side: int) -> npt.NDArray[np.uint8]:
    """Draw a film of (side, side), with speckles where it is positive, too coarse for a blur to take away."""
    cells = np.random.default_rng(seed).normal(0, 60 * positive, (24, 24))
    speckles = cv2.resize(cells, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(0.7 * grey_level(seed, side, side) + 38 + speckles, 0, 255).astype(np.uint8)


def film_set(count: int, side: int = 64, first: int = 0) -> FilmSet:
    """Films of both labels in turn, each of a patient of its own."""
    films = [
        labelled(first + i, (Label.NORMAL, Label.PNEUMONIA)[i % 2], patient=f"{first + i}")
        for i in range(count)
    ]
    pixels = np.stack([cloudy(first + i, film.positive, side) for i, film in enumerate(films)])
    return FilmSet(tuple(films), pixels, "made")


def training_folder(
    folder: Path, wanted: Mapping[str, Mapping[Part, int]], preprocessing: Preprocessing
) -> Path:
    """Write films of so many patients by source, part and label, and weights with torchvision's names."""
    rows = []
    for source, parts in wanted.items():
        for label in ("normal", "pneumonia"):
            left, number = dict(parts), 0
            while any(left.values()):
                patient = f"{label}{number}"
                number += 1
                if left.get(part := _part((source, patient))):
                    left[part] -= 1
                    name = f"{source}-{patient}.png"
                    rows.append(row(name, label, patient_id=patient, split="train", source=source))
    for seed, line in enumerate(rows):
        Image.fromarray(cloudy(seed, line["label"] == "pneumonia", 128)).save(folder / line["file"])
    write_labels(folder / "labels.csv", rows)
    # Imported late: it takes seconds, which the workers that run other tests save.
    from torchvision.models import mobilenet_v2

    torch.manual_seed(0)
    network = mobilenet_v2(weights=None)
    some = np.stack([cloudy(seed, seed % 2 == 0, 64) for seed in range(16)])
    scale_to_films(network, to_input(some, preprocessing).repeat(1, 3, 1, 1))
    save_file(network.state_dict(), folder / "random.safetensors")
    return folder
