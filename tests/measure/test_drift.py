"""Drift is noticed in made scores, and hardly ever where there is none."""

import numpy as np
import pytest

from cxr.measure.drift import Verdict, compare, population_stability_index
from cxr.measure.metrics import Array


def logits(films: int, seed: int, prevalence: float = 0.2) -> Array:
    """Logits as a good model gives them: two overlapping bells."""
    random = np.random.default_rng(seed)
    return np.where(
        random.random(films) < prevalence, random.normal(1.5, 1.3, films), random.normal(-2, 1.3, films)
    )


def verdicts(
    later: Array | None = None, *, films: int = 200, added: float = 0.0, repeats: int = 200
) -> list[Verdict]:
    return [
        compare(
            logits(500, 2 * seed), logits(films, 2 * seed + 1) + added if later is None else later
        ).verdict
        for seed in range(repeats)
    ]


def test_the_index_of_known_shares_is_the_known_sum() -> None:
    reference = np.arange(1000.0)
    # Of the later films, half lie in the lowest tenth of the reference, and half in the highest.
    later = np.concatenate([np.full(50_000, 1.0), np.full(50_000, 998.0)])

    index = population_stability_index(reference, later)

    empty = 0.5 / 100_005
    p, full = 0.1, 50_000.5 / 100_005
    assert index == pytest.approx(2 * (full - p) * np.log(full / p) + 8 * (empty - p) * np.log(empty / p))
    assert population_stability_index(reference, reference) == 0


@pytest.mark.parametrize("films", [50, 200, 1000])
def test_without_drift_at_most_two_in_a_hundred_reports_raise_an_alarm(films: int) -> None:
    assert sum(one is not Verdict.NONE for one in verdicts(films=films)) <= 0.02 * 200


def test_the_index_alone_would_raise_false_alarms_with_few_films() -> None:
    indices = [
        population_stability_index(logits(50, 2 * seed), logits(50, 2 * seed + 1)) for seed in range(100)
    ]

    assert np.mean(indices) > 0.25


def test_another_machine_that_moves_scores_by_one_logit_is_noticed_within_a_hundred_films() -> None:
    assert sum(one is not Verdict.NONE for one in verdicts(films=100, added=1.0)) > 0.9 * 200
    assert sum(one is Verdict.DRIFTED for one in verdicts(films=200, added=1.0)) > 0.8 * 200


def test_twice_the_prevalence_is_noticed_within_four_hundred_films() -> None:
    found = [compare(logits(500, 2 * i), logits(400, 2 * i + 1, prevalence=0.4)) for i in range(100)]

    assert sum(one.verdict is not Verdict.NONE for one in found) > 90


def test_scores_that_collapse_are_drifted_within_fifty_films() -> None:
    assert set(verdicts(np.full(50, -1.0))) == {Verdict.DRIFTED}
    assert set(verdicts(np.random.default_rng(0).normal(-1.7, 0.05, 50))) == {Verdict.DRIFTED}


@pytest.mark.parametrize(("before", "after"), [(49, 500), (500, 49), (0, 0)])
def test_too_few_films_on_either_side_give_no_verdict(before: int, after: int) -> None:
    found = compare(np.zeros(before), np.full(after, 9.0))

    assert found.verdict is Verdict.TOO_FEW and found.stability_index is None
    assert str(found) == f"too few films: {after} films against {before}, and 50 are needed on each side."


def test_a_reference_of_one_value_can_be_compared() -> None:
    assert compare(np.zeros(60), np.zeros(60)).verdict is Verdict.NONE
    assert compare(np.zeros(60), np.ones(60)).verdict is Verdict.DRIFTED
