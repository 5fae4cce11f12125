"""Prevalence from scores without labels, on scores whose prevalence is known."""

import datetime

import numpy as np
import pytest

from cxr.film import Population
from cxr.site.prevalence import FEWEST, estimate_prevalence
from cxr.worklist.reading.monitored import MonitoredFilm

AT = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def film(number: int, probability: float | None, prevalence: float = 0.5) -> MonitoredFilm:
    return MonitoredFilm(
        *(number, number // 2, f"{number:064x}", AT, AT, False, None, (), 0.0, probability, prevalence),
        *(Population.CHILD, None, "a-1", None, None),
    )


def films(share: float, count: int, assumed: float = 0.5, seed: int = 0) -> list[MonitoredFilm]:
    """Films of a perfectly calibrated classifier: logits of N(-2, 2) without pneumonia, N(2, 2) with."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        ill = random.random() < share
        ratio = np.exp(random.normal(2 if ill else -2, 2))  # ln p(x|ill)/p(x|healthy) is x itself
        odds = ratio * assumed / (1 - assumed)
        made.append(film(number, float(odds / (1 + odds)), assumed))
    return made


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("assumed", [0.2, 0.5])
def test_the_share_is_found_whatever_prevalence_the_scores_assume(share: float, assumed: float) -> None:
    found = estimate_prevalence(films(share, 2000, assumed)).share

    assert found and found.value == pytest.approx(share, abs=0.03)
    assert found.low < share < found.high
    assert found.high - found.low < 0.08


def test_the_interval_covers_the_share_in_about_95_of_100_draws() -> None:
    covered = 0
    for seed in range(60):
        found = estimate_prevalence(films(0.2, 300, seed=seed), seed).share
        covered += bool(found and found.low <= 0.2 <= found.high)

    assert covered >= 52


def test_fewer_films_than_fifty_give_no_estimate_and_unscored_ones_do_not_count() -> None:
    few = [*films(0.2, FEWEST - 1), *(film(number, None) for number in range(100, 200))]

    found = estimate_prevalence(few)

    assert (found.films, found.share, found.to_set) == (FEWEST - 1, None, "")


def test_the_value_to_set_is_one_that_the_setting_takes() -> None:
    assert estimate_prevalence([film(number, 1e-6) for number in range(60)]).to_set == "0.01"
    assert estimate_prevalence([film(number, 1 - 1e-6) for number in range(60)]).to_set == "0.99"
