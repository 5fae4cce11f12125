"""From a logit to the calibrated probability of pneumonia-type opacity."""

import math
from dataclasses import dataclass

from cxr.film import Population
from cxr.model.card import Card, OperatingPoints, PopulationCard


@dataclass(frozen=True, slots=True)
class Score:
    """A calibrated probability and the operating points that it has to be read by.

    Attributes
    ----------
    probability, operating_points
        For the prevalence of the place where the film is read.
    logit
        The network's, before calibration.
    population
        The one whose calibration and points were used, also where the film's own is unknown.
    points_reached
        0 under the low operating point, 1 between the two, 2 from the high one, whatever the prevalence.
    prevalence
        The one that probability and operating points are for.
    """

    probability: float
    logit: float
    population: Population
    operating_points: OperatingPoints
    points_reached: int
    prevalence: float | None = None


def calibrate(logit: float, population: Population, card: Card, prevalence: float | None = None) -> Score:
    """Score a logit for a population; an unknown one is read as the most cautious that the card knows.

    Parameters
    ----------
    prevalence
        Share of films with pneumonia where the film is read, over 0 and under 1; None for that of the
        patients on whom the calibration was fitted. It moves the probability and the points alike, so
        that no flag depends on it.

    Raises
    ------
    ValueError
        If the logit is not a finite number.
    KeyError
        Where the card has no operating points for a stated population: the quality check refuses such a film.
    """
    if not math.isfinite(logit):
        raise ValueError(
            f"The network gave {logit} for a film, which is not a valid score, so no flag was set."
        )
    candidates = card.populations if population is Population.UNKNOWN else (population,)
    scores = [_score(logit, candidate, card.populations[candidate], prevalence) for candidate in candidates]
    return max(scores, key=lambda score: (score.points_reached, score.probability))


def at_prevalence(probability: float, fitted: float, prevalence: float) -> float:
    """Move a probability from the prevalence on which it was fitted to another, by Bayes' rule.

    Saerens, Latinne, Decaestecker: Adjusting the outputs of a classifier to new a priori probabilities
    (2002). All three lie over 0 and under 1; the probability may be 0 or 1, which stay.
    """
    if probability == 0:
        return 0.0
    times_rarer = fitted / (1 - fitted) / (prevalence / (1 - prevalence))
    # Each step keeps the order of two probabilities, rounding included.
    return 1 / (1 + (1 - probability) / probability * times_rarer)


def _score(logit: float, population: Population, fitted: PopulationCard, prevalence: float | None) -> Score:
    calibration, points = fitted.calibration, fitted.operating_points
    probability = calibration.probability(logit)
    reached = points.reached(probability)
    before = calibration.fitted_prevalence
    if prevalence is not None:
        probability = at_prevalence(probability, before, prevalence)
        points = OperatingPoints(
            low=at_prevalence(points.low, before, prevalence),
            high=at_prevalence(points.high, before, prevalence),
        )
    return Score(
        probability, logit, population, points, reached, before if prevalence is None else prevalence
    )
