"""From labelled films to a bundle: split, fit, calibrate, choose operating points, measure, write."""

import datetime
import logging
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from cxr import __version__
from cxr.evaluate.labels import LabelledFilm, keep, read_labels
from cxr.evaluate.metrics import Scored, measure
from cxr.explain.gradcam import grad_cam
from cxr.film import Population
from cxr.model.bundle import save_bundle
from cxr.model.card import (
    Architecture,
    Calibration,
    Card,
    HeatScale,
    Metrics,
    PopulationCard,
    Preprocessing,
    Training,
)
from cxr.model.engine import TorchEngine
from cxr.model.network import OUTPUT_STRIDE, CxrNet, load_imagenet
from cxr.train.films import FilmSet, load_films, split_films
from cxr.train.fit import Fit, FitSettings
from cxr.train.operating_points import NotSeparableError, fit_calibration, fit_operating_points
from cxr.train.split import Part

log = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

# The heat map's full colour: this share of flagged films stay below it everywhere.
FULL_SCALE_QUANTILE = 0.9
CONTOUR = 0.5
# As the card demands, but asked before hours of training.
BUNDLE_NAME = r"[a-z0-9-]+"
LICENCES = {
    "kermany": "Kermany films: CC BY 4.0 (Kermany, Zhang, Goldbaum 2018)",
    "siim": "SIIM-FISABIO-RSNA films: non-commercial research and education only",
}


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to train on and where to put it."""

    labels: Path
    sources: tuple[str, ...]
    weights: str
    run: Path
    bundle: Path
    command: str
    size: int = 224
    hidden: int = 256


def train(settings: RunSettings, fit_settings: FitSettings) -> Card:
    """Train a network, or go on with one, and write its bundle.

    Raises
    ------
    LabelsError, FilmError, FileNotFoundError, ValueError
        Where labels, films, starting weights or an earlier run in the folder cannot be used.
    NotSeparableError
        Where the network is too poor for operating points: no bundle is written.
    """
    if not re.fullmatch(BUNDLE_NAME, settings.bundle.name):
        raise ValueError(f"The bundle's name is {settings.bundle.name!r}: use lower case, digits and dashes.")
    labelled = keep(read_labels(settings.labels), sources=settings.sources, splits=["train"])
    films = load_films(labelled, settings.size)
    parts = split_films(films)
    log.info("Films: %s.", ", ".join(f"{part} {len(parts[part].films)}" for part in Part))
    torch.manual_seed(fit_settings.seed)
    network = CxrNet(hidden=settings.hidden)
    load_imagenet(network, settings.weights)
    fit = Fit(network, parts, fit_settings, settings.run)
    best = fit.run()
    preprocessing = Preprocessing(size=settings.size, clip=fit_settings.clip)
    fitted = fit_readings(best, parts, preprocessing)
    card = Card(
        name=settings.bundle.name,
        created=datetime.date.today().isoformat(),
        architecture=Architecture(trunk="mobilenet_v2", output_stride=OUTPUT_STRIDE, hidden=settings.hidden),
        preprocessing=preprocessing,
        populations=fitted.populations,
        heat=fitted.heat,
        metrics=fitted.metrics,
        training=Training(
            command=settings.command,
            seed=fit_settings.seed,
            data_sha256=films.sha256,
            epochs=fit.epochs_done,
            best_epoch=fit.best_epoch,
            films={part: len(parts[part].films) for part in Part},
            versions=_versions(),
            licence="; ".join(LICENCES.get(source, f"{source}: unknown") for source in settings.sources),
        ),
    )
    save_bundle(settings.bundle, best, card)
    return card


@dataclass(frozen=True, slots=True)
class Readings:
    """What turns a network's logits and maps into something to read."""

    populations: dict[Population, PopulationCard]
    heat: HeatScale
    metrics: dict[str, Metrics]


def fit_readings(network: CxrNet, parts: dict[Part, FilmSet], preprocessing: Preprocessing) -> Readings:
    """Fit calibration, operating points and heat scale on the tuning patients; measure both sets.

    The metrics are named `population/part`; those of `holdout` are the ones to report.
    """
    engine = TorchEngine(network, preprocessing)
    outputs = {part: _outputs(engine, parts[part]) for part in (Part.TUNE, Part.HOLDOUT)}
    populations: dict[Population, PopulationCard] = {}
    metrics: dict[str, Metrics] = {}
    peaks: list[Array] = []
    for population in sorted({film.population for film in parts[Part.TUNE].films}):
        tune = outputs[Part.TUNE].of(population)
        calibration = fit_calibration(tune.logits, tune.positive)
        points = fit_operating_points(tune.scored(calibration))
        populations[population] = PopulationCard(calibration=calibration, operating_points=points)
        flagged = (tune.scored(calibration).probability >= points.high) & tune.positive
        peaks.append(tune.peaks[flagged])
        for part, output in outputs.items():
            metrics[f"{population}/{part}"] = measure(output.of(population).scored(calibration), points)
    if not any(len(of_population) for of_population in peaks):
        raise NotSeparableError("No pneumonia film of the tuning patients reaches the high operating point.")
    full = float(np.quantile(np.concatenate(peaks), FULL_SCALE_QUANTILE))
    return Readings(populations, HeatScale(full=full, contour=CONTOUR), metrics)


@dataclass(frozen=True, slots=True, eq=False)
class _Outputs:
    """Films with their logits and the peaks of their Grad-CAM, both of shape (films,)."""

    films: Sequence[LabelledFilm]
    logits: Array
    peaks: Array

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        return np.array([film.positive for film in self.films])

    def of(self, population: Population) -> "_Outputs":
        kept = [i for i, film in enumerate(self.films) if film.population is population]
        return _Outputs([self.films[i] for i in kept], self.logits[kept], self.peaks[kept])

    def scored(self, calibration: Calibration) -> Scored:
        probability = np.array([calibration.probability(logit) for logit in self.logits])
        return Scored(probability, self.positive, [film.patient for film in self.films])


def _outputs(engine: TorchEngine, films: FilmSet, batch_size: int = 32) -> _Outputs:
    logits, peaks = [], []
    for start in range(0, len(films.films), batch_size):
        activation = engine.run(films.squashed[start : start + batch_size])
        logits.append(activation.logits)
        peaks.append(grad_cam(activation).max(axis=(1, 2)))
    return _Outputs(
        films.films, np.concatenate(logits).astype(np.float64), np.concatenate(peaks).astype(np.float64)
    )


def _versions() -> dict[str, str]:
    packages = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
    return {"cxr": __version__, "python": platform.python_version()} | {p: version(p) for p in packages}
