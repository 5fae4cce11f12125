"""From labelled films to a bundle: split, fit, calibrate, choose operating points, write."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from cxr.lab.train.film_set import FilmSet, load_films, split_films
from cxr.lab.train.finish import NOT_CHEST, check_name, licences_of, versions, write_bundle
from cxr.lab.train.fit import Fit
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.imagenet import load_imagenet
from cxr.lab.train.lungs import read_outlines
from cxr.lab.train.split import Part
from cxr.measure.labels import keep, read_labels
from cxr.model.bundle import load_bundle
from cxr.model.card import Card, Preprocessing, StartedFrom, Training, TrunkName
from cxr.model.network import CxrNet

log = logging.getLogger(__name__)

# Folder beside the labels with lung outlines; optional.
LUNGS = "lungs"


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
    check_name(settings.bundle)
    trained = train_network(settings, fit_settings)
    best, parts, preprocessing = trained.network, trained.parts, trained.preprocessing
    if not settings.write:
        return None
    training = Training(
        command=settings.command,
        seed=fit_settings.seed,
        data_sha256=parts[Part.FIT].sha256,
        epochs=fit_settings.epochs,
        best_epoch=trained.epochs,
        films={part: len(parts[part].films) for part in Part},
        versions=versions(),
        licence=licences_of(settings.sources),
        started_from=trained.started_from,
        sources=settings.sources,
    )
    return write_bundle(
        settings.bundle, best, preprocessing, parts, training, settings.labels.parent / NOT_CHEST
    )


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network after so many epochs, how it takes films, those of each part, and what it started from."""

    network: CxrNet
    preprocessing: Preprocessing
    epochs: int
    parts: dict[Part, FilmSet]
    started_from: tuple[StartedFrom, ...]


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
        trunks=start.network.trunk_names if start else (settings.trunk,),
        lungs=fit_settings.map_losses or bool(start and start.network.lungs),
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
    started_from: tuple[StartedFrom, ...] = ()
    if start:
        _keep(settings.keep_start, start.network, trained)
        started_from = (StartedFrom(version=start.version, training=start.card.training),)
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
