"""Calibration and operating points, fitted on the tuning patients of one population."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from cxr.lab.evaluate.metrics import Scored
from cxr.model.card import Calibration, OperatingPoints

# The low point keeps sensitivity, the high point specificity, above this with 95 % confidence.
REQUIRED = 0.95
# They promise more while no more than this share of the patients lies between them.
REVIEW_SHARE = 0.05
ROUNDING = 1e-9


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
    `REQUIRED`; the high point the lowest at which that of specificity is. The bounds count patients: each
    counts once, with the share of their films that are right.

    Both promise more, as much as the smaller group of patients can show with one of them wrong, where that
    leaves few patients between the points: with a very good network there would else be next to nothing
    between them to review, or they would cross. Should they cross still, they change places, and both
    promises hold.

    Raises
    ------
    NotSeparableError
        Where no point keeps the promise.
    """
    positives, negatives = (_Group.of(scored, label) for label in (True, False))
    low, high = _points(positives, negatives, REQUIRED)
    most = min(clopper_pearson_lower(group.patients - 1, group.patients) for group in (positives, negatives))
    if most > REQUIRED:
        stricter = _points(positives, negatives, most)
        between = [group.share_between(*stricter) * group.patients for group in (positives, negatives)]
        if sum(between) <= REVIEW_SHARE * (positives.patients + negatives.patients):
            low, high = stricter
    if high > 1:
        raise NotSeparableError("A negative film has probability 1; train longer or with more films.")
    return OperatingPoints(low=min(low, high), high=max(low, high))


def clopper_pearson_lower(successes: int, trials: int) -> float:
    """Lower end of the two-sided 95 % interval of a proportion (Clopper and Pearson, 1934)."""
    return float(beta.ppf(0.025, successes, trials - successes + 1)) if successes else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Films of one label: probabilities, rising, and weights, which add up to one for each patient."""

    probability: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    patients: int

    @classmethod
    def of(cls, scored: Scored, label: bool) -> "_Group":
        patients = [
            patient
            for patient, positive in zip(scored.patient, scored.positive, strict=True)
            if positive == label
        ]
        films_of = Counter(patients)
        weight = np.array([1 / films_of[patient] for patient in patients])
        order = np.argsort(scored.probability[scored.positive == label], kind="stable")
        return cls(scored.probability[scored.positive == label][order], weight[order], len(films_of))

    def share_between(self, low: float, high: float) -> float:
        """Share of the patients from one probability up to another."""
        between = (self.probability >= low) & (self.probability < high)
        return float(self.weight[between].sum() / self.patients)


def _points(positives: _Group, negatives: _Group, required: float) -> tuple[float, float]:
    """Low and high point that keep a promise."""
    # Weight of the films that a point at each film would get wrong; rounding must not cost a patient.
    missed = np.cumsum(positives.weight) - positives.weight
    allowed = missed <= _allowed_errors(positives.patients, required) + ROUNDING
    low = float(positives.probability[allowed].max())
    alarmed = np.cumsum(negatives.weight[::-1])[::-1]
    wrong = alarmed > _allowed_errors(negatives.patients, required) + ROUNDING
    # The smallest number above the last film that must still count as negative.
    high = float(np.nextafter(negatives.probability[wrong].max(), 2)) if wrong.any() else 0.0
    return low, high


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
