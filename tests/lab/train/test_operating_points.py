import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from cxr.lab.evaluate.metrics import Scored
from cxr.lab.train.operating_points import (
    REQUIRED,
    NotSeparableError,
    clopper_pearson_lower,
    fit_calibration,
    fit_operating_points,
)


def scored(seed: int, patients: int, apart: float, films_each: int = 1) -> Scored:
    """Patients of both labels in turn, whose probabilities overlap the less the further they are apart."""
    positive = np.repeat(np.arange(patients) % 2 == 0, films_each)
    drawn = np.random.default_rng(seed).normal(apart * positive)
    # Rounded, so that some films tie.
    probability = np.round(norm.cdf(drawn - apart / 2), 3).clip(0.001, 0.999)
    return Scored(probability, positive, [("east", str(i // films_each)) for i in range(len(positive))])


def right_patients(films: Scored, label: bool, point: float) -> tuple[float, int]:
    """Patients of a label on the right side of a point, each by the share of their films, and all of them."""
    films_of: dict[tuple[str, str], list[bool]] = {}
    for patient, positive, probability in zip(films.patient, films.positive, films.probability, strict=True):
        if positive == label:
            films_of.setdefault(patient, []).append((probability >= point) == label)
    return sum(np.mean(right) for right in films_of.values()), len(films_of)


def lower_bound(films: Scored, label: bool, point: float) -> float:
    right, patients = right_patients(films, label, point)
    # Thirds do not add up to whole patients exactly.
    return clopper_pearson_lower(round(right, 6), patients)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_lower_bound_is_that_of_clopper_and_pearson(counts: tuple[int, int]) -> None:
    successes, trials = counts
    exact = binomtest(successes, trials).proportion_ci(0.95, method="exact").low
    assert clopper_pearson_lower(successes, trials) == pytest.approx(exact, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(150, 500), st.floats(1, 12), st.integers(1, 3))
def test_both_points_keep_what_they_promise(seed: int, patients: int, apart: float, films_each: int) -> None:
    films = scored(seed, patients, apart, films_each)
    points = fit_operating_points(films)
    assert lower_bound(films, True, points.low) >= REQUIRED
    assert lower_bound(films, False, points.high) >= REQUIRED


def test_the_points_lie_as_close_together_as_the_promises_allow() -> None:
    films = scored(1, 400, apart=2.0)
    points = fit_operating_points(films)
    above = min(p for p in films.probability[films.positive] if p > points.low)
    below = max(p for p in films.probability[~films.positive] if p < points.high)
    assert lower_bound(films, True, above) < REQUIRED
    assert lower_bound(films, False, below) < REQUIRED


def test_points_that_cross_change_places() -> None:
    films = scored(0, 300, apart=12.0)
    points = fit_operating_points(films)
    least_positive = films.probability[films.positive].min()
    greatest_negative = films.probability[~films.positive].max()
    assert greatest_negative < least_positive
    assert points.low <= points.high
    assert points.low <= least_positive
    assert points.high > greatest_negative


def test_a_patient_with_one_of_two_films_missed_is_half_missed() -> None:
    """Of 120 patients one may be missed: the low point may leave out half of two, but not half of three."""
    assert clopper_pearson_lower(118, 120) < REQUIRED <= clopper_pearson_lower(119, 120)
    films = scored(2, 240, apart=12.0, films_each=2)
    low = []
    for patients in (2, 3):
        probability = films.probability.copy()
        probability[np.flatnonzero(films.positive)[: 2 * patients : 2]] = 0.0005
        low.append(fit_operating_points(Scored(probability, films.positive, films.patient)).low)
    assert low[0] > 0.0005 == low[1]


@pytest.mark.parametrize(("positives", "negatives"), [(71, 72), (72, 71)])
def test_seventy_one_patients_of_a_label_are_too_few_to_promise_anything(
    positives: int, negatives: int
) -> None:
    positive = np.arange(positives + negatives) < positives
    films = Scored(np.where(positive, 0.9, 0.1), positive, [("east", str(i)) for i in range(len(positive))])
    with pytest.raises(NotSeparableError, match="71 patients are too few"):
        fit_operating_points(films)


def test_seventy_two_patients_of_each_label_are_enough() -> None:
    positive = np.arange(144) < 72
    films = Scored(np.where(positive, 0.9, 0.1), positive, [("east", str(i)) for i in range(144)])
    points = fit_operating_points(films)
    assert points.low == np.nextafter(0.1, 1)
    assert points.high == 0.9


def test_normal_films_at_probability_one_leave_no_high_point() -> None:
    positive = np.arange(200) < 100
    with pytest.raises(NotSeparableError, match="probability 1"):
        fit_operating_points(Scored(np.ones(200), positive, [("east", str(i)) for i in range(200)]))


def test_calibration_finds_the_slope_and_intercept_that_made_the_labels() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, 20_000)
    positive = random.random(20_000) < 1 / (1 + np.exp(-(0.7 * logits - 0.5)))
    calibration = fit_calibration(logits, positive)
    assert calibration.slope == pytest.approx(0.7, abs=0.03)
    assert calibration.intercept == pytest.approx(-0.5, abs=0.06)
    assert calibration.fitted_prevalence == positive.mean()


def test_separated_labels_still_give_a_finite_slope() -> None:
    calibration = fit_calibration(np.array([-4.0, -3.0, 3.0, 4.0]), np.array([False, False, True, True]))
    assert 0 < calibration.slope < 10


@pytest.mark.parametrize("positive", [[True, True, False, False], [True] * 4])
def test_logits_that_cannot_be_calibrated_are_refused(positive: list[bool]) -> None:
    with pytest.raises(NotSeparableError):
        fit_calibration(np.array([-4.0, -3.0, 3.0, 4.0]), np.array(positive))


def test_a_very_good_network_promises_more_than_it_must() -> None:
    """200 patients of each label: one wrong leaves a lower bound of 0.972, which allows one wrong of each."""
    probability = np.concatenate([np.linspace(0.95, 1, 200), np.linspace(0, 0.05, 200)])
    probability[:2], probability[-2:] = (0.1, 0.2), (0.8, 0.9)
    positive = np.arange(400) < 200
    points = fit_operating_points(Scored(probability, positive, [("clinic", str(i)) for i in range(400)]))
    assert points.low == 0.2
    assert points.high == pytest.approx(0.8, abs=1e-9)


def test_a_poorer_network_keeps_to_what_it_must_promise() -> None:
    random = np.random.default_rng(0)
    probability = np.concatenate([random.beta(4, 2, 300), random.beta(2, 4, 300)])
    positive = np.arange(600) < 300
    points = fit_operating_points(Scored(probability, positive, [("clinic", str(i)) for i in range(600)]))
    # 300 patients: eight may be missed, and the bound of sensitivity stays over 0.95.
    assert clopper_pearson_lower(292, 300) < REQUIRED <= clopper_pearson_lower(293, 300)
    assert points.low == np.sort(probability[:300])[7]
