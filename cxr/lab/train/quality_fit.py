"""From a finished network to the quality head on its features, and what is known of that head."""

from functools import partial
from pathlib import Path

import numpy as np

from cxr.evidence.quality_evidence import QualityEvidence
from cxr.evidence.sources import hospital_of
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.quality_examples import (
    Array,
    balanced,
    features_of,
    film_examples,
    made_examples,
    real_pictures,
)
from cxr.lab.train.quality_head import fit_quality_head
from cxr.lab.train.quality_report import Junk, measure_quality_head
from cxr.lab.train.split import Part
from cxr.model.engine import Engine
from cxr.quality.head import QualityHead

# Films to fit on, and pictures of each kind of junk that is made of them.
FILMS = 1200
MADE = 180
MADE_TO_MEASURE = 90
# A hospital of so many tuning films sets a threshold of its own, and the most lenient one is taken.
ENOUGH = 200
# Changed copies of each real picture that is fitted on, upright and mirrored.
COPIES = 2


def fit_and_measure_quality_head(
    engine: Engine, parts: dict[Part, FilmSet], junk_folder: Path, seed: int
) -> tuple[QualityHead, QualityEvidence]:
    """Fit the quality head on films and junk, its threshold on the tuning patients; measure it on the rest.

    Parameters
    ----------
    junk_folder
        Real pictures other than frontal films, one folder per kind: half of each kind is fitted on. If
        there is no such folder, the head is fitted on generated junk only.
    """
    fit, holdout = parts[Part.FIT], parts[Part.HOLDOUT]
    chosen = balanced(fit, FILMS, seed)
    films = [film_examples(chosen, engine, changed, seed) for changed in (False, True)]
    real = real_pictures(junk_folder, fit.resized.shape[1]) if junk_folder.is_dir() else []
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
    fit_on = partial(fit_quality_head, films, tune=tune, seed=seed)
    head = fit_on(junk.fitted)
    return head, measure_quality_head(head, fit_on, junk, _by_population(holdout, engine))


def _by_hospital(films: FilmSet, engine: Engine) -> list[Array]:
    """Features of all films, and of each hospital that has enough to set a threshold by."""
    features = features_of(films.resized, engine)
    hospitals = np.array([hospital_of(film.source) for film in films.films])
    names, counts = np.unique(hospitals, return_counts=True)
    enough = names[counts >= ENOUGH]
    return [features, *(features[hospitals == name] for name in enough)]


def _by_population(films: FilmSet, engine: Engine) -> dict[Population, Array]:
    populations = np.array([film.population for film in films.films])
    return {
        population: features_of(films.resized[populations == population], engine)
        for population in sorted({film.population for film in films.films})
    }
