import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from cxr.measure.metrics import (
    Metric,
    Scored,
    auroc,
    bootstrap,
    calibration_error,
    classification,
    negative_predictive_value,
    positive_predictive_value,
    sensitivity,
    share,
    specificity,
)


def mean_of(values: np.ndarray) -> Metric:
    return lambda at: share(values[at])


def patients(count: int) -> list[tuple[str, str]]:
    return [("east", str(number)) for number in range(count)]


def two_normals(films: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    positive = np.arange(films) % 2 == 0
    return norm.cdf(np.random.default_rng(5).normal(apart * positive)), positive


def test_auroc_counts_pairs_in_the_right_order() -> None:
    assert auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75


def test_a_tie_counts_half() -> None:
    assert auroc(np.array([0.5, 0.5]), np.array([False, True])) == 0.5


# Few distinct values, so that ties are many.
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60))
def test_auroc_agrees_with_scikit_learn_where_it_is_defined(films: list[tuple[int, bool]]) -> None:
    probability = np.array([value / 6 for value, _ in films])
    positive = np.array([label for _, label in films])
    if positive.all() or not positive.any():
        assert np.isnan(auroc(probability, positive))
    else:
        assert auroc(probability, positive) == pytest.approx(roc_auc_score(positive, probability), abs=1e-12)


def test_the_interval_of_auroc_is_as_wide_as_hanley_and_mcneil_say() -> None:
    probability, positive = two_normals(400, apart=1.0)
    scored = Scored(probability, positive, patients(400))
    estimate = bootstrap(scored.patient, {"auroc": classification(scored, positive.astype(int))["auroc"]})[
        "auroc"
    ]
    a, n = auroc(probability, positive), 200
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    error = np.sqrt((a * (1 - a) + (n - 1) * (q1 - a * a + q2 - a * a)) / (n * n))
    assert estimate is not None
    assert estimate.value == a
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says() -> None:
    hits = np.arange(500) < 400
    estimate = bootstrap(patients(500), {"share": mean_of(hits)})["share"]
    assert estimate is not None
    half = 1.96 * np.sqrt(0.8 * 0.2 / 500)
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx(
        (0.8 - half, 0.8, 0.8 + half), abs=0.006
    )


def test_patients_are_drawn_and_not_films() -> None:
    hits = np.arange(50) % 5 > 0
    one_film_each = bootstrap(patients(50), {"share": mean_of(hits)})
    ten_films_each = bootstrap(
        [patient for patient in patients(50) for _ in range(10)], {"share": mean_of(np.repeat(hits, 10))}
    )
    as_if_strangers = bootstrap(patients(500), {"share": mean_of(np.repeat(hits, 10))})
    assert one_film_each["share"] == ten_films_each["share"]
    assert ten_films_each["share"] and as_if_strangers["share"]
    assert ten_films_each["share"].low < as_if_strangers["share"].low - 0.05


def test_the_seed_decides_which_patients_are_drawn() -> None:
    metrics = {"share": mean_of(np.linspace(0, 1, 30))}
    assert bootstrap(patients(30), metrics, 50, seed=1) == bootstrap(patients(30), metrics, 50, seed=1)
    assert bootstrap(patients(30), metrics, 50, seed=1) != bootstrap(patients(30), metrics, 50, seed=2)


def test_what_is_undefined_has_no_estimate() -> None:
    scored = Scored(np.array([0.2, 0.7]), np.array([False, False]), patients(2))
    found = bootstrap(scored.patient, classification(scored, np.array([0, 1])), repeats=20)
    undefined = {name for name, estimate in found.items() if estimate is None}
    assert undefined == {
        "auroc",
        *(f"sensitivity_{point}" for point in ("low", "high")),
        *(
            f"{sign}_predictive_value_{point}"
            for point in ("low", "high")
            for sign in ("positive", "negative")
        ),
    }


def test_draws_without_one_of_the_labels_are_left_out_of_the_interval() -> None:
    scored = Scored(np.array([0.1, 0.2, 0.3, 0.9]), np.array([False, False, False, True]), patients(4))
    estimate = bootstrap(scored.patient, classification(scored, np.array([0, 0, 0, 2])), repeats=100)["auroc"]
    assert estimate is not None
    assert (estimate.low, estimate.high) == (1, 1)


def test_no_films_give_no_estimate() -> None:
    assert bootstrap([], {"share": mean_of(np.array([]))}) == {"share": None}


def test_rates_are_shares_of_what_is_true_and_of_what_was_said() -> None:
    positive = np.array([True, True, True, False, False])
    reached = np.array([True, True, False, True, False])
    assert sensitivity(reached, positive) == pytest.approx(2 / 3)
    assert specificity(reached, positive) == 1 / 2
    assert positive_predictive_value(reached, positive) == pytest.approx(2 / 3)
    assert negative_predictive_value(reached, positive) == 1 / 2


def test_calibration_error_is_the_mean_gap_of_bins_of_equal_mass() -> None:
    assert calibration_error(np.full(30, 0.25), np.zeros(30, dtype=bool)) == pytest.approx(0.25)
    assert calibration_error(np.full(30, 0.5), np.arange(30) % 2 == 0) == pytest.approx(0)
    # Fewer films than bins: one film a bin, with gaps 0.1, 0.4 and 0.1.
    films = np.array([0.9, 0.1, 0.6]), np.array([True, False, True])
    assert calibration_error(*films) == pytest.approx((0.1 + 0.1 + 0.4) / 3)
