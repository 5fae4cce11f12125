"""From labelled films to a bundle: split, fit, calibrate, choose operating points, write."""

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
from pydantic import TypeAdapter

from cxr import __version__
from cxr.check_films import decide_precision
from cxr.evidence.quality_evidence import QUALITY, QualityEvidence
from cxr.evidence.sources import licence_of
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet, load_films, split_films
from cxr.lab.train.fit import Fit
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.imagenet import load_imagenet
from cxr.lab.train.lungs import read_outlines
from cxr.lab.train.quality_fit import fit_and_measure_quality_head
from cxr.lab.train.split import Part
from cxr.lab.train.tuning import fast_engine, predict
from cxr.measure.labels import LabelledFilm, keep, read_labels
from cxr.measure.metrics import Scored
from cxr.measure.operating_points import (
    NotSeparableError,
    equal_say,
    fit_calibration,
    fit_operating_points,
)
from cxr.model.bundle import Bundle, load_bundle, save_bundle
from cxr.model.card import (
    Architecture,
    Calibration,
    Card,
    HeatScale,
    PopulationCard,
    Preprocessing,
    QualityHeadCard,
    StartedFrom,
    Training,
    TrunkName,
)
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.trunk import OUTPUT_STRIDE

log = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

# The heat map's full colour: this share of flagged films stay below it everywhere.
FULL_SCALE_QUANTILE = 0.9
CONTOUR = 0.5
# Folder beside the labels with pictures other than frontal chest films, one folder per kind; optional.
NOT_CHEST = "not_chest"
# Folder beside the labels with lung outlines; optional.
LUNGS = "lungs"
# As the card demands, but asked before hours of training.
BUNDLE_NAME = r"[a-z0-9-]+"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to train on and where to put it.

    `keep_start`: share of the weights of the bundle that training started from in the trained ones.
    """

    labels: Path
    sources: tuple[str, ...]
    weights: str
    run: Path
    bundle: Path
    command: str
    write: bool = True
    stop_after: int | None = None
    keep_start: float = 0.0
    hidden: int = 256
    trunk: TrunkName = "efficientnet_lite0"


def train(settings: RunSettings, fit_settings: FitSettings) -> Card | None:
    """Train a network, or go on with one, and write its bundle, unless none is to be written.

    Raises
    ------
    LabelsError, FilmError, FileNotFoundError, ValueError
        Where labels, films, starting weights or an earlier run in the folder cannot be used.
    NotSeparableError
        Where the network is too poor for operating points: no bundle is written.
    """
    if not re.fullmatch(BUNDLE_NAME, settings.bundle.name):
        raise ValueError(f"The bundle's name is {settings.bundle.name!r}: use lower case, digits and dashes.")
    trained = train_network(settings, fit_settings)
    best, parts, preprocessing = trained.network, trained.parts, trained.preprocessing
    if not settings.write:
        return None
    engine = fast_engine(best.eval(), preprocessing)
    fitted = fit_readings(best, parts[Part.TUNE], preprocessing, engine)
    log.info("Fitting the quality head.")
    quality_head, quality_evidence = fit_and_measure_quality_head(
        engine, parts, settings.labels.parent / NOT_CHEST, fit_settings.seed
    )
    card = Card(
        name=settings.bundle.name,
        created=datetime.date.today().isoformat(),
        architecture=Architecture(
            trunk=best.trunk_name, output_stride=OUTPUT_STRIDE, hidden=best.hidden, lungs=True
        ),
        preprocessing=preprocessing,
        populations=fitted.populations,
        heat=fitted.heat,
        quality_head=QualityHeadCard(kinds=quality_head.kinds, threshold=quality_head.threshold),
        training=Training(
            command=settings.command,
            seed=fit_settings.seed,
            data_sha256=parts[Part.FIT].sha256,
            epochs=fit_settings.epochs,
            best_epoch=trained.epochs,
            films={part: len(parts[part].films) for part in Part},
            versions=_versions(),
            licence="; ".join(licence_of(source) for source in settings.sources),
            started_from=trained.started_from,
            sources=settings.sources,
        ),
    )
    decision = decide_precision(Bundle(best.eval(), quality_head, card, card.name))
    log.info("Precision: %s; %s.", decision.precision, decision.check or "bfloat16 cannot be checked here")
    card = decision.on(card)
    save_bundle(settings.bundle, best, quality_head, card)
    (settings.bundle / QUALITY).write_text(
        TypeAdapter(QualityEvidence).dump_json(quality_evidence, indent=2).decode() + "\n"
    )
    return card


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network after so many epochs, how it takes films, those of each part, and what it started from."""

    network: CxrNet
    preprocessing: Preprocessing
    epochs: int
    parts: dict[Part, FilmSet]
    started_from: StartedFrom | None


