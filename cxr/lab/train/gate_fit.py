"""From a finished network to the gate on its features, and what is known of that gate."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from cxr.evidence.gate_evidence import GateEvidence
from cxr.evidence.sources import hospital_of
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.gate_examples import (
    Array,
    balanced,
    features_of,
    film_examples,
    made_examples,
    real_pictures,
)
from cxr.lab.train.gate_head import fit_gate
from cxr.lab.train.gate_report import Junk, measure_gate
from cxr.lab.train.split import Part
from cxr.model.engine import Engine
from cxr.quality.head import GateHead

# Films to fit on, and pictures of each kind of junk that is made of them.
FILMS = 1200
MADE = 180
MADE_TO_MEASURE = 90
# A hospital of so many tuning films sets a threshold of its own, and the most lenient one is taken.
ENOUGH = 200
# Changed copies of each real picture that is fitted on, upright and mirrored.
COPIES = 2


def fit_and_measure_gate(
    engine: Engine, parts: dict[Part, FilmSet], junk_folder: Path, seed: int
) -> tuple[GateHead, GateEvidence]:
    """Fit the gate on films and junk, its threshold on the tuning patients, and measure it on the rest.

    Parameters
    ----------
    junk_folder
        Real pictures other than frontal films, one folder per kind: half of each kind is fitted on. If
        there is no such folder, the gate is fitted on generated junk only.
    """
    fit, holdout = parts[Part.FIT], parts[Part.HOLDOUT]
    chosen = balanced(fit, FILMS, seed)
    films = [film_examples(chosen, engine, changed, seed) for changed in (False, True)]
    real = real_pictures(junk_folder, fit.squashed.shape[1]) if junk_folder.is_dir() else []
    halves = [pictures.halves() for pictures in real]
    junk = Junk(
        fitted=(
            *(first.examples(engine, COPIES, seed) for first, _ in halves),
            *made_examples(fit, engine, MADE, seed),
        ),
        measured=(
            *(second.examples(engine) for _, second in halves),
            *made_examples(holdout, engine, MADE_TO_MEASURE, seed + 1),
        ),
        whole=tuple(pictures.examples(engine) for pictures in real),
    )
    tune = _by_hospital(parts[Part.TUNE], engine)
    fit_on = partial(fit_gate, films, tune=tune, seed=seed)
    head = fit_on(junk.fitted)
    return head, measure_gate(head, fit_on, junk, _by_population(holdout, engine))


def _by_hospital(films: FilmSet, engine: Engine) -> list[Array]:
    """Features of all films, and of each hospital that has enough to set a threshold by."""
    features = features_of(films.squashed, engine)
    hospitals = np.array([hospital_of(film.source) for film in films.films])
    names, counts = np.unique(hospitals, return_counts=True)
    enough = names[counts >= ENOUGH]
    return [features, *(features[hospitals == name] for name in enough)]


def _by_population(films: FilmSet, engine: Engine) -> dict[Population, Array]:
    return {
        population: features_of(films.take(places).squashed, engine)
        for population in sorted({film.population for film in films.films})
        if (places := _places(films, population))
    }


def _places(films: FilmSet, population: Population) -> Sequence[int]:
    return [place for place, film in enumerate(films.films) if film.population is population]
