"""How good a network is on the tuning patients, after an epoch of training."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.explain.gradcam import HeatMap, grad_cam
from cxr.lab.train.film_set import FilmSet
from cxr.measure.boxes import compare
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import Array, Bools, auroc
from cxr.measure.operating_points import NotSeparableError, fit_calibration
from cxr.model.card import Preprocessing
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.openvino_trunk import openvino_is_installed, openvino_trunk


@dataclass(frozen=True, slots=True)
class Tuned:
    """What an epoch reached.

    Attributes
    ----------
    loss
        Mean over the hospitals of the calibrated loss.
    hit_rate, energy_in_box
        Of all boxed films, whatever their score; not a number where none has boxes.
    """

    loss: float
    auroc: dict[str, float]
    hit_rate: float
    energy_in_box: float


def tune(network: CxrNet, films: FilmSet, preprocessing: Preprocessing) -> Tuned:
    """Measure a network on films as they are, in float32 as in serving."""
    logits, cams = predict(network, films, preprocessing)
    positive = films.targets == 1
    losses, aurocs = [], {}
    sources = np.array([film.source for film in films.films])
    for source in sorted(set(sources)):
        here = sources == source
        if positive[here].any() and not positive[here].all():
            losses.append(calibrated_loss(logits[here], positive[here]))
            aurocs[str(source)] = auroc(logits[here], positive[here])
    hit_rate, energy = _box_agreement(cams, films.films)
    return Tuned(float(np.mean(losses)), aurocs, hit_rate, energy)


def some_of_each(films: FilmSet, count: int) -> FilmSet:
    """Keep up to so many films of each source and label, the first ones."""
    taken: Counter[tuple[str, str]] = Counter()
    places = []
    for place, film in enumerate(films.films):
        if taken[film.source, film.label] < count:
            taken[film.source, film.label] += 1
            places.append(place)
    return films.take(places)


def fast_engine(network: CxrNet, preprocessing: Preprocessing) -> Engine:
    """Put a finished network to work on many films: by OpenVINO if it is installed, in float32."""
    trunk = openvino_trunk(network.trunk, preprocessing.shape) if openvino_is_installed() else None
    return Engine(network, preprocessing, trunk)


def predict(
    network: CxrNet,
    films: FilmSet,
    preprocessing: Preprocessing,
    batch_size: int = 64,
    engine: Engine | None = None,
) -> tuple[Array, npt.NDArray[np.float32]]:
    """Logits, shape (films,), and Grad-CAM, shape (films, rows, columns), of films as they are."""
    engine = engine or Engine(network, preprocessing)
    logits, cams = [], []
    for start in range(0, len(films.films), batch_size):
        activation = engine.run(films.resized[start : start + batch_size])
        logits.append(activation.logits)
        cams.append(grad_cam(activation))
    return np.concatenate(logits).astype(np.float64), np.concatenate(cams)


def calibrated_loss(logits: Array, positive: Bools) -> float:
    """Mean cross-entropy of the two labels, each with the same weight, after Platt's calibration.

    Infinite where the logits cannot be calibrated.
    """
    try:
        calibration = fit_calibration(logits, positive)
    except NotSeparableError:
        return math.inf
    calibrated = calibration.slope * logits + calibration.intercept
    loss = np.logaddexp(0, np.where(positive, -calibrated, calibrated))
    return float((loss[positive].mean() + loss[~positive].mean()) / 2)


def _box_agreement(cams: npt.NDArray[np.float32], films: Sequence[LabelledFilm]) -> tuple[float, float]:
    agreements = [
        compare(HeatMap(cam, contour=0.5, shown=True), film.boxes, film.size)
        for cam, film in zip(cams, films, strict=True)
        if film.boxes
    ]
    if not agreements:
        return math.nan, math.nan
    energies = [agreement.energy for agreement in agreements if agreement.energy is not None]
    return float(np.mean([a.hit for a in agreements])), float(np.mean(energies)) if energies else math.nan
