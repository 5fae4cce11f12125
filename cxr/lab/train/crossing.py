"""Leave one hospital out: train without it and report on it, which shows what carries over to the next one.

Choose a recipe by this, never by films of hospitals that were trained on: a network learns the hospital (Zech
2018).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cxr.film import Population
from cxr.lab.train.film_set import FilmSet, load_films
from cxr.lab.train.finish import fit_readings
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.split import Part
from cxr.lab.train.training_run import RunSettings, train_network
from cxr.lab.train.tuning import fast_engine, predict
from cxr.measure.labels import LabelsError, keep, read_labels
from cxr.measure.metrics import Array, Scored, bootstrap, classification
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
    def line(self) -> str:
        """A row of a Markdown table, in the order of `MEASURES`."""
        values = (str(self.measures[name] or "–") for name in MEASURES)
        return f"| {', '.join(self.sources)} | {self.population} | {self.films} | {' | '.join(values)} |"


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
    logits, _ = predict(trained.network, films, preprocessing, engine=engine)
    return tuple(
        _measured(left_out, films, logits, population, readings.populations.get(population))
        for population in sorted({film.population for film in films.films})
    )


def _measured(
    sources: tuple[str, ...],
    films: FilmSet,
    logits: Array,
    population: Population,
    fitted: PopulationCard | None,
) -> Crossing:
    places = [place for place, film in enumerate(films.films) if film.population is population]
    chosen, logits = films.take(places), logits[places]
    # Without a card of the population any rising map will do: only the order of the films counts.
    probability = np.array([fitted.calibration.probability(one) for one in logits]) if fitted else logits
    points = fitted.operating_points if fitted else None
    reached = np.array([points.reached(one) if points else 0 for one in probability])
    scored = Scored(probability, chosen.targets == 1, [film.patient for film in chosen.films])
    found = bootstrap(scored.patient, classification(scored, reached))
    defined = MEASURES if fitted else MEASURES[:1]
    measures = {name: found[name] if name in defined else None for name in MEASURES}
    return Crossing(sources, population, len(places), measures)
