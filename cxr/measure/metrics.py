"""Metrics of a classifier on patients, each with its 95 % interval by bootstrap over patients."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

# Not `scipy.stats`, which takes two seconds: SciPy imports it where it is first used.
import scipy

from cxr.model.estimate import Estimate

Array: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Patient: TypeAlias = tuple[str, str]
Metric: TypeAlias = Callable[[npt.NDArray[np.intp]], float]
"""A metric of the films at these places, of which some repeat; not a number where it is undefined."""

REPEATS = 1000
CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Films with predictions and truth: probabilities, whether positive, and patients, all (films,)."""

    probability: Array
    positive: Bools
    patient: Sequence[Patient]


def classification(scored: Scored, points_reached: npt.NDArray[np.int_]) -> dict[str, Metric]:
    """Name every metric of scored films.

    Parameters
    ----------
    points_reached
        How many of its own two operating points each film reaches, shape (films,).
    """
    probability, positive = scored.probability, scored.positive
    metrics: dict[str, Metric] = {
        "auroc": lambda at: auroc(probability[at], positive[at]),
        "brier": lambda at: float(np.mean((probability[at] - positive[at]) ** 2)),
        "calibration_error": lambda at: calibration_error(probability[at], positive[at]),
    }
    for number, point in enumerate(("low", "high"), start=1):
        for name, rate in RATES.items():
            metrics[f"{name}_{point}"] = _rate(rate, points_reached >= number, positive)
    return metrics


def bootstrap(
    patients: Sequence[Patient],
    metrics: Mapping[str, Metric],
    repeats: int = REPEATS,
    seed: int = 0,
) -> dict[str, Estimate | None]:
    """Estimate metrics of films with their 95 % percentile intervals.

    Patients, not films, are drawn with replacement, the same for all metrics. Draws on which a metric is
    undefined are left out; a metric that is undefined on the films themselves is None. Films of one patient
    give an interval of no width: it says nothing.

    Parameters
    ----------
    patients
        The patient of each film.
    metrics
        By name.
    """
    numbers = {patient: number for number, patient in enumerate(dict.fromkeys(patients))}
    films, count = np.arange(len(patients)), len(numbers)
    if not count:
        return dict.fromkeys(metrics)
    number_of = np.array([numbers[patient] for patient in patients])
    random = np.random.default_rng(seed)
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for _ in range(repeats):
        times = np.bincount(random.integers(count, size=count), minlength=count)
        drawn = np.repeat(films, times[number_of])
        for name, metric in metrics.items():
            values[name].append(metric(drawn))
    return {name: _estimate(metric(films), values[name]) for name, metric in metrics.items()}


def auroc(probability: Array, positive: Bools) -> float:
    """Area under the receiver operating characteristic; not a number where a label is missing.

    It is the share of pairs of a positive and a negative film that are in the right order, a tie being
    half (Mann and Whitney, 1947): a sort of the negatives and two searches for each positive.
    """
    of_positives, of_negatives = probability[positive], np.sort(probability[~positive])
    if not (pairs := len(of_positives) * len(of_negatives)):
        return float("nan")
    below = sum(np.searchsorted(of_negatives, of_positives, side).sum() for side in ("left", "right"))
    return float(below / (2 * pairs))


def sensitivity(reached: Bools, positive: Bools) -> float:
    """Share of positive films that reach a point."""
    return share(reached[positive])


def specificity(reached: Bools, positive: Bools) -> float:
    """Share of negative films that stay under a point."""
    return share(~reached[~positive])


def positive_predictive_value(reached: Bools, positive: Bools) -> float:
    """Share of positive films among those that reach a point; undefined where a label is missing."""
    return share(positive[reached]) if positive.any() and not positive.all() else float("nan")


def negative_predictive_value(reached: Bools, positive: Bools) -> float:
    """Share of negative films among those that stay under a point; undefined where a label is missing."""
    return share(~positive[~reached]) if positive.any() and not positive.all() else float("nan")


RATES = {
    "sensitivity": sensitivity,
    "specificity": specificity,
    "positive_predictive_value": positive_predictive_value,
    "negative_predictive_value": negative_predictive_value,
}


def calibration_error(probability: Array, positive: Bools) -> float:
    """Expected calibration error over bins of equal mass (Nguyen and O'Connor, 2015)."""
    bins = calibration_bins(probability)
    starts = np.cumsum([0, *map(len, bins[:-1])])
    # Of each bin, its films times the gap between its mean probability and its share of positives.
    gaps = np.add.reduceat((probability - positive)[np.concatenate(bins)], starts)
    return float(np.abs(gaps).sum() / len(probability))


def calibration_bins(probability: Array) -> list[npt.NDArray[np.intp]]:
    """Places of the films of each bin: as many films in each, from the least probable to the most."""
    order = np.argsort(probability, kind="stable")
    return np.array_split(order, min(CALIBRATION_BINS, len(order)))


def share(hits: Bools | Array) -> float:
    """Mean of hits or of numbers; not a number where there is none."""
    if not len(hits):
        return float("nan")
    return np.count_nonzero(hits) / len(hits) if hits.dtype == bool else float(hits.mean())


def mean_of(column: Bools | Array) -> Metric:
    """The mean of a column, which has one value a film."""
    return lambda at: share(column[at])


def wilson(hits: int, trials: int) -> Estimate | None:
    """Estimate a share with Wilson's 95 % interval; None without a trial."""
    if not trials:
        return None
    interval = scipy.stats.binomtest(hits, trials).proportion_ci(method="wilson")
    return Estimate(value=hits / trials, low=float(interval.low), high=float(interval.high))


def with_width(estimate: Estimate | None, trials: int) -> Estimate | None:
    """Give a share Wilson's interval where all films agree, for their bootstrap has no width."""
    if estimate is None or estimate.low < estimate.high:
        return estimate
    return wilson(round(estimate.value * trials), trials)


def _rate(rate: Callable[[Bools, Bools], float], reached: Bools, positive: Bools) -> Metric:
    return lambda at: rate(reached[at], positive[at])


def _estimate(value: float, drawn: Sequence[float]) -> Estimate | None:
    defined = [number for number in drawn if np.isfinite(number)]
    if not np.isfinite(value) or not defined:
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value=value, low=float(low), high=float(high))
