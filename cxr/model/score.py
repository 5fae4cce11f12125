"""From a logit to the calibrated probability of pneumonia-type opacity."""

import math
from dataclasses import dataclass

from cxr.film import Population
from cxr.model.card import Card, OperatingPoints


@dataclass(frozen=True, slots=True)
class Score:
    """A calibrated probability and the operating points that it has to be read by.

    `population` is the one whose calibration and points were used, also where the film's own is unknown.
    """

    probability: float
    logit: float
    population: Population
    operating_points: OperatingPoints

    @property
    def points_reached(self) -> int:
        """0 under the low operating point, 1 between the two, 2 from the high one."""
        return self.operating_points.reached(self.probability)


def calibrate(logit: float, population: Population, card: Card) -> Score:
    """Score a logit for a population; an unknown one is read as the most cautious that the card knows.

    Raises
    ------
    ValueError
        Where the logit is no number.
    KeyError
        Where the card has no operating points for a stated population: the gate refuses such a film.
    """
    if not math.isfinite(logit):
        raise ValueError(f"The network gave {logit} for a film, which is no score and must raise no flag.")
    candidates = card.populations if population is Population.UNKNOWN else (population,)
    scores = [_score(logit, candidate, card) for candidate in candidates]
    return max(scores, key=lambda score: (score.points_reached, score.probability))


def _score(logit: float, population: Population, card: Card) -> Score:
    fitted = card.populations[population]
    return Score(fitted.calibration.probability(logit), logit, population, fitted.operating_points)
