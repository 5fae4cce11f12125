"""Fit calibration, operating points and heat scale of a bundle again; weights and quality check stay."""

from collections.abc import Sequence
from pathlib import Path

from cxr.check_films import decide_precision
from cxr.lab.train.evidence_films import training_parts
from cxr.lab.train.finish import fit_readings
from cxr.lab.train.split import Part
from cxr.lab.train.tuning import fast_engine
from cxr.measure.labels import LabelledFilm
from cxr.model.bundle import Bundle, load_bundle, save_bundle
from cxr.model.card import Card


def refit(folder: Path, films: Sequence[LabelledFilm], command: str) -> Card:
    """Fit again on the tuning patients of the bundle's own training, by the rules of today.

    The bundle becomes another version, whose evidence has to be measured again.

    Parameters
    ----------
    folder
        Of the bundle, which is overwritten.
    films
        All films of the labels file that it was trained on.
    command
        What the card says about how this was done.

    Raises
    ------
    BundleError
        Where the folder holds no complete bundle.
    LabelsError
        Where the films are not those that the bundle was trained on.
    NotSeparableError
        Where no operating points keep their promise: the bundle stays as it was.
    """
    bundle = load_bundle(folder)
    card, network = bundle.card, bundle.network
    tune = training_parts(films, card)[Part.TUNE]
    fitted = fit_readings(network, tune, card.preprocessing, fast_engine(network, card.preprocessing))
    changes = {
        "populations": fitted.populations,
        "heat": fitted.heat,
        "training": card.training.model_copy(update={"refitted": command}),
    }
    card = card.model_copy(update=changes)
    card = decide_precision(Bundle(network, bundle.quality_head, card, card.name)).on(card)
    save_bundle(folder, network, bundle.quality_head, card)
    return card