def train_network(settings: RunSettings, fit_settings: FitSettings) -> Trained:
    """Train a network, or go on with one, in the folder of its run.

    Raises
    ------
    LabelsError, FilmError, FileNotFoundError, ValueError
        As `train`.
    """
    start = load_bundle(Path(settings.weights)) if Path(settings.weights).is_dir() else None
    if start:
        fit_settings = fit_settings.continuing(start.card.preprocessing)
    labelled = keep(read_labels(settings.labels), sources=settings.sources, splits=["train"])
    parts = split_films(load_films(labelled, fit_settings.size))
    log.info("Films: %s.", ", ".join(f"{part} {len(parts[part].films)}" for part in Part))
    torch.manual_seed(fit_settings.seed)
    network = CxrNet(
        hidden=start.network.hidden if start else settings.hidden,
        trunk=start.network.trunk_name if start else settings.trunk,
        lungs=True,
    )
    if start:
        # A layer for lungs starts from nothing where the bundle has none.
        network.load_state_dict(network.state_dict() | start.network.state_dict())
    else:
        load_imagenet(network, settings.weights)
    outlines = read_outlines(parts[Part.FIT].films, settings.labels, settings.labels.parent / LUNGS)
    log.info("Lung outlines: %d.", len(outlines))
    fit = Fit(network, parts, outlines, fit_settings, settings.run)
    trained = fit.run(settings.stop_after)
    started_from = None
    if start:
        _keep(settings.keep_start, start.network, trained)
        started_from = StartedFrom(version=start.version, training=start.card.training)
    return Trained(trained, fit_settings.preprocessing, fit.epochs_done, parts, started_from)


@torch.no_grad()
def _keep(share: float, start: CxrNet, trained: CxrNet) -> None:
    """Keep a share of the weights that training went on from: they still know what the new films do not show.

    Wortsman et al.: Robust fine-tuning of zero-shot models (2022).
    """
    before = start.state_dict()
    for name, weight in trained.state_dict().items():
        if name in before and weight.is_floating_point():
            weight.lerp_(before[name], share)


@dataclass(frozen=True, slots=True)
class Readings:
    """What turns a network's logits and maps into something to read."""

    populations: dict[Population, PopulationCard]
    heat: HeatScale


def fit_readings(
    network: CxrNet, tune: FilmSet, preprocessing: Preprocessing, engine: Engine | None = None
) -> Readings:
    """Fit calibration, operating points and heat scale on the tuning patients."""
    logits, cams = predict(network, tune, preprocessing, engine=engine)
    outputs = _Outputs(tune.films, logits, cams.max(axis=(1, 2)).astype(np.float64))
    populations: dict[Population, PopulationCard] = {}
    peaks: list[Array] = []
    for population in sorted({film.population for film in tune.films}):
        output = outputs.of(population)
        say = equal_say([film.source for film in output.films], output.positive)
        calibration = fit_calibration(output.logits, output.positive, say)
        scored = output.scored(calibration)
        points = fit_operating_points(scored)
        populations[population] = PopulationCard(calibration=calibration, operating_points=points)
        peaks.append(output.peaks[(scored.probability >= points.high) & output.positive])
    if not any(len(of_population) for of_population in peaks):
        raise NotSeparableError("No pneumonia film of the tuning patients reaches the high operating point.")
    full = float(np.quantile(np.concatenate(peaks), FULL_SCALE_QUANTILE))
    return Readings(populations, HeatScale(full=full, contour=CONTOUR))


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


def _versions() -> dict[str, str]:
    packages = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
    return {"cxr": __version__, "python": platform.python_version()} | {p: version(p) for p in packages}
