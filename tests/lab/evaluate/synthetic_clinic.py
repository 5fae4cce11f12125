"""A clinic made in memory: labels files, films, and a bundle of random weights that gives every flag."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from made_films import grey_level, made_card, made_quality_head, shown_films
from PIL import Image

from cxr.evidence.evaluation import Evaluation
from cxr.film import Population, read_film
from cxr.measure.labels import COLUMNS, LabelledFilm
from cxr.model.bundle import Bundle
from cxr.model.card import Calibration, HeatScale, OperatingPoints, PopulationCard, Preprocessing
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import resize
from cxr.screening import Screener

FILM_SIDE = 128


@dataclass(frozen=True)
class Clinic:
    """Films of two populations, evaluated once."""

    films: list[LabelledFilm]
    screener: Screener
    out: Path
    evaluation: Evaluation
    progress: list[tuple[int, int]]


def write_film(path: Path, seed: int) -> None:
    Image.fromarray(grey_level(seed, FILM_SIDE, FILM_SIDE)).save(path)


def row(file: str, label: str, **changes: Any) -> dict[str, Any]:
    """One line of a labels file; each film is of a patient of its own unless told otherwise."""
    return {
        "file": file,
        "label": label,
        "population": "child",
        "split": "val",
        "patient_id": file,
        "source": "east",
        "width": FILM_SIDE,
        "height": FILM_SIDE,
        "boxes_xywh": "",
    } | changes


def write_labels(path: Path, rows: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def random_bundle(films: list[Path]) -> Bundle:
    """Random weights, with calibration and operating points that give some of the films each flag."""
    torch.manual_seed(3)
    preprocessing = Preprocessing(size=64, slope_limit=4)
    resized = np.stack([resize(read_film(film), preprocessing.size) for film in films])
    network = shown_films(CxrNet(hidden=16), resized, preprocessing)
    logits = Engine(network, preprocessing).run(resized).logits.astype(np.float64)
    slope = float(1 / logits.std())
    calibration = Calibration(slope=slope, intercept=float(-slope * logits.mean()), fitted_prevalence=0.5)
    low, high = np.quantile([calibration.probability(logit) for logit in logits], [0.3, 0.7])
    fitted = PopulationCard(
        calibration=calibration, operating_points=OperatingPoints(low=float(low), high=float(high))
    )
    card = made_card(name="random").model_copy(
        update={
            "preprocessing": preprocessing,
            "populations": dict.fromkeys((Population.CHILD, Population.ADULT), fitted),
            "heat": HeatScale(full=1.0, contour=0.5),
        }
    )
    return Bundle(network, made_quality_head(), card, "random-00000000")
