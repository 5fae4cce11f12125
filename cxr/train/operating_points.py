"""Calibration and operating points, fitted on the tuning patients of one population."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from cxr.evaluate.metrics import Scored
from cxr.model.card import Calibration, OperatingPoints

# The low point keeps sensitivity, the high point specificity, above this with 95 % confidence.
REQUIRED = 0.95
# They promise more while no more than this share of the patients lies between them.
REVIEW_SHARE = 0.05


class NotSeparableError(Exception):
    """Too few patients, or too poor a network, for operating points that can be promised."""


def fit_calibration(logits: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> Calibration:
    """Fit Platt's slope and intercept by maximum likelihood, with a touch of shrinkage against separation.

    Raises
    ------
    NotSeparableError
        Where the logits do not rise with the label, or there is one label only.
    """
    if positive.all() or not positive.any():
        raise NotSeparableError(
            "The tuning patients of a population are of one label: add films of the other."
        )
    fitted = LogisticRegression(C=100.0).fit(logits[:, None], positive)
    if fitted.coef_[0, 0] <= 0:
        raise NotSeparableError(
            "The network does not tell the labels apart; train longer or with more films."
        )
    return Calibration(
        slope=float(fitted.coef_[0, 0]),
        intercept=float(fitted.intercept_[0]),
        fitted_prevalence=float(positive.mean()),
    )


def fit_operating_points(scored: Scored) -> OperatingPoints:
    """Choose the low and the high operating point.

    The low point is the highest probability at which the lower 95 % bound of sensitivity is at least
    `REQUIRED`; the high point the lowest at which that of specificity is. A patient counts as found when
    every positive film of theirs is, and as a false alarm when any negative film of theirs is.

    Both promise more, as much as the smaller group of patients can show with one of them wrong, where that
    leaves few patients between the points: with a very good network there would else be next to nothing
    between them to review, or they would cross. Should they cross still, they change places, and both
    promises hold.

    Raises
    ------
    NotSeparableError
        Where no point keeps the promise.
    """
    lowest = _per_patient(scored, True, min)
    highest = _per_patient(scored, False, max)
    low, high = _points(lowest, highest, REQUIRED)
    most = min(clopper_pearson_lower(len(group) - 1, len(group)) for group in (lowest, highest))
    if most > REQUIRED:
        stricter = _points(lowest, highest, most)
        everyone = np.concatenate([lowest, highest])
        if np.mean((everyone >= stricter[0]) & (everyone < stricter[1])) <= REVIEW_SHARE:
            low, high = stricter
    if high > 1:
        raise NotSeparableError("A negative film has probability 1; train longer or with more films.")
    return OperatingPoints(low=min(low, high), high=max(low, high))


def _points(
    lowest: npt.NDArray[np.float64], highest: npt.NDArray[np.float64], required: float
) -> tuple[float, float]:
    """Low and high point that keep a promise, from one probability a patient, sorted, of either label."""
    low = float(lowest[_allowed_errors(len(lowest), required)])
    # The smallest number above the probability that still counts as negative.
    high = float(np.nextafter(highest[::-1][_allowed_errors(len(highest), required)], 2))
    return low, high


def clopper_pearson_lower(successes: int, trials: int) -> float:
    """Lower end of the two-sided 95 % interval of a proportion (Clopper and Pearson, 1934)."""
    return float(beta.ppf(0.025, successes, trials - successes + 1)) if successes else 0.0


def _allowed_errors(patients: int, required: float) -> int:
    """How many patients may be wrong while the lower bound stays at or above what is required."""
    errors = -1
    while errors + 1 < patients and clopper_pearson_lower(patients - errors - 1, patients) >= required:
        errors += 1
    if errors < 0:
        raise NotSeparableError(
            f"{patients} patients are too few to promise {required:.0%} with 95 % confidence: "
            "at least 72 of each label are needed."
        )
    return errors


def _per_patient(
    scored: Scored, label: bool, choose: Callable[[Iterable[float]], float]
) -> npt.NDArray[np.float64]:
    """One probability a patient: the least or the greatest of their films of a label, shape (patients,)."""
    films_of: dict[tuple[str, str], list[float]] = {}
    for patient, positive, probability in zip(
        scored.patient, scored.positive, scored.probability, strict=True
    ):
        if positive == label:
            films_of.setdefault(patient, []).append(float(probability))
    return np.sort([choose(films) for films in films_of.values()])
