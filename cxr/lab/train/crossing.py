"""Leave one hospital out: train without it and report on it, which shows what carries over to the next one.

Choose a recipe by this, never by films of hospitals that were trained on: a network learns the hospital (Zech
2018).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cxr.film import Population
from cxr.lab.evaluate.logits import Logits
from cxr.lab.train.film_set import load_films
from cxr.lab.train.finish import fit_readings
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.split import Part
from cxr.lab.train.training_run import RunSettings, train_network
from cxr.lab.train.tuning import fast_engine, predict
from cxr.measure.labels import LabelsError, keep, read_labels
from cxr.measure.metrics import bootstrap, classification
from cxr.model.card import PopulationCard
from cxr.model.estimate import Estimate

MEASURES = ("auroc", "sensitivity_low", "specificity_low", "sensitivity_high", "specificity_high")


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a network that was trained without some sources reaches on one population of these.

    The operating points are those of the other hospitals. A measure that is undefined is None; if no other
    hospital has films of the population, only the AUROC is defined.
    """

    sources: tuple[str, ...]
    population: Population
    films: int
    measures: dict[str, Estimate | None]

    @property
    def row(self) -> tuple[object, ...]:
        """The cells of a row: sources, population, films, and the measures in the order of `MEASURES`."""
        measures = (self.measures[name] for name in MEASURES)
        return ", ".join(self.sources), self.population, self.films, *measures


def leave_out(
    settings: RunSettings, fit_settings: FitSettings, sources: Iterable[str]
) -> tuple[Crossing, ...]:
    """Train without sources, and measure all of their films: nothing was trained or chosen on any of them.

    Raises
    ------
    LabelsError, FilmError, FileNotFoundError, ValueError, NotSeparableError
        As `train`; also where nothing is left to train on.
    """
    left_out = tuple(dict.fromkeys(sources))
    kept = tuple(source for source in settings.sources if source not in left_out)
    if not kept:
        raise LabelsError("Every source is left out: name some more to train on with --source.")
    trained = train_network(replace(settings, sources=kept), fit_settings)
    preprocessing = trained.preprocessing
    engine = fast_engine(trained.network.eval(), preprocessing)
    readings = fit_readings(trained.network, trained.parts[Part.TUNE], preprocessing, engine)
    films = load_films(keep(read_labels(settings.labels), sources=left_out), fit_settings.size)
    logits = Logits(films.films, predict(trained.network, films, preprocessing, engine=engine)[0])
    return tuple(
        _measured(left_out, population, logits.of(population), readings.populations.get(population))
        for population in sorted({film.population for film in films.films})
    )


def _measured(
    sources: tuple[str, ...], population: Population, films: Logits, fitted: PopulationCard | None
) -> Crossing:
    # Without a card of the population any rising map will do: only the order of the films counts.
    probability = (
        np.array([fitted.calibration.probability(one) for one in films.logits]) if fitted else films.logits
    )
    points = fitted.operating_points if fitted else None
    reached = np.array([points.reached(one) if points else 0 for one in probability])
    scored = films.scored(probability)
    found = bootstrap(scored.patient, classification(scored, reached))
    defined = MEASURES if fitted else MEASURES[:1]
    measures = {name: found[name] if name in defined else None for name in MEASURES}
    return Crossing(sources, population, len(films.films), measures)
