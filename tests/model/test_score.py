import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_films import made_card

from cxr.film import Population
from cxr.model.card import Calibration, Card, OperatingPoints, PopulationCard
from cxr.model.score import at_prevalence, calibrate

LOGIT = st.floats(-20, 20)
SHARE = st.floats(0, 1)
PREVALENCE = st.floats(0.001, 0.999)
FITTED = st.builds(
    lambda slope, intercept, prevalence, points: PopulationCard(
        calibration=Calibration(slope=slope, intercept=intercept, fitted_prevalence=prevalence),
        operating_points=OperatingPoints(low=min(points), high=max(points)),
    ),
    st.floats(0.05, 5),
    st.floats(-5, 5),
    PREVALENCE,
    st.tuples(SHARE, SHARE),
)


def card_of(**populations: PopulationCard) -> Card:
    fitted = {Population(name): card for name, card in populations.items()}
    return made_card().model_copy(update={"populations": fitted})


@given(FITTED, FITTED, LOGIT, st.none() | PREVALENCE)
def test_an_unknown_population_is_read_as_the_most_cautious_whatever_the_prevalence(
    child: PopulationCard, adult: PopulationCard, logit: float, prevalence: float | None
) -> None:
    card = card_of(child=child, adult=adult)
    stated = [
        calibrate(logit, population, card, prevalence) for population in (Population.CHILD, Population.ADULT)
    ]

    unknown = calibrate(logit, Population.UNKNOWN, card, prevalence)

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
    with pytest.raises(ValueError, match="not a valid score"):
        calibrate(logit, Population.CHILD, made_card())


@given(FITTED, LOGIT, PREVALENCE)
def test_no_flag_depends_on_the_prevalence(fitted: PopulationCard, logit: float, prevalence: float) -> None:
    card = card_of(child=fitted)

    score = calibrate(logit, Population.CHILD, card, prevalence)

    assert score.points_reached == calibrate(logit, Population.CHILD, card).points_reached
    # What is shown agrees: the probability lies on the same side of the points that moved with it.
    low, high = score.operating_points.low, score.operating_points.high
    assert (score.probability >= low) >= (score.points_reached >= 1)
    assert (score.probability >= high) >= (score.points_reached == 2)
    assert score.probability <= (low, high, 1)[score.points_reached]


@given(SHARE, PREVALENCE, PREVALENCE, PREVALENCE)
def test_the_rarer_pneumonia_the_lower_the_probability(
    probability: float, fitted: float, a: float, b: float
) -> None:
    rarer, commoner = (at_prevalence(probability, fitted, prevalence) for prevalence in sorted((a, b)))

    assert 0 <= rarer <= commoner <= 1


# Two of the closest numbers that there are, as operating points can be, and one ratio of odds.
@example(0.8302363065508568, float(np.nextafter(0.8302363065508568, 1)), 0.44486905149470635, 0.5)
@given(SHARE, SHARE, PREVALENCE, PREVALENCE)
def test_a_prevalence_never_turns_the_order_of_two_probabilities_round(
    a: float, b: float, fitted: float, prevalence: float
) -> None:
    lower, higher = (at_prevalence(probability, fitted, prevalence) for probability in sorted((a, b)))

    assert lower <= higher


@given(SHARE, PREVALENCE, PREVALENCE)
def test_the_prevalence_on_which_it_was_fitted_leaves_a_probability_as_it_is(
    probability: float, fitted: float, other: float
) -> None:
    there_and_back = at_prevalence(at_prevalence(probability, fitted, other), other, fitted)

    assert at_prevalence(probability, fitted, fitted) == pytest.approx(probability, rel=1e-12)
    # Close to 1 a number has no digits left for how close.
    assert there_and_back == pytest.approx(probability, abs=1e-9)


@given(PREVALENCE, PREVALENCE)
def test_what_is_certain_stays_certain(fitted: float, prevalence: float) -> None:
    assert at_prevalence(0, fitted, prevalence) == 0
    assert at_prevalence(1, fitted, prevalence) == 1


def test_a_probability_follows_the_prevalence_by_bayes_rule() -> None:
    """1000 patients of either label, of whom 900 and 100 get one result: it speaks 9 to 1 for pneumonia."""
    # Where one patient in ten has pneumonia, 9 times 100 of a thousand stand against 1 times 900.
    assert at_prevalence(0.9, fitted=0.5, prevalence=0.1) == pytest.approx(0.5)
    assert at_prevalence(0.9, fitted=0.5, prevalence=0.75) == pytest.approx(27 / 28)


def test_probability_and_points_are_shown_for_the_prevalence_and_the_logit_as_it_was() -> None:
    score = calibrate(0.0, Population.CHILD, made_card(low=0.2, high=0.8), prevalence=0.2)

    assert (score.probability, score.logit, score.points_reached) == (pytest.approx(0.2), 0.0, 1)
    # Fitted where every second film had pneumonia: odds of 1 to 4 and 4 to 1 become 1 to 16 and 1 to 1.
    assert score.operating_points.low == pytest.approx(1 / 17)
    assert score.operating_points.high == pytest.approx(1 / 2)
