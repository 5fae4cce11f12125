"""From a network to a bundle: calibration, operating points, heat scale, quality head, precision, card."""

import datetime
import logging
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from cxr import __version__
from cxr.check_films import decide_precision
from cxr.evidence.quality_evidence import QUALITY
from cxr.evidence.sources import licence_of
from cxr.film import Population
from cxr.lab.evaluate.logits import Logits
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.quality_fit import fit_and_measure_quality_head
from cxr.lab.train.split import Part
from cxr.lab.train.tuning import fast_engine, predict
from cxr.measure.metrics import Array
from cxr.measure.operating_points import NotSeparableError, fit_calibration, fit_operating_points
from cxr.model.bundle import Bundle, save_bundle
from cxr.model.card import (
    Architecture,
    Card,
    HeatScale,
    PopulationCard,
    Preprocessing,
    QualityHeadCard,
    Training,
)
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.trunk import OUTPUT_STRIDE

log = logging.getLogger(__name__)

# The heat map's full colour: this share of flagged films stay below it everywhere.
FULL_SCALE_QUANTILE = 0.9
CONTOUR = 0.5
# Folder beside the labels with pictures other than frontal chest films, one folder per kind; optional.
NOT_CHEST = "not_chest"
# As the card demands, but asked before hours of training.
BUNDLE_NAME = r"[a-z0-9-]+"


def check_name(folder: Path) -> None:
    """Raise `ValueError` where no bundle may have the name of a folder."""
    if not re.fullmatch(BUNDLE_NAME, folder.name):
        raise ValueError(f"The bundle's name is {folder.name!r}: use lower case, digits and dashes.")


def write_bundle(
    folder: Path,
    network: CxrNet,
    preprocessing: Preprocessing,
    parts: dict[Part, FilmSet],
    training: Training,
    junk_folder: Path,
) -> Card:
    """Fit what a bundle has beside its network, and write it; its folder gives its name.

    Raises
    ------
    NotSeparableError
        Where the network is too poor for operating points: nothing is written.
    """
    engine = fast_engine(network.eval(), preprocessing)
    fitted = fit_readings(network, parts[Part.TUNE], preprocessing, engine)
    log.info("Fitting the quality head.")
    quality_head, quality_evidence = fit_and_measure_quality_head(engine, parts, junk_folder, training.seed)
    card = Card(
        name=folder.name,
        created=datetime.date.today().isoformat(),
        architecture=Architecture(
            trunks=network.trunk_names,
            output_stride=OUTPUT_STRIDE,
            hidden=network.hidden,
            lungs=network.lungs is not None,
        ),
        preprocessing=preprocessing,
        populations=fitted.populations,
        heat=fitted.heat,
        quality_head=QualityHeadCard(kinds=quality_head.kinds, threshold=quality_head.threshold),
        training=training,
    )
    decision = decide_precision(Bundle(network, quality_head, card, card.name))
    log.info("Precision: %s; %s.", decision.precision, decision.check or "bfloat16 cannot be checked here")
    card = decision.on(card)
    save_bundle(folder, network, quality_head, card)
    (folder / QUALITY).write_text(quality_evidence.to_json())
    return card


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
    films, hottest = Logits(tune.films, logits), cams.max(axis=(1, 2)).astype(np.float64)
    populations: dict[Population, PopulationCard] = {}
    peaks: list[Array] = []
    for population in sorted({film.population for film in tune.films}):
        some = films.of(population)
        calibration = fit_calibration(some.logits, some.positive, some.weights)
        scored = some.scored(np.array([calibration.probability(logit) for logit in some.logits]))
        points = fit_operating_points(scored)
        populations[population] = PopulationCard(calibration=calibration, operating_points=points)
        here = np.array([film.population is population for film in tune.films])
        peaks.append(hottest[here][(scored.probability >= points.high) & some.positive])
    if not any(len(of_population) for of_population in peaks):
        raise NotSeparableError("No pneumonia film of the tuning patients reaches the high operating point.")
    full = float(np.quantile(np.concatenate(peaks), FULL_SCALE_QUANTILE))
    return Readings(populations, HeatScale(full=full, contour=CONTOUR))


def licences_of(sources: Sequence[str]) -> str:
    """The licences of the films of sources, in words."""
    return "; ".join(licence_of(source) for source in sources)


def versions() -> dict[str, str]:
    """Versions of this program and of what computes."""
    packages = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
    return {"cxr": __version__, "python": platform.python_version()} | {p: version(p) for p in packages}
