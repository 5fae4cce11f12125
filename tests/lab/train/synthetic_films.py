"""Films for training made in memory: clouds, speckled in pneumonia."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from made_films import grey_level

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet
from cxr.measure.labels import Box, LabelledFilm


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


def scale_to_films(network: torch.nn.Module, batch: torch.Tensor) -> None:
    """Give random weights batch norms of the scale of films, without which every logit would be the same."""
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        network.train()(batch)
    for norm in norms:
        norm.momentum = 0.1
