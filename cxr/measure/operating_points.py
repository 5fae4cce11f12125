"""Calibration and operating points, fitted on the tuning patients of one population."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from cxr.evidence.sources import hospital_of
from cxr.film.counted import counted
from cxr.measure.metrics import Array, Bools, Scored
from cxr.model.card import Calibration, OperatingPoints

# The low point: this share of the patients with pneumonia reaches it, all hospitals together, and in each
# hospital that has enough of them the lower 95 % bound of that share is at least `SENSITIVITY_BOUND`.
SENSITIVITY = 0.95
SENSITIVITY_BOUND = 0.92
ENOUGH_POSITIVES = 150
# The high point: this share of the patients without stays under it, all together and in each hospital that
# has enough of them for one to be wrong.
SPECIFICITY = 0.97
ENOUGH_NEGATIVES = 34
FEWEST = 20
"""Patients of each label without whom there are no operating points."""
# A hospital of fewer films of a label is calibrated together with all others like it.
FEWEST_TO_CALIBRATE = 30
ROUNDING = 1e-9


class NotSeparableError(Exception):
    """Too few patients, or too poor a network, for calibration and operating points."""


def fit_calibration(logits: Array, positive: Bools, weights: Array | None = None) -> Calibration:
    """Fit Platt's slope and intercept by maximum likelihood, with a touch of shrinkage against separation.

    Parameters
    ----------
    weights
        How much each film counts, 1 in the mean; None where all count alike.

    Raises
    ------
    NotSeparableError
        Where the logits do not rise with the label, or there is one label only.
    """
    if positive.all() or not positive.any():
        raise NotSeparableError("All patients have one label: add films with the other.")
    # Imported late: the page This site, which names a constant of this module, shows without it.
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0).fit(logits[:, None], positive, weights)
    if fitted.coef_[0, 0] <= 0:
        raise NotSeparableError(
            "The network does not tell the labels apart; train longer or with more films."
        )
    return Calibration(
        slope=float(fitted.coef_[0, 0]),
        intercept=float(fitted.intercept_[0]),
        fitted_prevalence=float(np.average(positive, weights=weights)),
    )


def equal_say(sources: Sequence[str], positive: Bools) -> Array:
    """Weigh films so that each hospital counts as much as any other, 1 in the mean.

    Hospitals with too few films of a label count as one: by themselves they would say that their only label
    goes with their looks.
    """
    hospitals = np.array([hospital_of(source) for source in sources])
    few = [
        hospital
        for hospital in set(hospitals.tolist())
        if min((positive & (hospitals == hospital)).sum(), (~positive & (hospitals == hospital)).sum())
        < FEWEST_TO_CALIBRATE
    ]
    names, places, films = np.unique(
        np.where(np.isin(hospitals, few), "", hospitals), return_inverse=True, return_counts=True
    )
    weights: Array = (len(hospitals) / len(names) / films)[places]
    return weights


def fit_operating_points(scored: Scored, sensitivity: float = SENSITIVITY) -> OperatingPoints:
    """Choose the low and the high operating point.

    The low point is the highest probability that keeps the promise of sensitivity, the high point the lowest
    that keeps the promise of specificity (see the constants of this module). Each patient counts once, with
    the share of their films that are right. Should the points cross, they change places, and both promises
    hold.

    Parameters
    ----------
    sensitivity
        Share of the patients with pneumonia that reaches the low point.

    Raises
    ------
    NotSeparableError
        Where there are too few patients, or no point keeps the promise.
    """
    positives, negatives = (groups(scored, label) for label in (True, False))
    fewest = min(positives[0].patients, negatives[0].patients)
    if fewest < FEWEST:
        few = counted(fewest, "patient with a label is", "patients with a label are")
        raise NotSeparableError(f"{few} too few for operating points: {FEWEST} are needed.")
    low = min(
        positives[0].point_missing((1 - sensitivity) * positives[0].patients),
        *(
            one.point_missing(_allowed_errors(one.patients, sensitivity - SENSITIVITY + SENSITIVITY_BOUND))
            for one in positives[1:]
            if one.patients >= ENOUGH_POSITIVES
        ),
        1.0,
    )
    high = max(
        one.point_alarming((1 - SPECIFICITY) * one.patients)
        for one in negatives
        if one is negatives[0] or one.patients >= ENOUGH_NEGATIVES
    )
    if high > 1:
        raise NotSeparableError("A negative film has probability 1; train longer or with more films.")
    return OperatingPoints(low=min(low, high), high=max(low, high))


def clopper_pearson_lower(successes: int, trials: int) -> float:
    """Lower end of the two-sided 95 % interval of a proportion (Clopper and Pearson, 1934)."""
    return float(scipy.stats.beta.ppf(0.025, successes, trials - successes + 1)) if successes else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Films of one label: probabilities, rising, and weights, which add up to one for each patient."""

    probability: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    patients: int

    @classmethod
    def of(cls, probability: Array, patients: Sequence[tuple[str, str]]) -> "Group":
        """Sort the films of these patients, who may repeat; each patient counts once."""
        films_of = Counter(patients)
        weight = np.array([1 / films_of[patient] for patient in patients])
        order = np.argsort(probability, kind="stable")
        return cls(probability[order], weight[order], len(films_of))

    def point_missing(self, allowed: float) -> float:
        """Give the highest probability under which at most so many patients lie."""
        # Rounding must not cost a patient.
        missed = np.cumsum(self.weight) - self.weight
        return float(self.probability[missed <= allowed + ROUNDING].max())

    def point_alarming(self, allowed: float) -> float:
        """Give the lowest probability that at most so many patients reach."""
        alarmed = np.cumsum(self.weight[::-1])[::-1]
        wrong = alarmed > allowed + ROUNDING
        # The smallest number above the last film that must still count as negative.
        return float(np.nextafter(self.probability[wrong].max(), 2)) if wrong.any() else 0.0


def groups(scored: Scored, label: bool) -> list[Group]:
    """All films of a label, then those of each hospital."""
    places = np.flatnonzero(scored.positive == label)
    patients = [scored.patient[int(place)] for place in places]
    hospitals = np.array([hospital_of(source) for source, _ in patients])
    probability = scored.probability[places]
    return [
        Group.of(probability, patients),
        *(
            Group.of(
                probability[hospitals == hospital],
                [patients[at] for at in np.flatnonzero(hospitals == hospital)],
            )
            for hospital in sorted(set(hospitals.tolist()))
        ),
    ]


def _allowed_errors(patients: int, required: float) -> int:
    """How many patients may be wrong while the lower bound stays at or above what is required."""
    errors = 0
    while clopper_pearson_lower(patients - errors - 1, patients) >= required:
        errors += 1
    return errors
