import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from cxr.measure.metrics import Scored
from cxr.measure.operating_points import (
    SENSITIVITY_BOUND,
    NotSeparableError,
    clopper_pearson_lower,
    equal_say,
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
    for label, point, promised in ((True, points.low, 0.95), (False, points.high, 0.97)):
        right, of = right_patients(films, label, point)
        assert right >= promised * of - 1e-6


def test_the_points_lie_as_close_together_as_the_promises_allow() -> None:
    films = scored(1, 280, apart=2.0)
    points = fit_operating_points(films)
    above = min(p for p in films.probability[films.positive] if p > points.low)
    below = max(p for p in films.probability[~films.positive] if p < points.high)
    assert right_patients(films, True, above)[0] < 0.95 * 140
    assert right_patients(films, False, below)[0] < 0.97 * 140


def test_points_that_cross_change_places() -> None:
    films = scored(0, 300, apart=12.0)
    points = fit_operating_points(films)
    assert points.low <= points.high
    assert right_patients(films, True, points.low)[0] >= 0.95 * 150
    assert right_patients(films, False, points.high)[0] >= 0.97 * 150


def together(*hospitals: Scored) -> Scored:
    """Patients of several hospitals."""
    return Scored(
        np.concatenate([one.probability for one in hospitals]),
        np.concatenate([one.positive for one in hospitals]),
        [(f"hospital {n}", patient) for n, one in enumerate(hospitals) for _, patient in one.patient],
    )


def test_a_hospital_whose_pneumonias_look_milder_lowers_the_low_point_for_all() -> None:
    clear, mild = scored(3, 1000, apart=4.0), scored(4, 400, apart=4.0)
    mild = Scored(mild.probability * 0.6, mild.positive, mild.patient)
    points = fit_operating_points(together(clear, mild))
    assert lower_bound(mild, True, points.low) >= SENSITIVITY_BOUND

    too_few = Scored(mild.probability[:200], mild.positive[:200], mild.patient[:200])
    assert fit_operating_points(together(clear, too_few)).low > points.low


def test_a_hospital_whose_healthy_films_look_worse_raises_the_high_point_for_all() -> None:
    plain, hazy = scored(5, 1000, apart=4.0), scored(6, 200, apart=4.0)
    hazy = Scored(0.3 + 0.7 * hazy.probability, hazy.positive, hazy.patient)
    points = fit_operating_points(together(plain, hazy))
    assert right_patients(hazy, False, points.high)[0] >= 0.97 * 100


def test_a_patient_with_one_of_two_films_missed_is_half_missed() -> None:
    """Of 120 patients six may be missed: half of twelve may, half of thirteen may not."""
    films = scored(2, 240, apart=12.0, films_each=2)
    low = []
    for patients in (12, 13):
        probability = films.probability.copy()
        probability[np.flatnonzero(films.positive)[: 2 * patients : 2]] = 0.0005
        low.append(fit_operating_points(Scored(probability, films.positive, films.patient)).low)
    assert low[0] > 0.0005 == low[1]


@pytest.mark.parametrize(("positives", "negatives"), [(19, 20), (20, 19)])
def test_nineteen_patients_of_a_label_are_too_few(positives: int, negatives: int) -> None:
    positive = np.arange(positives + negatives) < positives
    films = Scored(np.where(positive, 0.9, 0.1), positive, [("east", str(i)) for i in range(len(positive))])
    with pytest.raises(NotSeparableError, match="19 patients with a label"):
        fit_operating_points(films)


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


def test_each_hospital_has_the_same_say_in_calibration_and_those_of_one_label_have_one_together() -> None:
    sources = ["siim"] * 300 + ["rsna"] * 60 + ["rsna_equalised"] * 40 + ["cohen"] * 60 + ["jsrt"] * 40
    positive = np.array([True, False] * 200 + [True] * 60 + [False] * 40)

    weights = equal_say(sources, positive)

    assert weights.mean() == pytest.approx(1)
    say = {source: weights[np.array(sources) == source].sum() / 500 for source in set(sources)}
    assert say["siim"] == pytest.approx(1 / 3)
    assert say["rsna"] + say["rsna_equalised"] == pytest.approx(1 / 3)
    assert say["cohen"] + say["jsrt"] == pytest.approx(1 / 3)
