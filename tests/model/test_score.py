import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_films import made_card

from cxr.film import Population
from cxr.model.card import Calibration, Card, OperatingPoints, PopulationCard
from cxr.model.score import calibrate

LOGIT = st.floats(-20, 20)
SHARE = st.floats(0, 1)
FITTED = st.builds(
    lambda slope, intercept, points: PopulationCard(
        calibration=Calibration(slope=slope, intercept=intercept, fitted_prevalence=0.5),
        operating_points=OperatingPoints(low=min(points), high=max(points)),
    ),
    st.floats(0.05, 5),
    st.floats(-5, 5),
    st.tuples(SHARE, SHARE),
)


def card_of(**populations: PopulationCard) -> Card:
    fitted = {Population(name): card for name, card in populations.items()}
    return made_card().model_copy(update={"populations": fitted})


@given(FITTED, FITTED, LOGIT)
def test_an_unknown_population_is_read_as_the_most_cautious(
    child: PopulationCard, adult: PopulationCard, logit: float
) -> None:
    card = card_of(child=child, adult=adult)
    stated = [calibrate(logit, population, card) for population in (Population.CHILD, Population.ADULT)]

    unknown = calibrate(logit, Population.UNKNOWN, card)

    assert unknown.points_reached == max(score.points_reached for score in stated)
    assert unknown in stated


def test_where_both_populations_reach_as_many_points_the_higher_probability_is_shown() -> None:
    points = OperatingPoints(low=0.3, high=0.9)
    child, adult = (
        PopulationCard(
            calibration=Calibration(slope=1, intercept=intercept, fitted_prevalence=0.5),
            operating_points=points,
        )
        for intercept in (0, 1)
    )

    score = calibrate(0.0, Population.UNKNOWN, card_of(child=child, adult=adult))

    assert score.population is Population.ADULT and score.points_reached == 1
    assert score.probability == pytest.approx(0.731059)  # 1 / (1 + exp(-1))


@given(FITTED, LOGIT, LOGIT)
def test_a_higher_logit_never_reaches_fewer_points(fitted: PopulationCard, a: float, b: float) -> None:
    card = card_of(child=fitted)

    low, high = (calibrate(logit, Population.CHILD, card) for logit in sorted((a, b)))

    assert low.probability <= high.probability
    assert low.points_reached <= high.points_reached


def test_a_score_keeps_the_logit_and_whose_points_it_was_read_by() -> None:
    score = calibrate(0.0, Population.UNKNOWN, made_card(low=0.3, high=0.7))

    assert (score.probability, score.logit) == (0.5, 0.0)
    assert score.population is Population.CHILD
    assert score.operating_points == OperatingPoints(low=0.3, high=0.7)
    assert score.points_reached == 1


def test_a_population_that_the_card_does_not_know_has_no_score() -> None:
    with pytest.raises(KeyError, match="ADULT"):
        calibrate(0.0, Population.ADULT, made_card())


@pytest.mark.parametrize("logit", [math.nan, math.inf])
def test_a_logit_that_is_no_number_raises_no_flag_but_an_error(logit: float) -> None:
    with pytest.raises(ValueError, match="no score"):
        calibrate(logit, Population.CHILD, made_card())
