"""The share of films with pneumonia, estimated from scores without labels.

Under label shift films of each label look as they did where the calibration was fitted, and only their
shares differ. Expectation-maximisation then finds the shares: Saerens, Latinne and Decaestecker, Adjusting
the outputs of a classifier to new a priori probabilities (2002).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr.measure.metrics import Array
from cxr.model.estimate import Estimate
from cxr.worklist.reading.monitored import MonitoredFilm

FEWEST = 50
"""Scored films without which nothing is estimated."""
REPEATS = 500
MOST_STEPS, NEAR = 2000, 1e-6
LEAST, MOST = 0.001, 0.999
"""Ends of what CXR_PREVALENCE may be."""


@dataclass(frozen=True, slots=True)
class EstimatedPrevalence:
    """What the scores of a period say of prevalence.

    Attributes
    ----------
    films, cases
        That were scored; cases are drawn again for the interval.
    share
        None with fewer than 50 films.
    """

    films: int
    cases: int
    share: Estimate | None

    @property
    def to_set(self) -> str:
        """The value to set, with two decimals."""
        return "" if self.share is None else f"{min(max(self.share.value, 0.01), 0.99):.2f}"


def estimate_prevalence(films: Sequence[MonitoredFilm], seed: int = 0) -> EstimatedPrevalence:
    """Estimate the share of films with pneumonia, with a 95 % interval by bootstrap over cases.

    Each film's odds are divided by those of the prevalence that they assume: what is left says how much more
    probable its looks are with pneumonia than without.
    """
    scored = [
        (film.case, film.probability, film.prevalence)
        for film in films
        if film.probability is not None and film.prevalence is not None
    ]
    numbers = {case: number for number, case in enumerate(dict.fromkeys(case for case, _, _ in scored))}
    if len(scored) < FEWEST:
        return EstimatedPrevalence(len(scored), len(numbers), None)
    probability = np.clip(np.array([one for _, one, _ in scored]), 1e-9, 1 - 1e-9)
    assumed = np.array([one for _, _, one in scored])
    ratio = probability / (1 - probability) * (1 - assumed) / assumed
    case_of = np.array([numbers[case] for case, _, _ in scored])
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), size=REPEATS)
    weights = np.vstack([np.ones(len(scored)), drawn[:, case_of]])
    shares = maximise(ratio, weights)
    low, high = np.quantile(shares[1:], [0.025, 0.975])
    share = Estimate(value=float(shares[0]), low=min(float(low), float(shares[0])), high=float(high))
    return EstimatedPrevalence(len(scored), len(numbers), share)


def maximise(ratio: Array, weights: Array) -> Array:
    """Find the share that makes the films most probable, once for each row of weights.

    Parameters
    ----------
    ratio
        Likelihood with pneumonia over that without, shape (films,).
    weights
        How often each film counts, shape (draws, films).
    """
    share = np.full(len(weights), 0.5)
    total = weights.sum(axis=1)
    for _ in range(MOST_STEPS):
        with_it = share[:, None] * ratio
        expected = (weights * (with_it / (with_it + 1 - share[:, None]))).sum(axis=1) / total
        following = np.clip(expected, LEAST, MOST)
        moved = np.abs(following - share).max()
        share = following
        if moved < NEAR:
            break
    return share
