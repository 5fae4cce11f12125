"""What the loss on the heat map gains: the shipped network compared with one trained without it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from cxr.evidence.heat_comparison import ComparedHeat, HeatComparison
from cxr.explain.gradcam import HeatMap
from cxr.lab.train.checkpoint import AVERAGED, STATE, read_progress
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.tuning import predict
from cxr.measure.boxes import BoxAgreement, compare
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import bootstrap, share
from cxr.model.bundle import Bundle, network_for
from cxr.model.card import Preprocessing
from cxr.model.estimate import Estimate
from cxr.model.network import CxrNet


def compare_heat(bundle: Bundle, run: Path, films: FilmSet) -> HeatComparison:
    """Hold the maps of two networks against radiologists' boxes.

    All boxed films count, whatever their score, and every map counts in full, whether faint or strong.

    Parameters
    ----------
    run
        Folder of a training run without the loss, on the same films as the bundle.
    films
        Held-out films; those without boxes are left aside.

    Raises
    ------
    ValueError
        Where the run has the loss, was on other films, or trained another network.
    FileNotFoundError
        Where the folder holds no run.
    """
    if not (run / STATE).is_file():
        raise FileNotFoundError(f"No training run in {run}: train one with --focus 0 and --run {run}.")
    progress, training = read_progress(run), bundle.card.training
    if progress.settings["focus"] or progress.data_sha256 != training.data_sha256:
        raise ValueError(
            f"The run in {run} has a loss on the heat map, or was on other films than {bundle.version}: "
            "train with the bundle's own command and --focus 0."
        )
    stored = load_file(run / STATE).items()
    weights = {name.removeprefix(AVERAGED): one for name, one in stored if name.startswith(AVERAGED)}
    # Without losses on maps a run has no layer for the lungs.
    lungs = any(name.startswith("lungs.") for name in weights)
    network = network_for(bundle.card.architecture.model_copy(update={"lungs": lungs}))
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"The run in {run} trained another network than that of {bundle.version}: train with the "
            "bundle's own command and --focus 0."
        ) from error
    boxed = films.take([place for place, film in enumerate(films.films) if film.boxes])
    command = f"{training.command} --focus 0 --epochs {progress.settings['epochs']}"
    preprocessing = bundle.card.preprocessing
    return HeatComparison(
        bundle=bundle.version,
        without=_compared(network, boxed, preprocessing, command, progress.epochs_done),
        with_boxes=_compared(bundle.network, boxed, preprocessing, training.command, training.best_epoch),
    )


def _compared(
    network: CxrNet, films: FilmSet, preprocessing: Preprocessing, command: str, epochs: int
) -> ComparedHeat:
    _, cams = predict(network, films, preprocessing)
    agreements = [
        compare(HeatMap(cam, contour=1, shown=True), film.boxes, film.size)
        for cam, film in zip(cams, films.films, strict=True)
    ]
    found = _means(films.films, agreements)
    return ComparedHeat(command, epochs, found["hit_rate"], found["energy_in_box"])


def _means(films: Sequence[LabelledFilm], agreements: Sequence[BoxAgreement]) -> dict[str, Estimate]:
    hits = np.array([agreement.hit for agreement in agreements])
    energies = np.array([agreement.energy or 0.0 for agreement in agreements])
    found = bootstrap(
        [film.patient for film in films],
        {"hit_rate": lambda at: share(hits[at]), "energy_in_box": lambda at: share(energies[at])},
    )
    return {name: estimate for name, estimate in found.items() if estimate}
