"""Metrics of a classifier on patients, each with its 95 % interval by bootstrap over patients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from cxr.model.card import Estimate, Metrics, OperatingPoints

Array = npt.NDArray[np.float64]
REPEATS = 1000
CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Films with what is true and what was said: probabilities, 0 or 1, and patients, all (films,)."""

    probability: Array
    positive: npt.NDArray[np.bool_]
    patient: Sequence[tuple[str, str]]

    def take(self, places: npt.NDArray[np.intp]) -> "Scored":
        """Keep the films at these places, which may repeat."""
        return Scored(self.probability[places], self.positive[places], [self.patient[i] for i in places])


def measure(scored: Scored, points: OperatingPoints, repeats: int = REPEATS, seed: int = 0) -> Metrics:
    """Measure what the card of a bundle reports.

    Needs films of both labels; sensitivity and specificity are those of reaching each operating point.
    """

    def estimate(metric: Callable[[Array, npt.NDArray[np.bool_]], float]) -> Estimate:
        return bootstrap(scored, metric, repeats, seed)

    return Metrics(
        films=len(scored.positive),
        patients=len(set(scored.patient)),
        positives=int(scored.positive.sum()),
        auroc=estimate(auroc),
        sensitivity_low=estimate(lambda p, y: sensitivity(p, y, points.low)),
        specificity_low=estimate(lambda p, y: specificity(p, y, points.low)),
        sensitivity_high=estimate(lambda p, y: sensitivity(p, y, points.high)),
        specificity_high=estimate(lambda p, y: specificity(p, y, points.high)),
        brier=estimate(lambda p, y: float(np.mean((p - y) ** 2))),
        calibration_error=estimate(calibration_error),
    )


def bootstrap(
    scored: Scored,
    metric: Callable[[Array, npt.NDArray[np.bool_]], float],
    repeats: int = REPEATS,
    seed: int = 0,
) -> Estimate:
    """Estimate a metric of (probability, positive) with its 95 % percentile interval.

    Patients, not films, are drawn with replacement. Draws on which the metric is undefined (one label
    only) are left out; where all are, as in a set of one label, the result is not a number.
    """
    films_of: dict[tuple[str, str], list[int]] = {}
    for index, patient in enumerate(scored.patient):
        films_of.setdefault(patient, []).append(index)
    groups = [np.array(films) for films in films_of.values()]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(repeats):
        drawn = np.concatenate([groups[i] for i in random.integers(len(groups), size=len(groups))])
        values.append(metric(scored.probability[drawn], scored.positive[drawn]))
    finite = [value for value in values if np.isfinite(value)] or [float("nan")]
    low, high = np.percentile(finite, [2.5, 97.5])
    return Estimate(value=metric(scored.probability, scored.positive), low=float(low), high=float(high))


def auroc(probability: Array, positive: npt.NDArray[np.bool_]) -> float:
    """Area under the receiver operating characteristic; not a number where a label is missing."""
    if positive.all() or not positive.any():
        return float("nan")
    return float(roc_auc_score(positive, probability))


def sensitivity(probability: Array, positive: npt.NDArray[np.bool_], point: float) -> float:
    """Share of positive films that reach a point."""
    return _share(probability[positive] >= point)


def specificity(probability: Array, positive: npt.NDArray[np.bool_], point: float) -> float:
    """Share of negative films that stay under a point."""
    return _share(probability[~positive] < point)


def positive_predictive_value(probability: Array, positive: npt.NDArray[np.bool_], point: float) -> float:
    """Share of films that are positive among those that reach a point."""
    return _share(positive[probability >= point])


def negative_predictive_value(probability: Array, positive: npt.NDArray[np.bool_], point: float) -> float:
    """Share of films that are negative among those that stay under a point."""
    return _share(~positive[probability < point])


def calibration_error(probability: Array, positive: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over bins of equal mass (Nguyen and O'Connor, 2015)."""
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, min(CALIBRATION_BINS, len(order)))
    gaps = [len(b) * abs(probability[b].mean() - positive[b].mean()) for b in bins]
    return float(sum(gaps) / len(order))


def _share(hits: npt.NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
