"""The rules that fit calibration and operating points, held against others on the same logits.

All are fitted on a bundle's tuning patients and measured on its holdout. Films that the quality check refuses
are included, as they are where the bundle's own points are fitted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cxr.film import Population
from cxr.lab.evaluate.logits import Logits
from cxr.measure.metrics import Array, Metric, Scored, bootstrap, classification
from cxr.measure.operating_points import (
    SENSITIVITY,
    SPECIFICITY,
    NotSeparableError,
    fit_calibration,
    fit_operating_points,
    groups,
)
from cxr.model.card import OperatingPoints
from cxr.model.estimate import Estimate

MEASURES = ("sensitivity_low", "specificity_low", "sensitivity_high", "specificity_high")
CALIBRATION_MEASURES = ("calibration_error", "brier")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one rule reaches on holdout films; a measure that is undefined is None."""

    rule: str
    population: Population
    films: str
    measures: dict[str, Estimate | None]

    @property
    def row(self) -> tuple[object, ...]:
        """The cells of a row: films, rule and measures."""
        return f"{self.population}, {self.films}", self.rule, *self.measures.values()


def conformal_points(scored: Scored) -> OperatingPoints:
    """Choose both points by conformal risk control (Angelopoulos et al. 2022), over all hospitals together.

    A patient's loss is the share of their films on the wrong side of the point. The expected loss of the next
    exchangeable patient stays under 1 - `SENSITIVITY` with pneumonia, and under 1 - `SPECIFICITY` without.

    Raises
    ------
    NotSeparableError
        Where there are too few patients for any point to keep that.
    """
    positive, negative = groups(scored, True)[0], groups(scored, False)[0]
    missed = (1 - SENSITIVITY) * (positive.patients + 1) - 1
    alarmed = (1 - SPECIFICITY) * (negative.patients + 1) - 1
    if min(missed, alarmed) < 0:
        raise NotSeparableError("Conformal risk control needs more tuning patients of each label.")
    low, high = positive.point_missing(missed), negative.point_alarming(alarmed)
    return OperatingPoints(low=min(low, high, 1.0), high=min(max(low, high), 1.0))


def venn_abers(fitted: Logits, logits: Array) -> Array:
    """Calibrate logits, shape (films,), by inductive Venn-Abers predictors (Vovk and Petej 2014).

    An isotonic map is fitted twice for each logit, with either label added to the fitted films. The two
    probabilities are joined so as to keep the logarithmic loss small. Hospitals have the same weight, as in
    Platt's.
    """
    from sklearn.isotonic import IsotonicRegression

    known = np.append(fitted.logits, 0.0)
    labels = np.append(fitted.positive, 0.0)
    weights = np.append(fitted.weights, 1.0)
    calibrated = np.empty(len(logits))
    for place, logit in enumerate(logits):
        known[-1] = logit
        ends = []
        for labels[-1] in (0.0, 1.0):
            ends.append(float(IsotonicRegression().fit(known, labels, weights).predict([logit])[0]))
        calibrated[place] = ends[1] / (1 - ends[0] + ends[1])
    return calibrated


def compare_points(tune: Logits, holdout: Logits) -> Iterator[Measured]:
    """Measure three choices of points at each hospital: the rule's, conformal, and the rule's without it.

    The last are fitted on the tuning patients of the other hospitals: what the next hospital would get, but
    that the network has seen this one.
    """
    for population in sorted({film.population for film in tune.films}):
        fitted, measured = tune.of(population), holdout.of(population)
        calibration = fit_calibration(fitted.logits, fitted.positive, fitted.weights)
        probability = np.vectorize(calibration.probability)
        everywhere = fitted.scored(probability(fitted.logits))
        ruled, conformal = fit_operating_points(everywhere), conformal_points(everywhere)
        for hospital in measured.hospitals:
            here, others = measured.at(hospital), fitted.at(hospital, others=True)
            scored = here.scored(probability(here.logits))
            points = {"the program's rule": ruled, "conformal risk control": conformal}
            if len(fitted.hospitals) > 1:
                elsewhere = others.scored(probability(others.logits))
                points["the rule, on the other hospitals"] = fit_operating_points(elsewhere)
            for rule, chosen in points.items():
                reached = np.array([chosen.reached(one) for one in scored.probability])
                yield _measured(rule, here, scored, classification(scored, reached), MEASURES)


def compare_calibration(tune: Logits, holdout: Logits) -> Iterator[Measured]:
    """Measure Platt's calibration and Venn-Abers predictors: all films of a population, and each hospital."""
    for population in sorted({film.population for film in tune.films}):
        fitted, measured = tune.of(population), holdout.of(population)
        platt = fit_calibration(fitted.logits, fitted.positive, fitted.weights)
        parts = [measured.at(hospital) for hospital in measured.hospitals]
        for here in ([measured] if len(parts) > 1 else []) + parts:
            for rule, probability in (
                ("Platt", np.vectorize(platt.probability)(here.logits)),
                ("Venn-Abers", venn_abers(fitted, here.logits)),
            ):
                scored = here.scored(probability)
                metrics = classification(scored, np.zeros(len(probability), int))
                yield _measured(rule, here, scored, metrics, CALIBRATION_MEASURES)


def _measured(
    rule: str, films: Logits, scored: Scored, metrics: Mapping[str, Metric], names: tuple[str, ...]
) -> Measured:
    found = bootstrap(scored.patient, {name: metrics[name] for name in names})
    return Measured(rule, films.films[0].population, films.sources, found)
